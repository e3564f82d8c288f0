import Foundation
import Foundations
import XCTest

@testable import Daemon

/// A home belongs to the server's own account. What another account writes into it, root before all, that one cannot
/// go on with.
final class OwnerTests: XCTestCase {
  /// An account that is on every machine.
  private static let nobody: uid_t = 65_534

  /// Gives everything in a bench's home to another account, as an operator who follows the README does.
  private func give(_ bench: Bench, to owner: uid_t) throws {
    try XCTSkipIf(geteuid() != 0, "only root can give files away")
    let names = FileManager.default.enumerator(atPath: bench.home)?.allObjects.compactMap { $0 as? String } ?? []
    for path in [bench.home] + names.map({ bench.home + "/" + $0 }) {
      XCTAssertEqual(unsafe chown(path, owner, owner), 0, path)
    }
  }

  func testWhatWritesIntoAHomeRefusesAnotherAccountAndNamesTheRightOne() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
    try give(bench, to: Self.nobody)
    let ferry = try bench.file("a.ferry", "x")
    for command in [
      ["station", "add", "--name", "甲站", "--division", "320830101"], ["ferry", "in", ferry],
      ["ferry", "out", bench.folder + "/out", "--all"], ["device", "add", "--station", "s-320830101", "--name", "甲"],
      ["backup", bench.folder + "/other"], ["restore", bench.folder + "/copy"], ["daily"],
      ["user", "password", "admin"], ["doctor", "--access-checked"], ["serve", "--tls-cert", "x.pem"],
    ] {
      let outcome = bench.run(["--json"] + command)
      XCTAssertEqual(outcome.code, "home.owner", "\(command) \(outcome.error)")
      XCTAssertEqual(outcome.status, .refused, "\(command)")
      XCTAssertTrue(outcome.problem["remedy"]?.text?.contains("sudo -u") == true, outcome.error)
      XCTAssertTrue(outcome.problem["message"]?.text?.contains("nobody") == true, outcome.error)
    }
    XCTAssertFalse(HomeFiles.isFolder(bench.folder + "/other"))
    XCTAssertEqual(bench.run("station", "list").values.count, 15, "reading writes nothing")
    // A folder that somebody made for the server's account already.
    let prepared = Bench()
    try FileManager.default.createDirectory(atPath: prepared.home, withIntermediateDirectories: true)
    XCTAssertEqual(unsafe chown(prepared.home, Self.nobody, Self.nobody), 0)
    XCTAssertEqual(prepared.run("init", "--county", "盱眙县").code, "home.owner")
    XCTAssertEqual(prepared.run("restore", bench.folder + "/copy").code, "home.owner")
    XCTAssertEqual(try HomeFiles.names(in: prepared.home), [])
  }

  func testOnlyTheOwnerMayWriteAndAnybodyMayMakeANewHome() {
    func problem(_ owner: uid_t?, _ account: uid_t) -> Problem? {
      HomeOwner.problem(owner: owner, account: account) { $0 == 0 ? "root" : "bangban" }
    }
    XCTAssertNil(problem(998, 998))
    XCTAssertNil(problem(0, 0))
    XCTAssertNil(problem(nil, 0), "there is no home yet")
    XCTAssertEqual(problem(998, 0)?.code, "home.owner", "not even root")
    XCTAssertEqual(problem(0, 998)?.kind.exit, .refused)
    let told = problem(998, 0)
    XCTAssertTrue(told?.message.contains("属于账号 bangban，不能用账号 root") == true, told?.message ?? "")
    XCTAssertTrue(told?.kind.remedy.contains("sudo -u bangban bangban-server") == true)
  }

  func testDoctorNamesWhatIsNotTheServers() throws {
    let bench = try Bench.initialised()
    _ = try bench.file("home/blobs/ab/part", "sealed")
    func owners() -> Value? { bench.run("doctor").values.first { $0["check"] == "owner" } }
    XCTAssertEqual(owners()?["ok"], true)
    try give(bench, to: Self.nobody)
    XCTAssertEqual(owners()?["ok"], true, "all of it is one account's")
    XCTAssertEqual(unsafe chown(bench.home + "/blobs/ab/part", 0, 0), 0)
    let finding = owners()
    XCTAssertEqual(finding?["ok"], false)
    XCTAssertTrue(finding?["text"]?.text?.contains("blobs/ab/part") == true, "\(finding ?? .null)")
    XCTAssertTrue(finding?["text"]?.text?.contains("nobody") == true, "\(finding ?? .null)")
  }

  func testAKeyThatCannotBeLookedAtIsNotTakenForGone() throws {
    let bench = try Bench.initialised()
    let key = bench.home + "/keys/store.key"
    try FileManager.default.removeItem(atPath: key)
    XCTAssertEqual(bench.run("station", "list").code, "server.key", "it is gone")
    // Root may look everywhere; a link that leads to itself stands for what nobody may look at.
    try FileManager.default.createSymbolicLink(atPath: key, withDestinationPath: key)
    let outcome = bench.run("station", "list")
    XCTAssertEqual(outcome.code, "home.closed", outcome.error)
    XCTAssertEqual(outcome.status, .storage)
    XCTAssertFalse(outcome.error.contains("不见了"), outcome.error)
  }
}
