import Foundations
import XCTest

/// A file made of what the catalogue itself offers is accepted everywhere (contract.md, "Values").
final class FilingTests: XCTestCase {
  func testEveryMatterOfTheCountyCanBeFiledFromItsOwnExamples() throws {
    let county = try County(self)
    let device = try county.device("a")
    let matters = try device.list("catalog", "list").filter { $0["county"] == "清涧县" }
    XCTAssertEqual(matters.count, 25)
    county.stop()
    var filed: [String: String] = [:]
    for matter in matters {
      let id = matter["id"]?.text ?? ""
      let document = Documents.complete(try device.matter(id), submit: true)
      let outcome = try device.run("new", "--from", "-", input: JSON.bytes(document))
      XCTAssertTrue([0, 3].contains(outcome.status), "\(id): \(outcome.status) \(outcome.errors.prefix(500))")
      filed[outcome.value["id"]?.text ?? ""] = id
    }
    XCTAssertEqual(filed.count, matters.count)
    try county.start()
    let summary = try device.sync()
    XCTAssertEqual(summary["refused"], 0)
    XCTAssertEqual(summary["upToDate"], true)
    let applications = try county.administer("applications")
    XCTAssertEqual(Set(applications.compactMap { $0["id"]?.text }), Set(filed.keys))
    let unrouted = Set(try county.administer("tray", "list").compactMap { $0["id"]?.text })
    for application in applications {
      let matter = filed[application["id"]?.text ?? ""] ?? ""
      let proceedings = application["proceedings"]?.array ?? []
      XCTAssertFalse(proceedings.isEmpty, matter)
      for proceeding in proceedings {
        let isRouted = !(proceeding["window"]?.text ?? "").isEmpty
        XCTAssertTrue(isRouted || unrouted.contains(proceeding["id"]?.text ?? ""), "\(matter): \(proceeding)")
      }
    }
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    try county.checkVerify()
  }
}
