import Application
import Foundations
import Replication
import TestValues
import XCTest

/// *The same operations give the same state on every replica*, whatever the devices did, in whatever order.
final class ReplicaTests: XCTestCase {
  private let devices = [alice, bob, carol]

  /// One thing that somebody may do at any time.
  private func act(_ device: DeviceID, _ bench: Bench, _ generator: inout SeededGenerator) {
    let seen = bench.seen(device)
    let register = ["name", "phone", "#bank", "@applicant"][generator.number(0...3)]
    let value = Value.integer(Int64(generator.number(0...3)))
    switch generator.number(0...13) {
    case 0...4: bench.write(device, register, register == "#bank" ? ["bank": value, "account": value] : value)
    case 5: bench.record(device, .write, ["set": [register: nil]])
    case 6: bench.attach(device, ["photo", "id-card"][generator.number(0...1)])
    case 7: if let entry = seen.materials.randomElement(using: &generator) { bench.detach(device, entry.operation) }
    case 8, 9: bench.submit(device, deferring: generator.once(in: 3) ? ["photo"] : [])
    case 10: bench.record(device, .note, ["text": "x"])
    case 11: bench.record(device, OperationKind("未知"), [:])
    case 12: if generator.once(in: 6) { bench.record(device, .withdraw, ["why": "x"]) }
    default:
      bench.record(
        device, .write, ["set": [register: value]],
        parents: [register: [OperationID(alice, Int64(generator.number(1...9)))]])
    }
  }

  private func actAsWindow(_ bench: Bench, _ generator: inout SeededGenerator) {
    let state = bench.state
    guard !state.versions.isEmpty, state.withdrawal == nil else { return }
    guard let proceeding = state.proceedings.first else { return bench.route("i", "j") }
    switch generator.number(0...6) {
    case 0:
      bench.window(
        .correct, proceeding.id.item.text,
        [
          "defects": [
            ["field": "name", "problem": "x", "remedy": "y"], ["material": "photo", "problem": "x", "remedy": "y"],
          ]
        ])
    case 1: if generator.once(in: 3) { bench.window(.accept, "j") }
    case 2...4: if let late = state.late.randomElement(using: &generator) { bench.admit(late) }
    default:
      if let late = state.late.first { bench.window(.decline, "i", ["operation": .text(late.operation.text)]) }
    }
  }

  func testEveryReplicaFoldsTheSameState() {
    var conflicts = 0
    var late = 0
    var versions = 0
    for seed in 0..<100 {
      var generator = SeededGenerator(UInt64(seed))
      let bench = Bench(set: ["name": "张三", "#bank": ["bank": "农行", "account": "1"]])
      for device in devices { bench.pull(device) }
      for _ in 0..<40 {
        let device = devices[generator.number(0...2)]
        switch generator.number(0...5) {
        case 0: bench.push(device)
        case 1: bench.pull(device)
        case 2: actAsWindow(bench, &generator)
        default: act(device, bench, &generator)
        }
      }
      for device in devices { bench.push(device) }
      for device in devices { bench.pull(device) }
      let state = bench.state
      for device in devices { XCTAssertEqual(bench.seen(device), state, "seed \(seed)") }
      // Piece by piece, as a server folds what comes in, or all at once, as `verify` does.
      var piecewise = ApplicationState(creating: bench.sequenced[0])
      for judged in bench.sequenced.dropFirst() { piecewise?.fold(judged) }
      XCTAssertEqual(piecewise, state, "seed \(seed)")
      conflicts += state.conflicts.count
      late += state.late.count
      versions += state.versions.count
    }
    XCTAssertGreaterThan(conflicts, 20)
    XCTAssertGreaterThan(late, 20)
    XCTAssertGreaterThan(versions, 40)
  }

  func testAForecastComesTrueWhereNothingElseIntervened() {
    for seed in 0..<300 {
      var generator = SeededGenerator(UInt64(1000 + seed))
      let bench = Bench(set: ["name": "张三", "#bank": ["bank": "农行", "account": "1"]])
      for device in devices { bench.pull(device) }
      for _ in 0..<generator.number(0...6) {
        let device = devices[generator.number(0...2)]
        act(device, bench, &generator)
        bench.push(device)
        actAsWindow(bench, &generator)
      }
      for device in devices { bench.pull(device) }
      for _ in 0..<generator.number(1...8) { act(bob, bench, &generator) }
      let forecast = bench.seen(bob)
      bench.push(bob)
      XCTAssertEqual(Bench.view(forecast), Bench.view(bench.state), "seed \(seed)")
      XCTAssertEqual(forecast.known, bench.state.known)
      XCTAssertEqual(forecast.versions.map(\.digest), bench.state.versions.map(\.digest), "seed \(seed)")
      XCTAssertEqual(
        forecast.registers.mapValues { $0.heads.map(\.operation) },
        bench.state.registers.mapValues { $0.heads.map(\.operation) })
    }
  }

  func testEveryValueStandsOrWasReplacedBySomebodyWhoSawIt() {
    for seed in 0..<150 {
      var generator = SeededGenerator(UInt64(5000 + seed))
      let bench = Bench()
      for device in devices { bench.pull(device) }
      for _ in 0..<25 {
        let device = devices[generator.number(0...2)]
        if generator.once(in: 3) {
          bench.push(device)
        } else {
          bench.write(device, "name", .integer(Int64(generator.number(0...99))))
        }
      }
      for device in devices { bench.push(device) }
      let register = bench.state.registers["name"]
      let heads = Set(register?.heads.map(\.operation) ?? [])
      let replaced = Set(register?.writes.flatMap(\.saw) ?? [])
      for write in register?.writes ?? [] {
        XCTAssertTrue(heads.contains(write.operation) != replaced.contains(write.operation), "seed \(seed)")
      }
    }
  }
}
