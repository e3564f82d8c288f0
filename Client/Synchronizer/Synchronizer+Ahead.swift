internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Replication

/// A request for the next page, sent while the one before it is written.
struct AskedAhead {
  let prepared: PreparedRequest
  let answer: Background<Result<ReceivedPage, Problem>>
}

/// An answer and the page in it, as far as it can be read without the store.
struct ReceivedPage: Sendable {
  let answer: ServerAnswer
  let page: Result<SyncAnswer, Problem>
  /// The server's word for the page; nil where the store is needed to check it.
  let attested: Result<AttestedPage?, Problem>?
}

/// Reads answers on any thread, and so beside the writing of the page before.
struct PageReader: Sendable {
  let dictionary: MessageDictionary?
  let device: DeviceID
  let serverKey: [UInt8]

  func read(_ answer: ServerAnswer) -> ReceivedPage {
    let page = Result { () throws(Problem) in try read(answer.body) }
    var attested: Result<AttestedPage?, Problem>?
    // What it says of the device's own operations is compared with what the store has of them.
    if case .success(let page) = page, page.judgements.isEmpty {
      attested = Result { () throws(Problem) in
        try Self.attested(page, device: device, serverKey: serverKey) { _ in nil }
      }
    }
    return ReceivedPage(answer: answer, page: page, attested: attested)
  }

  private func read(_ bytes: [UInt8]) throws(Problem) -> SyncAnswer {
    do {
      return try SyncAnswer.read(bytes) { $0 == dictionary?.id ? dictionary : nil }
    } catch {
      throw ProblemKind.syncAnswer.with(String(describing: error))
    }
  }

  /// The server's word for a page, checked: what is kept must prove something later. Nil of a server of an earlier
  /// version.
  /// - Throws: `sync.answer` where it does not hold.
  static func attested(
    _ page: SyncAnswer, device: DeviceID, serverKey: [UInt8],
    ownDigest: (_ counter: Int64) throws(Problem) -> Digest?
  ) throws(Problem) -> AttestedPage? {
    guard let attested = try AttestedPage(page, device: device, ownDigest: ownDigest) else { return nil }
    guard attested.attestation.isSigned(by: try VerifyingKey(publicBytes: serverKey)) else {
      throw ProblemKind.syncAnswer.with("attestation")
    }
    return attested
  }
}

/// Reading ahead: the server reads the next page, and it travels, while this device writes the one before. What is
/// asked ahead reports nothing that is not on the disk: cut off anywhere, the device asks for the same page once more.
extension Synchronizer {
  func reader() throws(Problem) -> PageReader {
    try store.read { session throws(Problem) in
      PageReader(
        dictionary: try session.dictionary(), device: session.identity.device, serverKey: session.identity.serverKey)
    }
  }

  /// Asks for the page after one that is about to be written.
  func askAhead(_ page: SyncAnswer, _ step: DeviceStep, _ record: DeviceRecord) throws(Problem) {
    guard let next = DeviceMachine.ahead(page, step, record: record) else { return }
    let (prepared, reader) = (try prepare(ahead: next), try reader())
    ahead = AskedAhead(prepared: prepared, answer: line.begin(prepared.question) { reader.read($0) })
  }
}
