import Cryptography
import Foundations
import Replication
import TestValues
import Wire
import XCTest

/// Not the one of Foundation, which XCTest brings along.
typealias Operation = Replication.Operation

let alice = DeviceID("d-alice")
let bob = DeviceID("d-bob")

/// An operation with everything given or plain.
func operation(
  _ device: DeviceID, _ counter: Int64, application: ApplicationID? = nil, kind: String = "write",
  _ payload: Value = ["set": ["name": "张三"]], parents: [String: [OperationID]] = [:], saw: [DeviceID: Int64] = [:],
  at milliseconds: Int64 = 1_795_276_799_000, salt: UInt8 = 7
) -> Operation {
  let id = OperationID(device, counter)
  return Operation(
    header: OperationHeader(
      id: id, application: application ?? ApplicationID(createdBy: id), person: PersonID("p1"),
      kind: OperationKind(kind), parents: parents, saw: saw, claimedAt: Instant(milliseconds: milliseconds)),
    salt: [UInt8](repeating: salt, count: OperationCoding.saltBytes), payload: CBOR.encode(payload))
}

func erased(_ operation: Operation) -> Operation { Operation(header: operation.header, erasedWith: operation.digest) }

func judgement(_ sequence: Int64, _ disposition: Disposition = .applied, at milliseconds: Int64 = 1000) -> Judgement {
  Judgement(
    sequence: sequence, disposition: disposition, receivedAt: Instant(milliseconds: milliseconds),
    capturedAt: Instant(milliseconds: milliseconds &- 7), captureDoubtful: sequence.isMultiple(of: 2))
}

extension SeededGenerator {
  /// Operations of several devices as a page holds them: odd payloads, erased ones, parents of others.
  mutating func operations(_ count: Int) -> [Operation] {
    var counters: [DeviceID: Int64] = [:]
    var made: [Operation] = []
    for _ in 0..<count {
      let device = [alice, bob, DeviceID("server")][number(0...2)]
      let counter = (counters[device] ?? Int64(number(0...3))) + 1
      counters[device] = counter
      let known = made.map(\.header)
      let application = once(in: 3) ? nil : known.isEmpty ? nil : known[number(0...known.count - 1)].application
      var parents: [String: [OperationID]] = [:]
      if let one = known.last, once(in: 2) {
        parents = ["name": [one.id, known[0].id], "#地址": [], "e\u{301}": [one.id]]
      }
      var payload = CBOR.encode(.object(object()))
      switch number(0...7) {
      case 0: payload = bytes(number(0...20))
      case 1: payload = [0xB8, 0x00]  // an object whose count is not written the shortest way
      case 2: payload = CBOR.encode(value(depthMax: 1))
      default: break
      }
      let whole = Operation(
        header: OperationHeader(
          id: OperationID(device, counter),
          application: application ?? ApplicationID(createdBy: OperationID(device, counter)),
          person: PersonID("p\(number(1...2))"), kind: OperationKind(["write", "note", "未知"][number(0...2)]),
          parents: parents, saw: once(in: 2) ? [bob: 4, DeviceID("server"): 0] : [:],
          claimedAt: Instant(milliseconds: once(in: 20) ? Int64(bitPattern: next()) : Int64(number(0...99_999))),
          clockEpoch: Int64(number(0...1))),
        salt: bytes(OperationCoding.saltBytes), payload: payload)
      made.append(once(in: 6) ? erased(whole) : whole)
    }
    return made
  }
}
