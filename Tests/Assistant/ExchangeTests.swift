import API
import Application
import Assistant
import CaptureStore
import Casework
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import Replication
import Synchronizer
import TestSupport
import XCTest

/// A line that fails as told: requests that do not arrive, answers that are lost, refusals made up.
final class BadLine: ServerLine {
  let line: any ServerLine
  /// Called with the number of the question, from 1, and the question.
  let fault: (Int, ServerQuestion) -> Fault
  private(set) var questions = 0

  enum Fault {
    case none, requestLost, answerLost
    case refusal(Problem)
  }

  init(_ line: any ServerLine, fault: @escaping (Int, ServerQuestion) -> Fault) {
    self.line = line
    self.fault = fault
  }

  static let broken = ProblemKind(
    "network.interrupted", status: 502, exit: .offline, "断开", remedy: "再试")

  func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer {
    questions += 1
    switch fault(questions, question) {
    case .none: return try line.ask(question)
    case .requestLost: throw Problem(Self.broken)
    case .answerLost:
      _ = try line.ask(question)
      throw Problem(Self.broken)
    case .refusal(let problem):
      return ServerAnswer(
        status: problem.kind.status, headers: [:], body: JSON.bytes(problem.value), bytesSent: 0, bytesReceived: 0,
        problem: problem)
    }
  }
}

final class ExchangeTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func assistant(_ fault: @escaping (Int, ServerQuestion) -> BadLine.Fault) -> Assistant {
    let assistant = laptop.assistant()
    assistant.line = { address, _ in BadLine(HTTPLine(address: address), fault: fault) }
    return assistant
  }

  private func capture() throws -> ApplicationID {
    ApplicationID(try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text))
  }

  private func refusal(_ code: String, _ detail: String) -> Problem {
    ProblemKind(code, status: code == "sync.dictionary-unknown" ? 412 : 409, "第{}号", remedy: "").with(detail)
  }

  func testALostAnswerChangesNothingTwice() throws {
    let id = try capture()
    XCTAssertEqual(
      problem { _ = try self.assistant { number, _ in number == 1 ? .answerLost : .none }.sync { _ in } }?.kind.exit,
      .offline)
    XCTAssertEqual(try laptop.assistant().show(id.text)["sync"], "pending", "nothing is known to be acknowledged")
    let operations = try village.bench.state(id).operations
    let summary = try laptop.sync()
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(try village.bench.state(id).operations, operations)
    XCTAssertEqual(try laptop.assistant().show(id.text)["sync"], "synced")
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
  }

  func testARequestThatNeverArrivedIsSentAgain() throws {
    let id = try capture()
    for _ in 0..<3 {
      _ = problem { _ = try self.assistant { _, _ in .requestLost }.sync { _ in } }
    }
    XCTAssertNil(try village.bench.find(id))
    try laptop.sync()
    XCTAssertEqual(try village.bench.state(id).status, .submitted)
  }

  func testThePageHalvesAfterAFailureAndGrowsAfterASuccess() throws {
    let pageMax = { [laptop] in
      try XCTUnwrap(laptop).assistant().store().read { session throws(Problem) in try session.record().pageMax }
    }
    let before = try pageMax()
    _ = problem { _ = try self.assistant { _, _ in .requestLost }.sync { _ in } }
    XCTAssertEqual(try pageMax(), before / 2)
    try laptop.sync()
    XCTAssertEqual(try pageMax(), before)
  }

  /// The number of operations in each request that was sent, whether or not it arrived.
  private func requests(failing: Set<Int>) throws -> [Int] {
    let known = try village.bench.journal.read { [village] reader throws(Problem) in
      try village?.bench.service.county(reader).dictionary
    }
    var sizes: [Int] = []
    let faulty = assistant { number, question in
      guard question.path == "/v1/sync", let read = try? SyncRequest.read(question.body, dictionary: { _ in known })
      else { return .none }
      sizes.append(read.request.operations.count)
      return failing.contains(number) ? .requestLost : .none
    }
    _ = problem { _ = try faulty.sync { _ in } }
    return sizes
  }

  func testARequestHalvesAfterAFailureGrowsAgainAndKeepsWhatGotThrough() throws {
    for _ in 0..<5 { _ = try capture() }
    let total = try laptop.assistant().store().change { session throws(Problem) in
      var record = try session.record()
      record.pageMax = 4 * DeviceMachine.pageMin - 1
      try session.setRecord(record)
      return Int(record.counter)
    }
    let least = DeviceMachine.pageMin
    XCTAssertEqual(total, 15)
    XCTAssertEqual(try requests(failing: [1]), [15])
    XCTAssertEqual(try requests(failing: [1]), [9], "half")
    XCTAssertEqual(
      try requests(failing: [2]), [least, total - least], "half again, not under the least; then it grows")
    XCTAssertEqual(
      try laptop.assistant().store().read { session throws(Problem) in try session.record().acknowledged },
      Int64(least), "what got through stays")
    let sent = try requests(failing: [])
    XCTAssertEqual(sent.filter { $0 > 0 }, [least, total - 2 * least], "and is not sent again")
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try laptop.assistant().prove()["unsent"], 0)
  }

  func testAServerThatCannotCopeGetsLess() throws {
    _ = try capture()
    let pageMax = { [laptop] in
      try XCTUnwrap(laptop).assistant().store().read { session throws(Problem) in try session.record().pageMax }
    }
    let before = try pageMax()
    let overwhelmed = ProblemKind("proxy", status: 413, "", remedy: "").with("")
    _ = problem { _ = try self.assistant { _, _ in .refusal(overwhelmed) }.sync { _ in } }
    XCTAssertEqual(try pageMax(), before / 2)
  }

  func testAnUnknownDictionaryIsLeftOutUnderANewNumber() throws {
    let id = try capture()
    let problem = refusal("sync.dictionary-unknown", "")
    let summary = try assistant { number, _ in number == 1 ? .refusal(problem) : .none }.sync { _ in }
    XCTAssertEqual(summary["requests"], 2)
    XCTAssertEqual(try village.bench.state(id).status, .submitted)
  }

  func testAStaleNumberIsLeftBehind() throws {
    let id = try capture()
    try laptop.sync()
    // The request number is lost, as from a restored file.
    try laptop.assistant().store().change { session throws(Problem) in try session.setMeta("request", .integer(0)) }
    _ = try laptop.assistant().note(id.text, "后来的备注")
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    XCTAssertEqual(try village.bench.state(id).notes.map(\.text), ["后来的备注"])
  }

  func testAForkStopsWritingButNotReading() throws {
    let id = try capture()
    let problem = refusal("sync.forked", "1")
    let found = Self.thrown { _ = try self.assistant { _, _ in .refusal(problem) }.sync { _ in } }
    XCTAssertEqual(found?.code, "sync.forked")
    let draft = Self.thrown { _ = try self.laptop.assistant().openDraft(matter: "qingjian-04", division: nil) }
    XCTAssertEqual(draft?.code, "device.stopped")
    XCTAssertEqual(try laptop.assistant().show(id.text)["status"], "submitted")
    XCTAssertTrue(try laptop.assistant().todo().contains { $0["text"]?.text?.contains("登记码") == true })
  }

  private static func thrown(_ body: () throws -> Void) -> Problem? { problem(body) }

  func testAnOlderCopyOfTheStoreIsFoundOut() throws {
    _ = try capture()
    try laptop.sync()
    let twin = try laptop.copied()
    _ = try capture()
    try laptop.sync()
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.restored")
    XCTAssertEqual(
      problem { _ = try twin.assistant().openDraft(matter: "qingjian-04", division: nil) }?.code, "device.stopped")
    XCTAssertEqual(try laptop.sync()["upToDate"], true, "the true one goes on")
  }

  func testAClonedDeviceThatWritesOnItsOwnIsAFork() throws {
    _ = try capture()
    try laptop.sync()
    let twin = try laptop.copied()
    _ = try capture()
    _ = try twin.assistant().openDraft(matter: "qingjian-04", division: nil)
    try laptop.sync()
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked")
    XCTAssertEqual(
      problem { _ = try twin.assistant().openDraft(matter: "qingjian-04", division: nil) }?.code, "device.stopped")
    let doctor = try twin.assistant().doctor()
    XCTAssertEqual(doctor["stopped"], "sync.forked")
    XCTAssertEqual(doctor["unsent"], 0, "everything it wrote on its own has reached the county")
    XCTAssertGreaterThan(try XCTUnwrap(doctor["inReview"]?.integer), 0)
    let list = try twin.assistant().list(status: nil, text: nil, limit: 10)
    XCTAssertEqual(list.count, 2, "what it holds stays readable")
    let waiting = try list.filter { line in
      try (twin.assistant().show(line["id"]?.text ?? "")["inReview"]?.integer ?? 0) > 0
    }
    XCTAssertEqual(waiting.count, 1)
    XCTAssertTrue(try twin.assistant().todo().contains { $0["kind"] == "tray" })
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked", "however often")
    XCTAssertEqual(try laptop.sync()["upToDate"], true, "the true one goes on")
  }

  func testWhatADayOfATwinHoldsGoesToTheTrayWholePageByPage() throws {
    _ = try capture()
    try laptop.sync()
    let twin = try laptop.copied()
    _ = try capture()
    try laptop.sync()
    let id = try XCTUnwrap(try twin.assistant().list(status: nil, text: nil, limit: 1).first?["id"]?.text)
    let notes = 2 * 500 + 7
    try twin.assistant().store().change { session throws(Problem) in
      for number in 0..<notes {
        try session.append(Deed(.note, ApplicationID(id), ["text": .text("第\(number)条")]))
      }
    }
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked")
    XCTAssertEqual(try twin.assistant().doctor()["inReview"], .integer(Int64(notes)))
    XCTAssertEqual(
      try village.bench.journal.read { reader throws(Problem) in try reader.reviews(.open, limit: 5000).count }, notes)
  }

  func testAnOlderCopyThatWritesWhileItAsksIsStillFoundOut() throws {
    _ = try capture()
    try laptop.sync()
    let twin = try laptop.copied()
    let id = try XCTUnwrap(try laptop.assistant().list(status: nil, text: nil, limit: 1).first?["id"]?.text)
    _ = try laptop.assistant().note(id, "真的")
    try laptop.sync()
    // The copy's first request has a number that the true one has used. While its second is under way it writes as far
    // as the true one had: counters alone look right.
    let assistant = twin.assistant()
    assistant.line = { address, _ in
      BadLine(HTTPLine(address: address)) { number, _ in
        if number == 2 { _ = try? twin.assistant().note(id, "另一条") }
        return .none
      }
    }
    XCTAssertEqual(problem { _ = try assistant.sync { _ in } }?.code, "sync.forked")
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).notes.map(\.text), ["真的"])
    XCTAssertEqual(try twin.assistant().doctor()["inReview"], 1, "its own note is in the tray, not believed sent")
  }

  func testWhatWaitsForAParentIsVisibleUntilItIsJudged() throws {
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    try laptop.sync()
    let other = try village.bench.device()
    try other.sync()
    try other.edit(ApplicationID(id), "mo.name", "二")
    let parent = OperationID(other.id, 1)
    try laptop.assistant().store().change { session throws(Problem) in
      // As a courier's file would have brought it: here, and not yet at the server.
      try session.receive([JudgedOperation(try XCTUnwrapOperation(other.own[1]), nil)])
      try session.append(
        Deed(.write, ApplicationID(id), ["set": ["mo.name": "三"]], parents: ["mo.name": [parent]]))
    }
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    XCTAssertGreaterThan(try XCTUnwrap(try laptop.assistant().show(id)["waiting"]?.integer), 0)
    XCTAssertTrue(try laptop.assistant().todo().contains { $0["kind"] == "waiting" })
    try other.sync()
    try laptop.sync()
    XCTAssertEqual(try laptop.assistant().show(id)["waiting"], 0)
    XCTAssertEqual(try laptop.assistant().show(id)["fields"]?["mo.name"], "三")
    XCTAssertFalse(try laptop.assistant().todo().contains { $0["kind"] == "waiting" })
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  private func XCTUnwrapOperation(_ operation: Replication.Operation?) throws(Problem) -> Replication.Operation {
    guard let operation else { throw ProblemKind.unexpected.with("nil in a test") }
    return operation
  }

  func testAnAttachmentGoesOnAfterACut() throws {
    let file = village.bench.folder + "/scan.pdf"
    let bytes = Array("%PDF".utf8) + (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 >> 2) }
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    let id = try capture()
    _ = try laptop.assistant().attach(id.text, material: "m02", files: [file])
    var parts = 0
    let cut = problem {
      _ = try self.assistant { _, question in
        if question.method == "PATCH" { parts += 1 }
        // The line breaks with the answer to the second part, and stays broken.
        return parts < 2 ? .none : question.method == "PATCH" ? .answerLost : .requestLost
      }.sync { _ in }
    }
    XCTAssertEqual(cut?.kind.exit, .offline)
    let summary = try laptop.sync()
    XCTAssertEqual(summary["attachmentBytes"], .integer(Int64(bytes.count) - 2 * 128 << 10), "two parts had arrived")
    XCTAssertEqual(summary["upToDate"], true)
  }

  /// Found by the simulator: the server's power went between the last byte and the note that it had come.
  func testAnAttachmentWhoseLastByteCameBeforeTheServerStoppedIsFinished() throws {
    let file = village.bench.folder + "/scan.pdf"
    let bytes = Array("%PDF".utf8) + (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 13 >> 2) }
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    let id = try capture()
    _ = try laptop.assistant().attach(id.text, material: "m02", files: [file])
    _ = problem {
      _ = try self.assistant { _, question in question.method == "PATCH" ? .requestLost : .none }.sync { _ in }
    }
    let digest = Digest.sm3(bytes).text
    let blobs = try BlobFiles(
      folder: village.bench.folder + "/blobs", storeKey: CountyBench.storeKey, random: SystemRandom())
    try blobs.append(bytes, to: digest, from: try laptop.assistant().store().identity.device, at: 0)
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    let row = try village.bench.journal.read { reader throws(Problem) in try reader.blob(digest) }
    XCTAssertEqual(row?.complete, true, "the windows would wait for it for ever")
  }

  func testTwoSyncsOfOneStoreAtOnceBothEndWell() throws {
    _ = try capture()
    var inner: Value?
    let outer = try assistant { [laptop] number, _ in
      // While the first request is under way, another command exchanges everything.
      if number == 1 { inner = try? laptop?.sync() }
      return .none
    }.sync { _ in }
    XCTAssertEqual(inner?["upToDate"], true)
    XCTAssertEqual(outer["upToDate"], true)
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testAManyPagedDayArrivesWhole() throws {
    let other = try village.laptop()
    for _ in 0..<20 { _ = try capture() }
    try laptop.sync()
    try other.assistant().store().change { session throws(Problem) in
      var record = try session.record()
      record.pageMax = 10
      try session.setRecord(record)
    }
    let summary = try other.sync()
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertGreaterThan(try XCTUnwrap(summary["requests"]?.integer), 2)
    let mine = try laptop.assistant().list(status: nil, text: nil, limit: 100)
    let theirs = try other.assistant().list(status: nil, text: nil, limit: 100)
    XCTAssertEqual(Set(mine.map { $0["id"] }), Set(theirs.map { $0["id"] }))
    XCTAssertEqual(try other.assistant().prove()["differ"], [])
    XCTAssertEqual(try other.assistant().doctor()["ok"], true)
  }
}
