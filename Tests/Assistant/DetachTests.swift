import Assistant
import Casework
import Foundation
import Foundations
import Journal
import Synchronizer
import TestSupport
import XCTest

/// Taking back what was attached by mistake.
final class DetachTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!
  private static let material = "m02"

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func scan(_ text: String) throws -> String {
    let path = village.bench.folder + "/scan-\(UUID().uuidString)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func made(submit: Bool = false, consent: Bool = true) throws -> String {
    var document = try village.document(submit: submit)
    document["materials"]?[Self.material] = nil
    if !consent { document["consent"] = false }
    return try XCTUnwrap(try laptop.assistant().new(document)["id"]?.text)
  }

  @discardableResult
  private func attach(_ id: String, _ texts: String...) throws -> [Value] {
    let files = try texts.map { try scan($0) }
    return try laptop.assistant().attach(id, material: Self.material, files: files)
  }

  private func detach(_ id: String, _ number: Int? = nil) throws -> Value {
    try laptop.assistant().detach(id, material: Self.material, number: number)
  }

  private func listed(_ id: String) throws -> [Value] {
    (try laptop.assistant().show(id)["materials"]?[Self.material]?.array ?? []).compactMap { $0["digest"] }
  }

  private var files: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: laptop.home + "/attachments").count }
  }

  private func code(_ body: () throws -> Void) -> String? { problem(body)?.code }

  func testTheOneThatIsNamedGoesAndSoDoesItsFile() throws {
    for consent in [true, false] {
      let id = try made(consent: consent)
      let before = try files
      XCTAssertEqual(code { _ = try detach(id) }, "detach.none")
      let attached = try attach(id, "一\(consent)", "二\(consent)", "三\(consent)").map { $0["digest"] ?? .null }
      XCTAssertEqual(try files, before + 3)
      XCTAssertEqual(code { _ = try detach(id) }, "detach.which")
      for number in [0, 4] { XCTAssertEqual(code { _ = try detach(id, number) }, "detach.number") }
      XCTAssertEqual(
        code { _ = try laptop.assistant().detach(id, material: "m99", number: 1) }, "material.unknown")
      XCTAssertEqual(try detach(id, 2)["n"], 2)
      XCTAssertEqual(try listed(id), [attached[0], attached[2]])
      XCTAssertEqual(try files, before + 2)
      _ = try detach(id, 2)
      XCTAssertNil(try detach(id)["late"])
      XCTAssertEqual(try listed(id), [])
      XCTAssertEqual(try files, before, "nothing names them")
      XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
    }
  }

  func testAFileThatAnotherApplicationNamesStays() throws {
    let (first, second) = (try made(), try made())
    try attach(first, "共用的一页")
    try attach(second, "共用的一页")
    _ = try detach(first)
    XCTAssertEqual(try files, 1)
    XCTAssertEqual(try listed(second).count, 1)
    XCTAssertEqual(try laptop.sync()["attachmentBytes"], .integer(Int64("共用的一页".utf8.count)))
  }

  func testNothingIsSentOfWhatWasTakenBackAndAllAgree() throws {
    let other = try village.laptop()
    let id = try made()
    try attach(id, "附错了的一页很长很长", "对的")
    _ = try detach(id, 1)
    XCTAssertEqual(try laptop.sync()["attachmentBytes"], .integer(Int64("对的".utf8.count)))
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    try other.sync()
    XCTAssertEqual(try other.assistant().show(id)["materials"]?[Self.material]?.array?.count, 1)
    XCTAssertEqual(try other.assistant().prove()["differ"], [])
    // What the server has may be used by others.
    _ = try detach(id)
    XCTAssertEqual(try files, 1)
  }

  /// The operation has gone out, the file has not; a colleague hands in what he sees, and nobody here knows yet.
  func testAFileThatAColleagueMayHaveHandedInMeanwhileStaysAndIsSent() throws {
    let other = try village.laptop()
    let id = try made()
    let attached = try attach(id, "同事已经交上去的一页")
    let cut = laptop.assistant()
    cut.line = { address, _ in
      BadLine(HTTPLine(address: address)) { _, question in question.path.contains("/blobs/") ? .requestLost : .none }
    }
    XCTAssertEqual(code { _ = try cut.sync { _ in } }, "network.interrupted")
    try other.sync()
    _ = try other.assistant().submit(id, deferring: [])
    try other.sync()
    _ = try detach(id)
    try laptop.sync()
    let digest = try XCTUnwrap(attached.first?["digest"]?.text)
    let blob = try village.bench.journal.read { reader throws(Problem) in try reader.blob(digest) }
    XCTAssertEqual(blob?.complete, true, "the window would wait for it for good")
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testAfterASubmissionItComesLateAndTheVersionKeepsItsFile() throws {
    let id = try made()
    try attach(id, "版本里的")
    _ = try laptop.assistant().submit(id, deferring: [])
    let told = try detach(id)
    XCTAssertEqual(told["late"], true)
    XCTAssertEqual(told["canSubmit"], true)
    XCTAssertEqual(try files, 1, "the window is still to read it")
    XCTAssertEqual(code { _ = try detach(id) }, "detach.none")
    // One that came late itself can be taken back, too.
    try attach(id, "后来的")
    XCTAssertEqual(try detach(id)["late"], true)
    XCTAssertEqual(try laptop.assistant().submit(id, deferring: [Self.material])["version"], 2)
    XCTAssertEqual(try listed(id), [])
    try laptop.sync()
    XCTAssertEqual(try village.bench.service.verify().problems, [])
    _ = try laptop.assistant().withdraw(id, why: "不办了")
    XCTAssertEqual(code { _ = try attach(id, "再来") }, "application.closed")
  }

  func testPaperIsTakenBackLikeAFile() throws {
    let id = try made()
    _ = try laptop.assistant().attachPaper(id, material: Self.material, originals: 1, copies: 0)
    _ = try detach(id)
    XCTAssertNil(try laptop.assistant().show(id)["materials"]?[Self.material])
  }

  func testTheSameFileIsListedOnce() throws {
    let id = try made()
    XCTAssertEqual(try attach(id, "一页", "一页").map { $0["unchanged"] }, [nil, true])
    XCTAssertEqual(try attach(id, "一页").first?["unchanged"], true)
    XCTAssertEqual(try listed(id).count, 1)
    _ = try detach(id)
    XCTAssertNil(try attach(id, "一页").first?["unchanged"], "it was taken back")
    XCTAssertEqual(try listed(id).count, 1)
  }
}
