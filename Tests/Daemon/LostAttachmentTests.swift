import API
import Casework
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import Replication
import Terminal
import XCTest

@testable import Daemon

/// Attachments that the log knows of as whole and whose files are not: noticed, named, and asked for again.
final class LostAttachmentTests: XCTestCase {
  private var bench: Bench!
  private let station = StationID("s-1")
  private let device = DeviceID("d-1")

  override func setUpWithError() throws { bench = try Bench.initialised() }

  /// An attachment that has arrived whole, and the name of its file.
  private func attach(_ text: String) throws -> (digest: String, file: String) {
    let bytes = Array(text.utf8)
    let digest = Digest.sm3(bytes)
    let home = ServerHome(path: bench.home)
    let files = try BlobFiles(folder: home.blobsPath, storeKey: home.storeKey(), random: SystemRandom())
    try files.append(bytes, to: digest.text, from: device, at: 0)
    XCTAssertEqual(try files.keep(digest.text, from: device), .whole(bytes: Int64(bytes.count)))
    try bench.journal().write { writer throws(Problem) in
      try writer.setBlob(BlobRow(digest: digest.text, bytes: Int64(bytes.count), complete: true))
      try writer.addBlob(
        digest.text,
        claim: BlobClaim(
          application: ApplicationID("a-1"), station: station, bytes: Int64(bytes.count), arrived: true))
    }
    return (digest.text, Hexadecimal.text(digest.bytes))
  }

  private func flipAByte(_ path: String) throws {
    var bytes = try XCTUnwrap(FileManager.default.contents(atPath: path))
    bytes[bytes.count - 1] ^= 1
    XCTAssertTrue(FileManager.default.createFile(atPath: path, contents: bytes))
  }

  private func standing(_ digest: String) throws -> [Bool] {
    try bench.journal().read { reader throws(Problem) in
      [try reader.blob(digest)?.complete == true] + (try reader.blobClaims(digest)).map(\.arrived)
    }
  }

  func testAfterARestoreWhatABackupLacksIsAskedForAgain() throws {
    let (gone, flipped, whole) = (try attach("一"), try attach("二"), try attach("三"))
    let copy = bench.folder + "/copy"
    XCTAssertEqual(bench.run("backup", copy).status, .done)
    HomeFiles.remove(copy + "/blobs/" + gone.file)
    try flipAByte(copy + "/blobs/" + flipped.file)
    let outcome = bench.run("restore", copy)
    XCTAssertEqual(outcome.status, .attention, outcome.error)
    XCTAssertEqual(outcome.value["attachmentsLost"], 2)
    XCTAssertEqual(outcome.value["checkAccess"], false)
    for lost in [gone, flipped] { XCTAssertEqual(try standing(lost.digest), [false, false]) }
    XCTAssertEqual(try standing(whole.digest), [true, true])
    let missing = try bench.journal().read { reader throws(Problem) in try reader.missingBlobs(ApplicationID("a-1")) }
    XCTAssertEqual(missing, [gone.digest, flipped.digest].sorted())
    XCTAssertEqual(bench.run("verify").status, .done, "nothing is said to be here that is not")
  }

  func testVerifyNamesAttachmentsThatAreMissingOrDamaged() throws {
    let (gone, flipped, whole) = (try attach("一"), try attach("二"), try attach("三"))
    XCTAssertEqual(bench.run("verify").value["attachments"], 3)
    HomeFiles.remove(bench.home + "/blobs/" + gone.file)
    try flipAByte(bench.home + "/blobs/" + flipped.file)
    let outcome = bench.run("verify")
    XCTAssertEqual(outcome.code, "verify.failed")
    let problems = outcome.value["problems"]?.array?.compactMap(\.text) ?? []
    XCTAssertEqual(problems.count, 2, "\(problems)")
    for lost in [gone, flipped] { XCTAssertTrue(problems.contains { $0.contains(lost.digest) }) }
    XCTAssertFalse(problems.contains { $0.contains(whole.digest) })
    // What verify says to do: a backup of now, put back.
    XCTAssertEqual(bench.run("backup", bench.folder + "/now").status, .done)
    XCTAssertEqual(bench.run("restore", bench.folder + "/now").value["attachmentsLost"], 2)
    XCTAssertEqual(bench.run("verify").status, .done)
  }
}
