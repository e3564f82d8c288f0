internal import Catalog
internal import Foundations

/// The State Council's arrangements as this program was built with them, for a machine without a store. The same days
/// stand in `Shared/Catalog/BuiltIn/calendar.json`; a test compares them.
enum BuiltInCalendar {
  /// Days off on weekdays, and weekends that are worked, by year.
  private static let years: [(year: String, offWeekdays: String, workWeekends: String)] = [
    (
      "2024",
      "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 "
        + "10-02 10-03 10-04 10-07",
      "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"
    ),
    (
      "2025",
      "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 "
        + "10-06 10-07 10-08",
      "01-26 02-08 04-27 09-28 10-11"
    ),
    (
      "2026",
      "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 "
        + "10-02 10-05 10-06 10-07",
      "01-04 02-14 02-28 05-09 09-20 10-10"
    ),
  ]

  /// The document that `WorkingCalendar` reads.
  static var document: Value {
    func days(_ text: String) -> Value { .array(text.split(separator: " ").map { .text(String($0)) }) }
    let entries = years.map { entry in
      (entry.year, ["offWeekdays": days(entry.offWeekdays), "workWeekends": days(entry.workWeekends)] as Value)
    }
    return ["years": .object(Members(entries, uniquingKeysWith: { first, _ in first }))]
  }

  static func calendar() throws(Problem) -> WorkingCalendar { try WorkingCalendar(document) }
}
