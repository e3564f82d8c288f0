package import Replication

/// How a proceeding ended that brought the applicant nothing.
package enum Denial: String, Sendable, CaseIterable {
  /// 不予批准: it was examined and not granted.
  case refused
  /// 不予受理
  case rejected
  /// 终止: it was ended without a decision.
  case terminated

  /// As people read it.
  package var words: String {
    switch self {
    case .refused: "不予批准"
    case .rejected: "不予受理"
    case .terminated: "已终止"
    }
  }

  /// The paper in which the authority says so.
  fileprivate var documents: [DocumentKind] {
    switch self {
    case .refused: [.refusal]
    case .rejected: [.rejection, .notNeeded]
    case .terminated: [.termination]
    }
  }

  /// The kind of operation by which a window says so.
  fileprivate var kind: OperationKind {
    switch self {
    case .refused: .decide
    case .rejected: .reject
    case .terminated: .terminate
    }
  }
}

/// What an applicant is to be given where a window said no.
package struct DenialNotice: Sendable, Hashable {
  package let itemName: String
  package let denial: Denial
  /// The operation by which it was said.
  package let operation: OperationID
  /// The authority's paper; nil where it has not numbered one.
  package let document: IssuedDocument?
}

extension ProceedingState {
  /// How it went against the applicant; nil where it goes on or something was granted.
  fileprivate var denial: Denial? {
    switch status {
    case .rejected: .rejected
    case .terminated: .terminated
    default: outcome == "refuse" ? .refused : nil
    }
  }
}

extension ApplicationState {
  /// How it went where no item of it was granted; nil while any may still be, and where anything was. What a window has
  /// decided is only to be delivered.
  package var denial: Denial? {
    guard withdrawal == nil, !proceedings.isEmpty else { return nil }
    let denials = Set(proceedings.indices.map { proceedings[$0].denial })
    guard !denials.contains(nil) else { return nil }
    return Denial.allCases.first(where: denials.contains)
  }

  /// The notices whose delivery nobody has recorded. Where an applicant withdrew, nobody denied anything.
  package var denialNotices: [DenialNotice] {
    guard withdrawal == nil else { return [] }
    // By their places: a proceeding is large, and going through them copies each.
    return proceedings.indices.compactMap { place in
      guard proceedings[place].status != .delivered, let denial = proceedings[place].denial else { return nil }
      let id = proceedings[place].id
      let said = timeline.last { entry in
        entry.proceeding == id && entry.kind == denial.kind.text && entry.disposition == .applied
      }
      return said.map { said in
        DenialNotice(
          itemName: proceedings[place].itemName, denial: denial, operation: said.operation,
          document: denial.documents.compactMap { document($0, of: id) }.last)
      }
    }
  }
}
