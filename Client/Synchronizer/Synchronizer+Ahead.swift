internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Replication

/// A request for the next page, sent while the one before it is read and written.
struct AskedAhead {
  let prepared: PreparedRequest
  let reader: PageReader
  let answer: Background<Result<OpenedPage, Problem>>
}

/// An answer of which only the head is read: enough to ask for the page after it.
struct OpenedPage: Sendable {
  let answer: ServerAnswer
  let opened: Result<OpenedAnswer, Problem>
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

  func open(_ answer: ServerAnswer) -> OpenedPage {
    OpenedPage(
      answer: answer,
      opened: Self.reading { () throws(MessageFailure) in
        try OpenedAnswer(answer.body) { $0 == dictionary?.id ? dictionary : nil }
      })
  }

  func read(_ received: OpenedPage) -> ReceivedPage {
    let page = received.opened.flatMap { opened in Self.reading { () throws(MessageFailure) in try opened.read() } }
    var attested: Result<AttestedPage?, Problem>?
    // What it says of the device's own operations is compared with what the store has of them.
    if case .success(let page) = page, page.judgements.isEmpty {
      attested = Result { () throws(Problem) in
        try Self.attested(page, device: device, serverKey: serverKey) { _ in nil }
      }
    }
    return ReceivedPage(answer: received.answer, page: page, attested: attested)
  }

  private static func reading<Read>(_ read: () throws(MessageFailure) -> Read) -> Result<Read, Problem> {
    Result(catching: read).mapError { ProblemKind.syncAnswer.with(String(describing: $0)) }
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

/// Reading ahead: the server reads the next page, and it travels, while this device reads and writes the one before.
/// What is asked ahead reports nothing that is not on the disk: cut off anywhere, the device asks for the same page
/// once more.
extension Synchronizer {
  func reader() throws(Problem) -> PageReader {
    try store.read { session throws(Problem) in
      PageReader(
        dictionary: try session.dictionary(), device: session.identity.device, serverKey: session.identity.serverKey)
    }
  }

  /// Reads a page, and asks for the one after it meanwhile.
  func read(
    _ opened: OpenedPage, of prepared: PreparedRequest, by reader: PageReader
  ) throws(Problem) -> ReceivedPage {
    let received = Background { reader.read(opened) }
    if case .success(let answer) = opened.opened { try askAhead(answer.head, prepared) }
    return received.result()
  }

  /// Asks for the page after one of which only the head is read. Whether that one can be believed is found out before
  /// it is written; what was asked for in vain is thrown away.
  private func askAhead(_ head: SyncAnswer, _ prepared: PreparedRequest) throws(Problem) {
    guard let (record, running) = try standing(prepared, acknowledged: head.acknowledged),
      Self.isSame(record, prepared.base),
      let step = try? DeviceMachine.step(
        head, of: prepared.device, sentThrough: prepared.sentThrough, record: record, running: running),
      let next = DeviceMachine.ahead(head, step, record: record)
    else { return }
    let (prepared, reader) = (try prepare(ahead: next), try reader())
    ahead = AskedAhead(
      prepared: prepared, reader: reader, answer: line.begin(prepared.question) { reader.open($0) })
  }
}
