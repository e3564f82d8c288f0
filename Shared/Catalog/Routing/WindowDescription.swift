package import Foundations

/// What routing has to know of a window 窗口: which authorities it stands for, where, for whom and for what.
package struct WindowDescription: Sendable, Equatable {
  package var id: WindowID
  package var name: String
  /// `county`: a counter of the 政务服务中心; `town`: a 便民服务中心.
  package var level: HandlingLevel
  /// The authorities it stands for, as printed; `Department` knows their other names.
  package var authorities: [String] { didSet { departments = authorities.map { Department($0) } } }
  /// The departments behind `authorities`, looked up once: routing compares them for every proceeding.
  package private(set) var departments: [Department]
  /// Beginnings of the division codes it serves, 6 or 9 digits.
  package var divisions: [String]
  /// The kinds of applicant it serves; empty: all.
  package var subjects: [SubjectKind]
  /// The matters it serves; empty: all.
  package var matters: [MatterID]
  /// 综合窗口: takes matters whole, whichever authorities they concern; in a town, everything handled there.
  package var comprehensive: Bool

  package init(
    id: WindowID, name: String, level: HandlingLevel, authorities: [String], divisions: [String],
    subjects: [SubjectKind] = [], matters: [MatterID] = [], comprehensive: Bool = false
  ) {
    self.id = id
    self.name = name
    self.level = level
    self.authorities = authorities
    departments = authorities.map { Department($0) }
    self.divisions = divisions
    self.subjects = subjects
    self.matters = matters
    self.comprehensive = comprehensive
  }
}

extension WindowDescription {
  /// How many leading digits of `division` this window is there for; nil where it does not serve it.
  func coverage(of division: String) -> Int? {
    divisions.filter { !$0.isEmpty && division.hasPrefix($0) }.map(\.utf8.count).max()
  }

  /// Whether it serves this matter and this kind of applicant.
  func serves(_ matter: MatterID, _ kind: SubjectKind) -> Bool {
    (matters.isEmpty || matters.contains(matter)) && (subjects.isEmpty || subjects.contains(kind))
  }
}

/// Where a proceeding goes, and why: the sentence stands in the timeline.
package enum RoutingDecision: Sendable, Equatable {
  case window(WindowID, because: String)
  /// Nobody receives it; a person has to decide.
  case unrouted(because: String)

  package var window: WindowID? { if case .window(let id, _) = self { id } else { nil } }

  package var because: String {
    switch self {
    case .window(_, let because), .unrouted(let because): because
    }
  }
}
