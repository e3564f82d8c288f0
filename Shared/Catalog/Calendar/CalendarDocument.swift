package import Foundations

/// Reads calendar documents:
/// `{"years":{"2026":{"offWeekdays":["01-01",…],"workWeekends":["01-04",…]},…},"regions":{"65":{"2026":{…}}}}`;
/// the years may also stand at the top.
///
/// A document is typed from a printed notice by hand, so that everything which can be cross-checked is: the weekday of
/// every day, and the spans and counts where they stand beside.
package struct CalendarDocument {
  private var problems: [Problem] = []

  /// Keys of a year that are not needed to compute, some of which are checked.
  private static let yearKeys: Set<String> = [
    "offWeekdays", "workWeekends", "spans", "workdaysByMonth", "workdays", "daysOff", "note", "source",
  ]
  private static let topKeys: Set<String> = ["years", "regions", "note", "source"]
  private static let years = 1949...2199

  /// - Throws: `calendar.invalid` for the first fault, with all further ones in `others`.
  package static func read(_ document: Value) throws(Problem) -> WorkingCalendar {
    var reader = CalendarDocument()
    var calendar = WorkingCalendar(years: [:])
    guard let members = document.object else { throw ProblemKind.calendarInvalid.with("整份文件应是一个对象") }
    // The years stand under "years", or directly beside the other keys.
    let beside = members.filter { !topKeys.contains($0.key) }
    if let wrapped = members["years"] {
      for key in beside.keys.sorted() { reader.complain("", "不认识的键 \(key.prefix(20))") }
      if wrapped.object == nil { reader.complain("years", "应是一个对象") }
    }
    let years = members["years"].map { $0.object ?? [:] } ?? beside
    calendar.years = reader.years(years, place: "", regional: false)
    if let regions = members["regions"] { calendar.regions = reader.regions(regions) }
    if calendar.years.isEmpty && reader.problems.isEmpty { reader.complain("", "没有任何年份") }
    if var first = reader.problems.first {
      first.others = Array(reader.problems.dropFirst())
      throw first
    }
    return calendar
  }

  private mutating func complain(_ place: String, _ text: String) {
    problems.append(ProblemKind.calendarInvalid.with(place.isEmpty ? text : "\(place)：\(text)"))
  }

  private mutating func regions(_ value: Value) -> [String: [Int: CalendarYear]] {
    var output: [String: [Int: CalendarYear]] = [:]
    guard let members = value.object else {
      complain("regions", "应是一个对象")
      return [:]
    }
    for (division, years) in members.sorted(by: { $0.key < $1.key }) {
      let digits = division.utf8.allSatisfy { 48...57 ~= $0 }
      guard digits, [2, 4, 6].contains(division.utf8.count), let object = years.object else {
        complain("regions.\(division.prefix(20))", "应是 2、4 或 6 位区划代码，值是各年份的对象")
        continue
      }
      output[division] = self.years(object, place: "regions.\(division).", regional: true)
    }
    return output
  }

  private mutating func years(_ members: Members, place: String, regional: Bool) -> [Int: CalendarYear] {
    var output: [Int: CalendarYear] = [:]
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      let name = place + key.prefix(20)
      guard key.utf8.count == 4, let year = Int(key), Self.years.contains(year) else {
        complain(name, "键应是四位年份")
        continue
      }
      guard let body = value.object else {
        complain(name, "应是一个对象")
        continue
      }
      output[year] = self.year(year, body, place: name, regional: regional)
    }
    return output
  }

  private mutating func year(_ year: Int, _ body: Members, place: String, regional: Bool) -> CalendarYear {
    for key in body.keys.sorted() where !Self.yearKeys.contains(key) { complain(place, "不认识的键 \(key.prefix(20))") }
    let off = days(body["offWeekdays"], year: year, place: "\(place).offWeekdays") { weekday in
      weekday <= 5 ? nil : "本来就是周末，不必列入"
    }
    let work = days(body["workWeekends"], year: year, place: "\(place).workWeekends") { weekday in
      weekday > 5 ? nil : "不是周末，不能算调休上班"
    }
    let result = CalendarYear(year: year, offWeekdays: off, workWeekends: work)
    // A region's entry only holds its own days; the counts of the whole year are the nation's.
    if !regional { compare(result, body, place: place) }
    return result
  }

  private mutating func days(
    _ value: Value?, year: Int, place: String, unfit: (Int) -> String?
  ) -> Set<CivilDate> {
    guard let items = value?.array else {
      complain(place, "应是日期数组，例如 [\"01-01\"]")
      return []
    }
    var output: Set<CivilDate> = []
    for (index, item) in items.enumerated() {
      let name = "\(place) 第 \(index + 1) 项"
      guard let date = day(item, year: year, place: name) else { continue }
      if let reason = unfit(date.weekday) { complain(name, "\(date.text) \(reason)") }
      if !output.insert(date).inserted { complain(name, "\(date.text) 重复") }
    }
    return output
  }

  /// A day as `MM-DD`, or in full with the right year.
  private mutating func day(_ value: Value, year: Int, place: String) -> CivilDate? {
    guard let text = value.text else {
      complain(place, "应是文字 MM-DD")
      return nil
    }
    guard let date = CivilDate(text.utf8.count == 5 ? "\(padded(year, 4))-\(text)" : text) else {
      complain(place, "没有这一天，应写成 MM-DD")
      return nil
    }
    guard date.year == year else {
      complain(place, "\(date.text) 不在 \(year) 年")
      return nil
    }
    return date
  }

  private mutating func compare(_ year: CalendarYear, _ body: Members, place: String) {
    let months = year.workingDaysByMonth
    if let stated = body["workdaysByMonth"], stated != .array(months.map { Value($0) }) {
      complain("\(place).workdaysByMonth", "与推算不符，应为 \(months.map(String.init).joined(separator: "、"))")
    }
    let counts = [("workdays", year.workingDays), ("daysOff", year.days - year.workingDays)]
    for (key, count) in counts {
      if let stated = body[key], stated != Value(count) { complain("\(place).\(key)", "与推算不符，应为 \(count)") }
    }
    guard let spans = body["spans"] else { return }
    guard let members = spans.object else { return complain("\(place).spans", "应是一个对象") }
    for (name, span) in members.sorted(by: { $0.key < $1.key }) {
      checkSpan(span, of: year, place: "\(place).spans.\(name.prefix(20))")
    }
  }

  private mutating func checkSpan(_ value: Value, of year: CalendarYear, place: String) {
    let ends = (value.text ?? "").split(separator: "~").map { Value.text(String($0)) }
    guard ends.count == 2 else { return complain(place, "应写成 MM-DD~MM-DD") }
    guard let first = day(ends[0], year: year.year, place: place),
      let last = day(ends[1], year: year.year, place: place)
    else { return }
    guard first <= last else { return complain(place, "结束早于开始") }
    for number in first.dayNumber...last.dayNumber {
      let date = CivilDate(dayNumber: number)
      if year.isWorkingDay(date) { complain(place, "\(date.text) 在假期内，却没有列为休息日") }
    }
  }
}
