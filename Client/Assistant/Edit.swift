internal import Application
internal import CaptureStore
internal import Catalog
internal import Foundations

/// Reads the assignments of `edit` into registers.
struct Edit {
  private let state: ApplicationState
  private let matter: Matter
  private let places: OwnPlaces
  private let today: CivilDate
  private let settles: Bool
  private let validator: FormValidator

  /// - Parameter settles: whether the assignments are how a person settles a conflict (`Twins.settles`).
  init(
    _ state: ApplicationState, matter: Matter, _ session: StoreSession, today: CivilDate, settles: Bool = false
  ) {
    self.state = state
    self.matter = matter
    self.today = today
    self.settles = settles
    places = OwnPlaces(session)
    validator = FormValidator(fields: matter.fields, items: nil)
  }

  /// - Throws: everything that is wrong with any assignment.
  func read(_ assignments: [Assignment]) throws(Problem) -> Members {
    var set: Members = [:]
    var problems: [Problem] = []
    var named: Set<String> = []
    for assignment in assignments {
      do throws(Problem) {
        guard named.insert(id(of: assignment.field)).inserted else { throw twice(assignment.field) }
        try apply(assignment, to: &set)
      } catch {
        // Two parts of one register in conflict are one problem.
        problems += ([error] + error.others).filter { !problems.contains($0) }
      }
    }
    let before = state.fieldValues
    let changed = ApplicationState.fieldValues(set).filter { before[$0.key] != $0.value }
    problems += places.problems(changed, of: matter)
    if let problem = Submission.joined(problems) { throw problem }
    followAnswers(&set)
    vouch(&set)
    return try Twins(state: state, matter: matter, today: today, settles: settles).completing(set)
  }

  /// A field's id where that is its name; what is no field is called one thing only.
  private func id(of name: String) -> String {
    validator.field(name) == nil ? matter.fields.first { $0.name == name }?.id ?? name : name
  }

  /// Which of two values was meant nobody knows: the first would be dropped without a word.
  private func twice(_ name: String) -> Problem {
    let id = id(of: name)
    return ProblemKind.editTwice.with(Submission.named(validator.field(id)?.name ?? id, id), field: id)
  }

  /// Items that nobody picked by hand follow the answers. Where people picked differently, that stays to be settled.
  private func followAnswers(_ set: inout Members) {
    guard let answers = set[Register.answers], set[Register.items] == nil,
      state.shownValues(Register.items).count < 2
    else { return }
    let before = Guidance(matter, answers: Self.texts(state.value(Register.answers)))
    let chosen = (state.value(Register.items)?.array ?? []).compactMap(\.text)
    guard chosen.isEmpty || chosen == before.items.map(\.text) else { return }
    set[Register.items] = .array(Guidance(matter, answers: Self.texts(answers)).items.map { .text($0.text) })
  }

  /// Whoever names an agent vouches for the usual mandate, as in a document. An answer to a correction that does not
  /// open it leaves it alone: the whole edit would come late.
  private func vouch(_ set: inout Members) {
    let shown = state.shownValues(Register.mandate)
    guard let agent = set[Register.agent], !agent.isBlank, set[Register.mandate] != nil || shown.count < 2,
      state.inCorrection.isEmpty || state.openForCorrection.fields.contains(Register.mandate)
    else { return }
    let said = set[Register.mandate] ?? (isAnother(agent) ? .null : shown.first ?? .null)
    let items = set[Register.items] ?? state.value(Register.items) ?? []
    let usual = Mandate.usual(said, items: items, today: today)
    if usual != said { set[Register.mandate] = usual }
  }

  /// Whether an agent is not whom the mandate was given to; whose name or number is put right is.
  private func isAnother(_ agent: Value) -> Bool {
    guard let former = state.value(Register.agent), !former.isBlank else { return false }
    return ["name", "idNumber"].allSatisfy { former[$0] != agent[$0] }
  }

  private static func texts(_ answers: Value?) -> [String: String] {
    (answers?.object ?? [:]).compactMapValues(\.text)
  }

  /// The whole that one part is written into: the other parts stay as this device sees them.
  /// - Throws: `edit.conflict` where they are seen in several ways. Whoever writes names all heads, so the part would
  ///   settle them all, with the others' parts from whichever is shown first: *values that did not see each other
  ///   never mix.*
  private func whole(_ register: String, _ set: Members) throws(Problem) -> Value {
    if let value = set[register] { return value }
    let shown = state.shownValues(register)
    guard shown.count < 2 else { throw Self.conflict(register, matter) }
    return shown.first ?? .null
  }

  /// `edit.conflict` about a register.
  static func conflict(_ register: String, _ matter: Matter) -> Problem {
    let name = Register.name(register)
    return ProblemKind.editConflict.with(Submission.named(Assistant.name(of: register, matter), name), field: name)
  }

  private func apply(_ assignment: Assignment, to set: inout Members) throws(Problem) {
    let name = assignment.field
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    switch (name, parts.first) {
    case ("items", _): set[Register.items] = try items(assignment)
    case ("division", _): set[Register.division] = try division(assignment)
    case ("answers", _): set[Register.answers] = try answers(assignment)
    case (_, "answers") where parts.count == 2: set[Register.answers] = try answer(parts[1], assignment, set)
    case ("mandate", _): set[Register.mandate] = try mandate(value(assignment))
    case (_, "mandate") where parts.count == 2 && validator.field(name) == nil:
      set[Register.mandate] = try mandate(parts[1], assignment, set)
    case ("applicant", _), ("agent", _): try party(name, value(assignment), to: &set)
    case (_, "applicant"), (_, "agent"): try member(parts, assignment, to: &set)
    default: try field(assignment, to: &set)
    }
  }

  private func value(_ assignment: Assignment) -> Value {
    switch assignment.content {
    case .text(let text): .text(text)
    case .value(let value): value
    case .clear: .null
    }
  }

  // MARK: Registers that are no fields

  private func items(_ assignment: Assignment) throws(Problem) -> Value {
    let list: [Value]
    switch assignment.content {
    case .text(let text): list = Self.list(text)
    case .value(let value): list = value.array ?? [value]
    case .clear: list = []
    }
    return .array(try NewDocumentReader.items(list, matter).map { .text($0.text) })
  }

  private func division(_ assignment: Assignment) throws(Problem) -> Value {
    guard let text = value(assignment).text else {
      throw ProblemKind.documentType.with("division 应是文字", field: "division")
    }
    return .text(try places.division(text))
  }

  private func mandate(_ value: Value) throws(Problem) -> Value {
    if value.isNull { return .null }
    var problems: [Problem] = []
    var mandate = Mandate.normalise(value, matter, problems: &problems)
    if let problem = Submission.joined(problems) { throw problem }
    mandate["at"] = .text(today.text)
    return mandate
  }

  /// One part of the mandate.
  private func mandate(_ key: String, _ assignment: Assignment, _ set: Members) throws(Problem) -> Value {
    let isFirst = set[Register.mandate] == nil && set[Register.agent].map(isAnother) == true
    var whole = isFirst ? [:] : (try whole(Register.mandate, set).object ?? [:]).filter { $0.key != "at" }
    switch assignment.content {
    case .text(let text) where Mandate.lists.contains(key):
      whole[key] = .array(Self.list(text))
    case .text("true"), .text("false"): whole[key] = .bool(assignment.content == .text("true"))
    default: whole[key] = value(assignment)
    }
    return try mandate(.object(whole))
  }

  private static func list(_ text: String) -> [Value] {
    text.split { ",，、;；".contains($0) }.map { .text(String($0).trimmed) }
  }

  private func answers(_ assignment: Assignment) throws(Problem) -> Value {
    if assignment.content == .clear { return .null }
    guard let given = value(assignment).object else {
      throw ProblemKind.documentType.with("answers 应是对象", field: "answers")
    }
    return try checked(given.mapValues { $0.text ?? $0.integer.map(String.init) ?? "" })
  }

  private func answer(_ question: String, _ assignment: Assignment, _ set: Members) throws(Problem) -> Value {
    var given = (try whole(Register.answers, set).object ?? [:]).compactMapValues(\.text)
    given[question] = value(assignment).text ?? value(assignment).integer.map(String.init)
    return try checked(given)
  }

  private func checked(_ answers: [String: String]) throws(Problem) -> Value {
    let guidance = Guidance(matter, answers: answers)
    if let problem = Submission.joined(guidance.problems) { throw problem }
    return guidance.answers.isEmpty ? .null : .object(Members(guidance.answers.mapValues(Value.text)))
  }

  private func party(_ name: String, _ value: Value, to set: inout Members) throws(Problem) {
    let isApplicant = name == "applicant"
    var problems: [Problem] = []
    let keys = isApplicant ? Party.applicantKeys : Party.agentKeys
    let normal = value.isNull ? [:] : Party.normalise(value, name: name, keys: keys, today: today, problems: &problems)
    if let problem = Submission.joined(problems) { throw problem }
    set[isApplicant ? Register.applicant : Register.agent] = normal.isBlank && !isApplicant ? .null : normal
  }

  /// One part of the applicant or agent: the whole register is written, and the form's own field of that name too.
  private func member(_ parts: [String], _ assignment: Assignment, to set: inout Members) throws(Problem) {
    let isApplicant = parts[0] == "applicant"
    let keys = isApplicant ? Party.applicantKeys : Party.agentKeys
    let isInForm = validator.field(assignment.field) != nil
    guard parts.count == 2, keys.contains(parts[1]) else { return try field(assignment, to: &set) }
    var whole = try whole(isApplicant ? Register.applicant : Register.agent, set)
    if whole.isNull { whole = [:] }
    whole[parts[1]] = value(assignment)
    try party(parts[0], whole, to: &set)
    if isInForm { try field(assignment, to: &set) }
  }

  // MARK: Fields of the form

  private func field(_ assignment: Assignment, to set: inout Members) throws(Problem) {
    let name = assignment.field
    if matter.fields.contains(where: { $0.group == name }) {
      set[Register.group(name)] = try group(name, assignment)
      return
    }
    guard let field = validator.field(name) ?? matter.fields.first(where: { $0.name == name }) else {
      throw validator.unknown(name)
    }
    let value = try value(assignment, field)
    guard let group = field.group else {
      set[field.id] = value
      return
    }
    // A group is written whole.
    var whole = try whole(Register.group(group), set)
    if whole.isNull { whole = [:] }
    whole[field.id] = value.isNull ? Value?.none : value
    set[Register.group(group)] = whole.isBlank ? .null : whole
  }

  private func value(_ assignment: Assignment, _ field: Field) throws(Problem) -> Value {
    switch assignment.content {
    case .text(let text): try FieldText.parse(text, as: field, today: today)
    case .value(let value): try validator.normalise(value, field: field.id, today: today)
    case .clear: .null
    }
  }

  private func group(_ name: String, _ assignment: Assignment) throws(Problem) -> Value {
    if assignment.content == .clear { return .null }
    return try Self.group(name, value(assignment), matter, today)
  }

  /// A group's value: an object of its members, each checked.
  static func group(_ name: String, _ value: Value, _ matter: Matter, _ today: CivilDate) throws(Problem) -> Value {
    guard let members = value.object else {
      throw ProblemKind.documentType.with("\(name) 应是对象，写成 \(name):={…}", field: name)
    }
    let fields = matter.fields.filter { $0.group == name }
    let outcome = FormValidator(fields: fields, items: nil).validate(members, today: today)
    if let problem = outcome.problem { throw problem }
    let normal = outcome.values.filter { !$0.value.isNull }
    return normal.isEmpty ? .null : .object(normal)
  }
}
