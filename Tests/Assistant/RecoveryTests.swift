import Assistant
import Casework
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// A forgotten passphrase costs no work, and nobody else gets anything out of the way back.
final class RecoveryTests: XCTestCase {
  private var village: Village!
  private var recoveryKey: SM2.DecryptionKey!

  override func setUpWithError() throws {
    village = try Village()
    recoveryKey = try SM2.DecryptionKey(random: SystemRandom())
    let published = recoveryKey.encryptionKey.publicBytes
    try village.bench.journal.write { writer throws(Problem) in
      try writer.setDocument(RegistryKey.settings, "keys", ["recovery": .text(Hexadecimal.text(published))])
    }
  }

  private func request(_ laptop: Laptop) throws -> RecoveryRequest {
    var bytes: [UInt8] = []
    _ = try laptop.assistant().askForRecovery { _, request throws(Problem) in bytes = request }
    return try RecoveryRequest(bytes)
  }

  private func answer(
    _ request: RecoveryRequest, for device: DeviceID? = nil
  ) throws -> (answer: RecoveryAnswer, code: String) {
    try village.bench.service.recover(
      device ?? request.device, request: request, recoveryKey: recoveryKey, actor: "test")
  }

  private func code(_ laptop: Laptop, _ answer: [UInt8], _ code: String) -> String? {
    problem { _ = try laptop.assistant().recover(answer: answer, code: code) }?.code
  }

  func testEverythingIsThereAfterwardsAndTheFormerPassphraseOpensNothing() throws {
    let laptop = try village.laptop()
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    var held = try village.document(submit: false)
    held["consent"] = false
    let draft = try XCTUnwrap(try laptop.assistant().new(held)["id"]?.text)
    laptop.passphrase = "我忘了"
    XCTAssertEqual(problem { _ = try laptop.assistant().show(id) }?.code, "store.passphrase")
    let (answer, code) = try answer(request(laptop))
    laptop.passphrase = "新的口令 2026"
    let typed = code.uppercased().replacing("-", with: " ").replacing("0", with: "O")
    let recovered = try laptop.assistant().recover(answer: answer.bytes, code: typed)
    XCTAssertEqual(recovered["recovered"], true)
    XCTAssertGreaterThan(try XCTUnwrap(recovered["unsent"]?.integer), 0)
    XCTAssertEqual(recovered["held"], 1)
    XCTAssertEqual(try laptop.assistant().show(id)["status"], "submitted")
    XCTAssertEqual(try laptop.assistant().show(draft)["applicant"]?["name"], "张三丰")
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    try village.checkAgreement(laptop)
    laptop.passphrase = "槐树下的老口令呀"
    XCTAssertEqual(problem { _ = try laptop.assistant().show(id) }?.code, "store.passphrase")
    let alone = Laptop(home: laptop.home + "-alone", clock: laptop.clock)
    try FileManager.default.createDirectory(atPath: alone.home, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: laptop.home + "/store.db", toPath: alone.home + "/store.db")
    XCTAssertEqual(
      problem { _ = try alone.assistant().show(id) }?.code, "store.passphrase", "nor the file without its log")
    let audit = try village.bench.journal.read { reader throws(Problem) in try reader.audit(after: 0, limit: 99) }
    XCTAssertEqual(audit.last { $0.action == "device.recover" }?.subject, try request(laptop).device.text)
  }

  func testWrongCodesOtherAnswersAndUsedAnswersAreRefused() throws {
    let (laptop, other) = (try village.laptop(), try village.laptop())
    let first = try request(laptop)
    XCTAssertEqual(try request(laptop), first, "asking again is the same request")
    let (answer, right) = try answer(first)
    XCTAssertEqual(code(laptop, answer.bytes, "0000-0000-0000-0000"), "recover.code")
    XCTAssertEqual(code(laptop, answer.bytes, ""), "recover.code")
    _ = try request(other)
    XCTAssertEqual(code(other, answer.bytes, right), "recover.other-device")
    XCTAssertEqual(code(laptop, first.bytes, right), "recover.malformed")
    laptop.passphrase = "短"
    XCTAssertEqual(code(laptop, answer.bytes, right), "store.passphrase-short")
    laptop.passphrase = "新的口令 2026"
    XCTAssertNil(code(laptop, answer.bytes, right))
    XCTAssertEqual(code(laptop, answer.bytes, right), "recover.none", "used")
    _ = try request(laptop)
    XCTAssertEqual(code(laptop, answer.bytes, right), "recover.other-request", "replayed")
  }

  func testTheCountyAnswersOnlyTheDevicesOwnStore() throws {
    let (laptop, other) = (try village.laptop(), try village.laptop())
    let (mine, theirs) = (try request(laptop), try request(other))
    XCTAssertEqual(problem { _ = try answer(mine, for: theirs.device) }?.code, "recover.other-device")
    let posing = RecoveryRequest(
      device: theirs.device, id: mine.id, replyKey: mine.replyKey, wrapped: mine.wrapped, proof: mine.proof)
    XCTAssertEqual(problem { _ = try answer(posing) }?.code, "recover.other-store")
    let mixed = RecoveryRequest(
      device: theirs.device, id: mine.id, replyKey: mine.replyKey, wrapped: mine.wrapped, proof: theirs.proof)
    XCTAssertEqual(problem { _ = try answer(mixed) }?.code, "recover.other-store")
    recoveryKey = try SM2.DecryptionKey(random: SystemRandom())
    XCTAssertEqual(problem { _ = try answer(mine) }?.code, "recover.key")
    try village.bench.journal.write { writer throws(Problem) in
      for var device in try writer.devices() {
        device.status = .revoked
        try writer.setDevice(device)
      }
    }
    XCTAssertEqual(problem { _ = try answer(mine) }?.code, "device.revoked")
  }

  func testACodeIsOfNoUseWithoutTheStoreThatAsked() throws {
    let laptop = try village.laptop()
    let asked = try request(laptop)
    let (answer, code) = try answer(asked)
    let stranger = try SM2.DecryptionKey(random: SystemRandom())
    XCTAssertEqual(problem { _ = try answer.storeKey(with: stranger, code: code) }?.code, "recover.malformed")
  }

  func testDamagedFilesAreRefusedWithACode() throws {
    let laptop = try village.laptop()
    let asked = try request(laptop)
    let (answer, right) = try answer(asked)
    var codes: Set<String> = []
    for index in stride(from: 0, to: answer.bytes.count, by: 7) {
      var bytes = answer.bytes
      bytes[index] ^= 1 << UInt8(index % 8)
      codes.insert(code(laptop, bytes, right) ?? "accepted")
    }
    XCTAssertEqual(
      codes.subtracting(["recover.malformed", "recover.other-device", "recover.other-request"]), [])
    codes = []
    for index in stride(from: 0, to: asked.bytes.count, by: 7) {
      var bytes = asked.bytes
      bytes[index] ^= 1 << UInt8(index % 8)
      codes.insert(problem { _ = try self.answer(RecoveryRequest(bytes)) }?.code ?? "accepted")
    }
    // Which request it answers, and to which key, is the store's own to notice.
    XCTAssertEqual(
      codes.subtracting([
        "recover.malformed", "recover.key", "recover.other-store", "device.not-enrolled", "key.invalid", "accepted",
      ]), [])
    XCTAssertNil(code(laptop, answer.bytes, right))
  }
}
