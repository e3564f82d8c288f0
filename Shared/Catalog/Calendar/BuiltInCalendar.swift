internal import Foundations

// The arrangements of the State Council that this program carries, so that `workdays` answers on a machine that was
// never enrolled. Newer ones come with the catalogue and stand over these. Sources: 国办发明电〔2023〕7号 (2024),
// 国办发明电〔2024〕12号 (2025), 国办发明电〔2025〕7号 (2026); the same days as `BuiltIn/calendar.json`, held equal by a test.
extension WorkingCalendar {
  /// 2024 to 2026.
  package static let builtIn = WorkingCalendar(
    years: Dictionary(uniqueKeysWithValues: arrangements.map { ($0.year, $0.calendarYear) }))

  /// One year: month and day as one number, `0101`.
  private struct Arrangement {
    let year: Int
    let offWeekdays: [Int]
    let workWeekends: [Int]

    var calendarYear: CalendarYear {
      CalendarYear(year: year, offWeekdays: days(offWeekdays), workWeekends: days(workWeekends))
    }

    private func days(_ numbers: [Int]) -> Set<CivilDate> {
      Set(numbers.compactMap { CivilDate(year: year, month: $0 / 100, day: $0 % 100) })
    }
  }

  private static let arrangements = [
    Arrangement(
      year: 2024,
      offWeekdays: [
        101, 212, 213, 214, 215, 216, 404, 405, 501, 502, 503, 610, 916, 917, 1001, 1002, 1003, 1004, 1007,
      ],
      workWeekends: [204, 218, 407, 428, 511, 914, 929, 1012]),
    Arrangement(
      year: 2025,
      offWeekdays: [101, 128, 129, 130, 131, 203, 204, 404, 501, 502, 505, 602, 1001, 1002, 1003, 1006, 1007, 1008],
      workWeekends: [126, 208, 427, 928, 1011]),
    Arrangement(
      year: 2026,
      offWeekdays: [
        101, 102, 216, 217, 218, 219, 220, 223, 406, 501, 504, 505, 619, 925, 1001, 1002, 1005, 1006, 1007,
      ],
      workWeekends: [104, 214, 228, 509, 920, 1010]),
  ]
}
