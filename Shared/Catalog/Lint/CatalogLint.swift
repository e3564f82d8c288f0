internal import Foundations

/// Looks at a sound matter as an experienced clerk would, and says what is likely wrong.
package struct CatalogLint {
  private let matter: Matter
  private let context: LintContext
  private let log = IssueLog()
  private let reachable: Set<ItemID>

  private init(_ matter: Matter, _ context: LintContext) {
    self.matter = matter
    self.context = context
    let added = matter.guidance.flatMap(\.answers).filter { !$0.stop }.flatMap(\.addItems)
    reachable = Set(matter.items.filter { $0.choice != .conditional }.map(\.id) + added)
  }

  /// Everything that is likely wrong, in the order of the file's lines.
  /// - Parameter file: what the matter was read from; only for its name and its lines.
  package static func check(_ matter: Matter, in file: CatalogFile, _ context: LintContext) -> [CatalogIssue] {
    let lint = CatalogLint(matter, context)
    lint.check()
    guard !lint.log.entries.isEmpty else { return [] }
    // The lines cost as much as reading the file, so that they are looked up only where something was found.
    let lines = (try? JSONReader.readWithLines(file.bytes))?.lines ?? [:]
    return lint.log.issues(file: file.name, lines: lines)
  }

  private func check() {
    guard matter.detail != .outline else { return log.note(.lintOutline, at: "detail", "“\(matter.name)”") }
    if matter.conditions.isEmpty { log.note(.lintNoConditions, at: "name", "“\(matter.name)”") }
    if matter.guidance.isEmpty { log.note(.lintNoGuidance, at: "name", "“\(matter.name)”") }
    for (index, lead) in matter.lead.enumerated() { check(authority: lead.authority, at: "lead.\(index).authority") }
    for (index, item) in matter.items.enumerated() { check(item, at: "items.\(index)") }
    checkFields()
    for (index, material) in matter.materials.enumerated() { check(material, at: "materials.\(index)") }
    checkMainMaterials()
    checkQuestions()
    checkFacts()
    if matter.detail == .full { checkDrafts() }
  }

  // MARK: Items

  private func check(_ item: ServiceItem, at path: String) {
    if let authority = item.authority { check(authority: authority, at: "\(path).authority") }
    if item.limit?.promised == nil, item.limit?.statutory == nil { log.note(.lintNoLimit, at: path, "“\(item.name)”") }
    if item.basis == nil { log.note(.lintNoBasis, at: path, "“\(item.name)”") }
    if item.agency == nil { log.note(.lintNoAgency, at: path, "“\(item.name)”") }
    if !reachable.contains(item.id), !matter.guidance.isEmpty { log.note(.lintUnreachable, at: path, "“\(item.name)”") }
    guard let limit = item.limit, let statutory = limit.statutory, let promised = limit.promised,
      let most = context.promiseMax(statutory: statutory, division: matter.source.division), promised > most
    else { return }
    log.note(.lintPromise, at: "\(path).limit.promised", "“\(item.name)”法定 \(statutory)，承诺 \(promised)，最多 \(most)")
  }

  private func check(authority: String, at path: String) {
    guard !context.authorities.contains(authority) else { return }
    // One known name among the alternatives is enough: whoever takes it in finds a window.
    let names = Department.alternatives(in: authority)
    if !names.contains(where: { $0.code != nil }) { log.note(.lintAuthority, at: path, "“\(authority)”") }
  }

  // MARK: Fields

  private func checkFields() {
    var seen: [String: Field] = [:]
    for (index, field) in matter.fields.enumerated() {
      if !field.items.isEmpty, !matter.guidance.isEmpty, reachable.isDisjoint(with: field.items) {
        log.note(.lintFieldUnneeded, at: "fields.\(index)", "“\(field.name)”")
      }
      guard let former = seen.updateValue(field, forKey: field.name) else { continue }
      if former.roleID != field.roleID || former.elementID != field.elementID {
        log.note(.lintSameName, at: "fields.\(index).name", "“\(field.name)”（\(former.id)、\(field.id)）")
      }
    }
  }

  // MARK: Materials

  private func check(_ material: MaterialRequirement, at path: String) {
    if let shared = material.shared {
      if let register = context.sharing, register[shared] == nil {
        log.note(.lintSharedUnknown, at: "\(path).shared", "“\(shared)”")
      }
    } else if material.source == .certificate || material.source == .verification {
      log.note(.lintNotRegistered, at: path, "“\(material.name)”")
    }
    guard material.source == .own, material.required, material.shared == nil else { return }
    let items = matter.items.filter { material.items.isEmpty || material.items.contains($0.id) }
    if !items.isEmpty, items.allSatisfy({ $0.basis == nil }) {
      log.note(.lintMaterialBasis, at: path, "“\(material.name)”")
    }
  }

  /// An item for which the applicant must bring something, and of all its papers none is what the decision rests on.
  private func checkMainMaterials() {
    for (index, item) in matter.items.enumerated() {
      let materials = matter.materials.filter { $0.items.isEmpty || $0.items.contains(item.id) }
      let brings = materials.contains { $0.source == .own && $0.required }
      if brings, !materials.contains(where: \.main) { log.note(.lintNoMain, at: "items.\(index)", "“\(item.name)”") }
    }
  }

  // MARK: Guidance

  private func checkQuestions() {
    let asked = Set(matter.guidance.flatMap(\.when).map(\.question))
    for (index, question) in matter.guidance.enumerated() where !asked.contains(question.id) {
      if question.answers.allSatisfy(\.changesNothing) {
        log.note(.lintNoEffect, at: "guidance.\(index)", "“\(question.text)”")
      }
    }
    let paths = GuidancePaths(matter)
    for (place, items) in paths.contradictions {
      let names = items.compactMap { matter.item($0)?.name }.joined(separator: "、")
      log.note(.lintPathContradiction, at: place, names)
    }
    if let answers = paths.empty { log.note(.lintPathEmpty, at: "guidance", answers) }
  }

  // MARK: Entitlements

  private func checkFacts() {
    guard let facts = context.facts else { return }
    for (index, entitlement) in matter.entitlements.enumerated() {
      for (place, condition) in entitlement.when.enumerated() {
        let path = "entitlements.\(index).when.\(place)"
        let hasBounds = condition.min != nil || condition.max != nil
        if let fact = facts[condition.fact] {
          if fact.isNumber != hasBounds {
            log.note(.lintFact, at: path, "“\(fact.id)”\(fact.isNumber ? "是数目，写 min 或 max" : "不是数目，写 values")")
          }
        } else {
          log.note(.lintFact, at: "\(path).fact", "没有“\(condition.fact)”")
        }
      }
    }
  }

  // MARK: Confirmed matters

  private func checkDrafts() {
    for place in DraftMarks.places(in: matter) { log.note(.lintDraft, at: place.path, "“\(place.text.prefix(40))”") }
  }
}

extension Answer {
  /// Whether it only tells something: nothing is asked for or handled otherwise because of it.
  var changesNothing: Bool {
    addItems.isEmpty && removeItems.isEmpty && addMaterials.isEmpty && removeMaterials.isEmpty && requireFields.isEmpty
      && sameRoles.isEmpty && !stop
  }
}
