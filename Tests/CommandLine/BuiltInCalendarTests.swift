import Catalog
import FoundationEssentials
import Foundations
import XCTest

final class BuiltInCalendarTests: XCTestCase {
  /// The compact constant and the catalogue's document are the same days.
  func testTheBuiltInCalendarIsThatOfTheCatalogue() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Shared/Catalog/BuiltIn/calendar.json")
    let document = try JSONReader.read(Array(Data(contentsOf: file)))
    let calendar = try WorkingCalendar(document["years"] ?? document)
    for year in 2024...2026 {
      for day in 0..<366 {
        guard let first = CivilDate(year: year, month: 1, day: 1) else { return XCTFail("no first day") }
        let date = first.adding(days: day)
        guard date.year == year else { continue }
        XCTAssertEqual(try WorkingCalendar.builtIn.isWorkingDay(date), try calendar.isWorkingDay(date), date.text)
      }
    }
  }
}
