import CaptureStore
import Cryptography
import Foundation
import Foundations
import XCTest

/// The files beside the database.
final class AttachmentTests: XCTestCase {
  private var bench: StoreBench!

  override func setUpWithError() throws { bench = try StoreBench() }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: bench.folder + "/attachments").sorted() }
  }

  /// A file as a sealing leaves it that was killed.
  private func leavePartial(_ name: String, millisecondsAgo: Int64) throws {
    let path = bench.folder + "/attachments/" + name
    XCTAssertTrue(FileManager.default.createFile(atPath: path, contents: Data("半".utf8)))
    let changed = Date(timeIntervalSince1970: Double(bench.time.now().milliseconds - millisecondsAgo) / 1000)
    try FileManager.default.setAttributes([.modificationDate: changed], ofItemAtPath: path)
  }

  func testWhatASealingLeftThatWasKilledGoesWithTheNextOne() throws {
    let store = try bench.open()
    let file = bench.folder + "/scan"
    XCTAssertTrue(FileManager.default.createFile(atPath: file, contents: Data("承诺书".utf8)))
    let taken = try store.take(file: file)
    try leavePartial("ab.0011.partial", millisecondsAgo: 3_601_000)
    try leavePartial("cd.2233.partial", millisecondsAgo: 3_000_000)
    try leavePartial("other", millisecondsAgo: 9_999_000)
    let whole = Hexadecimal.text(taken.digest.bytes)
    XCTAssertEqual(try names.count, 4)
    _ = try store.take(file: file)
    XCTAssertEqual(Set(try names), ["cd.2233.partial", "other", whole], "one that may be under way stays")
  }
}
