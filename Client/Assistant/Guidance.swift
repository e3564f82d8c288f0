internal import Application
internal import Catalog
internal import Foundations

/// What the answers of the guidance 智能导引 make of a matter: pure.
struct Guidance {
  let matter: Matter
  /// Question to the answer's label.
  let answers: [String: String]
  /// In the matter's order; never empty.
  let items: [ItemID]
  let addedMaterials: Set<String>
  let removedMaterials: Set<String>
  let requiredFields: Set<String>
  /// Why the matter cannot go on.
  let stops: [String]
  /// What follows from each answer, as printed.
  let why: [String]
  /// Unknown questions and answers.
  let problems: [Problem]

  /// - Parameters:
  ///   - given: question to label, or to the answer's number from 1.
  ///   - named: items chosen by name, which then are all there are.
  init(_ matter: Matter, answers given: [String: String], named: [ItemID]? = nil) {
    var chosen: [(question: Question, answer: Answer)] = []
    var problems: [Problem] = []
    for (id, text) in given.sorted(by: { $0.key < $1.key }) {
      guard let question = matter.guidance.first(where: { $0.id == id }) else {
        problems.append(ProblemKind.guideQuestionUnknown.with(String(id.prefix(40)), field: "answers.\(id.prefix(40))"))
        continue
      }
      guard let answer = Self.answer(text, of: question) else {
        let labels = question.answers.map(\.label).joined(separator: "、")
        problems.append(ProblemKind.guideAnswerUnknown.with("\(question.text)（\(labels)）", field: "answers.\(id)"))
        continue
      }
      chosen.append((question, answer))
    }
    let effects = chosen.map(\.answer)
    self.matter = matter
    self.problems = problems
    answers = Dictionary(chosen.map { ($0.question.id, $0.answer.label) }, uniquingKeysWith: { first, _ in first })
    items = Self.items(matter, effects, named)
    addedMaterials = Set(effects.flatMap(\.addMaterials))
    removedMaterials = Set(effects.flatMap(\.removeMaterials)).subtracting(effects.flatMap(\.addMaterials))
    requiredFields = Set(effects.flatMap(\.requireFields))
    stops = effects.filter(\.stop).map(\.effect)
    why = chosen.map { "\($0.question.text)：\($0.answer.label) → \($0.answer.effect)" }
  }

  private static func answer(_ text: String, of question: Question) -> Answer? {
    let wanted = text.trimmed
    if let answer = question.answers.first(where: { $0.label == wanted }) { return answer }
    guard let number = Int(wanted), question.answers.indices.contains(number - 1) else { return nil }
    return question.answers[number - 1]
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

  // MARK: What the chosen items need

  var validator: FormValidator { FormValidator(fields: matter.fields, items: Set(items)) }

  /// The materials that the chosen items ask for.
  var materials: [MaterialRequirement] {
    matter.materials.filter { material in
      if removedMaterials.contains(material.id) { return false }
      return addedMaterials.contains(material.id) || material.items.isEmpty
        || material.items.contains(where: items.contains)
    }
  }

  func isRequired(_ material: MaterialRequirement) -> Bool {
    material.required || addedMaterials.contains(material.id)
  }

  /// What the applicant must bring; everything else the government has itself.
  var ownRequired: [MaterialRequirement] { materials.filter { $0.source == .own && isRequired($0) } }

  /// Questions nobody has answered.
  var open: [Question] { matter.guidance.filter { answers[$0.id] == nil } }

  /// The longest promise among the chosen items in working days, nil where none is known.
  var workingDays: Int? {
    let limits = items.compactMap { matter.item($0)?.limit }.filter { $0.unit == .workingDays }
    let days = limits.compactMap { $0.promised ?? $0.statutory }.max()
    return days ?? matter.overall.flatMap { $0.unit == .workingDays ? $0.promised ?? $0.statutory : nil }
  }
}
