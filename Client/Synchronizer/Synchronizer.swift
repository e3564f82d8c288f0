package import CaptureStore
internal import Cryptography
package import Foundations
internal import Replication

/// What an exchange did.
package struct ExchangeSummary: Sendable, Hashable {
  package var pushed: Int64 = 0
  package var pulled: Int64 = 0
  /// Own operations that the server refused or could not apply.
  package var refused: Int64 = 0
  package var attachmentBytes: Int64 = 0
  /// Bytes of attachments that the county's backups hold, and this device not any more.
  package var freedBytes: Int64 = 0
  /// Operations that a server whose backup was put back has from here again.
  package var returned: Int64 = 0
  /// The name of the station this device has been moved to.
  package var station: String?
  package var requests: Int64 = 0
  package var bytesSent: Int64 = 0
  package var bytesReceived: Int64 = 0

  mutating func count(_ answer: ServerAnswer) {
    requests += 1
    bytesSent += answer.bytesSent
    bytesReceived += answer.bytesReceived
  }
}

/// How far an exchange has come.
package struct ExchangeProgress: Sendable, Hashable {
  package let isAttachments: Bool
  package let done: Int
  package let total: Int
  package let summary: ExchangeSummary
}

/// How much goes into one request at most, less after a failure (`DeviceMachine.requestBounds`), and how long what was
/// sent stays here.
package struct ExchangeSizes: Sendable, Hashable {
  package var operationsMax = 300
  /// Operations in one page of an answer at most.
  package var pageMax = Limits.operationsPerPageMax
  /// Bytes of the operations' payloads.
  package var payloadBytesMax = 4 << 20
  /// Bytes of an attachment: what a cut costs at most (`UploadPace`).
  package var partBytesMax: Int64 = 128 << 10
  /// How many days after an application's end its attachments are kept here at least.
  package var closedDaysKept = Limits.closedDaysKept
  /// How many backups of the county hold an attachment before it goes from here.
  package var backupsHolding = Limits.backupsHolding

  package init() {}
}

/// Runs the device's half of the exchange over a line to the server.
///
/// No transaction is held across the network: each request is built in one, each answer is applied in one.
package final class Synchronizer {
  let store: CaptureStore
  let line: any ServerLine
  let clock: any Clock
  let random: any RandomSource
  let log: Log
  let sizes: ExchangeSizes
  /// Switched off for good once the server does not know the dictionary.
  var usesDictionary = true
  var summary = ExchangeSummary()
  /// The request for the next page, under way while this one is read and written.
  var ahead: AskedAhead?
  /// Whether what the server had in its review tray was offered once more.
  private var hasOfferedAgain = false

  /// Requests of one exchange; far above any honest number of pages.
  private static let requestsMax = 10_000

  package init(
    store: CaptureStore, line: any ServerLine, clock: any Clock, random: any RandomSource, log: Log,
    sizes: ExchangeSizes
  ) {
    self.store = store
    self.line = line
    self.clock = clock
    self.random = random
    self.log = log
    self.sizes = sizes
  }

  /// Exchanges everything: operations first, then attachments.
  /// - Throws: a problem with exit status 4 where the network failed; refusals of the server. What was exchanged before
  ///   stays.
  package func run(progress: (ExchangeProgress) -> Void) throws(Problem) -> ExchangeSummary {
    do throws(Problem) {
      try exchangeOperations(progress: progress)
    } catch {
      // What its entries in the review tray name belongs to them; a failure of this one matters less than the refusal.
      if error.code == StopReason.revoked.rawValue { try? uploadAttachments(progress: progress) }
      throw error
    }
    try uploadAttachments(progress: progress)
    // Nobody waits for it: what fails is done another day.
    try? letGoOfEnded()
    return summary
  }

  private func exchangeOperations(progress: (ExchangeProgress) -> Void) throws(Problem) {
    try returnLost()
    var corrections = 0
    // Nobody waits for its answer any more, but whatever follows uses the same line.
    defer { _ = ahead.take()?.answer.result() }
    for _ in 0..<Self.requestsMax {
      let (prepared, received) = try askNext()
      let answer = received.answer
      if answer.isSuccess {
        guard let step = try take(received, prepared) else { continue }
        report(progress, step)
        if !step.goOn { return }
        continue
      }
      // Each kind of refusal is corrected once; a server that goes on refusing is believed. What goes into the review
      // tray goes page by page, and each is refused.
      if !Self.reviewing.contains(answer.problem.code) { corrections += 1 }
      guard corrections <= 3, try correct(answer, prepared) else { throw answer.problem }
    }
    throw ProblemKind.syncAnswer.with("pages")
  }

  private func report(_ progress: (ExchangeProgress) -> Void, _ step: DeviceStep) {
    let total = summary.pushed + summary.pulled + (step.goOn ? 1 : 0)
    progress(
      ExchangeProgress(
        isAttachments: false, done: Int(clamping: summary.pushed + summary.pulled), total: Int(clamping: total),
        summary: summary))
  }

  /// Asks for the next page, or waits for the answer where that was asked for already.
  private func askNext() throws(Problem) -> (prepared: PreparedRequest, received: ReceivedPage) {
    if let asked = ahead.take() {
      let opened = try heard(\.answer) { () throws(Problem) in try asked.answer.result().get() }
      return (asked.prepared, try read(opened, of: asked.prepared, by: asked.reader))
    }
    let (prepared, reader) = (try prepare(), try reader())
    return (prepared, try read(reader.open(try ask(prepared.question)), of: prepared, by: reader))
  }

  /// Asks for a page; after a failure the next ones are smaller.
  func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer {
    try heard(\.self) { () throws(Problem) in try line.ask(question) }
  }

  private func heard<Heard>(
    _ answer: (Heard) -> ServerAnswer, _ ask: () throws(Problem) -> Heard
  ) throws(Problem) -> Heard {
    do throws(Problem) {
      let heard = try ask()
      let answer = answer(heard)
      summary.count(answer)
      // Something between here and the server, or the server itself, could not cope with so much.
      if answer.status == 413 || answer.status >= 500 { shrink() }
      return heard
    } catch {
      shrink()
      throw error
    }
  }

  /// Less at a time, both ways, until something gets through again.
  private func shrink() {
    try? store.change { session throws(Problem) in
      var record = try session.record()
      record.pageMax = DeviceMachine.pageAfterFailure(record.pageMax)
      try session.setRecord(record)
    }
  }

  /// Refusals after which what is unsent goes to the review tray.
  private static let reviewing: Set<String> = ["sync.forked", "device.revoked"]

  /// Puts right what the server objects to.
  /// - Returns: whether another request is worth sending.
  private func correct(_ answer: ServerAnswer, _ prepared: PreparedRequest) throws(Problem) -> Bool {
    switch answer.problem.code {
    case ProblemKind.syncDictionaryUnknownCode:
      guard usesDictionary else { return false }
      usesDictionary = false
      return true
    case "sync.stale":
      let latest = answer.number("latest") ?? Self.number(in: answer.problem.message) ?? prepared.number
      _ = try store.change { session throws(Problem) in try session.takeRequestNumber(atLeast: latest) }
      return true
    case "sync.gap":
      // A device that has stopped knows its place, and sends again only what it takes to lie in the review tray.
      guard try store.read({ session throws(Problem) in try session.stopped() }) == nil else { return try offerAgain() }
      guard let expected = answer.number("expected") ?? Self.number(in: answer.problem.message), expected > 0 else {
        return false
      }
      return try store.change { session throws(Problem) in
        var record = try session.record()
        guard expected <= record.acknowledged else { return false }
        record.acknowledged = expected - 1
        try session.setRecord(record)
        return true
      }
    case ProblemKind.syncTimeline.code:
      try followServer()
      try returnLost()
      return true
    case ProblemKind.deviceNotEnrolled.code:
      try store.change { session throws(Problem) in try session.noteForgotten() }
      throw Problem(.deviceForgotten)
    case "sync.forked": return try noteReview(answer, .forked)
    case "device.revoked": return try noteReview(answer, .revoked)
    default: return false
    }
  }

  /// Notes that the server has nothing in its review tray any more: a backup was put back, and the tray went with the
  /// log that was lost. A device that never was let in learns of it in no other way.
  /// - Returns: whether anything is to be sent again; once in an exchange.
  private func offerAgain() throws(Problem) -> Bool {
    guard !hasOfferedAgain else { return false }
    hasOfferedAgain = true
    return try store.change { session throws(Problem) in
      guard try session.reviewed() > session.record().acknowledged else { return false }
      try session.setReviewed(0)
      return true
    }
  }

  /// Stops writing, and notes what of this device's work the server has: in its log, in its review tray.
  /// - Returns: whether there is more that it should have.
  private func noteReview(_ answer: ServerAnswer, _ reason: StopReason) throws(Problem) -> Bool {
    try store.change { session throws(Problem) in try session.stop(reason) }
    if answer.number("unknown") != nil, try offerAgain() { return true }
    return try store.change { session throws(Problem) in
      let before = try session.reviewed()
      let counter = try session.record().counter
      let reviewed = min(answer.number("reviewed") ?? 0, counter)
      if reviewed > before { try session.setReviewed(reviewed) }
      let more = try Self.acknowledge(answer.number("acknowledged") ?? 0, session)
      return more && reviewed > before
    }
  }

  /// The first whole number of a sentence, for servers that tell it nowhere else.
  private static func number(in text: String) -> Int64? {
    Int64(String(text.drop { !$0.isASCII || !$0.isNumber }.prefix { $0.isASCII && $0.isNumber }))
  }
}
