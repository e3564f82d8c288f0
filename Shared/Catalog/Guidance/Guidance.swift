package import Foundations

/// What the answers of the guidance 智能导引 make of a matter: items, materials, fields, stops, and why. Pure, so that
/// a kitchen table and a window come to the same result.
package struct Guidance: Sendable {
  package let matter: Matter
  /// The questions that are asked after these answers, in the matter's order, up to the first that ends the matter.
  package let asked: [Question]
  /// Question to the answer's label; answers to questions that are not asked are not among them.
  package let answers: [String: String]
  /// In the matter's order; never empty.
  package let items: [ItemID]
  package let addedMaterials: Set<String>
  package let removedMaterials: Set<String>
  package let requiredFields: Set<String>
  /// Roles that one person has (`Answer.sameRoles`).
  package let sameRoles: [String: String]
  /// Why the matter cannot go on.
  package let stops: [String]
  /// What follows from each answer, as printed.
  package let why: [String]
  /// Unknown questions and answers, and items left out that the law has handled together.
  package let problems: [Problem]
  private let effects: [Effect]
  private let isNamed: Bool

  /// One answer that was given.
  private struct Effect: Sendable {
    let question: Question
    let answer: Answer

    var text: String { "\(question.text)：\(answer.label)" }
  }

  /// - Parameters:
  ///   - given: question to label, or to the answer's number from 1.
  ///   - named: items chosen by name, which then are all there are.
  package init(_ matter: Matter, answers given: [String: String], named: [ItemID]? = nil) {
    var problems: [Problem] = []
    for id in given.keys.sorted() where !matter.guidance.contains(where: { $0.id == id }) {
      problems.append(ProblemKind.guideQuestionUnknown.with(String(id.prefix(40)), field: "answers.\(id.prefix(40))"))
    }
    var asked: [Question] = []
    var effects: [Effect] = []
    var labels: [String: String] = [:]
    for question in matter.guidance where question.isAsked(after: labels) {
      if effects.last?.answer.stop == true { break }
      asked.append(question)
      guard let text = given[question.id] else { continue }
      guard let answer = question.answer(text) else {
        let known = question.answers.map(\.label).joined(separator: "、")
        problems.append(
          ProblemKind.guideAnswerUnknown.with("\(question.text)（\(known)）", field: "answers.\(question.id)"))
        continue
      }
      labels[question.id] = answer.label
      effects.append(Effect(question: question, answer: answer))
    }
    self.matter = matter
    self.asked = asked
    self.effects = effects
    answers = labels
    let results = effects.map(\.answer)
    items = Self.items(matter, results, named)
    isNamed = named != nil
    addedMaterials = Set(results.flatMap(\.addMaterials))
    removedMaterials = Set(results.flatMap(\.removeMaterials)).subtracting(addedMaterials)
    requiredFields = Set(results.flatMap(\.requireFields))
    sameRoles = results.reduce(into: [:]) { roles, answer in roles.merge(answer.sameRoles) { first, _ in first } }
    stops = results.filter(\.stop).map(\.effect)
    why = effects.map { "\($0.text) → \($0.answer.effect)" }
    self.problems = problems + Self.leftOut(matter, results, named, items)
  }

  private static func items(_ matter: Matter, _ answers: [Answer], _ named: [ItemID]?) -> [ItemID] {
    if let named { return matter.proceedingItems.filter(named.contains) }
    guard !matter.items.isEmpty else { return matter.proceedingItems }
    let added = Set(answers.flatMap(\.addItems))
    let removed = Set(answers.flatMap(\.removeItems)).subtracting(added)
    let items = matter.items.filter { !removed.contains($0.id) && ($0.choice == .standard || added.contains($0.id)) }
    if !items.isEmpty { return items.map(\.id) }
    // Nothing said which: everything that depends on answers is looked at by the windows.
    let conditional = matter.items.filter { $0.choice == .conditional && !removed.contains($0.id) }
    return (conditional.isEmpty ? matter.items : conditional).map(\.id)
  }

  /// Items that the law has handled together and that a choice by name leaves out, though no answer does.
  private static func leftOut(
    _ matter: Matter, _ answers: [Answer], _ named: [ItemID]?, _ chosen: [ItemID]
  ) -> [Problem] {
    guard named != nil else { return [] }
    let whole = Set(items(matter, answers, nil))
    return matter.items.filter { $0.together && whole.contains($0.id) && !chosen.contains($0.id) }
      .map { ProblemKind.itemTogether.with($0.name, field: "items") }
  }

  // MARK: What the chosen items need

  package var validator: FormValidator { FormValidator(fields: matter.fields, items: Set(items)) }

  /// The one form 一表 of the chosen items.
  package var form: MergedForm {
    MergedForm(matter.fields, items: Set(items), sameRoles: sameRoles, alsoRequired: requiredFields)
  }

  /// The requirements of materials that the chosen items bring, as the matter lists them.
  package var requirements: [MaterialRequirement] {
    matter.materials.filter { material in
      if removedMaterials.contains(material.id) { return false }
      return addedMaterials.contains(material.id) || material.items.isEmpty
        || material.items.contains(where: items.contains)
    }
  }

  /// Whether a material must be there, and not only sometimes.
  package func isRequired(_ material: MaterialRequirement) -> Bool {
    material.required || addedMaterials.contains(material.id)
  }

  /// The one set of materials 一套材料 of the chosen items.
  package var materials: MaterialSet {
    MaterialSet(
      requirements, isRequired: isRequired, sameRoles: sameRoles, items: items, registered: matter.registered)
  }

  /// When the chosen items are done.
  package var timePlan: TimePlan { TimePlan(matter, items: items) }

  /// Questions that are asked and that nobody has answered; none after a stop.
  package var open: [Question] { stops.isEmpty ? asked.filter { answers[$0.id] == nil } : [] }

  // MARK: Why

  /// Why an item is part of it.
  package func reasons(item id: ItemID) -> [String] {
    let answered = effects.filter { $0.answer.addItems.contains(id) }.map { "您的回答“\($0.text)”" }
    if !answered.isEmpty { return answered }
    if isNamed { return ["申请人选了这个事项"] }
    switch matter.item(id)?.choice {
    case .standard, nil: return [matter.item(id)?.together == true ? "法律规定应当并行办理" : "这件事都要办的事项"]
    case .optional: return ["这件事没有别的事项"]
    case .conditional: return ["还要看情况，由窗口判断"]
    }
  }

  /// Why a material is asked for: an answer, and the items that need it.
  package func reasons(material: MaterialRequirement) -> [String] {
    answered(material: material) + needed(by: material.items)
  }

  /// The answers for which a material is asked for.
  package func answered(material: MaterialRequirement) -> [String] {
    effects.filter { $0.answer.addMaterials.contains(material.id) }.map { "您的回答“\($0.text)”" }
  }

  /// Why a field is asked for: an answer, and the items that need it, with their authorities.
  package func reasons(field: Field) -> [String] {
    let answered = effects.filter { $0.answer.requireFields.contains(field.id) }.map { "您的回答“\($0.text)”" }
    return answered + needed(by: field.items)
  }

  private func needed(by wanted: [ItemID]) -> [String] {
    let needing = items.filter { wanted.isEmpty || wanted.contains($0) }
    if wanted.isEmpty, needing.count > 1 { return ["每个事项都要用"] }
    return needing.map { id in
      let authority = matter.authority(of: id).map { "（\($0)）" } ?? ""
      return "办“\(matter.name(of: id))”\(authority)要用"
    }
  }
}

extension Question {
  /// Whether it is asked after these answers, question to label.
  package func isAsked(after answers: [String: String]) -> Bool {
    when.allSatisfy { condition in answers[condition.question].map(condition.answers.contains) ?? false }
  }

  /// An answer by its label, or by its number from 1.
  package func answer(_ text: String) -> Answer? {
    let wanted = text.trimmed
    if let answer = answers.first(where: { $0.label == wanted }) { return answer }
    guard let number = Int(wanted), answers.indices.contains(number - 1) else { return nil }
    return answers[number - 1]
  }
}

extension Matter {
  /// Who handles an item: its authority, or the lead of its stage.
  package func authority(of id: ItemID) -> String? {
    item(id)?.authority ?? lead.first { $0.items.isEmpty || $0.items.contains(id) }?.authority
  }
}

extension ProblemKind {
  package static let guideQuestionUnknown = ProblemKind(
    "guide.question-unknown", "导引里没有这个问题：{}", remedy: "请用 bangban guide 查看有哪些问题。")
  package static let guideAnswerUnknown = ProblemKind(
    "guide.answer-unknown", "这个问题没有这个答案：{}", remedy: "请从列出的答案中选。")
  package static let guideStop = ProblemKind("guide.stop", "按回答的情况，这件事不能这样办：{}", remedy: "请按提示改走别的办法。")
  package static let itemTogether = ProblemKind(
    "item.together", "这个事项依法应当一并办理，不能去掉：{}", remedy: "请把它加上；其他事项可以全部或部分选办。")
}
