import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Applications that began as held drafts: their id follows from the device and the number that their `create` states,
/// and the server checks it.
final class HeldDraftTests: XCTestCase {
  private var bench: CountyBench!
  private let matter = "qingjian-04"

  override func setUpWithError() throws { bench = try CountyBench() }

  /// How the last operation of a device was judged when it synced.
  private func judged(_ device: BenchDevice) throws -> Disposition? {
    try device.sync()
    return device.lastAnswer?.judgements[device.counter]?.disposition
  }

  private func scopes(_ id: ApplicationID) throws -> [String] {
    try bench.journal.read { reader throws(Problem) in try reader.scopes(id) }
  }

  func testAnApplicationThatBeganHeldIsOneLikeAnyOther() throws {
    let device = try bench.device()
    let ordinary = device.create(try bench.matter(matter))
    let id = device.create(try bench.matter(matter), held: 7)
    XCTAssertEqual(id, ApplicationID(heldBy: device.id, number: 7))
    try device.edit(id, "mo.name", "李四")
    try device.submit(id)
    XCTAssertEqual(try judged(device), .applied)
    XCTAssertEqual(try bench.state(id).status, .submitted)
    XCTAssertEqual(try bench.state(id).value("mo.name"), "李四")
    XCTAssertEqual(try scopes(id), ["station:\(device.station.text)"])
    let colleague = try bench.device()
    try colleague.sync()
    XCTAssertEqual(try colleague.state(id), try bench.state(id))
    XCTAssertEqual(try colleague.state(ordinary), try bench.state(ordinary))
    try colleague.edit(id, "mo.phone", "13887654321")
    XCTAssertEqual(try judged(colleague), .late)
    let stranger = try bench.device(at: 1)
    try stranger.sync()
    XCTAssertEqual(stranger.judged, [:])
    try bench.assertVerifies()
  }

  func testNobodyOpensAnApplicationByAnothersNumber() throws {
    let (owner, thief) = (try bench.device(), try bench.device(at: 1))
    let id = ApplicationID(heldBy: owner.id, number: 3)
    for held: Value? in [3, 1, nil] {
      thief.create(try bench.matter(matter), held: held, id: id)
      XCTAssertEqual(try judged(thief), .refused("application.foreign-id"))
    }
    thief.write(.share, ["with": .text("station:\(thief.station.text)")], id)
    XCTAssertEqual(try judged(thief), .quarantined("application.missing"))
    XCTAssertNil(try bench.find(id))
    XCTAssertEqual(try scopes(id), [])
    XCTAssertEqual(owner.create(try bench.matter(matter), held: 3), id)
    XCTAssertEqual(try judged(owner), .applied)
    XCTAssertEqual(try bench.state(id).station, owner.station)
    XCTAssertEqual(try scopes(id), ["station:\(owner.station.text)"])
    thief.create(try bench.matter(matter), held: 3, id: id)
    XCTAssertEqual(try judged(thief), .refused("scope.outside"))
    let accomplice = try bench.device(at: 1)
    try accomplice.sync()
    XCTAssertEqual(accomplice.judged, [:], "nothing of it has reached the other station")
    try bench.assertVerifies()
  }

  func testANumberUsedAgainOverwritesNothing() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter(matter), overriding: ["mo.name": "李四"], held: 1)
    XCTAssertEqual(try judged(device), .applied)
    let before = try bench.state(id)
    XCTAssertEqual(device.create(try bench.matter(matter), overriding: ["mo.name": "王五"], held: 1), id)
    XCTAssertEqual(try judged(device), .refused("application.exists"))
    let after = try bench.state(id)
    XCTAssertEqual(after.value("mo.name"), "李四")
    XCTAssertEqual(after.code, before.code)
    XCTAssertEqual(after.conflicts, [])
    XCTAssertEqual(after.timeline.last?.code, "application.exists")
    XCTAssertEqual(try device.state(id), after)
    try bench.assertVerifies()
  }

  func testANumberUsedAgainAtAnotherStationOpensNothingThere() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter(matter), held: 1)
    let ordinary = device.create(try bench.matter(matter))
    XCTAssertEqual(try judged(device), .applied)
    let home = try scopes(id)
    try bench.journal.write { writer throws(Problem) in
      guard var row = try writer.device(device.id) else { return }
      row.station = self.bench.stations[1].id
      try writer.setDevice(row)
    }
    device.create(try bench.matter(matter), held: 1)
    device.create(try bench.matter(matter), id: ordinary)
    try device.sync()
    let refusals = (device.counter - 1...device.counter).map { device.lastAnswer?.judgements[$0]?.disposition }
    XCTAssertEqual(refusals, [.refused("scope.outside"), .refused("scope.outside")])
    for each in [id, ordinary] { XCTAssertEqual(try scopes(each), home) }
    let newcomer = try bench.device(at: 1)
    try newcomer.sync()
    XCTAssertEqual(newcomer.judged, [:], "what was opened at the first station stays there")
    try bench.assertVerifies()
  }

  func testNumbersThatAreNoneOpenNothing() throws {
    let device = try bench.device()
    let one = ApplicationID(heldBy: device.id, number: 1)
    let beyond = Limits.heldNumberMax + 1
    let wrong: [(held: Value, id: ApplicationID)] = [
      (0, ApplicationID(heldBy: device.id, number: 0)), (-1, ApplicationID(heldBy: device.id, number: -1)),
      (.integer(beyond), ApplicationID(heldBy: device.id, number: beyond)), ("1", one), (.double(1), one),
      (.null, one), (true, one), ([1], one), (2, one),
    ]
    for (held, id) in wrong {
      device.create(try bench.matter(matter), held: held, id: id)
      XCTAssertEqual(try judged(device), .refused("application.foreign-id"), JSON.text(held))
      // Whoever states a number goes by it, also under the id that would follow without.
      let ordinary = ApplicationID(createdBy: OperationID(device.id, device.counter + 1))
      device.create(try bench.matter(matter), held: held, id: ordinary)
      XCTAssertEqual(try judged(device), .refused("application.foreign-id"), JSON.text(held))
      for id in [id, ordinary] {
        XCTAssertNil(try bench.find(id))
        XCTAssertEqual(try scopes(id), [])
      }
    }
    XCTAssertEqual(device.create(try bench.matter(matter), held: .integer(Limits.heldNumberMax)).text.count, 17)
    XCTAssertEqual(try judged(device), .applied)
    try bench.assertVerifies()
  }
}
