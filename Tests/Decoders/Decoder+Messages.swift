internal import Application
internal import Cryptography
internal import Foundations
package import Replication
internal import TestValues
internal import Wire

extension Decoder {
  static let dictionary = MessageDictionary(
    bytes: Array("张三姓名身份证号码".utf8), templates: [["set", "note"], ["name", "phone"]])
  static let device = DeviceID("d-alice")
  static let place = SealPlace("operations", "d-alice.1", "body")
  static let secret = [UInt8](repeating: 1, count: 32)

  /// Operations of one application, of every kind a device writes.
  package static let operations: [Operation] = {
    let id = ApplicationID(createdBy: OperationID(device, 1))
    let payloads: [(OperationKind, Value)] = [
      (
        .create,
        [
          "matter": "qingjian-04", "matterVersion": 1, "code": "L-610830100201-01-20261123-1-A", "station": "s1",
          "consent": ["given": true], "set": ["mo.name": "张三", "#bank": ["bank": "1", "account": "6222"]],
        ]
      ), (.write, ["set": ["mo.name": "李四", "mo.phone": "13912345678"]]), (.note, ["text": "材料已备齐"]),
      (
        .attach,
        [
          "material": "m1", "digest": .text(Digest.sm3([1]).text), "bytes": 10, "mediaType": "image/jpeg",
          "name": "a.jpg",
        ]
      ), (.share, ["with": "station:s2"]), (.submit, ["version": 1, "digest": .bytes([1, 2, 3, 4, 5, 6, 7, 8])]),
      (.withdraw, ["reason": "不办了"]), (OperationKind("later"), ["x": .double(1.5)]),
    ]
    return payloads.enumerated().map { index, entry in
      let counter = Int64(index + 1)
      let parents = counter == 2 ? ["mo.name": [OperationID(device, 1)]] : [:]
      return Operation(
        header: OperationHeader(
          id: OperationID(device, counter), application: id, person: PersonID("p1"), kind: entry.0, parents: parents,
          saw: [DeviceID("server"): 4], claimedAt: Instant(milliseconds: 1_795_276_799_000 + counter)),
        salt: [UInt8](repeating: 7, count: OperationCoding.saltBytes), payload: CBOR.encode(entry.1))
    }
  }()

  static let judgement = Judgement(
    sequence: 5, disposition: .refused("a.b"), receivedAt: Instant(milliseconds: 1),
    capturedAt: Instant(milliseconds: 1),
    captureDoubtful: true)

  static func known(_ id: [UInt8]) -> MessageDictionary? { id == dictionary.id ? dictionary : nil }

  private static let samples: (request: [[UInt8]], answer: [[UInt8]]) = {
    let request = SyncRequest(
      device: device, number: 4, cursor: Cursor(timeline: "t1", position: 9, sequence: 8),
      now: Instant(milliseconds: 5),
      clockEpoch: 2, catalogVersion: "c1", pageMax: 100, acknowledged: 0, running: Chain.start(device),
      operations: operations, assignment: 3)
    let answer = SyncAnswer(
      acknowledged: 7, running: .sm3([3]), now: Instant(milliseconds: 1),
      cursor: Cursor(timeline: "t", position: 3, sequence: 2), more: true,
      operations: operations.map { JudgedOperation($0, judgement) }, judgements: [1: judgement],
      left: [ApplicationID("a1")], catalog: ["version": "2"],
      assignment: ["assignment": 2, "number": "03", "station": ["id": "s2"]])
    guard let key = try? SigningKey(privateBytes: secret), let plain = try? request.bytes(key: key, dictionary: nil),
      let small = try? request.bytes(key: key, dictionary: dictionary)
    else { return ([], []) }
    return ([plain, small], [answer.bytes(dictionary: nil), answer.bytes(dictionary: dictionary)])
  }()

  /// The encodings below the messages.
  static let wire: [Decoder] = [
    Decoder("cbor", operations.map(\.payload)) { bytes in
      guard let value = try? CBOR.decode(bytes) else { return false }
      return CBOR.encode(value) == bytes
    },
    Decoder("deflate", operations.compactMap { try? Deflate.compress($0.payload) }) { bytes in
      (try? Deflate.decompress(bytes, bytesMax: 1 << 20)).map { $0.count <= 1 << 20 } ?? false
    },
    Decoder("deflate-dictionary", operations.compactMap { try? Deflate.compress($0.payload, dictionary: secret) }) {
      (try? Deflate.decompress($0, dictionary: secret, bytesMax: 1 << 20)) != nil
    },
    Decoder("stream", [StreamPacking.packBytes(operations[0].payload), StreamPacking.packNibbles([1, 2, 3])]) { bytes in
      (try? StreamPacking.unpack(bytes, bytesMax: 1 << 20)) != nil
    },
    Decoder("columns", [CBOR.encode(Columns.pack(operations.map(\.content)))]) { bytes in
      guard let value = try? CBOR.decode(bytes) else { return false }
      return (try? Columns.unpack(value, count: operations.count)) != nil
    },
    Decoder("message-streams", [streams(MessageCoding.encode(.array(operations.map(\.content)), templates: .none))]) {
      bytes in
      guard let parts = (try? CBOR.decode(bytes))?.array?.compactMap(\.bytes), parts.count == 4 else { return false }
      let streams = MessageCoding.Streams(structure: parts[0], random: parts[1], digits: parts[2], wide: parts[3])
      return (try? MessageCoding.decode(streams, templates: .none)) != nil
    },
  ]

  private static func streams(_ streams: MessageCoding.Streams) -> [UInt8] {
    CBOR.encode(.array([streams.structure, streams.random, streams.digits, streams.wide].map(Value.bytes)))
  }

  /// What device and server say to each other.
  static let messages: [Decoder] = [
    Decoder("sync-request", samples.request) { (try? SyncRequest.read($0, dictionary: known)) != nil },
    Decoder("sync-answer", samples.answer) { (try? SyncAnswer.read($0, dictionary: known)) != nil },
    Decoder("operations", [CBOR.encode(OperationCoding.pack(operations))]) { bytes in
      guard let value = try? CBOR.decode(bytes) else { return false }
      return (try? OperationCoding.unpack(value, countMax: 1000)) != nil
    },
    Decoder("dictionary", [CBOR.encode(dictionary.value)]) { MessageDictionary(try? CBOR.decode($0)) != nil },
    Decoder("proof-entry", [CBOR.encode(proof.value)]) { bytes in
      (try? CBOR.decode(bytes)).flatMap(ProofEntry.init) != nil
    },
    Decoder("cursor", [CBOR.encode(Cursor(timeline: "t1", position: 9, sequence: 8).value)]) { bytes in
      Cursor(try? CBOR.decode(bytes)) != nil
    },
  ]

  static let proof = ProofEntry(
    operation: OperationID(device, 4), digest: .sm3([1]), sequence: 9, disposition: "applied")

  /// What stores read back, once it is opened.
  static let keptRows: [Decoder] = [
    Decoder("operation-header", operations.map { CBOR.encode(OperationCoding.value($0.header)) }) { bytes in
      guard let value = try? CBOR.decode(bytes) else { return false }
      return (try? OperationCoding.header(value)) != nil
    },
    Decoder("judgement", [CBOR.encode(OperationCoding.value(judgement))]) { bytes in
      guard let value = try? CBOR.decode(bytes) else { return false }
      return (try? OperationCoding.judgement(value)) != nil
    },
    // Payloads that nobody vouches for, folded into an application and shown.
    Decoder("application", [CBOR.encode(OperationCoding.pack(operations))]) { bytes in
      guard let value = try? CBOR.decode(bytes), let all = try? OperationCoding.unpack(value, countMax: 1000),
        let state = ApplicationState.fold(all.map { JudgedOperation($0, nil) })
      else { return false }
      _ = SearchTerm.of(state)
      _ = state.currentSnapshot.digest(deferred: [])
      return Judge.disposition(of: all[0], by: .device, in: state) != .applied
    },
  ]
}
