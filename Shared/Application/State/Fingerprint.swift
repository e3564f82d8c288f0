package import Cryptography
internal import Foundations
internal import Replication

/// What the fold made of an application's operations, in one digest.
extension ApplicationState {
  /// SM3 over what was derived: which operations took effect and when, entries, versions (whose digests hold all
  /// values), proceedings, late amendments, registers in conflict. Contents stand in it by the ids of their operations,
  /// which never change. Dates that depend on the calendar are not in it.
  package var fingerprint: Digest {
    var writer = FingerprintWriter()
    writer.add(id.text, matter.text, code, station.text, refusal ?? "")
    writer.add(lastSequence, Int64(operations), Int64(unsent), Int64(registers.count))
    for register in conflicts { writer.add(register) }
    for entry in materials {
      writer.add(entry.operation)
      writer.add(entry.material)
    }
    for share in shares { writer.add(share) }
    for note in notes { writer.add(note.operation) }
    for version in versions { writer.add(version.digest, String(version.number)) }
    // By their places: a proceeding is large, and going through them copies each.
    for place in proceedings.indices { writer.add(proceedings[place]) }
    for amendment in late { writer.add(amendment.operation) }
    for rectification in rectifications { writer.add(rectification.operation) }
    for document in documents { writer.add(document.kind.rawValue, document.number) }
    for mark in duplicates {
      writer.add(mark.other.text, mark.code, mark.status.rawValue)
      for head in mark.decisions.heads { writer.add(head.operation) }
    }
    for entry in timeline {
      writer.add(entry.operation)
      writer.add(entry.code ?? "")
      writer.add(entry.at.milliseconds)
    }
    return Digest.sm3(writer.bytes)
  }
}

/// What a person was shown of a conflict.
extension ApplicationState {
  private static let listingTokenBytes = 4

  /// A short name for what stands in a register and in which order it is listed, decisions about duplicates among them:
  /// it changes with whatever arrives, since a candidate's number may then mean another one.
  package func listingToken(_ register: String) -> String {
    var writer = FingerprintWriter()
    writer.add(register)
    let isDuplicate = registers[register] == nil
    for operation in isDuplicate ? self.register(register)?.heads.map(\.operation) ?? [] : shown(register) {
      writer.add(operation)
    }
    return Hexadecimal.text(Digest.sm3(writer.bytes).bytes.prefix(Self.listingTokenBytes))
  }
}

/// Parts with their lengths before them, so that two different states never give the same bytes.
private struct FingerprintWriter {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(4096) }

  mutating func add(_ texts: String...) { for text in texts { add(text) } }
  mutating func add(_ numbers: Int64...) { for number in numbers { add(number) } }

  mutating func add(_ text: String) {
    add(Int64(text.utf8.count))
    var text = text
    text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func add(_ number: Int64) {
    unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func add(_ operation: OperationID) {
    add(operation.device.text)
    add(operation.counter)
  }

  mutating func add(_ proceeding: ProceedingState) {
    add(
      proceeding.id.text, proceeding.window?.text ?? "", proceeding.status.rawValue, proceeding.outcome ?? "",
      proceeding.redirectTo ?? "", proceeding.correctionUntil ?? "")
    add(
      proceeding.version, proceeding.receivedAt?.milliseconds ?? 0, proceeding.acceptedAt?.milliseconds ?? 0,
      proceeding.decidedAt?.milliseconds ?? 0, proceeding.extendedDays, Int64(proceeding.suspensions.count),
      Int64(proceeding.defects.count))
    // Only what older programs did not derive, and where there is something of it: what they stored stays true.
    if proceeding.manner != .window { add(proceeding.manner.rawValue) }
    if proceeding.isPreviewed { add("previewed") }
    if let note = proceeding.creditNote { add(note) }
    if let repair = proceeding.creditRepair { add("repaired", repair) }
    if proceeding.isGivenBack { add("given back") }
    for item in proceeding.detouredFrom { add("detour", item.text) }
    for (material, result) in proceeding.verified.sorted(by: { $0.key < $1.key }) { add(material, result) }
    if let operation = proceeding.lastOperation { add(operation) }
  }
}
