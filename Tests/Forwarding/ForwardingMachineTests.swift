import Forwarding
import Foundations
import Journal
import XCTest

final class ForwardingMachineTests: XCTestCase {
  private let now = Instant(milliseconds: 1_000_000)

  private func row(attempts: Int64 = 0, failure: String? = nil) -> DispatchRow {
    DispatchRow(
      id: "sm3:a", proceeding: ProceedingID("a.b"), application: ApplicationID("a"), version: 1, window: WindowID("w"),
      status: "queued", attempts: attempts, nextAt: now, createdAt: now, failure: failure)
  }

  /// Runs a round to its end; every event after an action is taken from the list.
  private func run(
    _ row: DispatchRow, _ events: [ForwardingMachine.Event], max: Int64 = 12
  ) -> (actions: [ForwardingMachine.Action], row: DispatchRow) {
    var machine = ForwardingMachine(row, attemptsMax: max)
    let actions = events.flatMap { machine.handle($0, now: now, chance: 0) }
    return (actions, machine.row)
  }

  func testSuccessAndAlreadyHadAreDelivered() {
    for status in [200, 201, 202, 204, 299, 409] {
      let (actions, row) = run(row(), [.taken, .answered(status: status, retryAfterSeconds: nil)])
      XCTAssertEqual(actions, [.tell, .record(.delivered)], "\(status)")
      XCTAssertEqual(row.status, "delivered")
      XCTAssertEqual(row.deliveredAt, now)
      XCTAssertEqual(row.attempts, 1)
    }
  }

  func testOtherAnswersAndUnreachableReceiversAreRetried() {
    for status in [300, 302, 400, 401, 404, 422, 429, 500, 503] {
      let (actions, row) = run(row(), [.taken, .answered(status: status, retryAfterSeconds: nil)])
      XCTAssertEqual(actions, [.tell, .record(.retried)], "\(status)")
      XCTAssertEqual([row.status, row.failure], ["queued", "HTTP \(status)"])
      XCTAssertEqual(row.nextAt, now.adding(seconds: 1))
    }
    let (actions, row) = run(row(), [.taken, .notReached("network.unreachable")])
    XCTAssertEqual(actions, [.tell, .record(.retried)])
    XCTAssertEqual(row.failure, "network.unreachable")
  }

  func testGoneDisablesTheEndpoint() {
    let (actions, row) = run(row(), [.taken, .answered(status: 410, retryAfterSeconds: nil)])
    XCTAssertEqual(actions, [.tell, .disableEndpoint, .record(.dead)])
    XCTAssertEqual([row.status, row.failure], ["dead", "endpoint gone"])
  }

  func testRetryAfterIsHonouredButNeverShortensThePause() {
    XCTAssertEqual(
      run(row(), [.taken, .answered(status: 429, retryAfterSeconds: 7200)]).row.nextAt, now.adding(seconds: 7200))
    XCTAssertEqual(
      run(row(attempts: 5), [.taken, .answered(status: 503, retryAfterSeconds: 0)]).row.nextAt, now.adding(seconds: 32))
  }

  func testPausesDoubleUpToTheirBound() {
    let pauses = [0, 1, 2, 3, 4, 9, 10, 11, 12, 1000, Int64.max].map {
      ForwardingMachine.pauseMilliseconds(attempts: $0, chance: 0)
    }
    XCTAssertEqual(
      pauses, [1000, 1000, 2000, 4000, 8000, 256_000, 512_000, 900_000, 900_000, 900_000, 900_000])
    XCTAssertEqual(ForwardingMachine.pauseMilliseconds(attempts: 3, chance: 0.5), 3500)
    XCTAssertEqual(ForwardingMachine.pauseMilliseconds(attempts: 99, chance: 0.999), 675_225)
  }

  func testDeadAfterTheLastAttempt() {
    let failure = [ForwardingMachine.Event.taken, .answered(status: 500, retryAfterSeconds: 9)]
    XCTAssertEqual(run(row(attempts: 10), failure).row.status, "queued")
    let (actions, dead) = run(row(attempts: 11), failure)
    XCTAssertEqual(actions, [.tell, .record(.dead)])
    XCTAssertEqual([dead.status, dead.failure], ["dead", "HTTP 500"])
    XCTAssertEqual(dead.attempts, 12)
  }

  func testMaybeAcceptedIsAskedBeforeItIsToldAgain() {
    let cut = [ForwardingMachine.Event.taken, .unanswered("network.timeout")]
    XCTAssertEqual(run(row(), cut).actions, [.tell, .ask])
    let (actions, delivered) = run(row(), cut + [.askAnswered(status: 200)])
    XCTAssertEqual(actions, [.tell, .ask, .record(.delivered)])
    XCTAssertEqual(delivered.attempts, 1)
    let other = run(row(), cut + [.askAnswered(status: 200, isOther: true)])
    XCTAssertEqual(other.actions.last, .record(.unknown), "a page for people knows of nothing")
    // Not there: told again, but in a later round.
    let missing = run(row(), cut + [.askAnswered(status: 404)])
    XCTAssertEqual(missing.actions, [.tell, .ask, .record(.retried)])
    XCTAssertEqual(run(missing.row, [.taken]).actions, [.tell])
    for status in [202, 204, 301, 400, 401, 405, 410] {
      let (actions, unknown) = run(row(), cut + [.askAnswered(status: status)])
      XCTAssertEqual(actions, [.tell, .ask, .record(.unknown)], "\(status)")
      XCTAssertEqual(unknown.status, "unknown")
    }
  }

  func testAPageForPeopleTellsOfNoDispatch() {
    func tells(_ text: String) -> Bool { Courier.tells(Array(text.utf8)) }
    for text in ["", "\n", "{}", #"{"id":"d1","received":true}"#, "ok"] { XCTAssertTrue(tells(text), text) }
    for text in ["<html>login</html>", "\n <!DOCTYPE html>"] { XCTAssertFalse(tells(text), text) }
  }

  func testAskingIsRepeatedWhileTheReceiverIsDownAndEndsAsUnknown() {
    var held = run(
      row(), [.taken, .unanswered("network.interrupted"), .askUnanswered("network.unreachable")], max: 4
    ).row
    XCTAssertEqual(held.status, "queued")
    // What the name leads to cannot be found out, and the mark must survive that.
    held = run(held, [.notReached("network.unreachable")], max: 4).row
    XCTAssertEqual([held.status, String(held.attempts)], ["queued", "2"])
    let third = run(held, [.taken, .askAnswered(status: 503)], max: 4)
    XCTAssertEqual(third.actions, [.ask, .record(.retried)])
    let last = run(third.row, [.taken, .askUnanswered("network.timeout")], max: 4)
    XCTAssertEqual(last.actions, [.ask, .record(.unknown)])
    XCTAssertEqual(last.row.attempts, 4)
    XCTAssertEqual(run(third.row, [.taken, .askAnswered(status: 404)]).actions, [.ask, .tell])
  }

  func testEndpointsThatMayNotBeUsed() {
    XCTAssertEqual(run(row(), [.withoutEndpoint]).row.status, "delivered")
    let barred = run(row(), [.barred("forwarding.address")])
    XCTAssertEqual([barred.row.status, barred.row.failure], ["dead", "forwarding.address"])
    XCTAssertEqual(run(row(failure: "may have arrived: x"), [.barred("endpoint gone")]).row.status, "unknown")
  }

  func testRoundsThatCannotBeginEndToo() {
    XCTAssertEqual(run(row(attempts: 11), [.notReached("network.unreachable")]).row.status, "dead")
  }
}
