internal import Cryptography
package import Foundations
internal import Wire

/// Operations as values: what is digested, stored and sent. Ids of the same author are written by their counter alone.
package enum OperationCoding {
  /// Why a value is not an operation.
  package enum Failure: Error, Sendable, Hashable { case malformed }

  /// The header as a CBOR array: [device, counter, application or null, person, kind, parents, saw, claimed, epoch].
  package static func value(_ header: OperationHeader) -> Value {
    let own = header.id.device
    let application: Value = header.isUnderOwnID ? .null : .text(header.application.text)
    return [
      .text(own.text), .integer(header.id.counter), application, .text(header.person.text), .text(header.kind.text),
      .object(Members(uniqueKeysWithValues: header.parents.map { ($0, .array($1.map { reference($0, own: own) })) })),
      .object(Members(uniqueKeysWithValues: header.saw.map { ($0.key.text, .integer($0.value)) })),
      .integer(header.claimedAt.milliseconds), .integer(header.clockEpoch),
    ]
  }

  /// The header from its array.
  package static func header(_ value: Value) throws(Failure) -> OperationHeader {
    guard let parts = value.array, parts.count == 9, let device = parts[0].text, !device.isEmpty,
      device.utf8.count <= nameBytesMax, let counter = parts[1].integer, counter > 0, let person = parts[3].text,
      person.utf8.count <= nameBytesMax, let kind = parts[4].text, kind.utf8.count <= nameBytesMax,
      let parents = parts[5].object,
      let saw = parts[6].object, let claimed = parts[7].integer, let epoch = parts[8].integer
    else { throw .malformed }
    let own = DeviceID(device)
    let id = OperationID(own, counter)
    let application: ApplicationID
    switch parts[2] {
    case .null: application = ApplicationID(createdBy: id)
    case .text(let text) where (1...nameBytesMax).contains(text.utf8.count): application = ApplicationID(text)
    default: throw .malformed
    }
    var parentIDs: [String: [OperationID]] = [:]
    for (register, references) in parents {
      guard register.utf8.count <= registerBytesMax, let references = references.array else { throw .malformed }
      var ids: [OperationID] = []
      for reference in references { ids.append(try operationID(reference, own: own)) }
      parentIDs[register] = ids
    }
    var seen: [DeviceID: Int64] = [:]
    for (device, counter) in saw {
      guard device.utf8.count <= nameBytesMax, let counter = counter.integer, counter >= 0 else { throw .malformed }
      seen[DeviceID(device)] = counter
    }
    let opens = OperationKind(kind) == .create
    return OperationHeader(
      id: id, application: application, person: PersonID(person), kind: OperationKind(kind), parents: parentIDs,
      saw: seen, claimedAt: Instant(milliseconds: claimed), clockEpoch: epoch,
      isUnderOwnID: opens && (parts[2].isNull || application == ApplicationID(createdBy: id)))
  }

  private static func reference(_ id: OperationID, own: DeviceID) -> Value {
    id.device == own ? .integer(id.counter) : [.text(id.device.text), .integer(id.counter)]
  }

  private static func operationID(_ value: Value, own: DeviceID) throws(Failure) -> OperationID {
    switch value {
    case .integer(let counter) where counter > 0: return OperationID(own, counter)
    case .array(let parts):
      guard parts.count == 2, let device = parts[0].text, device.utf8.count <= nameBytesMax,
        let counter = parts[1].integer, counter > 0
      else {
        throw .malformed
      }
      return OperationID(DeviceID(device), counter)
    default: throw .malformed
    }
  }

  /// A judgement as a CBOR array: [sequence, disposition, received, captured, doubtful].
  package static func value(_ judgement: Judgement) -> Value {
    [
      .integer(judgement.sequence), .text(judgement.disposition.text), .integer(judgement.receivedAt.milliseconds),
      .integer(judgement.capturedAt.milliseconds), .bool(judgement.captureDoubtful),
    ]
  }

  /// The judgement from its array.
  package static func judgement(_ value: Value) throws(Failure) -> Judgement {
    guard let parts = value.array, parts.count == 5, let sequence = parts[0].integer,
      let disposition = parts[1].text.flatMap(Disposition.init(text:)), let received = parts[2].integer,
      let captured = parts[3].integer, let doubtful = parts[4].bool
    else { throw .malformed }
    return Judgement(
      sequence: sequence, disposition: disposition, receivedAt: Instant(milliseconds: received),
      capturedAt: Instant(milliseconds: captured), captureDoubtful: doubtful)
  }

  /// A list of operations in columns: headers part by part, payloads as values wherever writing the value again gives
  /// the same bytes.
  package static func pack(_ operations: [Operation]) -> Value {
    var columns = [[Value]](repeating: [], count: 9)
    var salts: [Value] = []
    var created: [ApplicationID: OperationID] = [:]
    var digests: [Value] = []
    var payloads: [Value] = []
    var previousClaim: Int64 = 0
    for operation in operations {
      guard var parts = value(operation.header).array else { continue }
      // An application that this very list creates is named by the counter of its first operation, to its own author.
      if parts[2].isNull {
        created[operation.header.application] = operation.id
      } else if let first = created[operation.header.application], first.device == operation.id.device {
        parts[2] = .integer(first.counter)
      }
      parts[7] = .integer(operation.header.claimedAt.milliseconds &- previousClaim)
      previousClaim = operation.header.claimedAt.milliseconds
      for (index, part) in parts.enumerated() { columns[index].append(part) }
      salts.append(.bytes(operation.salt))
      digests.append(operation.isErased ? .bytes(operation.digest.bytes) : .null)
      payloads.append(packedPayload(operation))
    }
    let counters = columns[1].compactMap(\.integer)
    if let first = counters.first, counters.enumerated().allSatisfy({ $1 == first &+ Int64($0) }) {
      columns[1] = [.integer(first)]
    }
    return [
      .integer(Int64(operations.count)), .array(columns.map(Columns.pack)), .array(salts),
      digests.allSatisfy(\.isNull) ? .null : .array(digests), Columns.pack(payloads),
    ]
  }

  private static func packedPayload(_ operation: Operation) -> Value {
    // CBOR reads only what it writes: an object that was read is written as these bytes again.
    operation.content.object != nil ? operation.content : .bytes(operation.payload)
  }

  /// The operations of a packed list; digests are computed from what is there, never believed.
  /// - Parameter countMax: a longer list is malformed.
  package static func unpack(_ packed: Value, countMax: Int) throws(Failure) -> [Operation] {
    guard let parts = packed.array, parts.count == 5, let declared = parts[0].integer, declared >= 0,
      declared <= Int64(countMax), let packedColumns = parts[1].array, packedColumns.count == 9,
      let salts = parts[2].array, Int64(salts.count) == declared
    else { throw .malformed }
    let count = Int(declared)
    var columns: [[Value]] = []
    for (index, column) in packedColumns.enumerated() {
      columns.append(index == 1 ? try counters(column, count: count) : try rows(column, count: count))
    }
    let payloads = try rows(parts[4], count: count)
    let digests = parts[3].isNull ? Array(repeating: .null, count: count) : parts[3].array ?? []
    guard digests.count == count else { throw .malformed }
    var headers: [OperationHeader] = []
    headers.reserveCapacity(count)
    var claim: Int64 = 0
    // A constant column costs its sender nothing: what the rows come to together is what is bounded, here and below.
    var referencesLeft = Limits.valuesMax
    var created: [OperationID: ApplicationID] = [:]
    for index in 0..<count {
      guard let claimed = columns[7][index].integer else { throw .malformed }
      claim &+= claimed
      var headerParts = columns.map { $0[index] }
      headerParts[7] = .integer(claim)
      if let counter = headerParts[2].integer, counter > 0, let device = headerParts[0].text {
        let first = OperationID(DeviceID(device), counter)
        headerParts[2] = .text((created[first] ?? ApplicationID(createdBy: first)).text)
      }
      referencesLeft -= weight(headerParts)
      guard referencesLeft >= 0 else { throw .malformed }
      let header = try header(.array(headerParts))
      guard isBounded(header) else { throw .malformed }
      if header.isUnderOwnID { created[header.id] = header.application }
      headers.append(header)
    }
    return try operations(headers, salts: salts, digests: digests, payloads: payloads)
  }

  /// The operations of headers and what else came with them; each is encoded and digested, which is most of the work.
  private static func operations(
    _ headers: [OperationHeader], salts: [Value], digests: [Value], payloads: [Value]
  ) throws(Failure) -> [Operation] {
    var operations: [Operation] = []
    operations.reserveCapacity(headers.count)
    var bytesLeft = Limits.inflatedBytesMax
    // A few at a time, so that little is made before it is found to be too much.
    for start in stride(from: 0, to: headers.count, by: piece) {
      let piece = Array(start..<min(start + piece, headers.count))
      let made = Parallel.map(piece, fewest: Parallel.pageMin) { index in
        try? operation(headers[index], salt: salts[index], digest: digests[index], payload: payloads[index])
      }
      for operation in made {
        guard let operation else { throw .malformed }
        bytesLeft -= operation.payload.count
        guard bytesLeft >= 0 else { throw .malformed }
        operations.append(operation)
      }
    }
    return operations
  }

  /// Operations that are made together.
  private static let piece = 64

  /// How many references a header's parts hold.
  private static func weight(_ parts: [Value]) -> Int {
    let parents = parts[5].object ?? [:]
    return parents.reduce(parents.count + (parts[6].object?.count ?? 0)) { $0 + ($1.value.array?.count ?? 0) }
  }

  /// Whether a header is no longer than whoever gets it can read with many others, and no write names more than what
  /// can be looked through for each. What a log has already is read as it is.
  private static func isBounded(_ header: OperationHeader) -> Bool {
    var bytes = header.saw.keys.reduce(0) { $0 + $1.text.utf8.count + counterBytes }
    for (register, heads) in header.parents {
      guard heads.count <= Limits.headsMax else { return false }
      bytes += heads.reduce(register.utf8.count) { $0 + $1.device.text.utf8.count + counterBytes }
    }
    return bytes <= Limits.headerBytesMax
  }

  /// Bytes of a counter at most.
  private static let counterBytes = 9

  private static func operation(
    _ header: OperationHeader, salt: Value, digest: Value, payload: Value
  ) throws(Failure) -> Operation {
    guard let salt = salt.bytes else { throw .malformed }
    guard digest.isNull else {
      guard let digest = digest.bytes.flatMap(Digest.init(bytes:)), salt.isEmpty, payload == .bytes([]) else {
        throw .malformed
      }
      return Operation(header: header, erasedWith: digest)
    }
    guard salt.count == saltBytes else { throw .malformed }
    let bytes = payload.bytes ?? CBOR.encode(payload)
    guard bytes.count <= Limits.payloadBytesMax else { throw .malformed }
    // What is nested too deep to be read from a store must not be read here either.
    let operation =
      payload.bytes == nil && isReadable(payload, levels: Limits.jsonDepthMax)
      ? Operation(header: header, salt: salt, payload: bytes, content: payload)
      : Operation(header: header, salt: salt, payload: bytes)
    // A value takes a byte at least.
    var valuesLeft = Limits.payloadValuesMax
    guard bytes.count <= valuesLeft || isFew(operation.content, &valuesLeft) else { throw .malformed }
    return operation
  }

  private static func isFew(_ value: Value, _ left: inout Int) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    switch value {
    case .array(let items):
      for item in items where !isFew(item, &left) { return false }
    case .object(let members):
      for (_, member) in members where !isFew(member, &left) { return false }
    default: break
    }
    return true
  }

  private static func isReadable(_ value: Value, levels: Int) -> Bool {
    switch value {
    case .array(let items): levels >= 0 && items.allSatisfy { isReadable($0, levels: levels - 1) }
    case .object(let members): levels >= 0 && members.values.allSatisfy { isReadable($0, levels: levels - 1) }
    default: levels >= 0
    }
  }

  /// Bytes of an identifier in a header, and of a register's name.
  private static let nameBytesMax = 64
  private static let registerBytesMax = 256
  /// Bytes of an operation's salt: 96 bits that nobody can try out.
  package static let saltBytes = 12

  private static func rows(_ packed: Value, count: Int) throws(Failure) -> [Value] {
    guard let rows = try? Columns.unpack(packed, count: count) else { throw .malformed }
    return rows
  }

  private static func counters(_ packed: Value, count: Int) throws(Failure) -> [Value] {
    // One plain row for many: a run. (One constant row is a counter that many devices share.)
    if count > 1, let parts = packed.array, parts.count == 2, parts[0] == 0, let first = parts[1].integer, first > 0,
      first < Int64.max - Int64(count)
    {
      return (0..<Int64(count)).map { .integer(first + $0) }
    }
    return try rows(packed, count: count)
  }
}
