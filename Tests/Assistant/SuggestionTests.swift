import Assistant
import Foundations
import TestSupport
import XCTest

/// 免申即享 on a device without a network.
final class SuggestionTests: XCTestCase {
  func testADeviceSuggestsFromWhatItHasAndStopsWhenItIsApplied() throws {
    let village = try Village()
    let laptop = try village.laptop()
    try laptop.sync()
    XCTAssertEqual(try laptop.assistant().suggestions(nil), [])
    let home = try laptop.assistant().new(try village.document("qingjian-03", submit: false))
    let id = try XCTUnwrap(home["id"]?.text)
    let found = try laptop.assistant().suggestions(id)
    let fund = try XCTUnwrap(found.first { $0["matter"] == "qingjian-18" }, "\(found)")
    XCTAssertTrue(fund["because"]?.text?.contains("买了自住住房") == true)
    XCTAssertEqual(fund["toAsk"], [])
    XCTAssertNotNil(fund["name"]?.text)
    XCTAssertEqual(try laptop.assistant().suggestions(nil), found)
    let other = try laptop.assistant().new(try village.document("qingjian-18", submit: false))
    XCTAssertFalse(try laptop.assistant().suggestions(nil).contains { $0["matter"] == "qingjian-18" })
    _ = try laptop.assistant().withdraw(try XCTUnwrap(other["id"]?.text), why: "不办了")
    XCTAssertTrue(
      try laptop.assistant().suggestions(nil).contains { $0["matter"] == "qingjian-18" }, "it was taken back")
    XCTAssertEqual(problem { _ = try laptop.assistant().suggestions("9ZZZZ") }?.code, "application.not-found")
  }
}
