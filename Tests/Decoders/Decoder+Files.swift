package import Catalog
internal import Cryptography
internal import FoundationEssentials
package import Foundations
internal import Replication
internal import TestValues
internal import Wire

extension Decoder {
  private static let frames: [FerryFrame] = [
    .request([1, 2, 3]), .waiting([.sm3([1]), .sm3([2])]), .latest(12),
    .part(FerryPart(digest: .sm3([1]), offset: 1 << 20, bytes: [UInt8](repeating: 9, count: 300))),
    .page(
      FerryPage(
        cursor: Cursor(timeline: "t1", position: 9, sequence: 8), acknowledged: 7, catalogVersion: "c1",
        answer: [1, 2, 3])),
  ]
  private static let opening = try? SM2.DecryptionKey(privateBytes: secret)
  private static let signing = try? SigningKey(privateBytes: secret)
  private static let sealer = try? Sealer(key: secret)

  private final class Sink {
    var bytes: [UInt8] = []
  }

  private static let ferryFile: [[UInt8]] = {
    guard let opening, let signing else { return [] }
    let sink = Sink()
    guard
      var file = try? FerryWriter(
        .toServer, from: device, to: opening.encryptionKey, signer: signing, random: SystemRandom(),
        write: { piece throws(Problem) in sink.bytes += piece })
    else { return [] }
    for frame in frames { try? file.append(frame) }
    try? file.finish()
    return [sink.bytes]
  }()

  private static func readsFerry(_ bytes: [UInt8]) -> Bool {
    guard let opening, let signing else { return false }
    return works {
      var position = 0
      var file = try FerryReader(.toServer, key: opening) { count throws(Problem) in
        let piece = Array(bytes[position..<min(position + count, bytes.count)])
        position += piece.count
        return piece
      } verifyingKey: { _ throws(Problem) in
        signing.verifyingKey
      }
      while try file.next() != nil {}
    }
  }

  /// Files that are carried.
  static let files: [Decoder] = [
    Decoder("ferry-frame", frames.map(\.bytes)) { FerryFrame($0) != nil },
    Decoder("ferry-file", ferryFile, accepts: readsFerry),
    Decoder(
      "recovery-request",
      [
        RecoveryRequest(
          device: device, id: RecoveryRequest.newID(SystemRandom()),
          replyKey: opening?.encryptionKey.publicBytes ?? [], wrapped: [1, 2, 3], proof: [4, 5]
        ).bytes
      ]
    ) { (try? RecoveryRequest($0)) != nil },
    Decoder("recovery-answer", recoveryAnswer) { (try? RecoveryAnswer($0)) != nil },
  ]

  private static let recoveryAnswer: [[UInt8]] = {
    let request = RecoveryRequest(
      device: device, id: RecoveryRequest.newID(SystemRandom()), replyKey: opening?.encryptionKey.publicBytes ?? [],
      wrapped: [1, 2, 3], proof: [4, 5])
    let code = Recovery.newCode(SystemRandom())
    return [try? RecoveryAnswer(secret, to: request, code: code, random: SystemRandom()).bytes].compactMap(\.self)
  }()

  /// What is sealed, signed or a key.
  static let secrets: [Decoder] = [
    Decoder("sealed-box", [sealer?.seal(secret, at: place, random: SystemRandom()) ?? []]) { bytes in
      sealer.flatMap { try? $0.open(bytes, at: place) } != nil
    },
    Decoder("sealed-chunks", chunks) { bytes in
      sealer.flatMap { try? SealedChunks.open(bytes, with: $0, at: place) } != nil
    },
    Decoder("envelope", envelope) { bytes in
      opening.flatMap { try? Cryptography.Envelope.open(bytes, with: $0, purpose: "p") } != nil
    },
    Decoder("signature", [(try? signing?.sign([1, 2, 3])) ?? []]) {
      signing?.verifyingKey.verify($0, of: [1, 2, 3]) ?? false
    },
    Decoder("public-key", [signing?.verifyingKey.publicBytes ?? []]) { (try? VerifyingKey(publicBytes: $0)) != nil },
    Decoder("private-key", [secret]) { (try? SigningKey(privateBytes: $0)) != nil },
  ]

  private static let chunks: [[UInt8]] =
    sealer.map {
      [SealedChunks.seal([UInt8](repeating: 5, count: 500), with: $0, at: place, random: SystemRandom())]
    } ?? []
  private static let envelope: [[UInt8]] = [
    opening.flatMap {
      try? Cryptography.Envelope.seal(secret, to: $0.encryptionKey, purpose: "p", random: SystemRandom())
    }
  ].compactMap(\.self)

  // MARK: Documents of the catalogue

  private static let matter: [UInt8] = Array(
    """
    {"id": "test-01", "name": "试验“一件事”",
    "source": {"jurisdiction": "清涧县", "level": "county", "division": "610830", "title": "清单", "number": 1},
    "detail": "outline", "version": 1, "subjects": ["person"],
    "items": [{"id": "a", "name": "甲", "choice": "standard", "level": "county"},
    {"id": "b", "name": "乙", "choice": "optional", "level": "town", "prerequisites": [{"anyOf": ["a"], "hard": true}]}],
    "fields": [
    {"id": "p.name", "name": "姓名", "type": "text", "required": true, "maxLength": 20, "example": "张三"},
    {"id": "p.age", "name": "年龄", "type": "integer", "required": true, "min": "1", "max": "120", "example": 66},
    {"id": "p.sex", "name": "性别", "type": "choice", "required": false, "options": [{"value": "1", "label": "男"}],
    "items": ["a"], "example": "1"},
    {"id": "p.no", "name": "编号", "type": "text", "required": false, "pattern": "^[A-Z]\\\\d{9}$",
    "example": "A123456789"},
    {"id": "p.idNo", "name": "证号", "type": "id-number", "required": false, "example": "610830199605209824"},
    {"id": "p.addr", "name": "地址", "type": "address", "required": false,
    "example": {"division": "610830100201", "detail": "东街9号"}},
    {"id": "p.pay", "name": "金额", "type": "money", "required": false, "example": "4500.00"},
    {"id": "p.start", "name": "日期", "type": "date", "required": false, "example": "2025-03-01"},
    {"id": "p.kin", "name": "亲属", "type": "list", "required": false, "example": [{"name": "李四"}],
    "columns": [{"id": "name", "name": "姓名", "type": "text", "required": true, "example": "李四"}]}],
    "materials": [{"id": "m1", "name": "证明", "required": true, "source": "result", "resultOf": ["a"]}],
    "guidance": [{"id": "q1", "text": "问", "answers": [{"label": "是", "effect": "加乙", "addItems": ["b"],
    "addMaterials": ["m1"], "requireFields": ["p.age"]}]}]}
    """.utf8)

  /// A matter with every type of field; nil only where its own reader is broken.
  package static let theMatter: Matter? = {
    guard case .matter(let matter) = MatterDecoder.decode(CatalogFile(name: "f", bytes: matter)) else { return nil }
    return matter
  }()
  static let form: [Field] = theMatter?.fields ?? []

  private static let calendar: Value = [
    "years": ["2026": ["offWeekdays": ["01-01", "01-02"], "workWeekends": ["01-04"]]],
    "regions": ["65": ["2026": ["offWeekdays": ["03-20"], "workWeekends": []]]],
  ]
  private static let county: Value = [
    "610830": [
      "name": "清涧县", "path": "陕西省/榆林市", "old": ["612731": "-1999"], "towns": ["100": "宽州镇", "101": "石咀驿镇"],
    ]
  ]

  private static let sharing: Value = [
    "entries": [
      [
        "id": "id-card", "name": "身份证", "kind": "certificate", "provider": "公安", "requesters": ["人社"], "use": "核对",
        "fields": ["姓名"], "way": "接口", "cycle": "实时", "range": "全国", "basis": "无",
      ]
    ]
  ]
  private static let targets: Value = [
    "counties": [
      [
        "code": "320707", "name": "赣榆区", "compressionPercent": 50,
        "targets": [["kind": "compression", "line": "R144", "text": "压缩", "value": 50, "by": "2023-12-31"]],
      ]
    ]
  ]

  private static let facts: Value = [
    "facts": [
      ["id": "age", "question": "多大年纪", "number": true],
      ["id": "born", "question": "哪天", "number": true, "household": true],
      ["id": "work", "question": "做什么"],
    ],
    "sources": [
      ["field": "nb.birthTime", "fact": "born", "reading": "daysSince", "dead": "nb"],
      ["field": "w.form", "fact": "work", "of": "w", "reading": "map", "map": ["1": "a"], "else": "b"],
    ],
  ]

  /// What a county publishes.
  static let documents: [Decoder] = [
    Decoder("json", [matter, JSON.bytes(calendar), Array("[0,-1.5e3,\"\\ud83d\\ude00\",null,true]".utf8)]) { bytes in
      (try? JSONReader.read(bytes)).map { JSON.bytes($0).isEmpty } == false
    },
    Decoder("matter", [matter]) { bytes in
      _ = MatterDecoder.published(CatalogFile(name: "f", bytes: bytes))
      if case .matter = MatterDecoder.decode(CatalogFile(name: "f", bytes: bytes)) { return true }
      return false
    },
    Decoder("matter-warnings", [matter]) { bytes in
      let file = CatalogFile(name: "f", bytes: bytes)
      guard case .matter(let matter) = MatterDecoder.decode(file) else { return false }
      let context = LintContext(sharing: SharingRegister(), facts: FactRegister(), compression: ["610830": 50])
      return CatalogLint.check(matter, in: file, context).allSatisfy { !$0.reason.isEmpty }
    },
    Decoder("sharing", [JSON.bytes(sharing)]) { (try? SharingDocument.read(CatalogFile(name: "s", bytes: $0))) != nil },
    Decoder("targets", [JSON.bytes(targets)]) { (try? TargetsDocument.read(CatalogFile(name: "t", bytes: $0))) != nil },
    Decoder("facts", [JSON.bytes(facts)]) { (try? FactsDocument.read(CatalogFile(name: "f", bytes: $0))) != nil },
    Decoder("calendar", json: [calendar]) { (try? CalendarDocument.read($0)) != nil },
    Decoder("divisions", json: [county]) { (try? DivisionDocument.read($0)) != nil },
    Decoder("villages", texts: ["610830100201,东街村,村,610830100\n610830100202,西街村"]) { text in
      guard let registry = try? DivisionRegistry(county) else { return false }
      let rows = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
      return VillageRows.read(rows, registry: registry).faults.isEmpty
    },
    Decoder("form", json: [.object(Members(uniqueKeysWithValues: form.map { ($0.id, $0.example) }))]) { value in
      FormValidator(fields: form, items: nil).validate(value.object ?? [:], today: today).problem == nil
    },
  ]

  /// What every reader takes for the legal day.
  package static let today = CivilDate(year: 2026, month: 11, day: 23) ?? CivilDate(dayNumber: 0)
}
