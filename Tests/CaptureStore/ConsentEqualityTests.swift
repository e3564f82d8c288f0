import Application
import CaptureStore
import Cryptography
import Foundations
import Replication
import TestValues
import XCTest

/// *Held and then consented to is the same as consented to from the start*, apart from ids and times.
final class ConsentEqualityTests: XCTestCase {
  /// One thing done to an application; operations are named by their place in it, which ids follow.
  private enum Act {
    case write(String, Value, saw: [Int], settles: Bool)
    case attach(String, Value)
    case detach(Int)
    case note(String)
  }

  /// What was done so far: where registers were written and materials added.
  private struct Story {
    var operations = 1
    var writes: [String: [Int]] = ["@applicant": [0], "mo.addr": [0]]
    var attachments: [Int] = []

    mutating func next(_ generator: inout SeededGenerator) -> Act {
      defer { operations += 1 }
      switch generator.number(0...9) {
      case 0...4:
        let register = ["@applicant", "mo.addr", "mo.name", "#bank"][generator.number(0...3)]
        // The last one, none, or any: what was seen makes ancestry and conflicts.
        let known = writes[register] ?? []
        let saw = [known.suffix(1), [], known[...].filter { _ in generator.once(in: 2) }][generator.number(0...2)]
        writes[register, default: []].append(operations)
        let value: Value = generator.once(in: 6) ? .null : ["name": .integer(Int64(generator.number(0...3)))]
        return .write(register, value, saw: Array(saw), settles: generator.once(in: 4))
      case 5, 6:
        attachments.append(operations)
        let paper: Value = ["originals": .integer(Int64(generator.number(1...3))), "copies": 0]
        let file: Value = ["digest": .text("sm3:\(generator.number(0...3))"), "bytes": 3]
        return .attach(["m01", "m02"][generator.number(0...1)], generator.once(in: 2) ? paper : file)
      case 7: return attachments.randomElement(using: &generator).map(Act.detach) ?? .note("无")
      default: return .note(generator.text())
      }
    }
  }

  private func perform(_ act: Act, on id: ApplicationID, _ session: StoreSession) throws(Problem) {
    let ids = try session.operations(of: id).map(\.operation.id)
    switch act {
    case .write(let register, let value, let saw, let settles):
      var payload: Value = ["set": .object([register: value])]
      if settles { payload["settles"] = true }
      try session.append(Deed(.write, id, payload, parents: saw.isEmpty ? [:] : [register: saw.map { ids[$0] }]))
    case .attach(let material, let content):
      var payload = content
      payload["material"] = .text(material)
      try session.append(Deed(.attach, id, payload))
    case .detach(let place): try session.append(Deed(.detach, id, ["operation": .text(ids[place].text)]))
    case .note(let text): try session.append(Deed(.note, id, ["text": .text(text)]))
    }
  }

  /// An application with every operation named by its place, without times and without what is its own alone.
  private func plain(_ id: ApplicationID, _ session: StoreSession) throws(Problem) -> [String] {
    let operations = try session.operations(of: id).map(\.operation)
    let places = Dictionary(uniqueKeysWithValues: operations.enumerated().map { ($1.id, $0) })
    let state = try XCTUnwrapProblem(try session.state(id))
    func place(_ id: OperationID) -> Int { places[id] ?? -1 }
    let registers = state.registers.sorted { $0.key < $1.key }.map { register, written in
      let writes = written.writes.map {
        "\(place($0.operation))<\($0.saw.map(place)) \(JSON.text($0.value)) \($0.applied) \($0.person) \($0.standing)"
      }
      return "\(register): \(writes) heads \(written.heads.map { place($0.operation) }) \(written.isInConflict)"
    }
    let materials = state.attachments.map {
      "\(place($0.operation)) \($0.material) \(JSON.text($0.content.value)) \($0.person)"
    }
    let removals = state.removals.map { "\(place($0.key)) takes out \(place($0.value))" }.sorted()
    let timeline = state.timeline.map {
      "\(place($0.operation)) \($0.kind) \($0.person) \($0.text) \($0.code ?? "") \($0.material ?? "")"
    }
    let versions = state.versions.map { "\($0.number) \($0.digest) \(JSON.text(.object($0.values)))" }
    return [
      "\(state.matter) \(state.matterVersion) \(state.station) \(state.createdBy) \(state.status) \(state.syncState)",
      "\(JSON.text(state.consent)) \(state.unsent) \(state.operations) \(state.notes.map(\.text)) \(state.conflicts)",
      state.currentSnapshot.digest(deferred: []).text,
    ] + registers + materials + removals + timeline + versions
  }

  private func submit(_ id: ApplicationID, _ session: StoreSession) throws(Problem) {
    let snapshot = try XCTUnwrapProblem(try session.state(id)).currentSnapshot
    let digest = snapshot.digest(deferred: []).bytes.prefix(ApplicationState.claimedDigestBytes)
    try session.append(Deed(.submit, id, ["version": 1, "digest": .bytes(Array(digest))]))
  }

  /// Does so many things to a held application and to one that was consented to, by two persons and a clock that
  /// somebody sets now and then.
  private func live(
    _ count: Int, _ ids: [ApplicationID], _ story: inout Story, _ bench: StoreBench, _ session: StoreSession,
    _ generator: inout SeededGenerator
  ) throws(Problem) {
    for _ in 0..<count {
      let act = story.next(&generator)
      bench.time.wait(Int64(generator.number(0...90_000)))
      if generator.once(in: 8) { bench.time.set(by: Int64(generator.number(-9...9)) * 60_000) }
      try session.set(setting: "person", to: try session.people()[generator.number(0...1)].id.text)
      for id in ids { try perform(act, on: id, session) }
    }
  }

  func testHeldThenConsentedIsConsentedFromTheStart() throws {
    var (conflicts, removals, submissions) = (0, 0, 0)
    let bench = try StoreBench()
    let store = try bench.open()
    _ = try store.change { session throws(Problem) in try session.addPerson("李志强") }
    for seed in 0..<60 {
      var generator = SeededGenerator(UInt64(seed))
      var story = Story()
      let ids = try store.change { session throws(Problem) in
        let ids = [try StoreBench.create(session, consent: false), try StoreBench.create(session)]
        try live(generator.number(0...14), ids, &story, bench, session, &generator)
        return ids
      }
      func check(_ when: String) throws -> ApplicationState {
        try store.read { session throws(Problem) in
          XCTAssertEqual(try plain(ids[0], session), try plain(ids[1], session), "seed \(seed), \(when)")
          return try XCTUnwrapProblem(try session.state(ids[0]))
        }
      }
      try store.change { session throws(Problem) in try session.release(ids[0], consent: ["given": true]) }
      _ = try check("consented")
      try store.change { session throws(Problem) in
        try live(generator.number(0...6), ids, &story, bench, session, &generator)
      }
      let state = try check("gone on")
      conflicts += state.conflicts.count
      removals += state.removals.count
      guard state.conflicts.isEmpty else { continue }
      submissions += 1
      try store.change { session throws(Problem) in
        for id in ids { try submit(id, session) }
      }
      XCTAssertEqual(try check("submitted").versions.count, 1)
    }
    XCTAssertGreaterThan(conflicts, 10)
    XCTAssertGreaterThan(removals, 10)
    XCTAssertGreaterThan(submissions, 10)
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.differingProjections(), [])
      XCTAssertNil(try session.chainBreak())
    }
  }
}
