internal import Application
internal import Catalog
internal import Foundations

/// The applicant's written authority 委托授权 as a document states it.
enum Mandate {
  static let keys = ["items", "until", "receives", "commits", "signed", "witnesses", "will"]
  /// Those that are lists.
  static let lists: Set<String> = ["items", "witnesses"]
  /// How the paper was signed: by hand, by a fingerprint before two witnesses, or on a recording.
  static let signatures = ["signature", "fingerprint", "video"]

  /// Checks an object; what it leaves out is the usual: this application's items, thirty days beyond what was promised
  /// and a year at most, the agent neither receives results nor promises anything in the applicant's name.
  static func normalise(_ value: Value, _ matter: Matter, problems: inout [Problem]) -> Value {
    guard let members = value.object else {
      problems.append(ProblemKind.documentType.with("mandate 应是对象，收到的是\(value.kindName)", field: "mandate"))
      return [:]
    }
    var output: Members = [:]
    for (key, member) in members.sorted(by: { $0.key < $1.key }) where !member.isNull {
      let path = "mandate.\(key.prefix(40))"
      guard keys.contains(key) else {
        let near = Nearest.match(key, among: keys).map { "，是不是 \($0)？" } ?? ""
        problems.append(ProblemKind.documentKeyUnknown.with(path + near, field: path))
        continue
      }
      if let checked = checked(key, member, matter) {
        output[key] = checked
      } else {
        problems.append(ProblemKind.documentType.with(path, field: path))
      }
    }
    return .object(output)
  }

  /// What the caller vouches for by naming an agent: what was said, else the items chosen, and a year at most.
  static func usual(_ said: Value, items: Value, today: CivilDate) -> Value {
    var mandate: Value = said.isNull ? [:] : said
    if mandate["items"] == nil { mandate["items"] = items }
    if mandate["until"] == nil { mandate["until"] = .text(MandateRules.latest(from: today).text) }
    if mandate["at"] == nil { mandate["at"] = .text(today.text) }
    return mandate
  }

  private static func checked(_ key: String, _ value: Value, _ matter: Matter) -> Value? {
    switch key {
    case "items":
      let known = Set(matter.proceedingItems.map(\.text))
      guard let list = value.array, list.allSatisfy({ $0.text.map(known.contains) ?? false }) else { return nil }
      return value
    case "until": return value.text.flatMap { CivilDate($0.halfWidth.trimmed) }.map { .text($0.text) }
    case "receives", "commits": return value.bool.map(Value.bool)
    case "signed": return value.text.flatMap { signatures.contains($0) ? .text($0) : nil }
    case "will": return value.text.flatMap { WillRules.manners.contains($0) ? .text($0) : nil }
    default:
      guard let names = value.array, names.count <= 4, names.allSatisfy({ ($0.text ?? "").count <= 50 }) else {
        return nil
      }
      return value
    }
  }
}
