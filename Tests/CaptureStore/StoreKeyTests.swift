import CaptureStore
import FoundationEssentials
import Foundations
import Keyring
import XCTest

/// What guards a store, and what must not be put in its place.
final class StoreKeyTests: XCTestCase {
  private var bench: StoreBench!

  override func setUpWithError() throws { bench = try StoreBench() }

  func testWhoeverUnlocksSaysThePassphraseAlsoWhileItIsUnlocked() throws {
    let locked = try bench.locked()
    try locked.unlock(seconds: 60) { () throws(Problem) in StoreBench.passphrase }
    defer { try? locked.lock() }
    XCTAssertEqual(
      problem { try locked.unlock(seconds: 86_400) { () throws(Problem) in throw Problem(.storeLockedPassphrase) } }?
        .code, "store.locked-passphrase")
    XCTAssertEqual(
      problem { try locked.unlock(seconds: 86_400) { () throws(Problem) in "另一个长口令" } }?.code, "store.passphrase")
    XCTAssertTrue(try locked.isUnlocked(), "as it was")
  }

  func testANewPassphraseHasSixCharactersAtLeast() throws {
    XCTAssertEqual(problem { try CaptureStore.check(passphrase: "五个字口令") }?.code, "store.passphrase-short")
    XCTAssertNil(problem { try CaptureStore.check(passphrase: "六个字的口令") })
    let folder = bench.folder + "-short"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    XCTAssertEqual(
      problem {
        try CaptureStore.create(
          folder: folder, enrolment: bench.enrolment(device: "d2"), serverURL: "http://127.0.0.1:1",
          signingKey: [UInt8](repeating: 1, count: 32), encryptionKey: [UInt8](repeating: 2, count: 32),
          passphrase: "12345", person: "x", environment: bench.environment())
      }?.code, "store.passphrase-short")
  }

  func testALogWithoutItsStoreIsNotReplayedOverANewOne() throws {
    for suffix in ["-wal", "-journal"] {
      let folder = bench.folder + "-left"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let left = "\(folder)/\(LockedStore.fileName)\(suffix)"
      XCTAssertTrue(FileManager.default.createFile(atPath: left, contents: Data([1, 2, 3])))
      let refused = problem {
        try CaptureStore.create(
          folder: folder, enrolment: bench.enrolment(device: "d2"), serverURL: "http://127.0.0.1:1",
          signingKey: [UInt8](repeating: 1, count: 32), encryptionKey: [UInt8](repeating: 2, count: 32),
          passphrase: "long enough", person: "x", environment: bench.environment())
      }
      XCTAssertEqual(refused?.code, "store.left-over")
      XCTAssertEqual(refused?.kind.exit, .storage)
      XCTAssertTrue(refused?.message.contains(LockedStore.fileName + suffix) == true, refused?.message ?? "")
      XCTAssertEqual(FileManager.default.contents(atPath: left), Data([1, 2, 3]), "it is never deleted")
      XCTAssertEqual(
        problem { _ = try LockedStore(folder: folder, environment: bench.environment()) }?.code, "store.left-over")
    }
  }
}
