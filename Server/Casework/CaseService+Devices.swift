internal import Application
internal import Catalog
package import Cryptography
package import Foundations
package import Journal
internal import Replication
internal import Wire

/// Devices: invited, enrolled, authenticated; proving that nothing differs.
extension CaseService {
  /// Days in which a one-time code must be used.
  private static let codeDays: Int64 = 7

  /// Invites a device: a row and a one-time code, which is kept only by its digest.
  package func inviteDevice(station: StationID, name: String, actor: String) throws(Problem) -> (DeviceID, String) {
    try journal.write { writer throws(Problem) in
      guard try writer.station(station) != nil else { throw ProblemKind.stationUnknown.with(station.text) }
      let device = DeviceID("d" + Base32.text(random.bytes(5)))
      let number = try Self.freeNumber(station, writer)
      try writer.setDevice(
        DeviceRow(
          id: device, station: station, name: name, number: number, status: .invited))
      let code = try Self.newCode(device, writer, random: random, now: clock.now())
      try writer.addAudit(at: clock.now(), actor: actor, action: "device.invite", subject: device.text)
      return (device, code)
    }
  }

  private static func newCode(
    _ device: DeviceID, _ writer: any JournalWriter, random: any RandomSource, now: Instant
  ) throws(Problem) -> String {
    let code = Base32.grouped(Base32.text(random.bytes(10)), by: 4)
    try writer.setEnrolmentCode(codeDigest(code), device: device, until: now.adding(seconds: codeDays * 86_400))
    return code
  }

  private static func codeDigest(_ code: String) -> [UInt8] {
    let plain = code.lowercased().filter { $0.isLetter || $0.isNumber }
    return Digest.sm3(Array("bangban-code \(plain)".utf8)).bytes
  }

  /// Answers `POST /v1/enroll`.
  /// - Parameter body: `{code, name?, signingKey, encryptionKey, predecessor?}`, keys in hexadecimal.
  package func enroll(_ body: Value) throws(Problem) -> Value {
    guard let code = body["code"]?.text, let signing = body["signingKey"]?.text.flatMap({ Hexadecimal.bytes($0) }),
      let encryption = body["encryptionKey"]?.text.flatMap({ Hexadecimal.bytes($0) }),
      (try? VerifyingKey(publicBytes: signing)) != nil, (try? SM2.EncryptionKey(publicBytes: encryption)) != nil
    else { throw ProblemKind.enrolMalformed.with("code, signingKey, encryptionKey") }
    let now = clock.now()
    return try journal.write { writer throws(Problem) in
      let keys = Digest.sm3(signing + encryption)
      guard let id = try writer.takeEnrolmentCode(Self.codeDigest(code), keys: keys, now: now),
        var device = try writer.device(id),
        device.status != .revoked, let station = try writer.station(device.station)
      else { throw Problem(.enrolCode) }
      device.signingKey = signing
      device.encryptionKey = encryption
      device.status = .active
      device.enrolledAt = now
      if let name = body["name"]?.text, !name.isEmpty { device.name = String(name.prefix(100)) }
      try writer.setDevice(device)
      try writer.addAudit(at: now, actor: "device:\(id.text)", action: "device.enrol", subject: id.text)
      if let predecessor = body["predecessor"] { try Self.succeed(predecessor, device, writer, now: now) }
      return try self.enrolment(device, station, writer)
    }
  }

  /// What was shared with a device goes on being shared with the one that takes its place, if that one has its key. A
  /// revoked device hands nothing on.
  /// - Parameter predecessor: `{device, signature}`; SM2 over CBOR ["bangban-successor-1", device, signing key,
  ///   encryption key].
  private static func succeed(
    _ predecessor: Value, _ device: DeviceRow, _ writer: any JournalWriter, now: Instant
  ) throws(Problem) {
    let id = DeviceID(predecessor["device"]?.text ?? "")
    // A device that was enrolled after the backup that was put back is not known any more, or only as invited: nothing
    // is shared with it, and its key is nobody's.
    guard let former = try writer.device(id), former.status != .invited else { return }
    guard let signature = predecessor["signature"]?.text.flatMap({ Hexadecimal.bytes($0) }),
      try VerifyingKey(publicBytes: former.signingKey).verify(
        signature,
        of: CBOR.encode([
          "bangban-successor-1", .text(id.text), .bytes(device.signingKey), .bytes(device.encryptionKey),
        ]))
    else { throw Problem(.syncSignature) }
    try writer.addAudit(
      at: now, actor: "device:\(device.id.text)", action: "device.succeed", subject: former.id.text)
    try writer.setDocument(RegistryKey.predecessors, device.id.text, .text(former.id.text))
    guard former.status == .active else { return }
    let sequence = try writer.lastSequence()
    for application in try writer.applications(in: ["device:\(former.id.text)"]).keys.sorted() {
      try writer.enter("device:\(device.id.text)", application, at: sequence)
    }
  }

  private func enrolment(
    _ device: DeviceRow, _ station: StationRow, _ reader: any JournalReader
  ) throws(Problem) -> Value {
    let county = try county(reader)
    var catalog = try CatalogChanges.since("", county: county, reader) ?? [:]
    // The enrolment is JSON: files as text instead of bytes.
    catalog["matters"] = .array(
      (catalog["matters"]?.array ?? []).map { entry in
        .array(
          (entry.array ?? []).map { part in part.bytes.map { .text(String(decoding: $0, as: UTF8.self)) } ?? part })
      })
    let keys = try reader.document(RegistryKey.settings, "keys") ?? [:]
    var enrolment = Self.assignment(device, station)
    enrolment["device"] = .text(device.id.text)
    enrolment["serverKey"] = .text(Hexadecimal.text(publicKey))
    enrolment["recoveryKey"] = keys["recovery"] ?? .null
    enrolment["county"] = ["name": .text(county.name), "division": .text(county.division)]
    enrolment["timeline"] = .text(county.timeline)
    enrolment["lineage"] = county.lineage.value
    enrolment["catalog"] = catalog
    return enrolment
  }

  /// Who signed a request that is no sync: the device in its headers.
  /// - Parameters:
  ///   - header: a header's value by its lower-case name.
  ///   - body: the request's body; its SM3 is part of what is signed.
  ///   - lettingRevoked: whether a revoked device may still ask this: how much of its unsent work is here, no more.
  package func authenticate(
    method: String, path: String, header: (String) -> String?, bodyDigest: Digest, lettingRevoked: Bool = false
  ) throws(Problem) -> DeviceRow {
    try authenticate(header: header, lettingRevoked: lettingRevoked) { id, time, nonce in
      CBOR.encode([
        "bangban-request-1", .text(method), .text(path), .text(id.text), .integer(time), .text(nonce),
        .bytes(bodyDigest.bytes),
      ])
    }
  }

  /// Who signed a request: the device in its headers.
  ///
  /// Neither the time's age nor a nonce's reuse is asked for: a laptop's clock may be wrong by years, and a retry that
  /// met a lost answer is the same request. What is signed this way must do nothing twice; what a batch of operations
  /// is protected by is its growing number.
  /// - Parameters:
  ///   - header: a header's value by its lower-case name.
  ///   - lettingRevoked: whether a revoked device may still ask this.
  ///   - message: what it had to sign, by its id and the time and nonce it named.
  package func authenticate(
    header: (String) -> String?, lettingRevoked: Bool,
    message: (_ device: DeviceID, _ time: Int64, _ nonce: String) -> [UInt8]
  ) throws(Problem) -> DeviceRow {
    guard let id = header("bangban-device"), let time = header("bangban-time").flatMap({ Int64($0) }),
      let nonce = header("bangban-nonce"), nonce.utf8.count <= 64,
      let signature = header("bangban-signature").flatMap({ Hexadecimal.bytes($0) })
    else { throw Problem(.syncSignature) }
    let device = try journal.read { reader throws(Problem) in
      try lettingRevoked
        ? Self.enrolledDevice(DeviceID(id), reader) : Self.activeDevice(DeviceID(id), reader)
    }
    guard
      try VerifyingKey(publicBytes: device.signingKey).verify(
        signature, of: message(device.id, time, nonce))
    else { throw Problem(.syncSignature) }
    return device
  }
}

extension ProblemKind {
  package static let stationUnknown = ProblemKind(
    "station.unknown", status: 404, "没有这个站点：{}。", remedy: "用 bangban-server station list 查看站点编号。")
  package static let enrolMalformed = ProblemKind(
    "enroll.malformed", status: 400, "登记请求不完整：{}。", remedy: "请升级程序后再试。")
  package static let enrolCode = ProblemKind(
    "enroll.code-invalid", status: 403, "登记码不对、已用过或已过期。", remedy: "请向管理员要一个新的登记码。")
}
