import API
import Application
import Assistant
import CaptureStore
import Cryptography
import FoundationEssentials
import Foundations
import Glibc
import HTTP
import Journal
import Replication
import Synchronizer
import TestNetwork
import TestSupport
import Wire
import XCTest

/// Attachments over real sockets, and over a line that breaks.
final class UploadTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func bytes(_ count: Int, seed: Int = 1) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ seed) >> 7) }
  }

  /// A submitted application whose proceedings wait for an attachment.
  @discardableResult
  private func attach(
    _ bytes: [UInt8], idNumber: String = "61083019991231988X", submit: Bool = true
  ) throws -> (id: String, digest: String) {
    let file = village.bench.folder + "/scan-\(UUID().uuidString).bin"
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    var document = try village.document(submit: submit)
    document["applicant"]?["idNumber"] = .text(idNumber)
    document["materials"]?["m02"] = .array([.text(file)])
    let id = try XCTUnwrap(try laptop.assistant().new(document, folder: village.bench.folder)["id"]?.text)
    return (id, Digest.sm3(bytes).text)
  }

  private func assistant(
    port: UInt16? = nil, _ fault: @escaping (ServerQuestion) -> BadLine.Fault = { _ in .none }
  ) -> Assistant {
    let assistant = laptop.assistant()
    assistant.line = { address, _ in
      BadLine(HTTPLine(address: port.map { "http://127.0.0.1:\($0)" } ?? address)) { _, question in fault(question) }
    }
    return assistant
  }

  private func isWhole(_ digest: String) throws -> Bool {
    try village.bench.journal.read { reader throws(Problem) in try reader.blob(digest)?.complete } ?? false
  }

  // MARK: Scenarios

  /// 50 cuts and one flipped bit: the whole is refused, sent once more, and in the end the digest matches.
  func testScenario25AnAttachmentWithFiftyCutsAndAFlippedBitHasItsDigestInTheEnd() throws {
    let content = bytes(3_000_000)
    let (_, digest) = try attach(content)
    let small = bytes(2000, seed: 9)
    let other = try attach(small)
    // Of both: the small one goes first, and then twice the large one, the second time without a cut.
    let breaks = (1...50).map { Int64(2000 + $0 * 59_000) }
    let proxy = try UploadLine(to: village.server.port, breaksAt: breaks, flipAt: 1_234_567)
    defer { proxy.stop() }
    var refusals: [String] = []
    for _ in 0..<60 {
      do {
        let summary = try assistant(port: proxy.port).sync { _ in }
        if summary["upToDate"] == true { break }
      } catch {
        refusals.append(error.code)
      }
    }
    let count = proxy.count
    XCTAssertEqual(count.breaks, 50)
    XCTAssertTrue(try isWhole(digest))
    XCTAssertTrue(try isWhole(other.digest))
    XCTAssertEqual(try village.blobs.read(digest), content)
    XCTAssertEqual(try laptop.assistant().doctor()["attachments"], 0)
    XCTAssertGreaterThanOrEqual(
      count.handedOn, Int64(2 * content.count + small.count), "the flipped bit was found, and only that file sent again"
    )
    let again = count.sent - Int64(2 * content.count + small.count)
    XCTAssertLessThanOrEqual(again, 50 * 128 << 10, "for each cut")
    XCTAssertFalse(refusals.contains { $0 != "network.interrupted" && $0 != "network.unreachable" }, "\(refusals)")
  }

  /// With every bit wrong each time, the file is refused and nothing else is held up.
  func testScenario25AnAttachmentThatIsAlwaysAlteredIsRefusedAndBlocksNoOther() throws {
    let large = try attach(bytes(5000))
    let small = try attach(bytes(400, seed: 3))
    let after = try attach(bytes(6000, seed: 4))
    let bad = Digest.sm3(bytes(5000)).text
    var altered = 0
    let assistant = laptop.assistant()
    assistant.line = { address, _ in
      AlteringLine(HTTPLine(address: address)) { question in
        guard question.method == "PATCH", question.path.hasSuffix(bad) else { return question }
        altered += 1
        var other = question
        if !other.body.isEmpty { other.body[0] ^= 1 }
        return other
      }
    }
    XCTAssertEqual(problem { _ = try assistant.sync { _ in } }?.code, "upload.damaged")
    XCTAssertEqual(altered, 2, "one clean restart, then not again in this exchange")
    XCTAssertFalse(try isWhole(large.digest))
    XCTAssertTrue(try isWhole(small.digest))
    XCTAssertTrue(try isWhole(after.digest))
    XCTAssertEqual(try laptop.assistant().doctor()["damaged"], [], "it is sound here")
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    XCTAssertTrue(try isWhole(large.digest))
  }

  /// The line died on the laptop's side only: the server still waits for the rest of the request.
  func testScenario26ADeadUploadIsTakenOverWithinOneRoundTrip() throws {
    let content = bytes(1_000_000)
    let (_, digest) = try attach(content)
    let proxy = try UploadLine(to: village.server.port, breaksAt: [300_000], way: .halfOpen)
    defer { proxy.stop() }
    let began = ContinuousClock.now
    let summary = try assistant(port: proxy.port).sync { _ in }
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertLessThan(ContinuousClock.now - began, .seconds(15), "nobody waited for the server's 30 s of patience")
    XCTAssertTrue(try isWhole(digest))
    XCTAssertEqual(try village.blobs.read(digest), content)
    let count = proxy.count
    XCTAssertEqual(count.breaks, 1)
    XCTAssertEqual(count.methods.filter { $0 == "HEAD" }.count, 2, "one to begin with, one to go on: \(count.methods)")
    XCTAssertLessThanOrEqual(count.sent - Int64(content.count), 128 << 10, "it did not begin again")
    for _ in 0..<500 {
      if proxy.count.endedByServer > 0 { break }
      usleep(10_000)
    }
    XCTAssertEqual(proxy.count.endedByServer, 1, "the server let go of the dead request at once")
  }

  // MARK: Taken over

  /// What a device sends by hand, so that it can stop in the middle.
  private func signed(_ method: String, _ digest: String, _ part: UploadPart? = nil) throws -> String {
    let store = try laptop.assistant().store()
    let device = store.identity.device
    let key = try SM2.SigningKey(
      privateBytes: try store.read { session throws(Problem) in try session.secret("signing-key") })
    let path = "/v1/blobs/\(digest)"
    let message: [UInt8]
    var lines = ["\(method) \(path) HTTP/1.1", "Host: a", "Bangban-Device: \(device.text)", "Bangban-Time: 1"]
    lines.append("Bangban-Nonce: n")
    if let part {
      message = UploadSignature.message(
        path: path, device: device, time: 1, nonce: "n", offset: part.offset, count: part.count,
        completes: part.completes)
      lines += [
        "Bangban-Scheme: \(UploadSignature.scheme)", "Content-Type: application/partial-upload",
        "Upload-Offset: \(part.offset)", "Upload-Complete: \(part.completes ? "?1" : "?0")",
        "Content-Length: \(part.count)",
      ]
    } else {
      message = CBOR.encode([
        "bangban-request-1", .text(method), .text(path), .text(device.text), 1, "n",
        .bytes(BenchDevice.emptyBody.bytes),
      ])
    }
    lines.append("Bangban-Signature: \(Hexadecimal.text(try key.sign(message)))")
    return lines.joined(separator: "\r\n") + "\r\n\r\n"
  }

  private func named(_ content: [UInt8]) throws -> String {
    let (_, digest) = try attach(content)
    // The operations are there, the attachment is not.
    _ = problem { _ = try self.assistant { $0.method == "HEAD" ? .requestLost : .none }.sync { _ in } }
    return digest
  }

  /// How much has come, after waiting for so much at most five seconds.
  private func received(_ digest: String, atLeast count: Int64 = 0) throws -> Int64 {
    let device = try laptop.assistant().store().identity.device
    for _ in 0..<500 {
      let received = try village.blobs.received(digest, from: device)
      if received >= count { return received }
      usleep(10_000)
    }
    return try village.blobs.received(digest, from: device)
  }

  func testAnOlderRequestAppendsNothingMoreOnceANewerOneHasCome() throws {
    let content = bytes(90_000)
    let digest = try named(content)
    let old = try SocketClient(port: village.server.port)
    old.send(Array(try signed("PATCH", digest, UploadPart(offset: 0, count: 90_000, completes: true)).utf8))
    old.send(Array(content.prefix(30_000)))
    XCTAssertEqual(try received(digest, atLeast: 30_000), 30_000, "what has come is kept, though the request goes on")

    let new = try SocketClient(port: village.server.port)
    new.send(Array(try signed("HEAD", digest).utf8))
    let status = new.receiveHead()
    XCTAssertTrue(status.hasPrefix("HTTP/1.1 204"), status)
    for line in [
      "Upload-Offset: 30000", "Upload-Complete: ?0", "Upload-Length: 90000",
      "Upload-Limit: max-size=67108864, max-append-size=2097152", "Cache-Control: no-store",
    ] { XCTAssertTrue(status.contains(line + "\r\n"), "\(line) in \(status)") }

    old.send(Array(content[30_000..<60_000]))
    XCTAssertEqual(old.receiveHead(), "")
    XCTAssertTrue(old.hasEnded(), "its connection has ended")
    XCTAssertEqual(try received(digest), 30_000)
    XCTAssertEqual(try laptop.sync()["attachmentBytes"], 60_000)
    XCTAssertEqual(try village.blobs.read(digest), content)
  }

  func testANewerPartTakesOverFromAnOlderOne() throws {
    let content = bytes(90_000)
    let digest = try named(content)
    let old = try SocketClient(port: village.server.port)
    old.send(Array(try signed("PATCH", digest, UploadPart(offset: 0, count: 90_000, completes: true)).utf8))
    old.send(Array(content.prefix(30_000)))
    XCTAssertEqual(try received(digest, atLeast: 30_000), 30_000)
    let new = try SocketClient(port: village.server.port)
    new.send(Array(try signed("PATCH", digest, UploadPart(offset: 30_000, count: 60_000, completes: true)).utf8))
    new.send(Array(content.dropFirst(30_000)))
    let answer = new.receiveHead()
    XCTAssertTrue(answer.hasPrefix("HTTP/1.1 204"), answer)
    XCTAssertTrue(answer.contains("Upload-Complete: ?1\r\n"), answer)
    XCTAssertEqual(old.receiveHead(), "")
    XCTAssertTrue(old.hasEnded(), "nobody waits for the rest of it any more")
    XCTAssertEqual(try village.blobs.read(digest), content)
  }

  func testAWrongOffsetAndACompletedUploadAreToldAsTheDraftSays() throws {
    let content = bytes(9000)
    let digest = try named(content)
    func answer(_ part: UploadPart, _ body: [UInt8]) throws -> String {
      let client = try SocketClient(port: village.server.port)
      client.send(Array(try signed("PATCH", digest, part).utf8) + body)
      return client.receiveAll()
    }
    let wrong = try answer(UploadPart(offset: 5, count: 3, completes: false), [1, 2, 3])
    XCTAssertTrue(wrong.hasPrefix("HTTP/1.1 409"), wrong)
    for text in [
      "Upload-Offset: 0\r\n", "application/problem+json", "\"expected-offset\":0", "\"provided-offset\":5",
      "\"type\":\"https://iana.org/assignments/http-problem-types#mismatching-upload-offset\"",
      "\"code\":\"blob.offset\"",
    ] { XCTAssertTrue(wrong.contains(text), "\(text) in \(wrong)") }
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    let repeated = try answer(UploadPart(offset: 9000, count: 0, completes: true), [])
    XCTAssertTrue(repeated.hasPrefix("HTTP/1.1 400"), repeated)
    for text in ["Upload-Complete: ?1\r\n", "#completed-upload\"", "\"code\":\"blob.completed\""] {
      XCTAssertTrue(repeated.contains(text), "\(text) in \(repeated)")
    }
    let more = try answer(UploadPart(offset: 9000, count: 1, completes: true), [1])
    XCTAssertTrue(more.hasPrefix("HTTP/1.1 400") && more.contains("#inconsistent-upload-length\""), more)
    XCTAssertEqual(try village.blobs.read(digest), content)
  }

  func testACancelledUploadBeginsAgain() throws {
    let content = bytes(5000)
    let digest = try named(content)
    let client = try SocketClient(port: village.server.port)
    client.send(Array(try signed("PATCH", digest, UploadPart(offset: 0, count: 900, completes: false)).utf8))
    client.send(Array(content.prefix(900)))
    XCTAssertTrue(client.receiveHead().contains("Upload-Offset: 900\r\n"))
    let other = try SocketClient(port: village.server.port)
    other.send(Array(try signed("DELETE", digest).utf8))
    XCTAssertTrue(other.receiveHead().hasPrefix("HTTP/1.1 204"))
    XCTAssertEqual(try received(digest), 0)
    XCTAssertEqual(try laptop.sync()["attachmentBytes"], 5000)
  }

  // MARK: Order

  private func elderlyNumber() throws -> String {
    let check = try XCTUnwrap(
      "0123456789X".first {
        (try? IdentityNumber("61083019500101123\($0)", today: ChinaTime.date(village.bench.clock.now()))) != nil
      })
    return "61083019500101123\(check)"
  }

  /// The elderly first, then the small ones.
  func testGreenChannelGoesFirstAndSmallBeforeLarge() throws {
    let large = try attach(bytes(4000))
    let small = try attach(bytes(300, seed: 2))
    let elderly = try attach(bytes(9000, seed: 3), idNumber: try elderlyNumber())
    var order: [String] = []
    _ = try assistant { question in
      if question.method == "PATCH", let digest = question.path.split(separator: "/").last, order.last != String(digest)
      {
        order.append(String(digest))
      }
      return .none
    }.sync { _ in }
    XCTAssertEqual(order, [elderly.digest, small.digest, large.digest])
  }

  // MARK: Damaged on the device

  private func damage(_ digest: String) throws {
    let file = try laptop.assistant().store().folder + "/attachments/" + digest.dropFirst("sm3:".count)
    var content = try XCTUnwrap(FileManager.default.contents(atPath: file))
    content[content.count / 2] ^= 1
    try content.write(to: URL(filePath: file))
  }

  func testADamagedFileIsToldAndNotTriedForEverAndHealsWhenItIsAddedAgain() throws {
    let content = bytes(400_000)
    let (id, digest) = try attach(content)
    let other = try attach(bytes(700_000, seed: 5))
    try damage(digest)
    let summary = try laptop.sync()
    XCTAssertEqual(summary["damaged"], 1)
    XCTAssertEqual(summary["upToDate"], false)
    XCTAssertTrue(try isWhole(other.digest), "it holds up no other")
    let line = try XCTUnwrap(try laptop.assistant().todo().first { $0["text"]?.text?.contains("损坏") == true })
    XCTAssertEqual(line["kind"], "attachment")
    XCTAssertEqual(line["id"], .text(id))
    XCTAssertEqual(try laptop.assistant().doctor()["damaged"], [.text(digest)])
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], false)
    XCTAssertEqual(try laptop.sync()["requests"], 1, "nothing is tried with it")
    let file = village.bench.folder + "/original.bin"
    _ = FileManager.default.createFile(atPath: file, contents: Data(content))
    _ = try laptop.assistant().attach(id, material: "m02", files: [file])
    XCTAssertEqual(try laptop.assistant().doctor()["damaged"], [])
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    XCTAssertEqual(try village.blobs.read(digest), content)
  }

  func testDoctorFindsADamagedFileBeforeAnySync() throws {
    let (_, digest) = try attach(bytes(400_000))
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
    try damage(digest)
    XCTAssertEqual(try laptop.assistant().doctor()["damaged"], [.text(digest)])
  }

  // MARK: Before the county knows of it, and after it may not

  /// Another command adds it just when the exchange is over: the server does not know it yet, and has not refused it.
  func testWhatIsAddedWhileAnExchangeEndsIsSentByTheNext() throws {
    let (id, digest) = try attach(bytes(3000), submit: false)
    let file = village.bench.folder + "/late.bin"
    let late = bytes(900, seed: 5)
    _ = FileManager.default.createFile(atPath: file, contents: Data(late))
    var isAdded = false
    _ = try laptop.assistant().sync { progress in
      guard progress.phase == .records, !isAdded else { return }
      isAdded = true
      _ = try? self.laptop.assistant().attach(id, material: "m02", files: [file])
    }
    XCTAssertTrue(isAdded)
    XCTAssertTrue(try isWhole(digest))
    XCTAssertEqual(try laptop.assistant().doctor()["attachments"], 1, "it was asked for, and goes on waiting")
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    XCTAssertEqual(try village.blobs.read(Digest.sm3(late).text), late)
  }

  /// An earlier operation that named it was refused; the file named once more is sent.
  func testWhatNobodyWaitedForIsAskedForOnceMoreWhenItIsNamedAgain() throws {
    let (id, digest) = try attach(bytes(3000), submit: false)
    _ = problem { _ = try self.assistant { $0.method == "HEAD" ? .requestLost : .none }.sync { _ in } }
    try laptop.assistant().store().change { session throws(Problem) in
      try session.settleAttachments(arrived: [], unneeded: try session.blobsToSend().map(\.digest))
    }
    XCTAssertEqual(try laptop.assistant().doctor()["attachments"], 0)
    let file = village.bench.folder + "/again.bin"
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes(3000)))
    _ = try laptop.assistant().attach(id, material: "m02", files: [file])
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    XCTAssertTrue(try isWhole(digest))
  }

  /// A laptop that is shut out sends what its own work names, whatever of it was acknowledged before.
  func testAShutOutLaptopSendsAllThatItsOwnOperationsName() throws {
    let held = try attach(bytes(300))
    _ = problem { _ = try self.assistant { $0.method == "HEAD" ? .requestLost : .none }.sync { _ in } }
    let unsent = try attach(bytes(4000, seed: 2), idNumber: "610830199403129818", submit: false)
    try village.bench.revoke(laptop.assistant().store().identity.device)
    XCTAssertEqual(problem { try self.laptop.sync() }?.code, "device.revoked")
    XCTAssertTrue(try isWhole(held.digest))
    XCTAssertTrue(try isWhole(unsent.digest))
    XCTAssertTrue(
      try village.bench.state(ApplicationID(held.id)).proceedings.allSatisfy { $0.status != .awaitingAttachments })
  }

  // MARK: What waits says for what

  func testAProceedingSaysWhichAttachmentsItWaitsFor() throws {
    let (id, _) = try attach(bytes(3000))
    // The operations arrive, the attachment does not yet.
    _ = problem { _ = try self.assistant { $0.method == "HEAD" ? .requestLost : .none }.sync { _ in } }
    _ = problem { _ = try self.assistant { $0.method == "HEAD" ? .requestLost : .none }.sync { _ in } }
    let other = try village.laptop()
    try other.sync()
    for (device, here) in [(laptop!, true), (other, false)] {
      let waiting = try device.assistant().show(id)["proceedings"]?.array?.filter {
        $0["status"] == "awaitingAttachments"
      }
      let awaits = try XCTUnwrap(waiting?.first?["awaits"]?.array?.first, "here: \(here)")
      XCTAssertEqual(awaits["material"], "m02")
      XCTAssertEqual(awaits["here"], .bool(here))
      XCTAssertNotNil(awaits["name"]?.text)
      let lines = try device.assistant().todo().filter { $0["kind"] == "attachment" }
      XCTAssertFalse(lines.isEmpty)
      XCTAssertTrue(lines.allSatisfy { $0["text"]?.text?.contains(here ? "这台电脑" : "添加它的电脑") == true }, "\(lines)")
    }
    // What this laptop has sent before and the county waits for all the same is sent once more.
    let store = try laptop.assistant().store()
    let blob = try store.read { session throws(Problem) in try session.blobsToSend() }.first
    try store.change { session throws(Problem) in
      if let blob { try session.setUploaded(blob, blob.bytes, complete: true) }
    }
    let told = try laptop.assistant().todo().filter { $0["kind"] == "attachment" }
    XCTAssertFalse(told.isEmpty)
    XCTAssertTrue(told.allSatisfy { $0["text"]?.text?.contains("在这台电脑上，请同步") == true }, "\(told)")
    try laptop.sync()
    for device in [laptop!, other] {
      try device.sync()
      let proceedings = try device.assistant().show(id)["proceedings"]?.array ?? []
      XCTAssertTrue(proceedings.allSatisfy { $0["awaits"] == nil && $0["status"] != "awaitingAttachments" })
      XCTAssertTrue(try device.assistant().todo().allSatisfy { $0["kind"] != "attachment" })
    }
  }
}

/// A line on which something alters what is sent.
private final class AlteringLine: ServerLine {
  private let line: any ServerLine
  private let alter: (ServerQuestion) -> ServerQuestion

  init(_ line: any ServerLine, alter: @escaping (ServerQuestion) -> ServerQuestion) {
    self.line = line
    self.alter = alter
  }

  func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer { try line.ask(alter(question)) }
}
