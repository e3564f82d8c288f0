internal import Application
internal import Foundations
internal import Replication
internal import Wire

/// What a message looks like that opens and submits an application of a matter, filled in with the form's own examples:
/// the best words for a compression dictionary, and no person's data.
enum SampleMessages {
  /// Structures of messages, one for each form that differs, the worked-out matters last, where deflate looks first.
  static func structures(catalog: MatterCatalog, templates: MessageTemplates) -> [[UInt8]] {
    var seen: Set<[String]> = []
    let matters = catalog.matters.sorted { left, right in
      let (leftRank, rightRank) = (left.detail == .outline ? 0 : 1, right.detail == .outline ? 0 : 1)
      return leftRank != rightRank ? leftRank < rightRank : left.id < right.id
    }
    return matters.filter { $0.detail != .outline || seen.insert($0.fields.map(\.id)).inserted }.map {
      MessageCoding.encode(body(of: $0), templates: templates).structure
    }
  }

  /// The body of a sync request with one application.
  private static func body(of matter: Matter) -> Value {
    let device = DeviceID("d0000000")
    let id = OperationID(device, 1)
    var set: Members = [
      Register.applicant: ["kind": "person", "name": "张三", "idNumber": "61083019991231988X", "phone": "13912345678"],
      Register.items: .array(matter.defaultItems.map { .text($0.text) }), Register.division: "610830100201",
    ]
    for field in matter.fields where field.group == nil { set[field.id] = field.example }
    let create: Value = [
      "matter": .text(matter.id.text), "matterVersion": Value(matter.version), "code": "L-610830100201-01-20261123-1-A",
      "station": "s-610830100", "consent": ["given": true], "set": .object(set),
    ]
    let submit: Value = ["version": 1, "digest": .bytes([UInt8](repeating: 0, count: 8))]
    let operations = [(OperationKind.create, create), (.submit, submit)].enumerated().map { index, entry in
      Operation(
        header: OperationHeader(
          id: OperationID(device, Int64(index) + 1), application: ApplicationID(createdBy: id), person: PersonID("p1"),
          kind: entry.0, claimedAt: Instant(milliseconds: 1_790_000_000_000)),
        salt: [UInt8](repeating: 0, count: OperationCoding.saltBytes), payload: CBOR.encode(entry.1))
    }
    let request = SyncRequest(
      device: device, number: 1, cursor: Cursor(timeline: "t", position: 1, sequence: 1),
      now: Instant(milliseconds: 1_790_000_000_000), clockEpoch: 0, catalogVersion: "", pageMax: 1000, acknowledged: 0,
      running: Chain.start(device), operations: operations)
    return request.body
  }
}
