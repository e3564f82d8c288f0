internal import Application
internal import Catalog
internal import Foundations
internal import Terminal

/// The words on the screen for what JSON says in English.
enum Words {
  /// Marks what no county has confirmed yet.
  static let example = "示例，待县里确认"

  /// Any value as one line.
  static func text(_ value: Value?) -> String {
    switch value {
    case nil, .null: ""
    case .text(let text): Width.clean(text)
    case .array(let items): items.map { text($0) }.joined(separator: "、")
    case .object(let members) where members["detail"] != nil:
      [text(members["division"]), text(members["detail"])].joined(separator: " ").trimmed
    case .object(let members):
      members["name"].map { text($0) }
        ?? members.sorted { $0.key < $1.key }.map { text($0.value) }.joined(separator: " ")
    case .bool(let yes): yes ? "是" : "否"
    case .some(let other): JSON.text(other)
    }
  }

  /// All that a value says: of two people with one name a line must tell which is which.
  static func whole(_ value: Value) -> String {
    guard case .object(let members) = value else { return text(value) }
    return members.sorted { $0.key < $1.key }.map { text($0.value) }.joined(separator: "  ")
  }

  /// Status of an application 办件 or a proceeding 子办件.
  static func status(_ status: String) -> String { CaseWords.status(status) }

  /// Status of an application; where nothing was granted and nothing will be, why.
  static func status(ofApplication application: Value) -> String {
    application["denial"]?.text.flatMap(Denial.init)?.words ?? status(text(application["status"]))
  }

  /// Status of a proceeding, which may wait for a window instead of another item.
  static func status(of proceeding: Value) -> String {
    let isUnrouted = proceeding["status"] == "waiting" && text(proceeding["window"]).isEmpty
    return isUnrouted ? "还没有窗口，等县里安排" : status(text(proceeding["status"]))
  }

  /// How far an application is with the server.
  static func sync(_ application: Value) -> String {
    if application["held"] == true { return "等申请人同意" }
    switch application["sync"] {
    case "pending": return "待同步"
    case "partial": return "部分待同步"
    case "synced": return "已同步"
    default: return text(application["sync"])
    }
  }

  static func detail(_ detail: String) -> String {
    switch detail {
    case "full": ""
    case "example": example
    case "outline": "只有目录"
    default: Width.clean(detail)
    }
  }

  static func level(_ level: String) -> String {
    ["national": "国家", "province": "省", "city": "市", "county": "县", "town": "乡镇", "village": "村"][level]
      ?? Width.clean(level)
  }

  static func source(_ source: String) -> String {
    MaterialSource(rawValue: source)?.words ?? Width.clean(source)
  }

  /// `2026-11-21 09:30` of an RFC 3339 time; dates as they are.
  static func time(_ value: Value?) -> String {
    CaseWords.time(text(value))
  }

  /// A size for people.
  static func bytes(_ count: Int64) -> String {
    switch count {
    case ..<1024: return "\(count) 字节"
    case ..<(1 << 20): return "\(count / 1024) KB"
    default: return "\(count / (1 << 20)).\(count % (1 << 20) * 10 / (1 << 20)) MB"
    }
  }

  /// Who did something: a name, or words for who is known by an id alone.
  static func author(_ value: Value?) -> String { PersonID(text(value)).words }

  /// The applicant's name, shortened for lists that others can see.
  static func maskedApplicant(_ value: Value?) -> String {
    let name = value?["name"]?.text ?? value?.text ?? ""
    let isOrganisation = value?["kind"] == "organisation" || value?["uscc"] != nil
    return Width.clean(isOrganisation || name.contains("*") ? name : Masking.name(name))
  }
}
