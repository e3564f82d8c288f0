internal import CaptureStore
internal import Cryptography
package import Foundations
internal import Replication

/// What an exchange by file did.
package struct FerrySummary: Sendable, Hashable {
  /// As of an exchange over the network; of a file that was written, what is in it.
  package var exchange = ExchangeSummary()
  /// Pages of an answer that brought something.
  package var pages = 0
  /// Pages of which this device had everything already.
  package var oldPages = 0
  /// Attachments that could not be read here and are not in the file.
  package var unreadable = 0

  package init() {}
}

/// The exchange without a network: the same requests into a file, the same answers out of one.
///
/// A file always begins after what the server is known to have, and with all attachments from their first byte: a file
/// that is lost on its way costs nothing, and any later one replaces it.
extension Synchronizer {
  private static let partBytesMax: Int64 = 1 << 20

  // MARK: Out

  /// Writes everything the server is not known to have.
  /// - Parameter write: puts bytes at the file's end.
  /// - Throws: `ferry.key-unknown`; what `write` throws.
  package func writeFerry(write: @escaping ([UInt8]) throws(Problem) -> Void) throws(Problem) -> FerrySummary {
    let (reader, signer, waiting) = try store.read { session throws(Problem) in
      // Before the requests: whatever names these attachments is then in one of them.
      (
        try session.ferryKey(), try session.signingKey(),
        try session.uploads(today: ChinaTime.date(clock.now()))
      )
    }
    guard let reader else { throw Problem(.ferryKeyUnknown) }
    var file = try FerryWriter(
      .toServer, from: store.identity.device, to: reader.key, signer: signer,
      random: random, write: write)
    var result = FerrySummary()
    // Nobody could ask for another dictionary.
    usesDictionary = false
    try appendLost(to: &file, &result)
    var sent: Int64?
    while true {
      let prepared = try prepare(after: sent)
      try file.append(.request(prepared.bytes))
      result.exchange.requests += 1
      result.exchange.pushed += prepared.sentThrough - (sent ?? prepared.base.acknowledged)
      sent = prepared.sentThrough
      guard prepared.sentThrough < prepared.base.counter else { break }
    }
    try append(waiting, to: &file, &result)
    try file.finish()
    result.exchange.bytesSent = file.bytes
    return result
  }

  /// What a server whose backup was put back has lost, all of it in every file until it comes back: nobody answers.
  private func appendLost(to file: inout FerryWriter, _ result: inout FerrySummary) throws(Problem) {
    var place = LostPlace.start
    while true {
      let after = place
      let lost = try store.read { session throws(Problem) in
        try session.lost(after: after, countMax: sizes.operationsMax, bytesMax: Self.lostBytesMax)
      }
      guard let lost else { return }
      try file.append(.returned(lost.page.bytes(dictionary: nil)))
      result.exchange.returned += Int64(lost.page.operations.count)
      place = lost.last
    }
  }

  private static let lostBytesMax = 1 << 20

  private func append(_ waiting: [Blob], to file: inout FerryWriter, _ result: inout FerrySummary) throws(Problem) {
    var seen: Set<Digest> = []
    // Two applications may have the same one.
    let blobs = waiting.filter { seen.insert($0.digest).inserted }
    try file.append(.waiting(blobs.prefix(FerryFrame.digestsMax).map(\.digest)))
    for blob in blobs {
      // What the county alone keeps it is asked about, and nothing else can be sent of it.
      if try store.read({ session throws(Problem) in try session.isShed(blob.digest) }) { continue }
      var offset: Int64 = 0
      while offset < blob.bytes {
        let count = Int(min(Self.partBytesMax, blob.bytes - offset))
        guard let bytes = try? store.read(blob, at: offset, count: count) else {
          // One bad file must not hold up the rest.
          result.unreadable += 1
          break
        }
        try file.append(.part(FerryPart(digest: blob.digest, offset: offset, bytes: bytes)))
        offset += Int64(bytes.count)
      }
      result.exchange.attachmentBytes += offset
    }
  }

  // MARK: In

  /// Applies an answer from the county, page by page, each whole or not at all.
  /// - Parameter read: the file's next bytes, fewer than asked for only at its end.
  /// - Throws: `ferry.…`; as an exchange over the network does. What was applied before stays.
  package func readFerry(read: @escaping (Int) throws(Problem) -> [UInt8]) throws(Problem) -> FerrySummary {
    let key = try store.read { session throws(Problem) in try session.secret("encryption-key") }
    let server = try VerifyingKey(publicBytes: store.identity.serverKey)
    var file = try FerryReader(.toDevice, key: SM2.DecryptionKey(privateBytes: key), read: read) {
      writer throws(Problem) in
      guard writer == FerryFile.server else { throw Problem(.ferrySignature) }
      return server
    }
    var result = FerrySummary()
    // A file that was written before a backup was put back tells of a server that is no more.
    var isFormer = false
    while let frame = try file.next() {
      switch frame {
      case .latest(let number):
        try store.change { session throws(Problem) in try session.goOn(after: number) }
      case .lineage(let lineage, let missing):
        isFormer = try hasEnded(lineage.current)
        guard !isFormer else { continue }
        try follow(lineage)
        try store.change { session throws(Problem) in try session.sendAgain(missing) }
      case .page(let page):
        let answer = try Self.answer(page)
        if try hasEnded(answer.cursor.timeline) { isFormer = true }
        let isNew = isFormer ? false : try take(page, answer)
        if isNew { result.pages += 1 } else { result.oldPages += 1 }
      case .settled(let arrived, let unneeded):
        guard !isFormer else { continue }
        try store.change { session throws(Problem) in
          try session.settleAttachments(arrived: arrived, unneeded: unneeded)
        }
      case .request, .returned, .waiting, .part, .unknown: break
      }
    }
    result.exchange = summary
    return result
  }

  /// Whether a timeline of the server has ended, as far as this device knows.
  private func hasEnded(_ timeline: String) throws(Problem) -> Bool {
    try store.read { session throws(Problem) in try session.lineage().hasEnded(timeline) }
  }

  /// Tries of a page while network syncs of the same store go on.
  private static let triesMax = 20

  private static func answer(_ page: FerryPage) throws(Problem) -> SyncAnswer {
    do {
      return try SyncAnswer.read(page.answer) { _ in nil }
    } catch {
      throw ProblemKind.syncAnswer.with(String(describing: error))
    }
  }

  /// - Returns: whether it brought anything.
  private func take(_ page: FerryPage, _ answer: SyncAnswer) throws(Problem) -> Bool {
    for _ in 0..<Self.triesMax {
      let (record, identity, verdict) = try store.read { session throws(Problem) in
        let record = try session.record()
        let verdict = try FerryMachine.verdict(
          page, answer, record: record, catalogVersion: try session.catalogVersion(),
          assignment: session.identity.assignment, tray: try session.trayMark(),
          isScopeDoubted: try session.isDoubted(), lineage: try session.lineage()
        ) { counter throws(Problem) in try session.running(at: counter) }
        return (record, session.identity, verdict)
      }
      switch verdict {
      case .old: return false
      case .gap: throw ProblemKind.ferryPageGap.with(String(record.cursor.position))
      case .apply(let fresh):
        let standing = PreparedRequest(
          number: 0, device: identity.device, assignment: identity.assignment, base: record,
          sentThrough: record.acknowledged, bytes: [], serverKey: identity.serverKey)
        if try take(fresh, standing, as: answer) != nil { return true }
        // It has found itself to be older than what the county holds of it; a file is no way to offer the rest.
        guard try store.read({ session throws(Problem) in try session.stopped() }) == nil else {
          throw ProblemKind.syncRestored.with(String(answer.acknowledged))
        }
      }
    }
    throw ProblemKind.syncAnswer.with("busy")
  }
}
