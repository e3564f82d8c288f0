internal import Foundations

/// Whether a field's example has the shape of its type and keeps the field's own bounds.
/// Check digits are the form's affair; here a wrong example is one that no form could ever take.
enum ExampleCheck {
  /// Why the example is refused; nil where it is sound. Never repeats the value.
  static func fault(of example: Value, in field: Field) -> String? {
    if example.isBlank { return "没有给示例" }
    switch field.type {
    case .text: return text(example, field)
    case .integer: return example.integer.map { bounded(String($0), field) } ?? "应为整数"
    case .number, .money:
      guard let text = example.text, DecimalText(text) != nil else { return "应为写在引号里的十进制数" }
      return bounded(text, field)
    case .boolean: return example.bool == nil ? "应为 true 或 false" : nil
    case .date: return shaped(example, "应为 YYYY-MM-DD", field, isDate)
    case .datetime: return shaped(example, "应为带时区的 RFC 3339 时间", field, isDateTime)
    case .month: return shaped(example, "应为 YYYY-MM", field, isMonth)
    case .choice: return example.text.map { chosen([$0], field) } ?? "应为一个选项的值"
    case .choices:
      guard let texts = example.array?.map(\.text), texts.allSatisfy({ $0 != nil }) else { return "应为选项值的列表" }
      return chosen(texts.compactMap { $0 }, field)
    case .idNumber: return coded(example, 15...18, "应为公民身份号码")
    case .uscc: return coded(example, 18...18, "应为 18 位统一社会信用代码")
    case .phone: return coded(example, 7...20, "应为电话号码")
    case .bankAccount: return coded(example, 8...30, "应为银行账号")
    case .division: return isDivision(example) ? nil : "应为 6、9 或 12 位数字"
    case .address: return address(example)
    case .person: return person(example)
    case .list: return list(example, field)
    case .file: return isDigest(example) ? nil : "应为 sm3: 加 64 位十六进制"
    }
  }

  private static func text(_ example: Value, _ field: Field) -> String? {
    guard let text = example.text else { return "应为文字" }
    if let length = field.maxLength, text.count > length { return "超过 \(length) 个字" }
    return nil
  }

  private static func bounded(_ text: String, _ field: Field) -> String? {
    if let min = field.min, let order = FieldChecks.order(text, min, of: field.type), order < 0 { return "小于下限 \(min)" }
    if let max = field.max, let order = FieldChecks.order(text, max, of: field.type), order > 0 { return "大于上限 \(max)" }
    return nil
  }

  private static func shaped(
    _ example: Value, _ fault: String, _ field: Field, _ isShaped: (String) -> Bool
  ) -> String? {
    guard let text = example.text, isShaped(text) else { return fault }
    return bounded(text, field)
  }

  private static func chosen(_ values: [String], _ field: Field) -> String? {
    values.allSatisfy { value in field.options.contains { $0.value == value } } ? nil : "不在选项里"
  }

  private static func coded(_ example: Value, _ length: ClosedRange<Int>, _ fault: String) -> String? {
    guard let text = example.text, length.contains(text.utf8.count),
      text.utf8.allSatisfy({ isDigit($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == 0x2D })
    else { return fault }
    return nil
  }

  private static func address(_ example: Value) -> String? {
    guard let members = example.object, Set(members.keys) == ["division", "detail"], let division = members["division"],
      isDivision(division), members["detail"]?.text?.isEmpty == false
    else { return "应为 {division, detail}" }
    return nil
  }

  private static func person(_ example: Value) -> String? {
    guard let members = example.object, Set(members.keys).subtracting(["phone"]) == ["name", "idNumber"],
      members.values.allSatisfy({ $0.text?.isEmpty == false })
    else { return "应为 {name, idNumber, phone?}" }
    return nil
  }

  private static func list(_ example: Value, _ field: Field) -> String? {
    guard let rows = example.array, rows.count <= Limits.listEntriesMax else { return "应为列表" }
    let columns = Set(field.columns.map(\.id))
    for row in rows {
      guard let members = row.object, columns.isSuperset(of: members.keys) else { return "每一行应为只含所列各列的对象" }
      for column in field.columns {
        guard let value = members[column.id] else {
          if column.required { return "缺少列“\(column.id)”" }
          continue
        }
        if let fault = fault(of: value, in: column) { return "列“\(column.id)”\(fault)" }
      }
    }
    return nil
  }

  private static func isDivision(_ value: Value) -> Bool {
    guard let text = value.text else { return false }
    return [6, 9, 12].contains(text.utf8.count) && text.utf8.allSatisfy(isDigit)
  }

  private static func isDigest(_ value: Value) -> Bool {
    guard let text = value.text, text.hasPrefix("sm3:") else { return false }
    return Hexadecimal.bytes(text.dropFirst(4))?.count == 32
  }

  // MARK: - Dates

  static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], let year = number(parts[0]), let month = number(parts[1]),
      let day = number(parts[2]), (1...12).contains(month)
    else { return false }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  static func isMonth(_ text: String) -> Bool { isDate("\(text)-01") && text.utf8.count == 7 }

  /// `2026-03-02T06:20:00+08:00` or `…Z`; fractions of a second are allowed.
  static func isDateTime(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), isDate(String(text.prefix(10))) else { return false }
    let time = text.dropFirst(11).prefix(8).split(separator: ":", omittingEmptySubsequences: false)
    guard time.map(\.utf8.count) == [2, 2, 2], let hour = number(time[0]), let minute = number(time[1]),
      let second = number(time[2]), hour < 24, minute < 60, second < 61
    else { return false }
    let zone = text.dropFirst(19).drop { $0 == "." || $0.isASCII && $0.isNumber }
    if zone == "Z" { return true }
    let parts = zone.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    return (zone.hasPrefix("+") || zone.hasPrefix("-")) && parts.map(\.utf8.count) == [2, 2]
      && parts.allSatisfy { number($0) != nil }
  }

  private static func number(_ text: Substring) -> Int? { text.utf8.allSatisfy(isDigit) ? Int(text) : nil }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
