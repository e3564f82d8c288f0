import Catalog
import Foundations
import XCTest

final class DocumentTests: XCTestCase {
  /// The messages of everything that is wrong in a document.
  private func faults(_ document: Value) -> [String] {
    do {
      _ = try WorkingCalendar(document)
      return []
    } catch {
      XCTAssertEqual(error.code, "calendar.invalid")
      return ([error] + error.others).map { $0.detail ?? "" }
    }
  }

  func testEveryFaultIsNamedAtOnce() {
    let found = faults([
      "2026": [
        "offWeekdays": ["01-01", "01-03", "02-30", "2025-01-01", "01-01", 7],
        "workWeekends": ["01-05", "01-04"], "workday": 1, "workdays": 300,
        "spans": ["元旦": "01-01~01-02", "春节": "02-20", "国庆": "10-07~10-01"],
      ]
    ])
    let expected = [
      "不认识的键 workday", "2026-01-03 本来就是周末", "第 3 项：没有这一天", "2025-01-01 不在 2026 年", "2026-01-01 重复",
      "第 6 项：应是文字", "2026-01-05 不是周末", "2026.workdays：与推算不符", "2026-01-02 在假期内", "应写成 MM-DD~MM-DD", "结束早于开始",
    ]
    XCTAssertEqual(found.count, expected.count, "\(found)")
    for text in expected { XCTAssertTrue(found.contains { $0.contains(text) }, "\(text) not in \(found)") }
  }

  func testDocumentsOfAnotherShapeAreRefused() {
    let documents: [Value] = [
      nil, [], 1, "2026", [:], ["26": [:]], ["2026": []], ["2026": [:]],
      ["2026": ["offWeekdays": [], "workWeekends": 1]],
      ["regions": []], ["20x6": ["offWeekdays": [], "workWeekends": []]],
      ["2026": ["offWeekdays": [], "workWeekends": [], "spans": []]],
      ["2026": ["offWeekdays": [], "workWeekends": [], "workdaysByMonth": [1]]],
    ]
    for document in documents { XCTAssertFalse(faults(document).isEmpty, JSON.text(document)) }
    XCTAssertEqual(faults(["2026": ["offWeekdays": ["2026-01-01"], "workWeekends": []]]), [])
  }

  func testYearsMayStandUnderTheirOwnKey() throws {
    let years = try Documents.value(Documents.holidays)
    XCTAssertEqual(try WorkingCalendar(["years": years, "source": "国办"]), try WorkingCalendar(years))
    XCTAssertEqual(faults(["years": years, "2027": [:]]).count, 1)
    XCTAssertEqual(faults(["years": 1]).isEmpty, false)
  }

  func testAChangedDayIsFoundByTheCounts() throws {
    var document = try Documents.value(Documents.holidays)
    var year = document["2026"] ?? .null
    year["workWeekends"] = .array(Array((year["workWeekends"]?.array ?? []).dropLast()))
    document["2026"] = year
    XCTAssertEqual(faults(document).count, 3)
  }
}
