import Foundations
import TestValues
import XCTest

@testable import Catalog

/// How long the whole takes (rules.md 6.5, 8.19; requirements R018, R144).
final class TimePlanTests: XCTestCase {
  private func plan(_ items: [ServiceItem], chosen: [String]? = nil, overall: TimeLimit? = nil) -> TimePlan {
    TimePlan(
      Depth.matter(items: items, overall: overall), items: chosen?.map { ItemID($0) } ?? items.map(\.id))
  }

  func testSection65TheLongestChainDecidesNotTheSum() {
    let plan = plan([
      Depth.item("a", promised: 3, statutory: 10), Depth.item("b", after: [["a"]], promised: 5, statutory: 20),
      Depth.item("c", promised: 6, statutory: 12), Depth.item("d", after: [["a"], ["c"]], promised: 1, statutory: 1),
    ])
    XCTAssertEqual(plan.promised, 8)
    XCTAssertEqual(plan.statutory, 30)
    XCTAssertEqual(plan.path.map(\.text), ["a", "b"])
    XCTAssertEqual(plan.bottleneck?.text, "b")
    XCTAssertEqual(plan.compression, 73)
  }

  func testOneOfSeveralAlternativesIsEnough() {
    let items = [
      Depth.item("a", promised: 9), Depth.item("b", promised: 2), Depth.item("c", after: [["a", "b"]], promised: 8),
    ]
    XCTAssertEqual(plan(items).promised, 10, "after the one that is done first")
    // What was not chosen is not waited for.
    XCTAssertEqual(plan(items, chosen: ["c"]).promised, 8)
  }

  func testT05JointHandlingWithALicenceTakesFortyFiveDaysAtMost() {
    let items = [
      Depth.item("a", promised: 1, statutory: 30, type: "01"),
      Depth.item("b", after: [["a"]], promised: 1, statutory: 30, type: "20"),
    ]
    XCTAssertEqual(plan(items).statutory, 45)
    XCTAssertEqual(plan([items[0]]).statutory, 30, "one alone is not handled jointly")
    XCTAssertEqual(
      plan(
        items.map { item in
          var item = item
          item.typeCode = "20"
          return item
        }
      ).statutory, 60)
  }

  func testTheAnnouncedPromiseMayOnlyBeShorter() {
    let items = [Depth.item("a", promised: 8)]
    let unit = DayUnit.workingDays
    XCTAssertEqual(
      plan(items, overall: TimeLimit(statutory: nil, promised: 5, unit: unit, source: nil)).promised, 5)
    XCTAssertEqual(
      plan(items, overall: TimeLimit(statutory: nil, promised: 20, unit: unit, source: nil)).promised, 8)
    XCTAssertNil(plan([Depth.item("a")]).promised)
    XCTAssertNil(
      plan([Depth.item("a", statutory: 3), Depth.item("b")]).statutory, "one that says nothing leaves it open")
  }

  func testNaturalDaysAreFiveOfSeven() {
    XCTAssertEqual(plan([Depth.item("a", promised: 7, unit: .naturalDays)]).promised, 5)
    XCTAssertEqual(plan([Depth.item("a", promised: 30, unit: .naturalDays)]).promised, 22)
  }

  /// Never longer than the sum, never shorter than the longest item, for random graphs.
  func testTheCriticalPathLiesBetweenTheLongestAndTheSum() {
    for seed in 1...500 {
      var random = SeededGenerator(UInt64(seed))
      let count = Int.random(in: 1...9, using: &random)
      let items = (0..<count).map { index in
        Depth.item(
          "i\(index)",
          after: (0..<Int.random(in: 0...2, using: &random)).compactMap { _ in
            index == 0 ? nil : ["i\(Int.random(in: 0..<index, using: &random))"]
          }, promised: Int.random(in: 0...30, using: &random))
      }
      let plan = plan(items.shuffled(using: &random))
      let days = items.compactMap { $0.limit?.promised }
      let promised = plan.promised ?? -1
      XCTAssertLessThanOrEqual(promised, days.reduce(0, +), "seed \(seed)")
      XCTAssertGreaterThanOrEqual(promised, days.max() ?? 0, "seed \(seed)")
      let along = plan.path.compactMap { id in items.first { $0.id == id }?.limit?.promised }.reduce(0, +)
      XCTAssertEqual(along, promised, "seed \(seed): the path is as long as it says")
    }
  }

  func testAForecastCountsWorkingDaysFromTheDayAfter() throws {
    let calendar = try WorkingCalendar(
      BuiltIn.json(BuiltIn.folder.appending(path: "calendar.json")))
    let guidance = Guidance(Depth.matter(items: [Depth.item("a", promised: 5, statutory: 20)]), answers: [:])
    // rules.md 1.4: 2026-09-18 and ten, here five: the Sunday 9/20 is worked, 9/25-27 is free.
    let forecast = guidance.forecast(accepted: try XCTUnwrap(CivilDate("2026-09-18")), calendar: calendar)
    XCTAssertEqual(forecast.finish?.date.text, "2026-09-24")
    XCTAssertEqual(forecast.finish?.estimated, false)
    XCTAssertTrue(forecast.excluded.contains("特别程序"))
    // Into a year without an arrangement: a provisional day, and said so.
    let late = guidance.forecast(accepted: try XCTUnwrap(CivilDate("2026-12-25")), calendar: calendar)
    XCTAssertEqual(late.finish?.estimated, true)
    XCTAssertTrue(late.finish?.text.hasPrefix("≈") == true)
  }

  /// Whatever a file says that was published before days had a bound, nothing traps and nothing is without end.
  func testDaysWithoutMeasureAreCutAlikeEverywhere() throws {
    let most = Int.max
    let items = [
      Depth.item("a", promised: most, statutory: most),
      Depth.item("b", after: [["a"]], promised: most, statutory: most, unit: .naturalDays),
    ]
    let plan = plan(items)
    XCTAssertEqual(plan.promised, 1000 + 2608)
    XCTAssertEqual(plan.compression, 0)
    let start = try XCTUnwrap(CivilDate("2026-03-02"))
    let calendar = WorkingCalendar(years: [:])
    for unit in DayUnit.allCases {
      func due(_ days: Int, _ extra: Int) -> CivilDate? {
        DueDate.compute(
          accepted: start, limit: TimeLimit(statutory: days, promised: days, unit: unit, source: nil),
          extensionDays: extra, today: start, calendar: calendar
        ).due
      }
      XCTAssertEqual(due(most, most), due(unit == .workingDays ? 1000 : 3650, unit == .workingDays ? 1000 : 3650))
      XCTAssertNotEqual(due(1000, 5), due(1000, 0), "an extension counts in full behind the longest limit")
    }
    var matter = Depth.matter(
      items: items, fields: [Depth.field("name")], materials: [Depth.material("m1", validMonths: most)])
    matter.items[0].limit?.extension = most
    matter.items[0].inspection = Inspection(name: "勘验", workingDays: most)
    matter.fields[0].example = "张三"
    let file = CatalogFile(name: "m.json", bytes: Array(MatterEncoder.text(matter).utf8))
    let read = try XCTUnwrap(MatterDecoder.published(file))
    XCTAssertEqual(read.items.map(\.limit?.statutory), [1000, 3650])
    XCTAssertEqual(read.items[0].limit?.extension, 1000)
    XCTAssertEqual(read.items[0].inspection?.workingDays, 1000)
    XCTAssertEqual(read.materials[0].validMonths, 1200)
  }
}
