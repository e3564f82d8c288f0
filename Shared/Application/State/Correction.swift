package import Foundations
internal import Replication

/// One thing to put right, with everybody who asks for it.
package struct CorrectionLine: Sendable, Hashable {
  /// Who must do something.
  package enum Doer: Int, Sendable, Comparable {
    /// The applicant brings a paper.
    case applicant
    /// Whoever captured it fills in a field, and the applicant confirms it.
    case agent

    package static func < (left: Doer, right: Doer) -> Bool { left.rawValue < right.rawValue }

    /// `applicant`, `agent`
    package var name: String { self == .applicant ? "applicant" : "agent" }
  }

  package let doer: Doer
  /// A field's register, or nil where it is about a material.
  package let field: String?
  package let material: String?
  /// What is wrong and what to do, each sentence once.
  package internal(set) var problems: [String]
  package internal(set) var remedies: [String]
  /// The items that ask for it, by their names.
  package internal(set) var items: [String]
}

/// The one notice of everything to put right: the open returns of all departments together.
package struct MergedCorrection: Sendable, Hashable {
  /// Sorted by who must do what; what several departments ask for stands once.
  package let lines: [CorrectionLine]
  /// The earliest of the deadlines, the only one that is shown.
  package let until: String?
  package let proceedings: [ProceedingID]
  /// The items whose papers were given back, to be filed anew.
  package let givenBack: [String]

  /// `{until, givenBack?, lines:[{who, field | material, problem, remedy, items}]}`
  package var value: Value {
    var value = told
    if !givenBack.isEmpty { value["givenBack"] = .array(givenBack.map(Value.text)) }
    return value
  }

  private var told: Value {
    [
      "until": Value(until),
      "lines": .array(
        lines.map { line in
          var value: Value = [
            "who": .text(line.doer.name), "problem": .text(line.problems.joined(separator: "；")),
            "remedy": .text(line.remedies.joined(separator: "；")), "items": .array(line.items.map(Value.text)),
          ]
          if let field = line.field { value["field"] = .text(Register.name(field)) }
          if let material = line.material { value["material"] = .text(material) }
          return value
        }),
    ]
  }
}

extension ApplicationState {
  /// What the applicant is to put right now; nil where nothing is.
  package var openCorrection: MergedCorrection? {
    let open = proceedings.filter { $0.status == .correction }
    return open.isEmpty ? nil : Self.merge(open.map { ($0, $0.defects, $0.correctionUntil) })
  }

  /// Of what the applicant is to put right, that about which nothing was changed yet: whoever sees it again may send it
  /// back only against a record (行政许可法 32).
  package var untouchedCorrections: [CorrectionLine] {
    guard let version, let open = openCorrection else { return [] }
    let current = currentSnapshot
    let pinned = Set(version.materials.map(\.operation))
    return open.lines.filter { line in
      if let field = line.field { return current.values[field] == version.values[field] }
      return !current.materials.contains { $0.material == line.material && !pinned.contains($0.operation) }
    }
  }

  /// What a notice said when it was issued, whatever was answered since.
  package func correction(of document: IssuedDocument) -> MergedCorrection? {
    let said = proceedings.flatMap { proceeding in
      proceeding.rounds.filter { document.operations.contains($0.operation) }.map { (proceeding, $0.defects, $0.until) }
    }
    return said.isEmpty ? nil : Self.merge(said)
  }

  private static func merge(
    _ returns: [(proceeding: ProceedingState, defects: [Defect], until: String?)]
  ) -> MergedCorrection {
    var lines: [CorrectionLine] = []
    for (proceeding, defects, _) in returns {
      for defect in defects {
        if let index = lines.firstIndex(where: { $0.field == defect.field && $0.material == defect.material }) {
          if !lines[index].problems.contains(defect.problem) { lines[index].problems.append(defect.problem) }
          if !lines[index].remedies.contains(defect.remedy) { lines[index].remedies.append(defect.remedy) }
          if !lines[index].items.contains(proceeding.itemName) { lines[index].items.append(proceeding.itemName) }
        } else {
          lines.append(
            CorrectionLine(
              doer: defect.field == nil ? .applicant : .agent, field: defect.field, material: defect.material,
              problems: [defect.problem], remedies: [defect.remedy], items: [proceeding.itemName]))
        }
      }
    }
    // The order of the departments stays within each doer.
    let sorted = lines.enumerated().sorted { ($0.element.doer, $0.offset) < ($1.element.doer, $1.offset) }
    var seen: Set<ProceedingID> = []
    return MergedCorrection(
      lines: sorted.map(\.element), until: returns.compactMap(\.until).min(),
      proceedings: returns.map(\.proceeding.id).filter { seen.insert($0).inserted },
      givenBack: returns.map(\.proceeding).filter(\.isGivenBack).map(\.itemName))
  }

  /// Why a return is one too many; nil where it is not.
  ///
  /// Invariant: *the same papers are sent back once.* What was newly supplied since the last return may be wrong in its
  /// own way; everything else was to be told of the first time (行政许可法 32: 一次告知全部内容).
  func secondReturn(_ payload: Value, of proceeding: ProceedingState) -> String? {
    guard let last = proceeding.rounds.last(where: { $0.manner != .detour }) else { return nil }
    let defects = (payload["defects"]?.array ?? []).map(Defect.init)
    return defects.allSatisfy { isNewlySupplied($0, since: last.version, in: proceeding.version) }
      ? nil : "correct.again"
  }

  /// Whether what a defect is about was supplied anew between two versions.
  private func isNewlySupplied(_ defect: Defect, since former: Int64, in present: Int64) -> Bool {
    guard let before = versions.first(where: { $0.number == former }),
      let after = versions.first(where: { $0.number == present }), former < present
    else { return false }
    if let field = defect.field { return before.values[field] != after.values[field] }
    let known = Set(before.materials.filter { $0.material == defect.material }.map(\.operation))
    return after.materials.contains { $0.material == defect.material && !known.contains($0.operation) }
  }

  /// Returns of the same papers that a supervisor let pass 未一次告知, in their order.
  package var repeatedReturns: [(proceeding: ProceedingState, round: CorrectionRound)] {
    proceedings.flatMap { proceeding in
      proceeding.rounds.filter { $0.override != nil }.map { (proceeding, $0) }
    }
  }
}

/// Why papers come back, in a few words that name nobody: what a window wrote may hold a name, what is counted must
/// not.
package enum ReturnCause: String, Sendable, CaseIterable {
  case missing, expired, unclear, form, mismatch, copies, wrong

  /// The cause that a window's sentence tells of.
  package init(problem: String) {
    self = Self.words.first { entry in entry.words.contains { problem.contains($0) } }?.cause ?? .wrong
  }

  /// In a sentence: `常因“缺少”被退回`.
  package var name: String {
    switch self {
    case .missing: "缺少"
    case .expired: "过期"
    case .unclear: "不清楚"
    case .form: "不合形式（没有签名、盖章等）"
    case .mismatch: "前后不一致"
    case .copies: "份数或页数不够"
    case .wrong: "填写或内容有误"
    }
  }

  private static let words: [(cause: ReturnCause, words: [String])] = [
    (.expired, ["过期", "失效", "有效期", "到期"]), (.unclear, ["不清", "模糊", "看不", "反光", "遮挡", "打不开"]),
    (.copies, ["份数", "页", "复印"]), (.form, ["签名", "签字", "盖章", "公章", "手印", "原件", "形式", "格式"]),
    (.mismatch, ["不一致", "不符", "对不上", "不同"]), (.missing, ["缺", "没有", "未提供", "未提交", "漏", "少"]),
  ]
}
