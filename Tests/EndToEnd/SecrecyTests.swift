import Foundation
import Foundations
import XCTest

/// Who steals the laptop or the disk gets bytes, not people (issue 2, "Device store").
final class SecrecyTests: XCTestCase {
  private static let secrets = [
    "慕容示例丹", "欧阳办件员", "610830198507120020", "13912345678", "枣林则沟路八十八号", "周二晚上再来", "王记粮油代办",
    "司徒窗口员", "端木芳的手机",
  ]

  private func find(in files: [String], line: UInt = #line) {
    XCTAssertFalse(files.isEmpty, line: line)
    for file in files {
      let bytes = FileManager.default.contents(atPath: file) ?? Data()
      for secret in Self.secrets {
        for encoding in [String.Encoding.utf8, .utf16LittleEndian, .utf16BigEndian] {
          guard let needle = secret.data(using: encoding) else { continue }
          XCTAssertNil(bytes.range(of: needle), "\(secret) stands in \(file)", line: line)
        }
      }
    }
  }

  /// The county's own people are people too: accounts, and devices named after their holders.
  private func administerStaff(_ county: County) throws {
    try county.administer("user", "add", "司徒窗口员", "--role", "clerk", "--window", "w-610830-rs")
    try county.administer("user", "password", "司徒窗口员")
    try county.administer("user", "disable", "司徒窗口员")
    XCTAssertTrue(try county.administer("user", "list").contains { $0["name"] == "司徒窗口员" })
    XCTAssertTrue(try county.administer("device", "list").contains { $0["name"] == "端木芳的手机" })
  }

  func testNoPersonalDataStandsInTheFilesBytes() throws {
    let county = try County(self)
    let device = try county.device("a", person: "欧阳办件员", named: "端木芳的手机")
    let other = try county.device("b", person: "李志强", station: 1)
    var document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    var fields = document["fields"]?.object ?? [:]
    fields["w.name"] = "慕容示例丹"
    fields["w.idNo"] = "610830198507120020"
    fields["w.phone"] = "13912345678"
    fields["w.hukouAddr"] = ["division": "610830100201", "detail": "枣林则沟路八十八号"]
    document["fields"] = .object(fields)
    document["applicant"] = [
      "kind": "person", "name": "慕容示例丹", "idNumber": "610830198507120020", "phone": "13912345678",
    ]
    try administerStaff(county)
    let id = try device.capture(document)["id"]?.text ?? ""
    try device.ask("note", id, "周二晚上再来")
    let file = try county.write("王记粮油代办".utf8.map { $0 }, to: "材料.txt")
    let material = try device.matter("qingjian-10")["materials"]?.array?.first?["id"]?.text ?? ""
    XCTAssertEqual(try device.run("attach", id, material, file).status, 0)
    try device.ask("share", id, "--with", other.station)
    // What goes wrong must not tell either.
    _ = try device.run("edit", id, "w.phone=13912345678901", "w.name=慕容示例丹慕容示例丹")
    _ = try device.run("new", "--from", "-", input: Array("{\"matter\":\"慕容示例丹".utf8))
    try device.sync()
    try other.sync()
    XCTAssertEqual(try other.list("list", "--text", "13912345678").count, 1, "it is there and can be found")
    let proceeding = try county.queue("w-610830-rs").first?["id"]?.text ?? ""
    let accepted = try county.ask(
      "POST", "/v1/proceedings/\(proceeding)/actions", window: "w-610830-rs",
      body: ["action": "reject", "version": 1, "reason": "慕容示例丹 周二晚上再来"])
    XCTAssertEqual(accepted.status, 200)
    try device.sync()
    try device.ask("lock")
    try other.ask("lock")
    find(in: county.files(in: "a") + county.files(in: "b"))
    find(in: county.files(in: "server"))
    try other.sync()
    county.stop()
    find(in: county.files(in: "a") + county.files(in: "b") + county.files(in: "server"))
    for secret in Self.secrets { XCTAssertFalse(county.allErrors.contains(secret), "\(secret) stands in a log") }
  }
}
