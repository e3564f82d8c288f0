internal import Application
package import Foundations

/// A remark on one field: unusual, but accepted.
package struct FieldWarning: Sendable, Hashable {
  /// Id of the field, or the path to a part of it: `heirs[0].idNumber`.
  package let field: String
  /// What is unusual.
  package let kind: ProblemKind
}

/// Checks values of fields and brings them into their normal form, collecting everything there is to say.
///
/// The invariant of a form: a stored value is in its normal form, and normalising it again changes nothing.
struct FieldRule {
  /// The legal day in China.
  let today: CivilDate
  private(set) var problems: [Problem] = []
  private(set) var warnings: [FieldWarning] = []
  /// Which row of a list is being read, from 1, for messages.
  var row: Int?
  /// What an expression of the form matches; nil for one that cannot be read, which the catalogue never publishes.
  private let patterns: (String) -> Pattern?

  init(today: CivilDate, patterns: @escaping (String) -> Pattern?) {
    self.today = today
    self.patterns = patterns
  }

  mutating func complain(_ kind: ProblemKind, _ field: Field, at path: String, _ reason: String? = nil) {
    let label = row.map { "第 \($0) 行“\(field.name)”" } ?? "“\(field.name)”"
    problems.append(kind.at(path, reason.map { label + $0 } ?? label))
  }

  /// A code's own problem, at this field.
  private mutating func complain(_ problem: Problem, _ field: Field, at path: String) {
    let label = row.map { "第 \($0) 行“\(field.name)”" } ?? "“\(field.name)”"
    problems.append(problem.kind.at(path, problem.detail.map { "\($0)（\(label)）" } ?? label))
  }

  mutating func warn(_ kinds: [ProblemKind], at path: String) {
    warnings += kinds.map { FieldWarning(field: path, kind: $0) }
  }

  mutating func wrongType(_ value: Value, _ field: Field, at path: String, _ wanted: String) -> Value? {
    complain(.fieldType, field, at: path, "应为\(wanted)，收到的是\(value.kindName)")
    return nil
  }

  /// The normal form; `.null` for a blank value, which clears a field; nil after a complaint.
  mutating func normalise(_ value: Value, as field: Field, at path: String) -> Value? {
    if value.isBlank { return .null }
    switch field.type {
    case .text: return text(value, field, path)
    case .integer: return integer(value, field, path)
    case .number, .money: return decimal(value, field, path)
    case .boolean: return value.bool == nil ? wrongType(value, field, at: path, "是或否（true、false）") : value
    case .date, .datetime, .month: return time(value, field, path)
    case .choice: return option(value, field, path)
    case .choices: return options(value, field, path)
    case .idNumber, .uscc, .phone, .bankAccount, .division: return code(value, field, path)
    case .file: return digest(value, field, path)
    case .address: return address(value, field, path)
    case .person: return person(value, field, path)
    case .list: return list(value, field, path)
    }
  }

  /// Text of bounded length without control characters, its line ends as line feeds.
  mutating func plainText(_ value: Value, _ field: Field, _ path: String, charactersMax: Int) -> String? {
    guard let given = value.text else {
      _ = wrongType(value, field, at: path, "文字")
      return nil
    }
    let text = Self.withLineFeeds(given).trimmed
    if text.unicodeScalars.contains(where: Self.isControl) {
      complain(.fieldControl, field, at: path)
      return nil
    }
    // As many bytes as characters are allowed are never too many characters.
    if text.utf8.count <= charactersMax { return text }
    // One character may carry any number of combining marks; four each are more than any language needs.
    guard text.count <= charactersMax, text.unicodeScalars.count <= charactersMax * 4 else {
      complain(.fieldTooLong, field, at: path, "最多 \(charactersMax) 个字，现在有 \(text.count) 个")
      return nil
    }
    return text
  }

  private static func withLineFeeds(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\r")) else { return text }
    return text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  /// Control characters besides line feed and tab (Unicode's category Cc is these two ranges, for good), and marks of
  /// direction, which can make a text read as something else than it says.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private mutating func text(_ value: Value, _ field: Field, _ path: String) -> Value? {
    let bound = field.maxLength ?? Limits.textCharactersMax
    guard var text = plainText(value, field, path, charactersMax: bound) else { return nil }
    if let pattern = field.pattern.flatMap(patterns), !pattern.matches(text) {
      // Certificate numbers come with full-width letters and spaces; the tidied text counts if it fits.
      let tidied = CodeText.normalised(text)
      guard pattern.matches(tidied) else {
        complain(.fieldPattern, field, at: path, field.example.text.map { "，示例：\($0)" })
        return nil
      }
      text = tidied
    }
    guard let check = field.check else { return .text(text) }
    do throws(Problem) {
      return .text(try check.normalise(text, today: today))
    } catch {
      complain(error, field, at: path)
      return nil
    }
  }

  private mutating func code(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let text = value.text else { return wrongType(value, field, at: path, "文字（用引号括起来的号码）") }
    guard let kind = CodeKind(rawValue: field.type.rawValue) else { return nil }
    let result = CodeCheck.check(kind: kind, value: text, today: today)
    if let problem = result.problem {
      complain(problem, field, at: path)
      return nil
    }
    if field.check == .mobilePhone, (try? PhoneNumber(result.value).isMobile) != true {
      complain(Problem(.phoneMobile), field, at: path)
      return nil
    }
    warn(result.warnings, at: path)
    return .text(result.value)
  }

  private mutating func digest(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let text = value.text else { return wrongType(value, field, at: path, "附件摘要 sm3:…") }
    let normal = text.trimmed.lowercased()
    guard normal.hasPrefix("sm3:"), normal.utf8.count == 68, Hexadecimal.bytes(normal.dropFirst(4)) != nil else {
      complain(.fieldFormat, field, at: path, "应是 sm3: 加 64 位十六进制摘要，请用 attach 添加文件")
      return nil
    }
    return .text(normal)
  }

  private mutating func option(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let text = value.text else { return wrongType(value, field, at: path, "一个选项（文字）") }
    let wanted = text.trimmed
    let found =
      field.options.first { $0.value == wanted } ?? field.options.first { $0.label == wanted }
      ?? field.options.first { $0.value == wanted.halfWidth }
    if let found { return .text(found.value) }
    let known = field.options.prefix(12).map { "\($0.value) \($0.label)" }.joined(separator: "、")
    complain(.fieldOption, field, at: path, "可选：\(known)\(field.options.count > 12 ? "……" : "")")
    return nil
  }

  private mutating func options(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let items = value.array else { return wrongType(value, field, at: path, "选项数组") }
    var chosen: [Value] = []
    var sound = true
    for item in items.prefix(Limits.listEntriesMax) {
      guard let one = option(item, field, path) else {
        sound = false
        break
      }
      if !chosen.contains(one) { chosen.append(one) }
    }
    // In the form's order: two people who choose the same write the same value.
    let order = field.options.map { Value.text($0.value) }
    return sound ? .array(order.filter { chosen.contains($0) }) : nil
  }
}

extension FieldCheck {
  /// The normal form of a text.
  /// - Throws: the problem of what it is checked by.
  fileprivate func normalise(_ text: String, today: CivilDate) throws(Problem) -> String {
    switch self {
    case .personName: return try PersonName.normalise(text)
    case .birthCertificate: return try PaperNumbers.birthCertificate(text)
    case .marriageCertificate: return try PaperNumbers.marriageCertificate(text)
    case .disabilityCertificate: return try PaperNumbers.disabilityCertificate(text, today: today)
    case .mobilePhone: return text
    }
  }
}
