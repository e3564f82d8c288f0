internal import Foundations

/// What must hold within one field: options where it is a choice, columns where it is a list, bounds that fit the type
/// and are in order, a pattern in the plain subset, an example that keeps all of these.
enum FieldChecks {
  static func check(_ field: Field, at path: String, _ log: IssueLog) {
    checkOptions(field, at: path, log)
    checkColumns(field, at: path, log)
    checkBounds(field, at: path, log)
    if let pattern = field.pattern {
      if field.type != .text {
        log.note(.catalogPattern, at: "\(path).pattern", "只有文字项可以写 pattern")
      } else {
        do throws(PatternFault) {
          _ = try Pattern(pattern)
        } catch {
          log.note(.catalogPattern, at: "\(path).pattern", "“\(pattern)”\(error.reason)")
        }
      }
    }
    if let check = field.check, check.type != field.type {
      log.note(.catalogPattern, at: "\(path).check", "\(check.rawValue) 只能写在 \(check.type.rawValue) 项")
    }
    if field.required, field.requiredWhen != nil {
      log.note(.catalogBounds, at: "\(path).requiredWhen", "必填项不写 requiredWhen")
    }
    if let fault = exampleFault(field) { log.note(.catalogExample, at: "\(path).example", fault) }
  }

  /// 9999-12-31: no birth and no other day in an example is after it.
  static let lastDay = CivilDate(dayNumber: 2_932_896)

  /// Why the form itself would refuse the field's example; nil where it is sound.
  private static func exampleFault(_ field: Field) -> String? {
    field.example.isBlank ? "没有给示例" : fault(of: field.example, in: field)
  }

  /// Why the form would refuse a value for a field on any day; nil where it is sound.
  static func fault(of value: Value, in field: Field) -> String? {
    var rule = FieldRule(today: lastDay) { try? Pattern($0) }
    _ = rule.normalise(value, as: timeless(field), at: field.id)
    return rule.problems.first?.message
  }

  /// The field without bounds that move: whether a file is sound must not depend on the day it is read.
  private static func timeless(_ field: Field) -> Field {
    var field = field
    // A complaint would offer it as the way to write it right.
    field.example = .null
    if field.min == "today" { field.min = nil }
    if field.max == "today" { field.max = nil }
    field.columns = field.columns.map(timeless)
    return field
  }

  private static func checkOptions(_ field: Field, at path: String, _ log: IssueLog) {
    let isChoice = field.type == .choice || field.type == .choices
    if isChoice == field.options.isEmpty {
      log.note(.catalogOptions, at: "\(path).options", isChoice ? "选择类要有 options" : "只有选择类写 options")
    }
    var seen: Set<String> = []
    for (index, option) in field.options.enumerated() where !seen.insert(option.value).inserted {
      log.note(.catalogDuplicate, at: "\(path).options.\(index).value", "“\(option.value)”")
    }
  }

  private static func checkColumns(_ field: Field, at path: String, _ log: IssueLog) {
    let isList = field.type == .list
    if isList == field.columns.isEmpty {
      log.note(.catalogOptions, at: "\(path).columns", isList ? "列表要有 columns" : "只有列表写 columns")
    }
    var seen: Set<String> = []
    for (index, column) in field.columns.enumerated() {
      let here = "\(path).columns.\(index)"
      if !MatterChecks.isSound(column.id, allowsFullStop: false), !column.id.isEmpty {
        log.note(.catalogIdentifier, at: "\(here).id", "“\(column.id)”")
      }
      if !seen.insert(column.id).inserted { log.note(.catalogDuplicate, at: "\(here).id", "“\(column.id)”") }
      if column.type == .list { log.note(.catalogOptions, at: "\(here).type", "列表里不能再套列表") }
      check(column, at: here, log)
    }
  }

  private static func checkBounds(_ field: Field, at path: String, _ log: IssueLog) {
    for (key, bound) in [("min", field.min), ("max", field.max)] {
      if let bound, !isBound(bound, of: field.type) {
        log.note(.catalogBounds, at: "\(path).\(key)", "“\(bound)”不适合 \(field.type.rawValue)")
      }
    }
    if let min = field.min, let max = field.max, isBound(min, of: field.type), isBound(max, of: field.type),
      let order = order(min, max, of: field.type), order > 0
    {
      log.note(.catalogBounds, at: "\(path).min", "下限 \(min) 大于上限 \(max)")
    }
    if let length = field.maxLength, field.type != .text || !(1...Limits.textCharactersMax).contains(length) {
      log.note(.catalogBounds, at: "\(path).maxLength", "只用于文字，1 到 \(Limits.textCharactersMax)")
    }
  }

  private static func isBound(_ bound: String, of type: FieldType) -> Bool {
    switch type {
    case .integer: DecimalText(bound)?.decimals == 0
    case .number, .money: DecimalText(bound) != nil
    case .date, .datetime: bound == "today" || CivilDate(bound) != nil
    case .month: bound == "today" || bound.utf8.count == 7 && CivilDate(bound + "-01") != nil
    default: false
    }
  }

  /// Negative, zero or positive as `left` is less, equal or greater; nil where `today` leaves it open.
  static func order(_ left: String, _ right: String, of type: FieldType) -> Int? {
    switch type {
    case .integer, .number, .money:
      guard let left = DecimalText(left), let right = DecimalText(right) else { return nil }
      return left < right ? -1 : (right < left ? 1 : 0)
    default:
      guard left != "today", right != "today" else { return nil }
      return left < right ? -1 : (right < left ? 1 : 0)
    }
  }
}
