package import Foundations
package import Replication

/// That the contents of an application were erased: the server's tombstone.
///
/// Invariant: *the tombstone beats everything.* What the application is, was or may still be sent is derived from it
/// alone: folding the operations with their contents or without gives the same.
package struct Erasure: Sendable, Hashable {
  package let operation: OperationID
  /// What came before was erased; what comes after was sent by somebody who did not know.
  package let sequence: Int64
  package let at: Instant
  package let why: String

  /// The code with which everything is refused that comes later.
  package static let refusalCode = "application.erased"

  /// Whether whoever wrote an operation did not know of the tombstone, so that a person has to look at it. What was in
  /// effect before comes behind the tombstone where a server's log was lost and brought back.
  /// - Parameter judgement: nil for what has not been judged.
  package func isTooLate(_ judgement: Judgement?) -> Bool {
    guard let judgement else { return true }
    let isInEffect = judgement.disposition == .applied || judgement.disposition == .late
    return judgement.sequence > sequence && !isInEffect
  }

  var value: Value { ["at": .text(ChinaTime.text(at)), "why": .text(why)] }
}

extension ApplicationState {
  /// What a tombstone leaves of an application: its number, its station, why it was erased. Nothing personal.
  /// - Returns: nil for any other operation.
  init?(erasing judged: JudgedOperation) {
    let header = judged.operation.header
    guard header.kind == .purge, let judgement = judged.judgement, judgement.disposition == .applied,
      let opening = Opening(judged.operation.content)
    else { return nil }
    id = header.application
    matter = opening.matter
    matterVersion = opening.matterVersion
    code = opening.code
    station = opening.station
    createdBy = header.person
    createdAt = judgement.capturedAt
    consent = .null
    openingRelations = []
    erasure = Erasure(
      operation: header.id, sequence: judgement.sequence, at: judgement.capturedAt,
      why: judged.operation.content["why"]?.text ?? "")
    known = [header.id.device: header.id.counter]
    lastSequence = judgement.sequence
    operations = 1
    timeline = [FoldContext(judged: judged, disposition: .applied, pinned: nil).timelineEntry]
  }

  /// What the tombstone of this application says.
  package func tombstone(why: String) -> Value {
    [
      "matter": .text(matter.text), "matterVersion": .integer(matterVersion), "code": .text(code),
      "station": .text(station.text), "why": .text(why),
    ]
  }
}
