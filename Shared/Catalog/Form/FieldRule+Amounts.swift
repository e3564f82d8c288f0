internal import Foundations

/// Whole numbers, amounts and times, with their bounds.
extension FieldRule {
  mutating func integer(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let number = value.integer else { return noInteger(value, field, path) }
    guard let decimal = DecimalText(String(number)) else {
      complain(.fieldRange, field, at: path, "数字太大")
      return nil
    }
    return isWithin(decimal, field, path) ? value : nil
  }

  /// What was typed is text where it is no whole number: a fraction or its length may be all that is wrong with it.
  private mutating func noInteger(_ value: Value, _ field: Field, _ path: String) -> Value? {
    let text = value.text?.halfWidth.trimmed ?? ""
    if DecimalText(text)?.text.contains(".") == true {
      complain(.fieldType, field, at: path, "只能填整数，不能有小数")
    } else if !text.isEmpty, text.utf8.allSatisfy({ 48...57 ~= $0 }), Int64(text) == nil {
      complain(.fieldRange, field, at: path, "数字太大")
    } else {
      return wrongType(value, field, at: path, "整数，不加引号")
    }
    return nil
  }

  mutating func decimal(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let text = value.text else {
      // A number of JSON has gone through binary fractions somewhere; only text is what the person wrote.
      return wrongType(value, field, at: path, "写在引号里的数，例如 \"86.5\"")
    }
    guard let decimal = DecimalText(text.halfWidth.trimmed) else {
      complain(.fieldFormat, field, at: path, "应是数字，例如 86.5，不带单位和逗号")
      return nil
    }
    if field.type == .money, decimal.decimals > 2 {
      complain(.fieldFormat, field, at: path, "金额最多两位小数")
      return nil
    }
    return isWithin(decimal, field, path) ? .text(decimal.text) : nil
  }

  private mutating func isWithin(_ decimal: DecimalText, _ field: Field, _ path: String) -> Bool {
    if let bound = field.min, let least = DecimalText(bound), decimal < least {
      complain(.fieldRange, field, at: path, "不能小于 \(bound)")
      return false
    }
    if let bound = field.max, let most = DecimalText(bound), most < decimal {
      complain(.fieldRange, field, at: path, "不能大于 \(bound)")
      return false
    }
    return true
  }

  mutating func time(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let given = value.text else { return wrongType(value, field, at: path, "写在引号里的日期") }
    let text = given.halfWidth.trimmed
    let normal: (text: String, first: CivilDate)?
    switch field.type {
    case .month: normal = CivilDate(text + "-01").map { (text, $0) }
    case .datetime:
      normal = ChinaTime.instant(text).map { (ChinaTime.text($0), ChinaTime.date($0)) }
    default: normal = CivilDate(text).map { ($0.text, $0) }
    }
    guard let normal else {
      let shape = ["month": "2026-05", "datetime": "2026-05-01T09:30+08:00"][field.type.rawValue] ?? "2026-05-01"
      let reason = Self.isShaped(text, like: shape) ? "没有这个日期" : "看不懂这样写的日期"
      complain(.fieldFormat, field, at: path, "\(reason)，应写成 \(shape)")
      return nil
    }
    return isWithin(normal.first, field, path) ? .text(normal.text) : nil
  }

  /// Whether a text has digits where the example has them, as far as its day: then only the calendar is against it.
  private static func isShaped(_ text: String, like shape: String) -> Bool {
    let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
    let day = shape.utf8.prefix(10)
    return text.utf8.count >= day.count && (shape.utf8.count > 10 || text.utf8.count == day.count)
      && zip(text.utf8, day).allSatisfy { digit.contains($1) ? digit.contains($0) : $0 == $1 }
  }

  private mutating func isWithin(_ date: CivilDate, _ field: Field, _ path: String) -> Bool {
    // A month is compared by its first day, so that this month is not after today.
    if let bound = field.min, let least = day(bound, field), date < least {
      complain(.fieldRange, field, at: path, bound == "today" ? "不能早于今天" : "不能早于 \(bound)")
      return false
    }
    if let bound = field.max, let most = day(bound, field), most < date {
      complain(.fieldRange, field, at: path, bound == "today" ? "不能晚于今天" : "不能晚于 \(bound)")
      return false
    }
    return true
  }

  private func day(_ bound: String, _ field: Field) -> CivilDate? {
    let day = bound == "today" ? today : CivilDate(bound) ?? CivilDate(bound + "-01")
    guard field.type == .month, let (year, month, _) = day?.components else { return day }
    return CivilDate(year: year, month: month, day: 1)
  }
}
