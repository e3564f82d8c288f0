internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// A `new --from` document that has been read and found sound.
struct NewDocument {
  var matter: Matter
  var guidance: Guidance
  var division: String
  var applicant: Value
  var agent: Value?
  /// The applicant's authority for the agent; nil without an agent.
  var mandate: Value?
  /// Normal forms of the fields that the chosen items need.
  var fields: Members
  var notNeeded: [String]
  var materials: [(id: String, evidence: Evidence)]
  var consent: Bool
  var submit: Bool
  /// Whether the applicant agreed that what this device knows from earlier applications is taken over.
  var reuse = false

  /// Files, or paper that travels.
  enum Evidence {
    case files([String])
    case paper(originals: Int64, copies: Int64)
  }
}

/// Reads a document and collects everything that is wrong with it.
struct NewDocumentReader {
  let today: CivilDate
  let places: OwnPlaces
  let stationDivision: String
  let find: (String) throws(Problem) -> Matter
  private var problems: [Problem] = []

  private static let keys = [
    "matter", "division", "items", "answers", "applicant", "agent", "mandate", "fields", "materials", "consent",
    "reuse", "submit",
  ]

  init(
    today: CivilDate, places: OwnPlaces, stationDivision: String, find: @escaping (String) throws(Problem) -> Matter
  ) {
    self.today = today
    self.places = places
    self.stationDivision = stationDivision
    self.find = find
  }

  /// - Throws: the first problem, with all further ones in `others`.
  mutating func read(_ document: Value) throws(Problem) -> NewDocument {
    guard let members = document.object else { throw ProblemKind.documentType.with("整份文件应是一个对象") }
    for key in members.keys.sorted() where !Self.keys.contains(key) {
      let near = Nearest.match(key, among: Self.keys).map { "，是不是 \($0)？" } ?? ""
      complain(.documentKeyUnknown, "\(key.prefix(40))\(near)", String(key.prefix(40)))
    }
    let matter = matter(members["matter"])
    let division = division(members["division"])
    let consent = flag(members["consent"], "consent", otherwise: true)
    let submit = flag(members["submit"], "submit", otherwise: false)
    let reuse = flag(members["reuse"], "reuse", otherwise: false)
    var applicant = party(members["applicant"], "applicant", Party.applicantKeys) ?? [:]
    let agent = party(members["agent"], "agent", Party.agentKeys)
    guard let matter else { throw all() }
    let guidance = guidance(matter, members)
    let mandate = mandate(members["mandate"], agent, guidance)
    let (fields, notNeeded) = fields(members["fields"], guidance, &applicant)
    problems += places.problems(fields, of: matter)
    problems += MandateRules(
      guidance, applicant: applicant, agent: agent ?? .null, mandate: mandate ?? .null, values: fields, today: today
    ).problems.filter { $0.kind != .mandateGuardian }
    let materials = materials(members["materials"], matter)
    if !problems.isEmpty { throw all() }
    return NewDocument(
      matter: matter, guidance: guidance, division: division, applicant: applicant, agent: agent, mandate: mandate,
      fields: fields, notNeeded: notNeeded, materials: materials, consent: consent, submit: submit, reuse: reuse)
  }

  private func all() -> Problem {
    guard var first = problems.first else { return ProblemKind.documentType.with("") }
    first.others = Array(problems.dropFirst())
    return first
  }

  private mutating func complain(_ kind: ProblemKind, _ detail: String, _ field: String) {
    problems.append(kind.with(detail, field: field))
  }

  private mutating func wrong(_ value: Value, _ field: String, _ wanted: String) {
    complain(.documentType, "\(field) 应是\(wanted)，收到的是\(value.kindName)", field)
  }

  private mutating func matter(_ value: Value?) -> Matter? {
    guard let value, !value.isBlank else {
      complain(.documentKeyMissing, "matter（要办的一件事）", "matter")
      return nil
    }
    guard let name = value.text else {
      wrong(value, "matter", "编号或名称")
      return nil
    }
    do throws(Problem) {
      return try find(name)
    } catch {
      problems.append(Problem(error.kind, detail: error.detail, field: "matter"))
      return nil
    }
  }

  private mutating func division(_ value: Value?) -> String {
    guard let value, !value.isNull else { return stationDivision }
    guard let text = value.text else {
      wrong(value, "division", "文字")
      return stationDivision
    }
    do throws(Problem) {
      return try places.division(text)
    } catch {
      problems.append(Problem(error.kind, detail: error.detail, field: "division"))
      return stationDivision
    }
  }

  private mutating func flag(_ value: Value?, _ key: String, otherwise: Bool) -> Bool {
    guard let value, !value.isNull else { return otherwise }
    if value.bool == nil { wrong(value, key, " true 或 false") }
    return value.bool ?? otherwise
  }

  private mutating func party(_ value: Value?, _ name: String, _ keys: [String]) -> Value? {
    guard let value, !value.isNull else { return nil }
    return Party.normalise(value, name: name, keys: keys, today: today, problems: &problems)
  }

  /// What was said of the mandate, or what the caller vouches for by naming an agent (`Mandate.usual`).
  private mutating func mandate(_ value: Value?, _ agent: Value?, _ guidance: Guidance) -> Value? {
    var mandate: Value = [:]
    if let value, !value.isNull {
      mandate = Mandate.normalise(value, guidance.matter, problems: &problems)
      if agent == nil { complain(.mandateAgent, "", "mandate") }
    }
    guard agent != nil else { return nil }
    return Mandate.usual(mandate, items: .array(guidance.items.map { .text($0.text) }), today: today)
  }

  private mutating func guidance(_ matter: Matter, _ members: Members) -> Guidance {
    var answers: [String: String] = [:]
    if let value = members["answers"], !value.isNull {
      if value.object == nil { wrong(value, "answers", "对象") }
      for (question, answer) in (value.object ?? [:]).sorted(by: { $0.key < $1.key }) {
        if let text = answer.text ?? answer.integer.map(String.init) {
          answers[question] = text
        } else {
          wrong(answer, "answers.\(question.prefix(40))", "文字")
        }
      }
    }
    let guidance = Guidance(matter, answers: answers, named: items(members["items"], matter))
    problems += guidance.problems
    for stop in guidance.stops { complain(.guideStop, stop, "answers") }
    return guidance
  }

  private mutating func items(_ value: Value?, _ matter: Matter) -> [ItemID]? {
    guard let value, !value.isNull else { return nil }
    guard let list = value.array else {
      wrong(value, "items", "数组")
      return nil
    }
    do throws(Problem) {
      return try Self.items(list, matter)
    } catch {
      problems.append(error)
      problems += error.others
      return nil
    }
  }

  /// Items by their ids.
  /// - Throws: `item.unknown` with each unknown one; `item.none`.
  static func items(_ list: [Value], _ matter: Matter) throws(Problem) -> [ItemID] {
    let known = matter.proceedingItems
    let unknown = list.filter { entry in !known.contains { .text($0.text) == entry } }
    if !unknown.isEmpty {
      var problems = unknown.map { entry in
        ProblemKind.itemUnknown.with(String((entry.text ?? entry.kindName).prefix(40)), field: "items")
      }
      var first = problems.removeFirst()
      first.others = problems
      throw first
    }
    guard !list.isEmpty else { throw ProblemKind.itemsNone.at("items") }
    return known.filter { list.contains(.text($0.text)) }
  }

  /// The applicant is asked once: what the form asks again is taken from there, and the other way round.
  private mutating func fields(
    _ value: Value?, _ guidance: Guidance, _ applicant: inout Value
  ) -> (values: Members, notNeeded: [String]) {
    var given: Members = [:]
    if let value, !value.isNull {
      if value.object == nil { wrong(value, "fields", "对象") }
      given = value.object ?? [:]
    }
    let form = guidance.form
    given = form.completed(given, applicant: applicant, today: today)
    let outcome = guidance.validator.validate(given, today: today)
    problems += outcome.problems
    for entry in form.applicantEntries {
      guard let key = entry.applicantMember, (applicant[key] ?? .null).isBlank else { continue }
      if let known = entry.members.lazy.compactMap({ outcome.values[$0] }).first, !known.isBlank {
        applicant[key] = known
      }
    }
    problems += form.contradictions(outcome.values, applicant: applicant, today: today)
    problems += form.disagreements(outcome.values, applicant: applicant)
    let needed = outcome.values.filter { !$0.value.isNull && !outcome.notNeeded.contains($0.key) }
    return (needed, outcome.notNeeded)
  }

  private mutating func materials(_ value: Value?, _ matter: Matter) -> [(id: String, evidence: NewDocument.Evidence)] {
    guard let value, !value.isNull else { return [] }
    guard let members = value.object else {
      wrong(value, "materials", "对象")
      return []
    }
    var output: [(id: String, evidence: NewDocument.Evidence)] = []
    for (id, entry) in members.sorted(by: { $0.key < $1.key }) {
      let path = "materials.\(id.prefix(40))"
      guard matter.materials.contains(where: { $0.id == id }) else {
        let near = Nearest.match(id, among: matter.materials.map(\.id)).map { "，是不是 \($0)？" } ?? ""
        complain(.materialUnknown, "\(id.prefix(40))\(near)", path)
        continue
      }
      if let evidence = evidence(entry, path) { output.append((id, evidence)) }
    }
    return output
  }

  private mutating func evidence(_ entry: Value, _ path: String) -> NewDocument.Evidence? {
    if let list = entry.array {
      let files = list.compactMap(\.text).filter { !$0.isEmpty }
      guard files.count == list.count, !files.isEmpty, files.count <= Limits.listEntriesMax else {
        complain(.documentType, "\(path) 应是文件路径的数组", path)
        return nil
      }
      return .files(files)
    }
    guard let members = entry.object else {
      wrong(entry, path, "文件路径的数组，或 {originals,copies}")
      return nil
    }
    for key in members.keys.sorted() where key != "originals" && key != "copies" {
      complain(.documentKeyUnknown, "\(path).\(key.prefix(40))", path)
    }
    let counts = ["originals", "copies"].map { members[$0] ?? 0 }.map(\.integer)
    guard let originals = counts[0], let copies = counts[1], (0...999).contains(originals), (0...999).contains(copies),
      originals + copies > 0
    else {
      complain(.materialCount, path, path)
      return nil
    }
    return .paper(originals: originals, copies: copies)
  }
}
