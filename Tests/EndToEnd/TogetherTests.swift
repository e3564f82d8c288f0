import Foundations
import XCTest

/// Commands may run at the same time on one store (contract.md, "Exit status").
final class TogetherTests: XCTestCase {
  func testEightEditsAtOnceAllSucceed() throws {
    let county = try County(self)
    let device = try county.device("a")
    let made = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))
    let id = made["id"]?.text ?? ""
    let texts = [
      "w.job=送餐", "w.phone=13900000099", "w.form=5", "w.status=3", "w.edu=70", "w.name=郑海涛", "w.platform=平台二",
      "w.archiveOrg=县人才中心",
    ]
    let running = try texts.map { try device.spawn(["edit", id, $0]) }
    for (text, each) in zip(texts, running) {
      let outcome = each.finish()
      XCTAssertEqual(outcome.status, 0, "\(text): \(outcome.errors)")
    }
    let shown = try device.ask("show", id)
    for text in texts {
      let parts = text.split(separator: "=").map(String.init)
      XCTAssertEqual(shown["fields"]?[parts[0]]?.text, parts[1], text)
    }
    XCTAssertEqual(shown["conflicts"], [])
    XCTAssertEqual(try device.run("doctor").status, 0)
  }

  func testTwoSyncsAtOnceAreSafe() throws {
    let county = try County(self)
    let device = try county.device("a")
    let document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    for _ in 0..<5 { _ = try device.capture(document) }
    for _ in 0..<4 {
      _ = try device.capture(document)
      let both = try (0..<2).map { _ in try device.spawn(["sync"]) }
      for each in both {
        let outcome = each.finish()
        // The same person's applications for the same matter are told of, and nothing else.
        XCTAssertTrue(outcome.status == 0 || outcome.errors.contains("处可能重复"), outcome.errors)
        XCTAssertTrue([0, 3].contains(outcome.status), outcome.errors)
      }
    }
    try device.sync()
    XCTAssertEqual(try county.administer("applications").count, 9)
    let proof = try device.ask("prove")
    XCTAssertEqual(proof["differ"], [])
    XCTAssertEqual(proof["match"], 9)
    XCTAssertEqual(try county.administer("tray", "list"), [])
    try county.checkVerify()
  }
}
