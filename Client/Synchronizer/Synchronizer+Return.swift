internal import CaptureStore
internal import Foundations
internal import Replication

/// Bringing back to a server what it lost when a backup was put back.
extension Synchronizer {
  /// Bytes of payloads and proofs in one page.
  private static let pageBytesMax = 1 << 20

  /// Finds out where the server's log and what is here part, and follows it.
  /// - Throws: `sync.timeline-foreign` where they have nothing in common; nothing has changed here then.
  func followServer() throws(Problem) {
    let receipt = try send(ReturnPage())
    try follow(receipt.lineage)
  }

  /// Follows a server whose backup was put back; nothing happens where it is on this device's timeline.
  /// - Throws: `sync.timeline-foreign`.
  func follow(_ server: Lineage) throws(Problem) {
    try store.change { session throws(Problem) in
      switch try session.lineage().relation(to: server) {
      case .same: break
      case .foreign: throw Problem(.syncTimelineForeign)
      case .parted(let sequence): try session.followRestored(server, lostAfter: sequence)
      }
    }
  }

  /// Brings back page by page what the server has lost; cut off, the next exchange goes on where it stopped.
  ///
  /// A device that may not is told so by the exchange that follows, which knows what to do with its unsent work; under
  /// its next identity it brings back the rest.
  func returnLost() throws(Problem) {
    do throws(Problem) { try returnPages() } catch {
      guard [StopReason.revoked.rawValue, ProblemKind.deviceNotEnrolled.code].contains(error.code) else { throw error }
    }
  }

  private func returnPages() throws(Problem) {
    let (lineage, isReturning) = try store.read { session throws(Problem) in
      (try session.lineage(), try session.isReturning())
    }
    guard isReturning else { return }
    while true {
      let (place, most) = try store.read { session throws(Problem) in
        (try session.returned(), min(sizes.operationsMax, try session.record().pageMax))
      }
      let lost = try store.read { session throws(Problem) in
        try session.lost(after: place, countMax: most, bytesMax: Self.pageBytesMax)
      }
      let receipt = try send(lost?.page ?? ReturnPage())
      guard receipt.lineage.current == lineage.current else {
        // Another backup was put back meanwhile.
        try follow(receipt.lineage)
        return try returnPages()
      }
      summary.returned += receipt.taken
      try store.change { session throws(Problem) in
        try session.sendAgain(receipt.missing)
        if let lost { try session.noteReturned(lost.last) } else { try session.finishReturning() }
      }
      if lost == nil { return }
    }
  }

  private func send(_ page: ReturnPage) throws(Problem) -> ReturnReceipt {
    let signature = try DeviceSignature(store, clock: clock, random: random)
    let dictionary = usesDictionary ? try store.read { session throws(Problem) in try session.dictionary() } : nil
    let question = ServerQuestion(
      "POST", "/v1/return", headers: [("Content-Type", "application/vnd.bangban.sync")],
      body: page.bytes(dictionary: dictionary))
    let answer = try ask(try signature.sign(question))
    if answer.problem.code == ProblemKind.syncDictionaryUnknownCode, usesDictionary {
      usesDictionary = false
      return try send(page)
    }
    guard answer.isSuccess else { throw answer.problem }
    guard let receipt = ReturnReceipt(answer.body) else { throw ProblemKind.syncAnswer.with("return") }
    return receipt
  }
}
