internal import Application
internal import Cryptography
package import Foundations
internal import Journal
internal import Replication

/// What a person does with the review tray 待处理: look, take in, set aside. Both decisions stand in the audit chain.
extension CaseService {
  /// An entry whole.
  /// - Parameter id: of an entry, of an operation in the log that was refused or could not be applied, or of a
  ///   proceeding that no window is there for.
  /// - Throws: `tray.not-found`, `tray.late`.
  package func trayItem(_ id: String) throws(Problem) -> Value {
    try journal.read { reader throws(Problem) in
      if let line = try unroutedLine(id, reader) { return line }
      let row = try entry(id, reader)
      var value = row.line
      value["status"] = .text(row.status.rawValue)
      value["claimedAt"] = .text(ChinaTime.text(row.operation.header.claimedAt))
      value["content"] = row.operation.content
      value["settledAt"] = Value(row.settledAt.map(ChinaTime.text))
      value["admitted"] = Value(row.admitted?.text)
      value["note"] = Value(row.note)
      return value
    }
  }

  private func entry(_ id: String, _ reader: any JournalReader) throws(Problem) -> ReviewRow {
    if let row = try reader.review(id) { return row }
    if let waiting = try OperationID(text: id).flatMap({ id throws(Problem) in try reader.waiting(id) }) {
      return ReviewRow(waiting, reason: try waiting.reason(try county(reader), reader))
    }
    guard let operation = OperationID(text: id), let judged = try reader.operation(operation),
      judged.judgement != nil
    else { throw ProblemKind.trayUnknown.with(String(id.prefix(40))) }
    if let settled = try reader.review(TrayEntry.id(of: judged.operation.digest)) { return settled }
    if judged.judgement?.disposition == .late {
      throw ProblemKind.trayLate.with(judged.operation.header.application.text)
    }
    guard let row = ReviewRow(refused: judged) else { throw ProblemKind.trayUnknown.with(String(id.prefix(40))) }
    return row
  }

  private func openEntry(_ id: String, _ reader: any JournalReader) throws(Problem) -> ReviewRow {
    guard try unroutedLine(id, reader) == nil else { throw ProblemKind.trayUnrouted.with(id) }
    let row = try entry(id, reader)
    guard row.status == .open else { throw ProblemKind.traySettled.with(row.status.words) }
    guard !Disposition.standsElsewhere(row.reason) else { throw ProblemKind.traySettled.with("同样的内容已经在办件里") }
    return row
  }

  /// Takes an entry in, as an operation of the server's that names its author.
  /// - Returns: `{id, application, operation, disposition}`.
  /// - Throws: `tray.not-found`, `tray.late`, `tray.settled`, `tray.unrouted`, `tray.earlier-open`, `tray.refused`; the
  ///   entry stays open then.
  package func admit(_ id: String, actor: String) throws(Problem) -> Value {
    try transact { transaction throws(Problem) in
      var row = try openEntry(id, transaction.journal)
      let judged: JudgedOperation
      if let waited = try Self.decide(row, .admitted, transaction) {
        judged = waited
      } else {
        judged = try Admission(transaction: transaction, row: row).run()
      }
      switch judged.judgement?.disposition {
      case .refused(let code)?, .quarantined(let code)?: throw ProblemKind.trayRefused.with(code)
      case .applied?, .late?, nil: break
      }
      row.status = .admitted
      row.admitted = judged.operation.id
      try Self.settle(row, "review.admit", actor, transaction)
      return [
        "id": .text(id), "application": .text(judged.operation.header.application.text),
        "operation": .text(judged.operation.id.text), "disposition": Value(judged.judgement?.disposition.text),
      ]
    }
  }

  /// Sets an entry aside for good; it stays readable.
  /// - Parameters:
  ///   - why: a person's reason; it is sealed.
  ///   - store: loses the attachments that only this entry named of an application that was erased.
  /// - Returns: `{id}`.
  /// - Throws: `tray.not-found`, `tray.late`, `tray.settled`, `tray.unrouted`.
  package func decline(
    _ id: String, why: String, from store: any AttachmentStore, actor: String
  ) throws(Problem) -> Value {
    let wasErased = try transact { transaction throws(Problem) in
      var row = try openEntry(id, transaction.journal)
      row.status = .declined
      row.note = why
      _ = try Self.decide(row, .declined, transaction)
      try Self.settle(row, "review.decline", actor, transaction)
      // The last that was kept of it, until somebody had looked.
      guard try transaction.state(row.operation.header.application)?.erasure != nil else { return false }
      try Purge(transaction: transaction).erase(row.operation)
      return true
    }
    if wasErased { try forgetErased(from: store) }
    return ["id": .text(id)]
  }

  /// What becomes of an entry that waits to be judged; nil of any other.
  private static func decide(
    _ row: ReviewRow, _ decision: WaitingDecision, _ transaction: CaseTransaction
  ) throws(Problem) -> JudgedOperation? {
    guard let waiting = try transaction.journal.waiting(row.operation.id),
      waiting.operation.digest == row.operation.digest
    else { return nil }
    return try Intake.decide(waiting, decision, transaction)
  }

  private static func settle(
    _ row: ReviewRow, _ action: String, _ actor: String, _ transaction: CaseTransaction
  ) throws(Problem) {
    var row = row
    row.settledAt = transaction.now
    try transaction.journal.setReview(row)
    try transaction.journal.addAudit(at: transaction.now, actor: actor, action: action, subject: row.id)
  }
}

extension ReviewRow {
  /// The entry of an operation of the log that was refused or could not be applied; nil of any other. It has none of
  /// its own until somebody decides.
  init?(refused judged: JudgedOperation) {
    guard let judgement = judged.judgement else { return nil }
    switch judgement.disposition {
    case .applied, .late: return nil
    case .refused(let code), .quarantined(let code):
      self.init(
        operation: judged.operation, reason: code, receivedAt: judgement.receivedAt,
        capturedAt: judgement.capturedAt, captureDoubtful: judgement.captureDoubtful, running: nil)
    }
  }

  /// The entry of an operation that waits. It has none of its own until somebody decides: what it waits for may still
  /// come.
  fileprivate init(_ waiting: WaitingRow, reason: String) {
    self.init(
      operation: waiting.operation, reason: reason, receivedAt: waiting.receivedAt,
      capturedAt: waiting.capturedAt, captureDoubtful: waiting.captureDoubtful, running: nil)
  }
}

extension ReviewStatus {
  var words: String {
    switch self {
    case .open: "待处理"
    case .admitted: "已采纳"
    case .declined: "已搁置"
    case .reminted: "设备已用新身份重新上传"
    }
  }
}

extension ProblemKind {
  package static let trayUnknown = ProblemKind(
    "tray.not-found", status: 404, "待处理里没有这一条：{}。", remedy: "用 bangban-server tray list 查看编号。")
  package static let trayLate = ProblemKind(
    "tray.late", status: 409, "这是提交以后才到的修改（办件 {}），由办理它的窗口决定采不采纳，待处理里不用管。",
    remedy: "请窗口在办理页面上决定；现在怎样，用 bangban-server show 看这个办件的 late 和 timeline。")
  package static let traySettled = ProblemKind(
    "tray.settled", status: 409, "这一条已经处理过了（{}）。", remedy: "用 bangban-server tray show 查看结果。")
  package static let trayEarlierOpen = ProblemKind(
    "tray.earlier-open", status: 409, "这一条接着另一条还没处理的内容：{}。", remedy: "请先处理那一条。")
  package static let trayRefused = ProblemKind(
    "tray.refused", status: 409, "办件现在的状态不允许采纳这一条（{}）。", remedy: "请核对办件；不需要的用 tray decline 搁置。")
}
