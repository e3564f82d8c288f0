internal import Application
internal import Catalog
internal import Foundations

/// Applicant and agent: objects of known members, each checked by its own rule.
enum Party {
  static let applicantKeys = ["kind", "name", "idNumber", "uscc", "phone"]
  static let agentKeys = ["name", "idNumber", "relation"]
  static let kinds = ["person", "organisation"]

  /// Checks an object and brings its members into their normal form; blank members are left out.
  /// - Parameter name: `applicant` or `agent`, the beginning of each problem's field.
  static func normalise(
    _ value: Value, name: String, keys: [String], today: CivilDate, problems: inout [Problem]
  ) -> Value {
    guard let members = value.object else {
      problems.append(ProblemKind.documentType.with("\(name) 应是对象，收到的是\(value.kindName)", field: name))
      return [:]
    }
    var output: Members = [:]
    let isOrganisation = members["kind"]?.text == "organisation"
    for (key, member) in members.sorted(by: { $0.key < $1.key }) where !member.isBlank {
      let path = "\(name).\(key.prefix(40))"
      guard keys.contains(key) else {
        let near = Nearest.match(key, among: keys).map { "，是不是 \($0)？" } ?? ""
        problems.append(ProblemKind.documentKeyUnknown.with(path + near, field: path))
        continue
      }
      guard let text = member.text else {
        problems.append(ProblemKind.documentType.with("\(path) 应是文字，收到的是\(member.kindName)", field: path))
        continue
      }
      do throws(Problem) {
        output[key] = .text(try Self.member(key, text, isOrganisation: isOrganisation, today: today))
      } catch {
        problems.append(Problem(error.kind, detail: error.detail, field: path))
      }
    }
    return .object(output)
  }

  private static func member(
    _ key: String, _ text: String, isOrganisation: Bool, today: CivilDate
  ) throws(Problem) -> String {
    switch key {
    case "kind":
      guard kinds.contains(text) else { throw ProblemKind.applicantKind.with(String(text.prefix(20))) }
      return text
    case "idNumber": return try code(.idNumber, text, today)
    case "uscc": return try code(.uscc, text, today)
    case "phone": return try code(.phone, text, today)
    case "name" where !isOrganisation: return try PersonName.normalise(text)
    default: return try plain(text)
    }
  }

  private static func code(_ kind: CodeKind, _ text: String, _ today: CivilDate) throws(Problem) -> String {
    let result = CodeCheck.check(kind: kind, value: text, today: today)
    if let problem = result.problem { throw problem }
    return result.value
  }

  private static func plain(_ text: String) throws(Problem) -> String {
    let plain = text.trimmed
    guard plain.count <= 100 else { throw ProblemKind.fieldTooLong.with("最多 100 个字") }
    guard !plain.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw ProblemKind.fieldControl.with("名称")
    }
    return plain
  }

  /// What an applicant must have before anything is submitted, as `applicant.…`.
  static func missing(_ applicant: Value) -> [String] {
    func lacks(_ key: String) -> Bool { (applicant[key] ?? .null).isBlank }
    var missing: [String] = []
    if lacks("name") { missing.append("applicant.name") }
    // A firm that is still to be founded has no credit code yet: whoever founds it has a number.
    if lacks("idNumber"), lacks("uscc") {
      missing.append(applicant["kind"] == "organisation" ? "applicant.uscc" : "applicant.idNumber")
    }
    if lacks("phone") { missing.append("applicant.phone") }
    return missing
  }

  /// What an agent must have by then, as `agent.…`; nothing where the applicant acts alone (rules.md 5.2).
  static func missing(ofAgent agent: Value) -> [String] {
    agent.isBlank ? [] : agentKeys.filter { (agent[$0] ?? .null).isBlank }.map { "agent.\($0)" }
  }
}
