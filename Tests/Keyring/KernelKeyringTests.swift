import Foundations
import Glibc
import Keyring
import XCTest

final class KernelKeyringTests: XCTestCase {
  private let secret: [UInt8] = Array(1...32)
  private let label = "test-\(getpid())"

  private func inFolder(_ body: (String, KernelKeyring.Place) throws -> Void) throws {
    let folder = "/dev/shm/bangban-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    unsafe XCTAssertEqual(mkdir(folder, 0o700), 0)
    defer { _ = unsafe system("rm -rf \(folder)") }
    try body(folder, .files(folder: folder))
  }

  private func path(_ folder: String) -> String { "\(folder)/bangban-\(geteuid())-\(label)" }

  private func checkStoreLoadDrop(_ place: KernelKeyring.Place) throws {
    XCTAssertNil(KernelKeyring.load(label, in: place))
    try KernelKeyring.store(label, secret, seconds: 60, in: place)
    try KernelKeyring.store(label + "-b", [9], seconds: 60, in: place)
    XCTAssertEqual(KernelKeyring.load(label, in: place), secret)
    XCTAssertEqual(KernelKeyring.load(label + "-b", in: place), [9])
    try KernelKeyring.store(label, [7, 7], seconds: 60, in: place)
    XCTAssertEqual(KernelKeyring.load(label, in: place), [7, 7], "the newer one counts")
    KernelKeyring.drop(label, in: place)
    KernelKeyring.drop(label, in: place)
    XCTAssertNil(KernelKeyring.load(label, in: place))
    XCTAssertEqual(KernelKeyring.load(label + "-b", in: place), [9])
    KernelKeyring.drop(label + "-b", in: place)
  }

  private func checkExpiry(_ place: KernelKeyring.Place) throws {
    try KernelKeyring.store(label, secret, seconds: 1, in: place)
    XCTAssertEqual(KernelKeyring.load(label, in: place), secret)
    usleep(2_100_000)
    XCTAssertNil(KernelKeyring.load(label, in: place))
  }

  func testStoreLoadDrop() throws { try checkStoreLoadDrop(.automatic) }

  func testStoreLoadDropInFiles() throws { try inFolder { try checkStoreLoadDrop($1) } }

  func testExpiry() throws { try checkExpiry(.automatic) }

  func testExpiredFileIsRemoved() throws {
    try inFolder { folder, place in
      try checkExpiry(place)
      unsafe XCTAssertNotEqual(access(path(folder), F_OK), 0)
    }
  }

  func testFileIsForItsOwnerOnly() throws {
    try inFolder { folder, place in
      try KernelKeyring.store(label, secret, seconds: 60, in: place)
      var facts = stat()
      XCTAssertEqual(unsafe stat(path(folder), &facts), 0)
      XCTAssertEqual(facts.st_mode & 0o7777, 0o600)
      unsafe XCTAssertEqual(chmod(path(folder), 0o644), 0)
      XCTAssertNil(KernelKeyring.load(label, in: place), "others may have written it")
    }
  }

  func testFileOfAnotherUserIsRefused() throws {
    try XCTSkipUnless(geteuid() == 0, "needs root to give a file away")
    try inFolder { folder, place in
      try KernelKeyring.store(label, secret, seconds: 60, in: place)
      unsafe XCTAssertEqual(chown(path(folder), 12345, 12345), 0)
      XCTAssertNil(KernelKeyring.load(label, in: place))
    }
  }

  func testLinksAndPipesAreRefusedAndReplaced() throws {
    try inFolder { folder, place in
      try KernelKeyring.store(label, secret, seconds: 60, in: place)
      unsafe XCTAssertEqual(rename(path(folder), folder + "/elsewhere"), 0)
      unsafe XCTAssertEqual(symlink(folder + "/elsewhere", path(folder)), 0)
      XCTAssertNil(KernelKeyring.load(label, in: place))
      try KernelKeyring.store(label, [5], seconds: 60, in: place)
      XCTAssertEqual(KernelKeyring.load(label, in: place), [5])
      unsafe XCTAssertEqual(link(path(folder), folder + "/second"), 0)
      XCTAssertNil(KernelKeyring.load(label, in: place), "a second label")
      unsafe XCTAssertEqual(unlink(path(folder)), 0)
      unsafe XCTAssertEqual(mkfifo(path(folder), 0o600), 0)
      XCTAssertNil(KernelKeyring.load(label, in: place))
    }
  }

  func testDamagedFileIsNoSecret() throws {
    try inFolder { folder, place in
      for content in ["", "short", "12345678"] {
        let file = unsafe open(path(folder), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = unsafe write(file, content, content.utf8.count)
        close(file)
        XCTAssertNil(KernelKeyring.load(label, in: place))
      }
    }
  }

  func testFolderOnADiskOrOpenToAllIsNoPlace() throws {
    for folder in ["/tmp", "/proc", "/nonexistent"] {
      XCTAssertThrowsError(try KernelKeyring.store(label, secret, seconds: 60, in: .files(folder: folder)), folder) {
        XCTAssertEqual(($0 as? Problem)?.code, "unlock.no-place")
      }
    }
    try inFolder { folder, place in
      unsafe XCTAssertEqual(chmod(folder, 0o777), 0)
      XCTAssertThrowsError(try KernelKeyring.store(label, secret, seconds: 60, in: place))
    }
  }

  func testBoundsAreKept() {
    for bad in ["", "a/b", "../a", "a b", String(repeating: "a", count: 65)] {
      XCTAssertThrowsError(try KernelKeyring.store(bad, secret, seconds: 60))
      XCTAssertNil(KernelKeyring.load(bad))
    }
    let long = [UInt8](repeating: 0, count: KernelKeyring.secretBytesMax + 1)
    XCTAssertThrowsError(try KernelKeyring.store(label, long, seconds: 60))
    XCTAssertThrowsError(try KernelKeyring.store(label, [], seconds: 60))
    XCTAssertThrowsError(try KernelKeyring.store(label, secret, seconds: 0))
  }
}
