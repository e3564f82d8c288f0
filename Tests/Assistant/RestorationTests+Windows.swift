import Application
import Casework
import Foundations
import Journal
import TestSupport
import XCTest

/// What windows answered after the backup was made.
extension RestorationTests {
  /// A window's acceptance after its days were over stands as what the law made of it, and is a window's all the same.
  func testAnAcceptanceThatCameTooLateComesBackToo() throws {
    let id = try capture(first)
    try first.sync()
    let later = village.bench.clock.now().adding(seconds: 3600)
    try village.bench.journal.write { writer throws(Problem) in
      try writer.setDocument(RegistryKey.settings, RegistryKey.restored, .integer(later.milliseconds))
      try County.touch(writer)
    }
    let backup = try backup()
    village.bench.clock.advance(seconds: 8 * 86_400)
    try act(id, ["action": "accept"])
    try first.sync()
    func standing(_ village: Village) throws -> [String] {
      try village.bench.state(ApplicationID(id)).proceedings.map { "\($0.id) \($0.status) \($0.manner)" }
    }
    let before = try standing(village)
    XCTAssertTrue(before.contains { $0.hasSuffix("accepted deemed") }, "\(before)")
    let restored = try restore(backup, [first])
    try first.sync()
    XCTAssertEqual(try standing(restored), before)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }
}
