package import Cryptography
package import Foundations
package import Wire

/// Bytes that a message is not, and why.
package enum MessageFailure: Error, Sendable, Hashable {
  case malformed
  case tooLarge
  /// Another protocol version; the number is theirs.
  case version(Int64)
  /// Compressed with a dictionary that is not known here.
  case dictionary
}

/// What both ends know beforehand of each other's messages, made from the catalogue's forms: words for the compression,
/// keys of objects. Never people's data.
package struct MessageDictionary: Sendable, Hashable {
  /// The first four bytes of the SM3 over all of it.
  package let id: [UInt8]
  /// The preset dictionary of deflate.
  package let bytes: [UInt8]
  package let templates: MessageTemplates

  package init(bytes: [UInt8], templates: [[String]] = []) {
    self.bytes = bytes
    self.templates = MessageTemplates(templates)
    let keys = CBOR.encode(.array(templates.map { .array($0.map(Value.text)) }))
    id = Array(Digest.sm3(bytes + keys).bytes.prefix(4))
  }

  /// The dictionary as a device keeps it: [bytes, templates].
  package var value: Value {
    [.bytes(bytes), .array(templates.templates.map { .array($0.map(Value.text)) })]
  }

  /// The dictionary from its value.
  package init?(_ value: Value?) {
    guard let parts = value?.array, parts.count == 2, let bytes = parts[0].bytes, let templates = parts[1].array else {
      return nil
    }
    self.init(bytes: bytes, templates: templates.map { ($0.array ?? []).compactMap(\.text) })
  }
}

/// The envelope every message travels in: CBOR [version, head, dictionary id or null, and the four streams of the body
/// (`MessageCoding`): deflated structure, random bytes, digits, Chinese texts].
///
/// Version 2 may pack digits by their probability. Whoever asks in version 1 is answered in it.
enum Envelope {
  static let version: Int64 = 2
  static let versionMin: Int64 = 1

  static func seal(
    head: Value, body: Value, dictionary: MessageDictionary?, version: Int64 = Envelope.version
  ) -> [UInt8] {
    let streams = MessageCoding.encode(body, templates: dictionary?.templates ?? .none)
    let packed = (try? Deflate.compress(streams.structure, dictionary: dictionary?.bytes ?? [])) ?? []
    let digits =
      version == 1
      ? StreamPacking.packNibbles(streams.digits)
      : StreamPacking.packDigits(streams.digits, lengths: streams.digitLengths)
    return CBOR.encode([
      .integer(version), head, dictionary.map { .bytes($0.id) } ?? .null, .bytes(packed), .bytes(streams.random),
      .bytes(digits), .bytes(StreamPacking.packBytes(streams.wide)),
    ])
  }

  /// An envelope whose streams are unpacked and not read yet: what they are read into is many times as large.
  struct Opened {
    let head: Value
    let version: Int64
    let dictionary: MessageDictionary?
    fileprivate let streams: MessageCoding.Streams

    /// What it holds.
    func body() throws(MessageFailure) -> Value {
      guard let body = try? MessageCoding.decode(streams, templates: dictionary?.templates ?? .none) else {
        throw .malformed
      }
      return body
    }
  }

  static func open(
    _ bytes: [UInt8], dictionary: (_ id: [UInt8]) -> MessageDictionary?
  ) throws(MessageFailure) -> Opened {
    guard let parts = (try? CBOR.decode(bytes))?.array, let version = parts.first?.integer else { throw .malformed }
    guard (versionMin...Self.version).contains(version) else { throw .version(version) }
    guard parts.count == 7, let packed = parts[3].bytes, let random = parts[4].bytes, let digits = parts[5].bytes,
      let wide = parts[6].bytes
    else { throw .malformed }
    var known: MessageDictionary?
    if !parts[2].isNull {
      guard let id = parts[2].bytes else { throw .malformed }
      guard let found = dictionary(id) else { throw .dictionary }
      known = found
    }
    var streams = MessageCoding.Streams(random: random)
    do {
      streams.structure = try Deflate.decompress(
        packed, dictionary: known?.bytes ?? [], bytesMax: Limits.inflatedBytesMax)
      streams.packedDigits = version == 1 ? nil : StreamPacking.probableDigits(digits)
      if streams.packedDigits == nil {
        streams.digits = try StreamPacking.unpack(digits, bytesMax: Limits.inflatedBytesMax)
      }
      streams.wide = try StreamPacking.unpack(wide, bytesMax: Limits.inflatedBytesMax)
    } catch {
      throw error == .tooLarge ? .tooLarge : .malformed
    }
    return Opened(head: parts[1], version: version, dictionary: known, streams: streams)
  }
}

/// What a device sends to `POST /v1/sync`.
package struct SyncRequest: Sendable, Hashable {
  package var device: DeviceID
  /// Strictly growing; stored before sending.
  package var number: Int64
  package var cursor: Cursor
  /// The device's clock when it built the request.
  package var now: Instant
  package var clockEpoch: Int64
  /// The catalogue the device holds.
  package var catalogVersion: String
  /// How many operations the device wants at most.
  package var pageMax: Int
  /// The highest own counter the device knows to be acknowledged; the operations follow it without a gap.
  package var acknowledged: Int64
  /// The beginning of the running digest at `acknowledged`: enough to notice that two histories differ.
  package var running: [UInt8]
  package var operations: [Operation]
  /// The assignment to a station that the device knows: what it wrote, it wrote as one of that station.
  package var assignment: Int64
  /// Up to which change of the review tray the device knows what became of its entries; 0 for none of them.
  package var tray: Int64 = 0
  /// Where the page begins that is asked for; nil for `cursor`. A device asks for the next page while it is still
  /// writing this one: what it has not on its disk it does not report, and so this counts for nothing but the page.
  package var ahead: Cursor?
  /// The version of the envelope it came in; the answer goes out in the same.
  package private(set) var version = Envelope.version

  /// The version that this program writes.
  package static let currentVersion = Envelope.version

  /// Beyond what any device will ever write: counters after it can still be counted.
  private static let counterMax = Int64.max / 2
  /// Bytes of a running digest that are sent.
  package static let runningBytes = 8

  package init(
    device: DeviceID, number: Int64, cursor: Cursor, now: Instant, clockEpoch: Int64, catalogVersion: String,
    pageMax: Int, acknowledged: Int64, running: Digest, operations: [Operation], assignment: Int64 = 0
  ) {
    self.device = device
    self.number = number
    self.cursor = cursor
    self.now = now
    self.clockEpoch = clockEpoch
    self.catalogVersion = catalogVersion
    self.pageMax = pageMax
    self.acknowledged = acknowledged
    self.running = Array(running.bytes.prefix(Self.runningBytes))
    self.operations = operations
    self.assignment = assignment
  }

  /// Where the page begins that is asked for.
  package var start: Cursor { ahead ?? cursor }

  /// Whether the operations follow on a history with this running digest.
  package func continues(_ history: Digest) -> Bool { history.bytes.prefix(Self.runningBytes) == running[...] }

  private var control: Value {
    let parts: [Value] = [
      cursor.value, .integer(now.milliseconds), .integer(clockEpoch), .text(catalogVersion),
      .integer(Int64(pageMax)), .integer(acknowledged), .bytes(running), .integer(assignment),
    ]
    // Only who was told that it may asks for a page ahead.
    if let ahead { return .array(parts + [.integer(tray), ahead.value]) }
    // Only who was told of an entry mentions the tray: most never are, and an earlier server never told anybody.
    return .array(tray == 0 ? parts : parts + [.integer(tray)])
  }

  /// What is compressed: the control part and the operations in columns.
  package var body: Value { [control, OperationCoding.pack(operations)] }

  /// SM3 over everything that is not an operation.
  package var controlDigest: Digest { Digest.sm3(CBOR.encode(control)) }

  /// The batch this request is, with the signature made by `sign` or received.
  package func batch(signature: [UInt8]) -> Batch {
    Batch(
      author: device, number: number, firstCounter: acknowledged + 1, digests: operations.map(\.digest),
      control: controlDigest, signature: signature)
  }

  /// The request on the wire, signed.
  package func bytes(key: SigningKey, dictionary: MessageDictionary?) throws(Problem) -> [UInt8] {
    let message = Batch.message(
      author: device, number: number, firstCounter: acknowledged + 1, digests: operations.map(\.digest),
      control: controlDigest)
    let signature = try key.sign(message)
    return Envelope.seal(
      head: [.text(device.text), .integer(number), .bytes(signature)],
      body: body, dictionary: dictionary)
  }

  /// A request whose author is known and whose contents are not read yet.
  package struct Opened {
    /// Who it says that it is from.
    package let author: DeviceID
    package var dictionary: MessageDictionary? { envelope.dictionary }
    fileprivate let number: Int64
    fileprivate let signature: [UInt8]
    fileprivate let envelope: Envelope.Opened
  }

  /// Opens a request; only for whoever may send one it is worth reading.
  package static func open(
    _ bytes: [UInt8], dictionary: (_ id: [UInt8]) -> MessageDictionary?
  ) throws(MessageFailure) -> Opened {
    let envelope = try Envelope.open(bytes, dictionary: dictionary)
    guard let head = envelope.head.array, head.count == 3, let device = head[0].text,
      (1...64).contains(device.utf8.count), let number = head[1].integer, number > 0, let signature = head[2].bytes,
      signature.count == 64
    else { throw .malformed }
    return Opened(author: DeviceID(device), number: number, signature: signature, envelope: envelope)
  }

  /// Reads a request; whether the signature holds is the caller's question, who knows the key.
  package static func read(
    _ bytes: [UInt8], dictionary: (_ id: [UInt8]) -> MessageDictionary?
  ) throws(MessageFailure) -> (request: SyncRequest, signature: [UInt8], dictionary: MessageDictionary?) {
    let opened = try open(bytes, dictionary: dictionary)
    let (request, signature) = try read(opened)
    return (request, signature, opened.dictionary)
  }

  /// Reads what was opened.
  package static func read(_ opened: Opened) throws(MessageFailure) -> (request: SyncRequest, signature: [UInt8]) {
    guard let parts = try opened.envelope.body().array, parts.count == 2, let control = parts[0].array,
      (8...10).contains(control.count),
      let cursor = Cursor(control[0]), let now = control[1].integer, let epoch = control[2].integer,
      let catalog = control[3].text, catalog.utf8.count <= 128, let pageMax = control[4].integer,
      (0...Int64(Limits.operationsPerPageMax)).contains(pageMax), let acknowledged = control[5].integer,
      (0...counterMax).contains(acknowledged), let running = control[6].bytes, running.count == runningBytes,
      let assignment = control[7].integer, assignment >= 0
    else { throw .malformed }
    // A zero is left out: what is signed has one form only.
    let tray = control.count > 8 ? control[8].integer : 0
    guard let tray, control.count == 9 ? tray > 0 : tray >= 0 else { throw .malformed }
    let ahead = control.count == 10 ? Cursor(control[9]) : nil
    guard control.count < 10 || ahead != nil else { throw .malformed }
    let operations: [Operation]
    do {
      operations = try OperationCoding.unpack(parts[1], countMax: Limits.operationsPerRequestMax)
    } catch {
      throw .malformed
    }
    let author = opened.author
    for (index, operation) in operations.enumerated() {
      guard operation.id == OperationID(author, acknowledged &+ 1 &+ Int64(index)) else { throw .malformed }
    }
    var request = SyncRequest(
      device: author, number: opened.number, cursor: cursor, now: Instant(milliseconds: now), clockEpoch: epoch,
      catalogVersion: catalog, pageMax: Int(pageMax),
      acknowledged: acknowledged, running: Chain.start(author), operations: operations, assignment: assignment)
    request.running = running
    request.tray = tray
    request.ahead = ahead
    request.version = opened.envelope.version
    return (request, opened.signature)
  }
}

/// What the server answers to `POST /v1/sync`.
package struct SyncAnswer: Sendable, Hashable {
  /// Everything of this device up to this counter is committed.
  package var acknowledged: Int64
  /// The beginning of the running digest at `acknowledged`, `SyncRequest.runningBytes` of it: by it the device knows
  /// that what is acknowledged is its own, and not a twin's.
  package var running: [UInt8]
  package var now: Instant
  package var cursor: Cursor
  /// There is a further page.
  package var more: Bool
  /// Operations of others, in the order of the cursor, each judged.
  package var operations: [JudgedOperation]
  /// How this device's own operations were judged, by counter.
  package var judgements: [Int64: Judgement]
  /// The applications that left this device's scope, at what sequence.
  package var left: [ApplicationID]
  /// The catalogue's changes since the version the device named; nil where there are none.
  package var catalog: Value?
  /// The station the device has been moved to, where it does not know yet: `{assignment, number, station}`. Nothing
  /// else is to be read before it does.
  package var assignment: Value?
  /// The server's signature over `operations` and `judgements`, as an `Attestation`; nil where there are none, and of a
  /// server of an earlier version.
  package var attestation: [UInt8]?
  /// What has changed in the review tray since the device was last told; nil where nothing has, and of a server of an
  /// earlier version.
  package var tray: TrayNews?
  /// Whether the next page may be asked for before this one is written (`SyncRequest.ahead`); never by a server of an
  /// earlier version, and only where there is a further page.
  package var servesAhead = false
  /// Which of its stations the device was of, for which this was written; in ferry files only, which may be read long
  /// after, and never of a server of an earlier version.
  package var writtenFor: Int64?

  package init(
    acknowledged: Int64, running: Digest, now: Instant, cursor: Cursor, more: Bool,
    operations: [JudgedOperation] = [],
    judgements: [Int64: Judgement] = [:], left: [ApplicationID] = [], catalog: Value? = nil,
    assignment: Value? = nil, attestation: [UInt8]? = nil, tray: TrayNews? = nil
  ) {
    self.acknowledged = acknowledged
    self.running = Array(running.bytes.prefix(SyncRequest.runningBytes))
    self.now = now
    self.cursor = cursor
    self.more = more
    self.operations = operations
    self.judgements = judgements
    self.left = left
    self.catalog = catalog
    self.assignment = assignment
    self.attestation = attestation
    self.tray = tray
  }

  /// The answer on the wire.
  /// - Parameter version: the request's, `SyncRequest.version`; nil for the present one.
  package func bytes(dictionary: MessageDictionary?, version: Int64? = nil) -> [UInt8] {
    let own = judgements.keys.sorted()
    var body: [Value] = [
      .integer(acknowledged), .integer(now.milliseconds), cursor.value, .bool(more),
      OperationCoding.pack(operations.map(\.operation)),
      OperationCoding.packJudgements(operations.compactMap(\.judgement)),
      .array(own.map(Value.integer)), OperationCoding.packJudgements(own.compactMap { judgements[$0] }),
      .array(left.map { .text($0.text) }), catalog ?? .null, .bytes(running),
      assignment ?? .null, attestation.map(Value.bytes) ?? .null,
    ]
    // The first version ends with the assignment.
    if version == 1 {
      body.removeLast()
    } else if let writtenFor {
      body += [tray?.value ?? .null, .bool(servesAhead), .integer(writtenFor)]
    } else if servesAhead {
      body += [tray?.value ?? .null, .bool(true)]
    } else if let tray {
      body.append(tray.value)
    }
    return Envelope.seal(
      head: .null, body: .array(body), dictionary: dictionary, version: version ?? Envelope.version)
  }

  /// Reads an answer.
  package static func read(
    _ bytes: [UInt8], dictionary: (_ id: [UInt8]) -> MessageDictionary?
  ) throws(MessageFailure) -> SyncAnswer {
    try OpenedAnswer(bytes, dictionary: dictionary).read()
  }
}

/// An answer of which all is read but the operations, which are most of it.
package struct OpenedAnswer: Sendable {
  /// Without its operations.
  package let head: SyncAnswer
  /// Operations and judgements, packed.
  private let operations: (packed: Value, judgements: Value)

  package init(
    _ bytes: [UInt8], dictionary: (_ id: [UInt8]) -> MessageDictionary?
  ) throws(MessageFailure) {
    let body = try Envelope.open(bytes, dictionary: dictionary).body()
    guard let parts = body.array, parts.count >= 12, let acknowledged = parts[0].integer,
      let now = parts[1].integer, let cursor = Cursor(parts[2]), let more = parts[3].bool,
      let counters = parts[6].array?.compactMap(\.integer), counters.count == parts[6].array?.count,
      let own = try? OperationCoding.unpackJudgements(parts[7]), own.count == counters.count,
      let left = parts[8].array?.compactMap(\.text), let running = parts[10].bytes,
      running.count == SyncRequest.runningBytes
    else { throw .malformed }
    operations = (parts[4], parts[5])
    var answer = SyncAnswer(
      acknowledged: acknowledged, running: Digest.sm3([]), now: Instant(milliseconds: now), cursor: cursor, more: more,
      judgements: Dictionary(zip(counters, own), uniquingKeysWith: { first, _ in first }),
      left: left.map { ApplicationID($0) },
      // Spelled out: a bare nil would be the value null.
      catalog: parts[9].isNull ? Value?.none : parts[9],
      assignment: parts[11].isNull ? Value?.none : parts[11],
      attestation: parts.count > 12 ? parts[12].bytes : nil)
    answer.running = running
    if parts.count > 13, !parts[13].isNull {
      guard let news = TrayNews(parts[13]) else { throw .malformed }
      answer.tray = news
    }
    answer.servesAhead = more && parts.count > 14 && parts[14].bool == true
    if parts.count > 15 { answer.writtenFor = parts[15].integer }
    head = answer
  }

  /// All of it.
  package func read() throws(MessageFailure) -> SyncAnswer {
    guard let unpacked = try? OperationCoding.unpack(operations.packed, countMax: Limits.operationsPerPageMax),
      let judged = try? OperationCoding.unpackJudgements(operations.judgements), judged.count == unpacked.count
    else { throw .malformed }
    var answer = head
    answer.operations = zip(unpacked, judged).map { JudgedOperation($0, $1) }
    return answer
  }
}

extension OperationCoding {
  /// Judgements in columns: sequences and times as differences.
  static func packJudgements(_ judgements: [Judgement]) -> Value {
    var rows: [[Value]] = [[], [], [], [], []]
    var previous: (sequence: Int64, received: Int64) = (0, 0)
    for judgement in judgements {
      rows[0].append(.integer(judgement.sequence &- previous.sequence))
      rows[1].append(.text(judgement.disposition.text))
      rows[2].append(.integer(judgement.receivedAt.milliseconds &- previous.received))
      rows[3].append(.integer(judgement.receivedAt.milliseconds &- judgement.capturedAt.milliseconds))
      rows[4].append(.bool(judgement.captureDoubtful))
      previous = (judgement.sequence, judgement.receivedAt.milliseconds)
    }
    return [.integer(Int64(judgements.count)), .array(rows.map(Columns.pack))]
  }

  /// The judgements of a packed list.
  static func unpackJudgements(_ packed: Value) throws(Failure) -> [Judgement] {
    guard let parts = packed.array, parts.count == 2, let declared = parts[0].integer, declared >= 0,
      declared <= Int64(Limits.operationsPerPageMax), let columns = parts[1].array, columns.count == 5
    else { throw .malformed }
    let count = Int(declared)
    var rows: [[Value]] = []
    for column in columns {
      guard let values = try? Columns.unpack(column, count: count) else { throw .malformed }
      rows.append(values)
    }
    var judgements: [Judgement] = []
    var previous: (sequence: Int64, received: Int64) = (0, 0)
    for index in 0..<count {
      guard let sequence = rows[0][index].integer, let received = rows[2][index].integer,
        let captured = rows[3][index].integer
      else { throw .malformed }
      previous = (previous.sequence &+ sequence, previous.received &+ received)
      judgements.append(
        try judgement([
          .integer(previous.sequence), rows[1][index], .integer(previous.received),
          .integer(previous.received &- captured), rows[4][index],
        ]))
    }
    return judgements
  }
}
