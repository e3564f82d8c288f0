import Application
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
let carol = DeviceID("d-carol")
let server = DeviceID("server")

/// A server that judges each operation once, and devices that pull what was sequenced: everything of one application,
/// nothing of disks and networks.
final class Bench {
  private(set) var sequenced: [JudgedOperation] = []
  private var pulled: [DeviceID: Int] = [:]
  private var unsent: [DeviceID: [Operation]] = [:]
  private var counters: [DeviceID: Int64] = [:]
  private var clock: Int64 = 1_795_276_799_000
  let id = ApplicationID(createdBy: OperationID(alice, 1))

  init(set: Members = ["name": "张三", "phone": "139"]) {
    record(
      alice, .create,
      [
        "matter": "m", "matterVersion": 1, "code": "L-1", "station": "s1", "consent": ["given": true],
        "set": .object(set),
      ])
    push(alice)
  }

  /// What the server has.
  var state: ApplicationState {
    guard let state = ApplicationState.fold(sequenced) else { preconditionFailure("no application") }
    return state
  }

  /// What a device sees: what it pulled, and its own unsent ones as a forecast.
  func seen(_ device: DeviceID) -> ApplicationState {
    let pending = (unsent[device] ?? []).map { JudgedOperation($0, nil) }
    guard let state = ApplicationState.fold(Array(sequenced.prefix(pulled[device] ?? 0)) + pending) else {
      preconditionFailure("no application")
    }
    return state
  }

  func hasUnsent(_ device: DeviceID) -> Bool { !(unsent[device] ?? []).isEmpty }

  // MARK: What devices do

  @discardableResult
  func record(
    _ device: DeviceID, _ kind: OperationKind, _ payload: Value, parents: [String: [OperationID]] = [:],
    saw: [DeviceID: Int64] = [:], application: ApplicationID? = nil
  ) -> OperationID {
    let counter = (counters[device] ?? 0) + 1
    counters[device] = counter
    clock += 1000
    let header = OperationHeader(
      id: OperationID(device, counter), application: application ?? id, person: PersonID("p-\(device.text)"),
      kind: kind,
      parents: parents, saw: saw, claimedAt: Instant(milliseconds: clock))
    let operation = Operation(
      header: header, salt: [UInt8](repeating: 1, count: OperationCoding.saltBytes), payload: CBOR.encode(payload))
    unsent[device, default: []].append(operation)
    return header.id
  }

  /// A write that names the heads the device sees.
  @discardableResult
  func write(_ device: DeviceID, _ register: String, _ value: Value) -> OperationID {
    let heads = seen(device).registers[register]?.heads.map(\.operation) ?? []
    return record(device, .write, ["set": [register: value]], parents: heads.isEmpty ? [:] : [register: heads])
  }

  @discardableResult
  func attach(_ device: DeviceID, _ material: String, originals: Int64 = 1) -> OperationID {
    record(device, .attach, ["material": .text(material), "originals": .integer(originals), "copies": 0])
  }

  @discardableResult
  func detach(_ device: DeviceID, _ entry: OperationID) -> OperationID {
    record(device, .detach, ["operation": .text(entry.text)])
  }

  /// A submission of what the device sees, as the assistant makes it.
  @discardableResult
  func submit(_ device: DeviceID, deferring: [String] = [], changing: (inout Value) -> Void = { _ in }) -> OperationID {
    let state = seen(device)
    var payload: Value = [
      "version": .integer(Int64(state.versions.count) + 1),
      "digest": .bytes(state.currentSnapshot.digest(deferred: deferring).bytes),
    ]
    if !deferring.isEmpty { payload["defer"] = .array(deferring.map(Value.text)) }
    if !state.inCorrection.isEmpty { payload["answers"] = .array(state.inCorrection.map { .text($0.text) }) }
    changing(&payload)
    return record(device, .submit, payload, saw: state.known.filter { $0.key != device })
  }

  // MARK: What the server does

  /// Sends what a device has recorded; returns how the last one was judged.
  @discardableResult
  func push(_ device: DeviceID) -> Disposition? {
    for operation in unsent[device] ?? [] { judge(operation, by: .device) }
    unsent[device] = []
    pull(device)
    return sequenced.last { $0.operation.id.device == device }?.judgement?.disposition
  }

  func pull(_ device: DeviceID) { if unsent[device]?.isEmpty ?? true { pulled[device] = sequenced.count } }

  @discardableResult
  func judge(_ operation: Operation, by author: Author) -> Disposition {
    let disposition = Judge.disposition(of: operation, by: author, in: ApplicationState.fold(sequenced))
    let at = Instant(milliseconds: operation.header.claimedAt.milliseconds)
    sequenced.append(
      JudgedOperation(
        operation,
        Judgement(
          sequence: Int64(sequenced.count + 1), disposition: disposition, receivedAt: at, capturedAt: at,
          captureDoubtful: false)))
    return disposition
  }

  /// The server's own operation.
  @discardableResult
  func act(_ kind: OperationKind, _ payload: Value, parents: [String: [OperationID]] = [:]) -> OperationID {
    let id = record(server, kind, payload, parents: parents)
    for operation in unsent[server] ?? [] { judge(operation, by: .server) }
    unsent[server] = []
    return id
  }

  /// Routes items to windows: they are dispatched at once.
  func route(_ items: String...) {
    act(
      .route,
      [
        "proceedings": .array(
          items.map {
            ["item": .text($0), "name": "事项", "window": "w1", "windowName": "窗口", "status": "dispatched", "version": 1]
          })
      ])
  }

  func window(_ kind: OperationKind, _ item: String = "i", _ payload: Members = [:]) {
    act(
      kind, .object(payload.merging(["proceeding": .text(proceeding(item).text), "place": "窗口"]) { first, _ in first }))
  }

  /// As `CaseService` admits: a write that names the heads it saw and the late one.
  func admit(_ late: LateAmendment, item: String = "i") {
    let now = state
    var parents: [String: [OperationID]] = [:]
    for register in late.values.keys {
      parents[register] = (now.registers[register]?.heads.map(\.operation) ?? []) + [late.operation]
    }
    act(
      .admit,
      [
        "proceeding": .text(proceeding(item).text), "operation": .text(late.operation.text),
        "set": .object(late.values),
      ],
      parents: parents)
  }

  func proceeding(_ item: String) -> ProceedingID { ProceedingID(id, ItemID(item)) }

  /// How an operation was judged.
  func disposition(_ id: OperationID) -> Disposition? {
    sequenced.first { $0.operation.id == id }?.judgement?.disposition
  }

  /// The view without what only says whether it has been sent.
  static func view(_ state: ApplicationState) -> Value {
    var view = state.view(due: { _ in nil }, name: \.text)
    view["sync"] = nil
    view["proceedings"] = .array(
      (view["proceedings"]?.array ?? []).map { proceeding in
        var proceeding = proceeding
        proceeding["arrivedAt"] = nil
        return proceeding
      })
    return view
  }
}
