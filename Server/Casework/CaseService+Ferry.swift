internal import Application
package import Cryptography
package import Foundations
internal import Journal
internal import Replication

/// What was in a device's ferry file.
package struct FerryIntake: Sendable, Hashable {
  package let device: DeviceID
  package var requests = 0
  /// Operations in it, those that were here already among them.
  package var operations = 0
  /// Bytes of attachments that were new.
  package var attachmentBytes: Int64 = 0
}

/// What went into a file for a device.
package struct FerryOutput: Sendable, Hashable {
  package let device: DeviceID
  package var pages = 0
  package var operations = 0
  /// Of the device's own operations, how many the file acknowledges that it did not know of.
  package var acknowledged: Int64 = 0
  package var bytes: Int64 = 0
}

/// The exchange by ferry files: the same requests and the same answers as over the network.
extension CaseService {
  /// Publishes the key that ferry files for the server are sealed to; nothing happens where it is published.
  package func publish(ferryKey key: SM2.EncryptionKey) throws(Problem) {
    let signer = identity.key.verifyingKey
    let now = clock.now()
    let published = try journal.read { reader throws(Problem) in
      FerryKey(try reader.document(RegistryKey.settings, RegistryKey.ferry), of: signer)
    }
    guard published?.key.publicBytes != key.publicBytes else { return }
    let value = try FerryKey(key, signedBy: identity.key).value
    try journal.write { writer throws(Problem) in
      try writer.setDocument(RegistryKey.settings, RegistryKey.ferry, value)
      try County.touch(writer)
      try writer.addAudit(at: now, actor: "server", action: "ferry.key", subject: "-")
    }
  }

  // MARK: In

  /// Takes in a device's file: operations first, then attachments. What was taken before a damaged place stays; the
  /// same file, or an older one, changes nothing. Of a device that was revoked, or copied, all of it goes to the review
  /// tray before the refusal is thrown.
  /// - Parameters:
  ///   - key: the server's own, which opens the file.
  ///   - actor: for the audit chain.
  ///   - read: the file's next bytes, fewer than asked for only at its end.
  /// - Throws: `ferry.…`; `device.not-enrolled`, `device.revoked`; as a sync over the network does, but for numbers.
  package func takeFerry(
    key: SM2.DecryptionKey, attachments: any AttachmentStore, actor: String,
    read: @escaping (Int) throws(Problem) -> [UInt8]
  ) throws(Problem) -> FerryIntake {
    var file = try FerryReader(.toServer, key: key, read: read) { writer throws(Problem) in
      try VerifyingKey(publicBytes: try self.enrolled(writer).signingKey)
    }
    let device = try enrolled(file.writer)
    var refusal: Problem?
    try audit("ferry.in", device, actor)
    var report = FerryIntake(device: device.id)
    var number: Int64 = 0
    var intake = AttachmentIntake(service: self, device: device, store: attachments)
    while let frame = try file.next() {
      switch frame {
      case .request(let bytes):
        do throws(Problem) {
          // What was to be brought back stands before it.
          try mendReturned(by: device)
          let request = try takeFerried(bytes, from: device)
          number = max(number, request.number)
          report.operations += request.operations.count
          report.requests += 1
        } catch {
          guard error.kind == .deviceRevoked || error.kind == .syncForked else { throw error }
          // Who takes a file in stands before the county's machine, not before the device.
          refusal =
            error.kind == .syncForked
            ? ProblemKind.syncForkedFerry.with(device.id.text).telling(error.numbers) : error
        }
      case .waiting(let digests):
        try note(waiting: digests, of: number, device)
      case .part(let part):
        try intake.take(part)
        report.attachmentBytes = intake.bytes
      case .returned(let bytes):
        // A device that was revoked brings back nothing that counts; its own work goes to the review tray below.
        guard device.status == .active else { break }
        _ = try takeBack(bytes, device: device, from: attachments)
      case .latest, .lineage, .page, .settled, .unknown: break
      }
    }
    if let refusal { throw refusal }
    return report
  }

  private func enrolled(_ id: DeviceID) throws(Problem) -> DeviceRow {
    try journal.read { reader throws(Problem) in try Self.enrolledDevice(id, reader) }
  }

  private func device(_ id: DeviceID) throws(Problem) -> DeviceRow {
    try journal.read { reader throws(Problem) in try Self.activeDevice(id, reader) }
  }

  private func audit(_ action: String, _ device: DeviceRow, _ actor: String) throws(Problem) {
    let now = clock.now()
    try journal.write { writer throws(Problem) in
      try writer.addAudit(at: now, actor: actor, action: action, subject: device.id.text)
    }
  }

  /// Remembers what the device asks about, unless a later file has asked already.
  private func note(waiting digests: [Digest], of number: Int64, _ device: DeviceRow) throws(Problem) {
    try journal.write { writer throws(Problem) in
      var reported = try Reported.read(device.id, writer)
      guard number > reported.waitingNumber else { return }
      reported.waiting = digests
      reported.waitingNumber = number
      try reported.write(device.id, writer)
    }
  }

  private func takeFerried(_ bytes: [UInt8], from device: DeviceRow) throws(Problem) -> SyncRequest {
    do throws(Problem) {
      return try takeRequest(bytes, by: .file, from: device.id).request
    } catch {
      if error.kind == .syncTimeline { throw Problem(.ferryTimeline) }
      guard error.kind == .syncGap else { throw error }
      throw ProblemKind.ferryGap.with(error.detail ?? "")
    }
  }

  // MARK: Out

  /// Writes a file for a device: everything after what it last reported.
  /// - Parameters:
  ///   - actor: for the audit chain.
  ///   - write: puts bytes at the file's end.
  /// - Throws: `device.not-enrolled`, `device.revoked`; what `write` throws.
  package func writeFerry(
    for id: DeviceID, actor: String, write: @escaping ([UInt8]) throws(Problem) -> Void
  ) throws(Problem) -> FerryOutput {
    let device = try device(id)
    try audit("ferry.out", device, actor)
    var file = try FerryWriter(
      .toDevice, from: ServerIdentity.device, to: SM2.EncryptionKey(publicBytes: device.encryptionKey),
      signer: identity.key, random: random, write: write)
    var output = FerryOutput(device: id)
    var (place, latest) = try journal.read { reader throws(Problem) in
      (try Reported.read(id, reader), try reader.author(id).number)
    }
    try file.append(.latest(latest))
    let lineage = try journal.read { reader throws(Problem) in try county(reader).lineage }
    if !lineage.past.isEmpty { try file.append(.lineage(lineage, missing: try missingBlobs(device))) }
    let start = place.acknowledged
    while true {
      let (answer, bytes) = try page(device, after: place)
      try file.append(
        .page(
          FerryPage(
            cursor: place.cursor, acknowledged: place.acknowledged, catalogVersion: place.catalogVersion,
            answer: bytes)))
      output.pages += 1
      output.operations += answer.operations.count
      // A device that learns its new station pulls from the beginning.
      let hasMoved = answer.assignment != nil
      let isMore =
        hasMoved || answer.more || answer.tray?.more == true
        || answer.acknowledged - place.acknowledged == Int64(Limits.operationsPerPageMax)
      place.assignment = device.assignment
      place.cursor = hasMoved ? Cursor(timeline: answer.cursor.timeline, position: 0, sequence: 0) : answer.cursor
      place.acknowledged = answer.acknowledged
      place.tray = hasMoved ? 0 : answer.tray?.through ?? place.tray
      place.catalogVersion = answer.catalog?["version"]?.text ?? place.catalogVersion
      guard isMore else { break }
    }
    try file.append(try settled(device, place.waiting))
    try file.finish()
    output.acknowledged = max(0, place.acknowledged - start)
    output.bytes = file.bytes
    return output
  }

  /// Operations in one page of a file; fewer where they are large.
  private static let pageOperationsMax = 400
  private static let pageBytesMax = Limits.bodyBytesMax / 2

  private func page(_ device: DeviceRow, after place: Reported) throws(Problem) -> (SyncAnswer, [UInt8]) {
    var pageMax = Self.pageOperationsMax
    while true {
      var standing = SyncRequest(
        device: device.id, number: 0, cursor: place.cursor, now: clock.now(), clockEpoch: 0,
        catalogVersion: place.catalogVersion, pageMax: pageMax, acknowledged: place.acknowledged,
        running: Chain.start(device.id), operations: [], assignment: place.assignment)
      standing.tray = place.tray
      var answer = try draft(standing, device, most: pageMax).answer()
      answer.writtenFor = place.assignment
      let payloadBytes = answer.operations.reduce(0) { $0 + $1.operation.payload.count }
      if payloadBytes <= Self.pageBytesMax || pageMax == 1 {
        return (answer, answer.bytes(dictionary: nil, version: place.version))
      }
      pageMax = max(1, pageMax / 4)
    }
  }

  /// What became of the attachments a device asked about.
  private func settled(_ device: DeviceRow, _ waiting: [Digest]) throws(Problem) -> FerryFrame {
    var (arrived, unneeded): ([Digest], [Digest]) = ([], [])
    for digest in waiting {
      do throws(Problem) {
        if try upload(digest.text, from: device, received: { 0 }).isComplete { arrived.append(digest) }
      } catch {
        guard error.kind == .blobUnknown else { throw error }
        unneeded.append(digest)
      }
    }
    return .settled(arrived: arrived, unneeded: unneeded)
  }
}

extension ProblemKind {
  /// As the device's own, in words for whoever administers it. What the file brings is kept all the same.
  static let syncForkedFerry = ProblemKind(
    syncForked.code, status: syncForked.status, "设备 {} 送来的和县里已有的对不上：它被复制过，或者从备份恢复过；这个文件的内容收进了待处理。",
    remedy: "请告诉用这台设备的人先不要再录入；要接着用的那台，用 device add 给一个新的登记码重新登记，它会把内容再送来，或者用 tray list 查看后逐条处理。")
}
