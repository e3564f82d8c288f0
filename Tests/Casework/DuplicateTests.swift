import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Two stations file the same matter for the same person: found at intake, shown to both and to the window, joined or
/// kept apart by a person, reversible.
final class DuplicateTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  /// What a station captured and has not sent.
  private struct Filed {
    let device: BenchDevice
    let id: ApplicationID
  }

  private func file(
    at station: Int, _ matter: String = "qingjian-04", applicant: Value? = nil, name: String? = nil
  ) throws -> Filed {
    let device = try bench.device(at: station)
    var overriding: Members = name.map { ["mo.name": .text($0)] } ?? [:]
    if let applicant { overriding[Register.applicant] = applicant }
    let id = device.create(try bench.matter(matter), overriding: overriding)
    try device.submit(id)
    return Filed(device: device, id: id)
  }

  /// Two stations that filed the same; the first one's was submitted first.
  private func pair() throws -> (first: Filed, second: Filed) {
    let (first, second) = (try file(at: 0, name: "刘一"), try file(at: 1, name: "刘二"))
    try first.device.sync()
    try second.device.sync()
    try first.device.sync()
    return (first, second)
  }

  private func decide(_ filed: Filed, _ other: Filed, keeping: Filed?) throws {
    let state = try filed.device.state(filed.id)
    let mark = try XCTUnwrap(state.duplicate(other.id))
    let heads = mark.decisions.heads.map(\.operation)
    let parents = heads.isEmpty ? [:] : [Register.duplicate(other.id): heads]
    if let keeping {
      filed.device.write(.join, state.payload(joining: mark, keeping: keeping.id), filed.id, parents: parents)
    } else {
      filed.device.write(.apart, state.payload(apartFrom: mark), filed.id, parents: parents)
    }
  }

  private func kinds(_ id: ApplicationID) throws -> [String] {
    try bench.journal.read { reader throws(Problem) in try reader.operations(id).map(\.operation.header.kind.text) }
  }

  private func agree(_ filed: [Filed]) throws {
    for one in filed {
      try one.device.sync()
      XCTAssertEqual(try one.device.state(one.id), try bench.state(one.id))
    }
    try bench.assertVerifies()
  }

  private func sent(_ id: ApplicationID) throws -> [ProceedingID] {
    try bench.state(id).proceedings.filter { $0.status == .dispatched }.map(\.id)
  }

  private func queued(_ id: ApplicationID) throws -> [String] {
    try bench.service.outbox(dead: false, limit: 100)
      .filter { $0["proceeding"]?.text?.hasPrefix(id.text) == true }.compactMap { $0["status"]?.text }
  }

  // MARK: Finding

  func testItIsFoundBeforeItReachesTheWindowAndBothStationsSeeIt() throws {
    let (first, second) = try pair()
    XCTAssertEqual(try kinds(second.id), ["create", "submit", "duplicate", "route"], "before the window has it")
    for (one, other) in [(first, second), (second, first)] {
      let state = try one.device.state(one.id)
      XCTAssertEqual(state.duplicates.map(\.other), [other.id])
      XCTAssertEqual(state.duplicates.first?.first, first.id)
      XCTAssertEqual(state.openDuplicates.count, 1)
      XCTAssertEqual(state.duplicates.first?.code, try other.device.state(other.id).code)
      XCTAssertEqual(state.duplicates.first?.stationName, bench.stations.first { $0.id == other.device.station }?.name)
      XCTAssertFalse(try sent(one.id).isEmpty, "nobody has decided: nothing is held back")
    }
    try agree([first, second])
  }

  func testInWhicheverOrderTheyComeBothAreToldOnce() throws {
    let (first, second) = (try file(at: 0), try file(at: 1))
    try second.device.sync()
    try first.device.sync()
    try agree([second, first])
    for id in [first.id, second.id] { XCTAssertEqual(try kinds(id).filter { $0 == "duplicate" }.count, 1) }
    XCTAssertEqual(try bench.state(first.id).duplicates.first?.first, second.id)
  }

  func testTwoOfOneRequestAreFoundThoughNoIndexHasThem() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    let ids = [device.create(matter), device.create(matter)]
    for id in ids { try device.submit(id) }
    try device.sync()
    XCTAssertEqual(try bench.state(ids[1]).duplicates.map(\.other), [ids[0]])
    XCTAssertEqual(try bench.state(ids[0]).duplicates.map(\.first), [ids[0]])
    try bench.assertVerifies()
  }

  func testRepeatedIntakeAndFurtherVersionsFindNothingAgain() throws {
    let (first, second) = try pair()
    for _ in 0..<3 { _ = try bench.service.sync(second.device.lastRequest) }
    try second.device.edit(second.id, "mo.name", "刘三")
    try second.device.submit(second.id)
    try second.device.sync()
    XCTAssertEqual(try bench.state(second.id).version?.number, 2)
    for id in [first.id, second.id] { XCTAssertEqual(try kinds(id).filter { $0 == "duplicate" }.count, 1) }
    try agree([first, second])
  }

  func testANameADraftAnotherMatterOrAnEndedOneIsNoDuplicate() throws {
    let first = try file(at: 0)
    try first.device.sync()
    let namesake: Value = ["kind": "person", "name": "张三", "idNumber": "610830199204179855", "phone": "13912345678"]
    let others = [try file(at: 1, applicant: namesake), try file(at: 1, "qingjian-10")]
    for other in others { try other.device.sync() }
    let draft = try bench.device(at: 2)
    let drafted = draft.create(try bench.matter("qingjian-04"))
    try draft.sync()
    first.device.write(.withdraw, ["why": "不办了"], first.id)
    try first.device.sync()
    let later = try file(at: 2)
    try later.device.sync()
    for id in [first.id, drafted, later.id] + others.map(\.id) { XCTAssertEqual(try bench.state(id).duplicates, []) }
    try draft.submit(drafted)
    try draft.sync()
    XCTAssertEqual(try bench.state(drafted).duplicates.map(\.other), [later.id], "once it is submitted")
    try bench.assertVerifies()
  }

  func testOrganisationsAreFoundByTheirCode() throws {
    let company: Value = ["kind": "organisation", "name": "某店", "uscc": "92610830MA6YABCD0X", "phone": "13912345678"]
    let (first, second) = (try file(at: 0, applicant: company), try file(at: 1, applicant: company))
    try first.device.sync()
    try second.device.sync()
    XCTAssertEqual(try bench.state(first.id).duplicates.map(\.other), [second.id])
  }

  // MARK: Deciding

  func testJoinedTheOneGoesOnTheOtherIsTakenBackAndApartItGoesOutAgain() throws {
    let (first, second) = try pair()
    let before = try sent(second.id)
    try decide(second, first, keeping: first)
    try agree([second, first])
    XCTAssertEqual(try bench.state(second.id).standsBehind?.other, first.id)
    XCTAssertEqual(try sent(second.id), [])
    XCTAssertFalse(try sent(first.id).isEmpty)
    XCTAssertEqual(try bench.state(first.id).duplicates.first?.decision, .joined(goesOn: first.id))
    XCTAssertEqual(try first.device.state(first.id).openDuplicates, [])
    XCTAssertEqual(try bench.state(second.id).status, .submitted, "nothing is deleted or withdrawn")
    let queue = try bench.service.queue(
      try XCTUnwrap(before.first.flatMap { try bench.state(second.id).proceeding($0)?.window }), status: "dispatched",
      limit: 100)
    XCTAssertEqual(queue["items"]?.array?.compactMap { $0["application"]?.text }.contains(second.id.text), false)

    try decide(first, second, keeping: nil)
    try agree([first, second])
    XCTAssertNil(try bench.state(second.id).standsBehind)
    XCTAssertEqual(try sent(second.id), before)
    XCTAssertEqual(try bench.state(second.id).duplicates.first?.decision, .apart)
  }

  func testWhatWasJoinedBeforeItWasSplitIsNotSplit() throws {
    let (first, second) = try pair()
    try decide(second, first, keeping: first)
    try second.device.sync()
    let third = try file(at: 2)
    try third.device.sync()
    XCTAssertEqual(Set(try bench.state(third.id).duplicates.map(\.other)), [first.id, second.id])
    try decide(third, first, keeping: first)
    try agree([third, second, first])
    XCTAssertEqual(try sent(third.id), [])
  }

  func testWhatStandsStillIsNotSubmittedAndItsEditsStayVisible() throws {
    let (first, second) = try pair()
    try decide(first, second, keeping: first)
    try first.device.sync()
    // The second station does not know yet.
    try second.device.edit(second.id, "mo.name", "刘三")
    try second.device.submit(second.id)
    try second.device.sync()
    let state = try bench.state(second.id)
    XCTAssertEqual(state.timeline.last { $0.kind == "submit" }?.disposition, .refused("application.joined"))
    XCTAssertEqual(state.late.map { $0.values["mo.name"] }, ["刘三"])
    try decide(second, first, keeping: nil)
    try second.device.submit(second.id)
    try agree([second, first])
    XCTAssertEqual(try bench.state(second.id).version?.values["mo.name"], "刘三", "nothing of it was lost")
  }

  func testAWindowThatHasAcceptedGoesOn() throws {
    let (first, second) = try pair()
    let proceeding = try XCTUnwrap(try bench.state(second.id).proceedings.first { $0.status == .dispatched })
    _ = try bench.service.act(
      proceeding.id, body: ["action": "accept", "version": 1], actor: bench.actor(proceeding))
    try decide(second, first, keeping: first)
    try agree([second, first])
    XCTAssertEqual(try bench.state(second.id).proceeding(proceeding.id)?.status, .accepted)
    XCTAssertEqual(try sent(second.id), [])
  }

  func testDecisionsThatDidNotSeeEachOtherAreAConflictOnBothSidesAndAreSettled() throws {
    let (first, second) = try pair()
    try decide(first, second, keeping: first)
    try decide(second, first, keeping: nil)
    try first.device.sync()
    try second.device.sync()
    try agree([first, second])
    for one in [first, second] {
      let state = try one.device.state(one.id)
      XCTAssertEqual(state.contestedDuplicates.count, 1)
      XCTAssertEqual(state.openDuplicates.count, 1)
      XCTAssertEqual(state.duplicates.first?.decision, .joined(goesOn: first.id), "the first one stands until then")
      XCTAssertEqual(state.conflictsView(name: \.text).map { $0["kind"] }, ["duplicate"])
    }
    try decide(second, first, keeping: nil)
    try agree([second, first])
    for one in [first, second] {
      XCTAssertEqual(try one.device.state(one.id).contestedDuplicates, [])
      XCTAssertEqual(try one.device.state(one.id).duplicates.first?.decision, .apart)
    }
    XCTAssertFalse(try sent(second.id).isEmpty)
  }

  func testEqualDecisionsAndDecisionsThatSawEachOtherAreNoConflict() throws {
    let (first, second) = try pair()
    try decide(first, second, keeping: first)
    try decide(second, first, keeping: first)
    try first.device.sync()
    try second.device.sync()
    try agree([first, second])
    XCTAssertEqual(try bench.state(first.id).contestedDuplicates, [])
    try decide(first, second, keeping: second)
    try agree([first, second])
    XCTAssertEqual(try bench.state(second.id).contestedDuplicates, [])
    XCTAssertEqual(try bench.state(first.id).standsBehind?.other, second.id)
    XCTAssertNil(try bench.state(second.id).standsBehind)
  }

  func testNoCircleComesToBeAndNothingStandsBehindWhatHasEnded() throws {
    let (first, second) = try pair()
    let third = try file(at: 2)
    try third.device.sync()
    try agree([first, second])
    try decide(second, first, keeping: first)
    try second.device.sync()
    try third.device.sync()
    // 1 carries 2: it may not stand behind 3.
    try agree([first])
    try decide(first, third, keeping: third)
    try first.device.sync()
    XCTAssertEqual(try bench.state(first.id).timeline.last?.disposition, .refused("duplicate.carries"))
    // 2 stands behind 1: 3 may not stand behind it.
    try decide(second, third, keeping: second)
    try second.device.sync()
    XCTAssertEqual(try bench.state(second.id).timeline.last?.disposition, .refused("duplicate.behind"))
    first.device.write(.withdraw, ["why": "不办了"], first.id)
    try first.device.sync()
    try agree([second, third])
    XCTAssertEqual(try bench.state(second.id).duplicate(first.id)?.status, .withdrawn)
    XCTAssertEqual(
      try second.device.state(second.id).openDuplicates.map(\.other).contains(first.id), true, "nobody goes on for it")
    try decide(third, first, keeping: first)
    try third.device.sync()
    XCTAssertEqual(try bench.state(third.id).timeline.last?.disposition, .refused("duplicate.ended"))
    try bench.assertVerifies()
  }

  /// What stands on a rejected item ends with it, and the application with the last of them.
  func testDuplicatesAreToldOfOneThatEndsByACascade() throws {
    let applicant: Value = [
      "kind": "person", "name": "郑海波", "idNumber": "61083019991231988X", "phone": "13912345678",
    ]
    let first = try file(at: 0, "qingjian-10", applicant: applicant)
    let second = try file(at: 1, "qingjian-10", applicant: applicant)
    for one in [first, second, first] { try one.device.sync() }
    try decide(second, first, keeping: first)
    try second.device.sync()
    XCTAssertEqual(try sent(second.id), [])
    let proceeding = try XCTUnwrap(try bench.state(first.id).proceedings.first { $0.status == .dispatched })
    _ = try bench.service.act(
      proceeding.id, body: ["action": "reject", "version": 1, "reason": "不符合条件"], actor: bench.actor(proceeding))
    XCTAssertEqual(try bench.state(first.id).status, .closed)
    XCTAssertEqual(try bench.state(second.id).duplicate(first.id)?.status, .closed)
    try agree([first, second])
    XCTAssertEqual(try second.device.state(second.id).openDuplicates.map(\.other), [first.id], "nobody goes on for it")
    try decide(second, first, keeping: first)
    try second.device.sync()
    XCTAssertEqual(try bench.state(second.id).timeline.last?.disposition, .refused("duplicate.ended"))
    try bench.assertVerifies()
  }

  func testADeviceMayNotSpeakForTheServer() throws {
    let (first, second) = try pair()
    first.device.write(.duplicate, ["other": "a2", "code": "L-9", "station": "s", "stationName": "站"], first.id)
    first.device.write(
      .join, ["other": .text(second.id.text), "goesOn": .text(first.id.text), "by": "window"], first.id)
    for key in ["mirrors", "standsForLost"] {
      first.device.write(.apart, ["other": .text(second.id.text), key: "server:1"], first.id)
    }
    first.device.write(.apart, ["other": "a2222222222222222"], first.id)
    try first.device.sync()
    let judged = try bench.state(first.id).timeline.suffix(5).map(\.disposition)
    XCTAssertEqual(
      judged, Array(repeating: .refused("operation.not-yours"), count: 4) + [.refused("duplicate.unknown")])
    XCTAssertEqual(try bench.state(first.id).duplicates.map(\.other), [second.id])
    XCTAssertNil(try bench.state(first.id).duplicates.first?.decision)
  }

  // MARK: The window

  func testTheWindowSeesItInQueueProceedingAndWebhookAndDecides() throws {
    let (first, second) = try pair()
    let proceeding = try XCTUnwrap(try bench.state(second.id).proceedings.first { $0.status == .dispatched })
    let actor = bench.actor(proceeding)
    let code = try bench.state(first.id).code
    let whole = try bench.service.proceeding(proceeding.id, actor: actor)
    XCTAssertEqual(whole["duplicates"]?.array?.map { $0["code"] }, [.text(code)])
    XCTAssertTrue(whole["history"]?.array?.contains { $0["kind"] == "duplicate" } == true)
    let row = try bench.journal.read { reader throws(Problem) in
      try reader.dispatches(dead: false, limit: 100).first { $0.proceeding == proceeding.id }
    }
    let body = try JSONReader.read(try bench.service.dispatchBody(try XCTUnwrap(row)))
    XCTAssertEqual(body["data"]?["duplicates"]?.array?.map { $0["code"] }, [.text(code)])
    XCTAssertEqual(
      refusal { try act(proceeding, ["action": "join", "version": 1, "other": "L-0"], actor) }, "duplicate.unknown")
    XCTAssertEqual(
      refusal { try act(proceeding, ["action": "join", "version": 1, "other": .text(code), "goesOn": "L-0"], actor) },
      "action.field")
    try act(proceeding, ["action": "join", "version": 1, "other": .text(code)], actor)
    try agree([first, second])
    XCTAssertEqual(try bench.state(second.id).proceeding(proceeding.id)?.status, .waiting)
    XCTAssertEqual(
      refusal { try act(proceeding, ["action": "accept", "version": 1], actor) }, "proceeding.state")
    XCTAssertEqual(try first.device.state(first.id).duplicates.first?.decision, .joined(goesOn: first.id))
    try act(proceeding, ["action": "apart", "version": 1, "other": .text(code)], actor)
    XCTAssertEqual(try bench.state(second.id).proceeding(proceeding.id)?.status, .dispatched)
    try agree([first, second])
  }

  private func act(_ proceeding: ProceedingState, _ body: Value, _ actor: Actor) throws {
    _ = try bench.service.act(proceeding.id, body: body, actor: actor)
  }

  private func refusal(_ body: () throws -> Void) -> String? { bench.refusal(body)?.code }

  func testADispatchThatWasGivenUpIsTakenOutAndNobodySendsItOut() throws {
    try bench.connectWindows()
    let (first, second) = try pair()
    let rows = try bench.journal.read { reader throws(Problem) in
      try reader.dispatches(dead: false, limit: 100).filter { $0.application == second.id }
    }
    for var row in rows {
      row.status = row.id == rows[0].id ? "unknown" : "dead"
      try bench.service.recordDispatch(row)
    }
    try decide(second, first, keeping: first)
    try second.device.sync()
    XCTAssertEqual(Set(try queued(second.id)), ["withdrawn"])
    for row in rows {
      XCTAssertEqual(refusal { _ = try bench.service.redeliver(row.id, actor: "admin") }, "dispatch.withdrawn")
      XCTAssertEqual(try bench.service.redeliver(to: row.window, actor: "admin"), 0)
    }
    try decide(second, first, keeping: nil)
    try second.device.sync()
    XCTAssertEqual(Set(try queued(second.id)), ["queued"])
    try bench.assertVerifies()
  }

  func testADispatchThatIsStillQueuedIsTakenOutAndQueuedAgain() throws {
    try bench.connectWindows()
    let (first, second) = try pair()
    XCTAssertEqual(Set(try queued(second.id)), ["queued"])
    let row = try bench.journal.read { reader throws(Problem) in
      try reader.dispatches(dead: false, limit: 100).first { $0.application == second.id }
    }
    try decide(second, first, keeping: first)
    try second.device.sync()
    XCTAssertEqual(Set(try queued(second.id)), ["withdrawn"])
    // The attempt that was under way failed: it must not come back into the queue.
    try bench.service.recordDispatch(try XCTUnwrap(row))
    XCTAssertEqual(Set(try queued(second.id)), ["withdrawn"])
    XCTAssertEqual(Set(try queued(first.id)), ["queued"])
    try decide(second, first, keeping: nil)
    try second.device.sync()
    XCTAssertEqual(Set(try queued(second.id)), ["queued"])
    try bench.assertVerifies()
  }

  // MARK: Secrecy

  func testNeitherStationLearnsMoreThanNumberStationAndState() throws {
    let (first, second) = try pair()
    try decide(second, first, keeping: first)
    try agree([second, first])
    let secrets = ["刘二", "13912345678"]
    let foreign = (first.device.judged[first.id] ?? []).filter { $0.operation.id.device != first.device.id }
    XCTAssertFalse(foreign.isEmpty)
    for judged in foreign where judged.operation.header.kind != .route {
      let text = JSON.text(judged.operation.content)
      for secret in secrets { XCTAssertFalse(text.contains(secret), text) }
      XCTAssertNotEqual(judged.operation.header.person, PersonID("p1"), "nor who works there")
    }
    XCTAssertNil(first.device.judged[second.id])
    let keys = try bench.state(first.id).duplicatesView(name: \.text).flatMap { Array(($0.object ?? [:]).keys) }
    XCTAssertEqual(
      Set(keys),
      ["id", "code", "station", "stationName", "status", "first", "foundAt", "open", "decision", "goesOn", "decisions"])
  }
}
