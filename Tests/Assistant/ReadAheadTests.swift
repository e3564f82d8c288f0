import Assistant
import CaptureStore
import Casework
import Foundations
import Journal
import Replication
import Synchronizer
import TestSupport
import XCTest

/// A device asks for the next page while it writes the one before.
final class ReadAheadTests: XCTestCase {
  private var village: Village!
  private let applications = 6

  override func setUpWithError() throws {
    village = try Village()
    let author = try village.laptop()
    for _ in 0..<applications { _ = try author.assistant().new(try village.document(submit: true)) }
    try author.sync()
  }

  private func newDevice() throws -> Laptop {
    let laptop = try village.laptop()
    laptop.sizes.pageMax = 4
    return laptop
  }

  private func request(_ question: ServerQuestion) -> SyncRequest? {
    guard question.path == "/v1/sync" else { return nil }
    let known = try? village.bench.journal.read { [village] reader throws(Problem) in
      try village?.bench.service.county(reader).dictionary
    }
    return try? SyncRequest.read(question.body) { _ in known ?? nil }.request
  }

  /// Exchanges everything over a line of one thread.
  private func sync(
    _ laptop: Laptop, altered: @escaping (ServerAnswer) -> ServerAnswer = { $0 },
    _ fault: @escaping (Int, ServerQuestion) -> BadLine.Fault
  ) throws -> Value {
    let assistant = laptop.assistant()
    assistant.line = { address, _ in AnswersLine(BadLine(HTTPLine(address: address), fault: fault), altered) }
    return try assistant.sync { _ in }
  }

  private func hasAll(_ laptop: Laptop, _ what: String) throws {
    XCTAssertEqual(try laptop.assistant().list(status: nil, text: nil, limit: 100).count, applications, what)
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [], what)
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true, what)
  }

  func testWhatIsAskedAheadReportsOnlyWhatIsOnTheDisk() throws {
    let laptop = try newDevice()
    var asked: [SyncRequest] = []
    let summary = try sync(laptop) { _, question in
      guard let request = self.request(question) else { return .none }
      asked.append(request)
      // Another connection sees what is committed, and nothing else.
      let disk = try? laptop.assistant().store().read { session throws(Problem) in
        (record: try session.record(), number: try session.meta("request")?.integer)
      }
      XCTAssertEqual(request.cursor, disk?.record.cursor)
      XCTAssertEqual(request.acknowledged, disk?.record.acknowledged)
      XCTAssertEqual(request.number, disk?.number)
      return .none
    }
    XCTAssertEqual(summary["upToDate"], true)
    let ahead = asked.filter { $0.ahead != nil }
    XCTAssertGreaterThan(ahead.count, 2)
    for request in ahead { XCTAssertGreaterThan(request.start.position, request.cursor.position) }
    XCTAssertEqual(summary["requests"]?.integer, Int64(asked.count), "none is asked for in vain")
    XCTAssertEqual(Set(asked.map(\.start)).count, asked.count, "and none twice")
    try hasAll(laptop, "over a line of one thread")
    let other = try newDevice()
    XCTAssertEqual(try other.sync()["upToDate"], true)
    try hasAll(other, "over a line of several")
  }

  func testAPageThatWasAskedAheadAndLostIsAskedForAgain() throws {
    let laptop = try newDevice()
    var ahead = 0
    let failed = problem {
      _ = try self.sync(laptop) { _, question in
        if self.request(question)?.ahead != nil { ahead += 1 }
        return ahead == 2 ? .answerLost : .none
      }
    }
    XCTAssertEqual(failed?.kind.exit, .offline)
    XCTAssertEqual(ahead, 2)
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    try hasAll(laptop, "after a loss")
  }

  /// The page after one is asked for while that one is still being read: whether it can be read is found out later.
  func testAPageThatCannotBeReadIsAskedForAgainThoughTheNextOneWas() throws {
    let laptop = try newDevice()
    let known = try village.bench.journal.read { [village] reader throws(Problem) in
      try village?.bench.service.county(reader).dictionary
    }
    var (pages, starts) = (0, [Int64]())
    let failed = problem {
      _ = try self.sync(
        laptop,
        altered: { answer in
          guard answer.isSuccess, var page = try? SyncAnswer.read(answer.body, dictionary: { _ in known }),
            !page.operations.isEmpty
          else { return answer }
          pages += 1
          guard pages == 2 else { return answer }
          // One is left out, so that what the server signed is another page.
          page.operations.removeLast()
          return ServerAnswer(
            status: answer.status, headers: answer.headers, body: page.bytes(dictionary: known),
            bytesSent: answer.bytesSent, bytesReceived: answer.bytesReceived, problem: answer.problem)
        },
        { _, question in
          if let request = self.request(question) { starts.append(request.start.position) }
          return .none
        })
    }
    XCTAssertEqual(failed?.code, "sync.answer")
    XCTAssertEqual(pages, 3, "the page behind it was under way")
    XCTAssertEqual(starts, starts.sorted())
    let record = try laptop.assistant().store().read { session throws(Problem) in try session.record() }
    XCTAssertEqual(record.cursor.position, starts[1], "nothing of it was written, nor of what came behind")
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
    try hasAll(laptop, "after a page that nobody could believe")
  }

  func testAnEarlierServerIsAskedOnceThePageIsWritten() throws {
    let laptop = try newDevice()
    let known = try village.bench.journal.read { [village] reader throws(Problem) in
      try village?.bench.service.county(reader).dictionary
    }
    var ahead = 0
    let summary = try sync(
      laptop,
      altered: { answer in
        guard answer.isSuccess, var page = try? SyncAnswer.read(answer.body, dictionary: { _ in known }) else {
          return answer
        }
        page.servesAhead = false
        return ServerAnswer(
          status: answer.status, headers: answer.headers, body: page.bytes(dictionary: known),
          bytesSent: answer.bytesSent, bytesReceived: answer.bytesReceived, problem: answer.problem)
      },
      { _, question in
        if self.request(question)?.ahead != nil { ahead += 1 }
        return .none
      })
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(ahead, 0)
    try hasAll(laptop, "page by page")
  }
}

/// A line whose answers arrive otherwise than they were sent.
private final class AnswersLine: ServerLine {
  private let line: any ServerLine
  private let altered: (ServerAnswer) -> ServerAnswer

  init(_ line: any ServerLine, _ altered: @escaping (ServerAnswer) -> ServerAnswer) {
    self.line = line
    self.altered = altered
  }

  func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer { altered(try line.ask(question)) }
}
