internal import Application
internal import Catalog
internal import Foundations
internal import Journal
internal import Replication

/// A document that an operation issues, before it has its number.
struct DueDocument: Sendable, Hashable {
  let kind: DocumentKind
  var proceeding: ProceedingID?
  /// The number of a notice that this one joins; nil where it gets one of its own.
  var joins: String?
  /// The promised and the statutory day that stand on it.
  var due: String?
  var statutoryDue: String?

  /// As an operation carries it.
  func value(number: String) -> Value {
    var value: Value = ["kind": .text(kind.rawValue), "number": .text(number)]
    if let proceeding { value["proceeding"] = .text(proceeding.text) }
    if let due { value["due"] = .text(due) }
    if let statutoryDue { value["statutoryDue"] = .text(statutoryDue) }
    return value
  }
}

/// Which documents 文书 the operations of windows and of the server itself issue: a table, pure. What is issued commits
/// with what it says, in one operation.
struct Issuance: Sendable {
  let county: County
  let now: Instant

  /// - Parameters:
  ///   - payload: what the operation says.
  ///   - state: the application before it.
  func documents(of kind: OperationKind, _ payload: Value, in state: ApplicationState) -> [DueDocument] {
    switch kind {
    case .route, .dispatch: return received(kind, payload, state)
    case .document: return payload["withdrawn"] == true ? withdrawn(state) : []
    default: break
    }
    guard let id = payload["proceeding"]?.text.map({ ProceedingID($0) }), let proceeding = state.proceeding(id) else {
      return []
    }
    return acted(kind, payload, proceeding, state) + closing(kind, proceeding, state)
  }

  private func acted(
    _ kind: OperationKind, _ payload: Value, _ proceeding: ProceedingState, _ state: ApplicationState
  ) -> [DueDocument] {
    let id = proceeding.id
    switch kind {
    case .accept, .deem: return accepted(kind, payload, proceeding, state)
    case .reject: return [DueDocument(kind: payload["ground"] == "notNeeded" ? .notNeeded : .rejection, proceeding: id)]
    case .correct where payload["givenBack"] == true: return [DueDocument(kind: .givenBack, proceeding: id)]
    case .correct, .reroute: return [DueDocument(kind: .correction, proceeding: id, joins: openNotice(state))]
    case .rectify: return [DueDocument(kind: .rectification, proceeding: id)]
    case .clear: return [DueDocument(kind: .previewOpinion, proceeding: id)]
    case .notify: return [DueDocument(kind: .partiesNotice, proceeding: id)]
    case .suspend: return [DueDocument(kind: .specialProcedure, proceeding: id)]
    case .extend:
      var extended = proceeding
      extended.extendedDays = payload["days"]?.integer ?? 0
      return [dated(.extension, extended)]
    case .decide: return [DueDocument(kind: payload["outcome"] == "refuse" ? .refusal : .approval, proceeding: id)]
    case .deliver: return [.delivery, .completion].map { DueDocument(kind: $0, proceeding: id) }
    case .terminate: return [DueDocument(kind: .termination, proceeding: id)]
    default: return []
    }
  }

  /// 受理通知书 with its days; what counts as accepted has a record beside it; with deferred materials also their notice.
  private func accepted(
    _ kind: OperationKind, _ payload: Value, _ proceeding: ProceedingState, _ state: ApplicationState
  ) -> [DueDocument] {
    var accepted = proceeding
    (accepted.acceptedAt, accepted.acceptanceNotedAt) = (now, now)
    if kind == .deem || payload["by"] == "receipt" {
      accepted.manner = kind == .deem ? .deemed : .receipt
      accepted.acceptedAt = proceeding.receivedAt ?? now
    }
    var documents = kind == .deem ? [DueDocument(kind: .deemedAcceptance, proceeding: proceeding.id)] : []
    documents.append(dated(.acceptance, accepted))
    if !state.deferredOpen(for: proceeding).isEmpty {
      documents.append(dated(.deferralNotice, accepted))
    }
    return documents
  }

  private func dated(_ kind: DocumentKind, _ proceeding: ProceedingState) -> DueDocument {
    let due = ProceedingClock.due(
      proceeding, calendar: county.calendar, now: now, deferralCapDays: county.settings.deferralCapDays)
    func text(_ date: CivilDate?, _ day: DueView.Day) -> String? {
      date.map { (due?.estimates.contains(day) == true ? "≈" : "") + $0.text }
    }
    return DueDocument(
      kind: kind, proceeding: proceeding.id,
      due: kind == .deferralNotice ? text(due?.deferralDue, .deferralDue) : text(due?.due, .due),
      statutoryDue: text(due?.statutoryDue, .statutoryDue))
  }

  /// Returns of several departments that are open at once are one notice for the applicant, under one number.
  private func openNotice(_ state: ApplicationState) -> String? {
    state.documents.last { document in
      document.kind == .correction && document.proceedings.contains { state.proceeding($0)?.status == .correction }
    }?.number
  }

  /// What the applicant is given for papers: the agent's slip where the station only carries them, the receipt once the
  /// authority has them, and one more for what was put right.
  private func received(_ kind: OperationKind, _ payload: Value, _ state: ApplicationState) -> [DueDocument] {
    guard let version = state.version else { return [] }
    var documents: [DueDocument] = []
    let isFirst = kind == .route && state.proceedings.isEmpty
    let level = payload["level"]?.text.flatMap(StationLevel.init(rawValue:))
    if isFirst, level == .agent { documents.append(DueDocument(kind: .agencySlip)) }
    let out = dispatched(kind, payload)
    let isReceived = !out.isEmpty || (isFirst && level?.receives == true)
    if isReceived, state.document(.receipt) == nil { documents.append(DueDocument(kind: .receipt)) }
    if isFirst, !version.deferred.isEmpty { documents.append(DueDocument(kind: .deferralPromise)) }
    if isFirst { documents += version.commitments.prefix(1).map { _ in DueDocument(kind: .commitment) } }
    // A station's own version that put something right on the spot has its record once a window has it.
    let isTaken = isFirst || !out.isEmpty
    if isTaken, state.documents.count(where: { $0.kind == .rectification }) < state.rectifications.count {
      documents.append(DueDocument(kind: .rectification))
    }
    guard kind == .dispatch else { return documents }
    let answered = version.answers.filter { out.contains($0.text) }
    // What was given back is received anew, and not as an addition to what was kept.
    let (anew, added) = (answered.filter { isAnew($0, state) }, answered.filter { !isAnew($0, state) })
    documents += anew.map { DueDocument(kind: .receipt, proceeding: $0) }
    documents += added.prefix(1).map { DueDocument(kind: .correctionReceipt, proceeding: $0) }
    return documents
  }

  private func isAnew(_ id: ProceedingID, _ state: ApplicationState) -> Bool {
    state.proceeding(id)?.rounds.last?.manner == .givenBack
  }

  private func dispatched(_ kind: OperationKind, _ payload: Value) -> Set<String> {
    let isOut = { (status: Value?) in status?.text == ProceedingStatus.dispatched.rawValue }
    if kind == .dispatch { return Set((payload["states"]?.object ?? [:]).filter { isOut($0.value) }.keys) }
    return Set((payload["proceedings"]?.array ?? []).filter { isOut($0["status"]) }.compactMap { $0["item"]?.text })
  }

  private func withdrawn(_ state: ApplicationState) -> [DueDocument] {
    let ended = state.proceedings.filter { $0.status == .terminated && state.document(.termination, of: $0.id) == nil }
    return [DueDocument(kind: .withdrawal)] + ended.prefix(1).map { DueDocument(kind: .termination, proceeding: $0.id) }
  }

  /// The archive's list, with what ends the last open proceeding.
  private func closing(_ kind: OperationKind, _ proceeding: ProceedingState, _ state: ApplicationState) -> [DueDocument]
  {
    guard [.deliver, .reject, .terminate].contains(kind), state.document(.archiveList) == nil,
      state.proceedings.allSatisfy({ $0.id == proceeding.id || $0.status.isFinal })
    else { return [] }
    return [DueDocument(kind: .archiveList)]
  }
}

/// The numbers of documents: `盱审补〔2026〕0001号`, one row of them for each county, kind and year. They are given in the
/// transaction that issues the document, so that none is missing and none is there twice.
///
/// Invariant: *a number means one document, whatever backup is put back.* A restored log may have given out numbers
/// that nobody here knows any more; what is issued after it counts in a row of its own, `〔2026〕复1130-0001号` by the day
/// on which it was put back, and what devices bring back keeps the number it has.
enum DocumentNumber {
  /// The kind of the registry's documents that hold the last number of each row.
  static let registry = "document-number"

  /// The row's key: which backup was put back, the year, the kind.
  static func row(_ kind: DocumentKind, year: Int, in county: County) -> String {
    "\(restore(county) ?? "0")/\(year)/\(kind.rawValue)"
  }

  /// The number as people read it.
  static func text(_ kind: DocumentKind, year: Int, in county: County, sequence: Int64) -> String {
    let row = restore(county).map { "复\($0)-" } ?? ""
    let number = padded(Int(clamping: sequence), 4)
    return "\(county.settings.documentPrefix)\(kind.shortName)〔\(year)〕\(row)\(number)号"
  }

  /// Which backup was put back: the day, and how many were before; nil where none was. Of those before nobody may know:
  /// the count alone would be given out again.
  private static func restore(_ county: County) -> String? {
    let past = county.lineage.past.count
    guard past > 0 else { return nil }
    let date = county.restoredAt.map { ChinaTime.date($0).components }
    let day = date.map { padded($0.month, 2) + padded($0.day, 2) } ?? ""
    return past == 1 ? day : "\(day)-\(past)"
  }
}

extension CaseTransaction {
  /// Numbers documents: what an operation carries as `documents`.
  func number(_ documents: [DueDocument]) throws(Problem) -> [Value] {
    var lines: [Value] = []
    for document in documents {
      if let joined = document.joins {
        lines.append(document.value(number: joined))
        continue
      }
      let year = ChinaTime.date(now).year
      let row = DocumentNumber.row(document.kind, year: year, in: county)
      var last = numbers[row]
      if last == nil { last = try journal.document(DocumentNumber.registry, row)?.integer ?? 0 }
      let sequence = (last ?? 0) + 1
      numbers[row] = sequence
      lines.append(
        document.value(
          number: DocumentNumber.text(document.kind, year: year, in: county, sequence: sequence)))
    }
    return lines
  }

  /// Keeps the last number of each row; with the operations that carry them.
  func keepNumbers() throws(Problem) {
    for (row, last) in numbers.sorted(by: { $0.key < $1.key }) {
      try journal.setDocument(DocumentNumber.registry, row, .integer(last))
    }
  }
}
