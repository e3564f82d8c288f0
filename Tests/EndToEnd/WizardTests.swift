import Foundation
import Foundations
import XCTest

/// The wizard of a device, answered line by line.
private final class Dialogue {
  let running: Running
  private let answers: FileHandle
  /// Characters of what it said that were read already.
  private var told = 0
  private static let prompts = ["> ", "："]

  init(_ county: County, _ device: Device, _ id: String) throws {
    let pipe = "\(county.folder)/answers-\(UUID().uuidString)"
    guard unsafe mkfifo(pipe, 0o600) == 0 else { throw Failure("no pipe") }
    // Open for both, so that neither side waits for the other to come.
    answers = try XCTUnwrap(FileHandle(forUpdatingAtPath: pipe))
    running = try county.spawn(
      "/bin/sh",
      ["-c", "exec \"$@\" < \"$0\"", pipe, try Program.bangban.path(), "--home", device.home, "--json", "edit", id])
  }

  /// Waits for a question, lets others do something while it stands there, and answers.
  /// - Returns: what was said up to the question.
  @discardableResult
  func answer(_ line: String, to question: String, after meanwhile: () throws -> Void = {}) throws -> String {
    guard wait(seconds: 30, until: { news.contains(question) && Self.prompts.contains(where: news.hasSuffix) }) else {
      throw Failure("not asked \(question): \(news)")
    }
    let said = news
    told += said.count
    try meanwhile()
    send(Array("\(line)\n".utf8))
    return said
  }

  /// Types something, whatever was asked.
  func send(_ bytes: [UInt8]) { answers.write(Data(bytes)) }

  private var news: String { String(running.errors.dropFirst(told)) }

  /// Ends the input.
  func finish() throws -> Outcome {
    try answers.close()
    return running.finish()
  }
}

/// The wizard, which waits for a person while others go on working.
final class WizardTests: XCTestCase {
  func testAPlaceIsFoundByItsName() throws {
    let county = try County(self)
    let device = try county.device("a")
    let id = try XCTUnwrap(
      try device.capture([
        "matter": "qingjian-01", "submit": false,
        "applicant": ["kind": "person", "name": "赵六", "idNumber": "610830199605209824", "phone": "13912345678"],
      ])["id"]?.text)
    let dialogue = try Dialogue(county, device, id)
    while try !dialogue.answer("", to: "> ").contains("现居住地址") {}
    XCTAssertTrue(try dialogue.answer("没有这个镇", to: "> ").contains("户籍地址"), "the return key went past the first")
    let unknown = try dialogue.answer("镇", to: "> ")
    XCTAssertTrue(unknown.contains("没有找到“没有这个镇”"), unknown)
    let places = try dialogue.answer("1", to: "是第几个")
    XCTAssertTrue(places.contains("1. 陕西省榆林市清涧县"), places)
    try dialogue.answer("三组 12 号", to: "> ")
    try dialogue.answer("", to: "> ")
    XCTAssertEqual(try dialogue.finish().code, "input.ended")
    let fields = try device.ask("show", id)["fields"]?.object ?? [:]
    let address = try XCTUnwrap(fields.values.first { $0["detail"] == "三组 12 号" })
    XCTAssertTrue(address["division"]?.text?.hasPrefix("610830") == true, "\(address)")
    XCTAssertEqual(try device.list("catalog", "places", "石咀").map { $0["code"] }, ["610830101"])
    let sheet = try county.spawn(.bangban, ["--home", device.home, "show", id]).finish()
    XCTAssertTrue(sheet.output.contains("陕西省榆林市清涧县"), sheet.output)
    XCTAssertTrue(sheet.output.contains("镇三组 12 号"), sheet.output)
  }

  func testEachRowOfAListIsSavedAndHalfACharacterEndsNothing() throws {
    let county = try County(self)
    let device = try county.device("a")
    let id = try XCTUnwrap(
      try device.capture([
        "matter": "qingjian-25", "submit": false,
        "applicant": [
          "kind": "organisation", "name": "清涧县惠民商贸有限公司", "uscc": "91610830MACTEX044N", "phone": "13900000091",
        ],
      ])["id"]?.text)
    let dialogue = try Dialogue(county, device, id)
    // The return key goes past what comes before; the second row is not finished.
    while try !dialogue.answer("", to: "> ").contains("第 1 个") {}
    try dialogue.answer("<", to: "> ")
    try dialogue.answer("康佳慧", to: "第 1 个")
    dialogue.send([0xE5, 0x0A])
    try dialogue.answer("610830199907069863", to: "有乱码")
    try dialogue.answer("001", to: "> ")
    // Going back to a row and passing it over drops nothing.
    try dialogue.answer("<", to: "第 2 个")
    try dialogue.answer("", to: "回车保留")
    try dialogue.answer("张小明", to: "第 2 个")
    try dialogue.answer("610830199204179855", to: "> ")
    XCTAssertEqual(try dialogue.finish().code, "input.ended")
    let rows = try device.ask("show", id)["fields"]?["hl.list"]?.array ?? []
    XCTAssertEqual(rows.count, 1, "\(rows)")
    XCTAssertTrue(rows.allSatisfy { JSON.text($0).contains("康佳慧") })
  }

  func testWhatCameWhileTheWizardWaitedIsToldAtOnceAndLosesNothing() throws {
    let county = try County(self)
    let (first, second) = (try county.device("a"), try county.device("b", person: "张建国"))
    let id = try XCTUnwrap(
      try first.capture([
        "matter": "jiangsu-09", "submit": false,
        "applicant": ["kind": "person", "name": "赵六", "idNumber": "610830199605209824", "phone": "13912345678"],
      ])["id"]?.text)
    try first.sync()
    try second.sync()
    func names() throws -> Set<String> {
      let conflict = try first.list("conflicts", id).first { $0["field"] == "d.name" }
      return Set((conflict?["candidates"]?.array ?? []).compactMap { $0["value"]?.text })
    }
    func arrives(_ name: String) throws {
      try second.ask("edit", id, "d.name=\(name)")
      try second.sync()
      try first.sync()
    }
    let dialogue = try Dialogue(county, first, id)
    try dialogue.answer("李四", to: "残疾人姓名") { try arrives("王五") }
    let told = try dialogue.answer("", to: "用第几个")
    for words in ["别处填得不一样，几种都留着：残疾人姓名", "王五", "李四"] { XCTAssertTrue(told.contains(words), told) }
    XCTAssertEqual(try names(), ["王五", "李四"], "both are kept until somebody chooses")
    // Back to it: what differs is chosen, and only among what was listed.
    try dialogue.answer("<", to: "身份证号")
    try dialogue.answer("1", to: "用第几个") { try arrives("王武") }
    let changed = try dialogue.answer("2", to: "用第几个")
    XCTAssertTrue(changed.contains("又有变化"), changed)
    XCTAssertTrue(changed.contains("王武"), changed)
    try dialogue.answer("", to: "身份证号")
    XCTAssertEqual(try names(), [])
    XCTAssertEqual(try dialogue.finish().code, "input.ended")
    try first.sync()
    try second.sync()
    XCTAssertEqual(try second.list("conflicts", id), [])
    let shown = try first.ask("show", id)["fields"]
    XCTAssertEqual(shown, try second.ask("show", id)["fields"])
    XCTAssertTrue(["王武", "李四"].contains(shown?["d.name"]?.text))
    try county.checkVerify()
  }
}
