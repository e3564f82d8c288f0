internal import Application
internal import Cryptography
package import Foundations
package import Journal
internal import Replication

/// What devices bring back after a backup was put back.
extension CaseService {
  /// Answers `POST /v1/return`: takes a page back, or only says where this log stands.
  /// - Parameters:
  ///   - body: a `ReturnPage` on the wire.
  ///   - store: loses the attachments of what is erased again.
  /// - Returns: a `ReturnReceipt`.
  /// - Throws: `sync.malformed`, `sync.dictionary-unknown`, `sync.protocol-version`; problems of the store.
  package func takeBack(
    _ body: [UInt8], device: DeviceRow, from store: any AttachmentStore
  ) throws(Problem) -> [UInt8] {
    let county = try journal.read { reader throws(Problem) in try self.county(reader) }
    let page: ReturnPage
    do {
      page = try ReturnPage.read(body) { $0 == county.dictionary.id ? county.dictionary : nil }
    } catch {
      throw Self.problem(of: error, "return")
    }
    return try takeBack(page, device: device, from: store).bytes
  }

  /// Takes a page back, whichever way it came.
  private func takeBack(
    _ page: ReturnPage, device: DeviceRow, from store: any AttachmentStore
  ) throws(Problem) -> ReturnReceipt {
    var receipt: ReturnReceipt
    if page.operations.isEmpty {
      try mendReturned(by: device)
      receipt = ReturnReceipt(lineage: try journal.read { reader throws(Problem) in try county(reader).lineage })
    } else {
      let key = try VerifyingKey(publicBytes: publicKey)
      let taken = try transact { transaction throws(Problem) in
        try Returning(transaction: transaction, device: device, page: page, serverKey: key).run()
      }
      receipt = taken.receipt
      if taken.erased { try forgetErased(from: store) }
      log(.info, "return", [("device", device.id.text), ("taken", String(receipt.taken))])
    }
    // What lacks its attachment may be known only now that the operations are back.
    if !page.continues { receipt.missing = try missingBlobs(device) }
    return receipt
  }

  /// Makes duplicates alike again that a device has brought something back of: what one of them lacks is lost for good
  /// only where the device has no more of it.
  func mendReturned(by device: DeviceRow) throws(Problem) {
    let kind = Returning.pending
    func own(_ reader: any JournalReader) throws(Problem) -> [String] {
      try reader.documents(kind).filter { $0.value == .text(device.id.text) }.map(\.key)
    }
    guard try !journal.read({ reader throws(Problem) in try own(reader) }).isEmpty else { return }
    try transact { transaction throws(Problem) in
      let keys = try own(transaction.journal)
      transaction.mend(Set(keys.map { ApplicationID($0) }))
      for key in keys { try transaction.journal.setDocument(kind, key, nil) }
    }
  }

  /// Attachments that a receipt names at most; the next exchange names further ones.
  private static let missingMax = 10_000

  /// Attachments of a device's applications that are not here whole.
  func missingBlobs(_ device: DeviceRow) throws(Problem) -> [Digest] {
    try journal.read { reader throws(Problem) in
      try reader.missingBlobs(in: Intake.scopes(device), limit: Self.missingMax).compactMap { Digest($0) }
    }
  }

  /// What is wrong with a message.
  static func problem(of failure: MessageFailure, _ what: String) -> Problem {
    switch failure {
    case .dictionary: Problem(.syncDictionaryUnknown)
    case .tooLarge: ProblemKind.documentTooLarge.with(what)
    case .version(let version): ProblemKind.protocolVersion.with(String(version))
    case .malformed: ProblemKind.syncMalformed.with(what)
    }
  }
}
