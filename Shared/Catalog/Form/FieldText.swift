internal import Application
package import Foundations

/// Values as people type and read them, field by field.
package enum FieldText {
  /// Reads what was typed for a field (`edit FIELD=VALUE`, the wizard, a cell of a table) and brings it into its normal
  /// form. Blank text clears.
  /// - Parameter today: the legal day in China.
  /// - Throws: what `FormValidator` finds; `field.needs-json` for lists.
  package static func parse(_ text: String, as field: Field, today: CivilDate) throws(Problem) -> Value {
    if text.trimmed.isEmpty { return .null }
    if field.type == .list { throw ProblemKind.fieldNeedsJSON.at(field.id, "“\(field.name)”") }
    return try FormValidator(fields: [field], items: nil).normalise(
      value(text, as: field), field: field.id, today: today)
  }

  /// The value that text stands for, still to be checked: text that fits no reading stays text, to be refused by name.
  private static func value(_ text: String, as field: Field) -> Value {
    let plain = text.halfWidth.trimmed
    switch field.type {
    case .integer:
      let amount = amount(plain)
      return Int64(amount).map(Value.integer) ?? .text(DecimalText(amount) == nil ? text : amount)
    case .number, .money: return .text(amount(plain))
    case .boolean: return boolean(plain).map(Value.bool) ?? .text(text)
    case .date: return .text(date(plain, parts: 3) ?? plain)
    case .month: return .text(date(plain, parts: 2) ?? plain)
    case .choices: return .array(text.split { ",，、;；".contains($0) }.map { .text(String($0).trimmed) })
    case .address: return address(text)
    case .person: return person(text)
    case .text, .list, .datetime, .choice, .idNumber, .uscc, .phone, .bankAccount, .division, .file: return .text(text)
    }
  }

  private static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "是", "有", "yes", "y", "1", "对": true
    case "false", "否", "无", "no", "n", "0", "不是", "没有": false
    default: nil
    }
  }

  /// `¥1,234.50 元` and `1 234.50` → `1234.50`; commas and blanks that do not part thousands stay and are refused.
  private static func amount(_ text: String) -> String {
    var rest = text[...]
    if let sign = rest.first, "¥￥".contains(sign) { rest = rest.dropFirst() }
    if rest.last == "元" { rest = rest.dropLast() }
    let plain = String(rest).trimmed
    let grouped = plain.contains(",") ? plain : plain.replacing(" ", with: ",")
    return isGrouped(grouped) ? grouped.filter { $0 != "," } : plain
  }

  /// `1,234` or `-1,234,567.50`.
  private static func isGrouped(_ text: String) -> Bool {
    let parts = text.dropFirst(text.hasPrefix("-") ? 1 : 0).split(
      separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let groups = parts[0].split(separator: ",", omittingEmptySubsequences: false)
    return groups.count > 1 && groups[0].count <= 3 && groups.dropFirst().allSatisfy { $0.count == 3 }
      && (groups + parts.dropFirst()).allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { 48...57 ~= $0 } }
  }

  /// `2026年5月1日`, `2026/5/1`, `2026.5.1`, `20260501` → `2026-05-01`; with two parts a month.
  private static func date(_ text: String, parts count: Int) -> String? {
    if text.utf8.count == count * 2 + 2, text.utf8.allSatisfy({ 48...57 ~= $0 }) {
      let month = text.prefix(4) + "-" + text.dropFirst(4).prefix(2)
      return count == 2 ? String(month) : month + "-" + text.suffix(2)
    }
    let numbers = text.split { "年月日/.-".contains($0) }.map(\.trimmed)
    guard numbers.count == count, numbers[0].utf8.count == 4,
      numbers.allSatisfy({ 1...4 ~= $0.utf8.count && $0.utf8.allSatisfy { 48...57 ~= $0 } })
    else { return nil }
    return ([numbers[0]] + numbers.dropFirst().map { padded(Int($0) ?? 0, 2) }).joined(separator: "-")
  }

  /// `<division> <detail>`.
  private static func address(_ text: String) -> Value {
    let parts = text.trimmed.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
    return ["division": Value(parts.first), "detail": Value(parts.count == 2 ? parts[1].trimmed : nil)]
  }

  /// `name idNumber [phone]`. Names may have spaces, so that the numbers are sought from the end.
  private static func person(_ text: String) -> Value {
    var words = text.halfWidth.split(whereSeparator: \.isWhitespace).map(String.init)
    var phone: String?
    if words.count >= 3, (try? PhoneNumber(words[words.count - 1])) != nil { phone = words.removeLast() }
    let number = words.count >= 2 ? words.removeLast() : nil
    var person: Value = ["name": .text(words.joined(separator: " ")), "idNumber": Value(number)]
    if let phone { person["phone"] = .text(phone) }
    return person
  }
}
