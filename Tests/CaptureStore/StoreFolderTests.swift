import Foundation
import Foundations
import Keyring
import Replication
import XCTest

@testable import CaptureStore

/// A home that cannot be looked into is not an empty one.
final class StoreFolderTests: XCTestCase {
  private let path = FileManager.default.temporaryDirectory.path + "/bangban-folder-\(UUID().uuidString)"

  override func tearDown() { try? FileManager.default.removeItem(atPath: path) }

  private func problem(_ body: () throws -> Void) -> Problem? {
    do {
      try body()
      return nil
    } catch {
      return error as? Problem
    }
  }

  private func opened(_ folder: String) -> Problem? {
    let environment = StoreEnvironment(
      clock: Time(), random: SystemRandom(), bootTime: { 0 }, bootID: "boot-1")
    return problem {
      _ = try LockedStore(folder: folder, environment: environment, keyring: .files(folder: "/dev/shm"))
    }
  }

  func testOnlyNothingMeansNotEnrolled() throws {
    XCTAssertEqual(opened(path)?.code, ProblemKind.deviceNotEnrolled.code)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    XCTAssertEqual(opened(path)?.code, ProblemKind.deviceNotEnrolled.code)
    try Data("x".utf8).write(to: URL(filePath: path + "/file"))
    let told = try XCTUnwrap(opened(path + "/file"))
    XCTAssertEqual(told.code, "store.inaccessible")
    XCTAssertEqual(told.kind.exit, .storage)
    XCTAssertTrue(told.message.contains("/file（"), told.message)
  }

  func testAFolderOfSomebodyElseIsNotAnEmptyOne() throws {
    try XCTSkipIf(geteuid() == 0, "root may look everywhere")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
    XCTAssertEqual(opened(path)?.code, "store.inaccessible")
  }

  func testALaptopWhoseServerMovedIsNotSentToAnotherFolder() {
    XCTAssertTrue(ProblemKind.deviceEnrolled.remedy.contains("bangban config server"))
  }

  func testAHomeThatCannotBeMadeIsNamed() throws {
    for (home, code) in [("/proc/nope/bangban", "store.inaccessible"), ("/dev/null/bangban", "store.inaccessible")] {
      let told = try XCTUnwrap(problem { try StoreFolder.make(home) })
      XCTAssertEqual(told.code, code)
      XCTAssertEqual(told.kind.exit, .storage)
      XCTAssertTrue(told.message.contains(home), told.message)
      XCTAssertFalse(told.message.contains("errno"), told.message)
    }
  }
}
