internal import Application
internal import Catalog
internal import Foundations

/// Registers as people read them: what they are called, and what they say, options by their labels.
struct RegisterText {
  /// Nil where this device does not have the form; ids and codes stand then.
  let matter: Matter?
  /// Names of places, read where a value has one.
  var divisions: () -> DivisionRegistry? = { nil }

  /// Conflicts as `conflictsView` lists them, each with its `name` and each candidate's `text`.
  func told(_ conflicts: [Value]) -> [Value] {
    conflicts.map { conflict in
      var conflict = conflict
      let isDuplicate = conflict["kind"] == "duplicate"
      let register = register(of: conflict["field"]?.text ?? "")
      conflict["name"] = .text(isDuplicate ? "重复件" : Assistant.name(of: register, matter))
      conflict["candidates"] = .array(
        (conflict["candidates"]?.array ?? []).map { candidate in
          var candidate = candidate
          let value = candidate["value"] ?? .null
          candidate["text"] = isDuplicate ? value : .text(text(value, of: register))
          return candidate
        })
      return conflict
    }
  }

  /// The register of a name; a field comes before a part of the application that is called the same.
  private func register(of name: String) -> String {
    if matter?.fields.contains(where: { $0.group == name }) == true { return Register.group(name) }
    if matter?.fields.contains(where: { $0.id == name }) == true { return name }
    let parts = [
      Register.applicant, Register.agent, Register.items, Register.answers, Register.mandate, Register.division,
    ]
    return parts.first { Register.name($0) == name } ?? name
  }

  /// What a register says, whole: of two people with one name a line must tell which is which.
  func text(_ value: Value, of register: String) -> String {
    if let field = matter?.fields.first(where: { $0.id == register }) {
      return FieldText.display(value, as: field, divisions: divisions())
    }
    switch (register, value) {
    case (_, .null): return ""
    case (Register.division, .text(let code)): return divisions()?.fullName(of: code) ?? code
    case (Register.items, .array(let items)): return items.map(item).joined(separator: "、")
    case (Register.answers, .object(let answers)):
      return parts(answers, order: (matter?.guidance ?? []).map { ($0.id, $0.text) }) { _, value in plain(value) }
    case (Register.applicant, .object(let party)), (Register.agent, .object(let party)):
      return parts(party, order: Self.partyParts, text: part)
    case (Register.mandate, .object(let mandate)):
      return parts(mandate, order: Self.mandateParts, text: part)
    case (_, .object(let members)) where Register.isGroup(register):
      let fields = (matter?.fields ?? []).filter { $0.group.map(Register.group) == register }
      return parts(members, order: fields.map { ($0.id, $0.name) }) { id, value in
        fields.first { $0.id == id }.map { FieldText.display(value, as: $0, divisions: divisions()) } ?? plain(value)
      }
    default: return plain(value)
    }
  }

  private static let partyParts = [
    ("kind", "种类"), ("name", "姓名或名称"), ("idNumber", "证件号码"), ("uscc", "统一社会信用代码"), ("phone", "电话"),
    ("relation", "关系"),
  ]
  private static let mandateParts = [
    ("items", "事项"), ("until", "有效期至"), ("receives", "代领结果"), ("commits", "代作承诺"), ("signed", "签署"),
    ("witnesses", "见证人"), ("will", "本人意愿"), ("at", "登记"),
  ]
  private static let codes = [
    "person": "自然人", "organisation": "企业或其他单位", "signature": "签名", "fingerprint": "按指印", "video": "录像",
    "recording": "录音", "witnesses": "见证人在场",
  ]

  /// What has parts, each under its name, those that have none here last.
  private func parts(
    _ members: Members, order: [(id: String, name: String)], text: (String, Value) -> String
  ) -> String {
    let known = Set(order.map(\.id))
    let all = order + members.keys.filter { !known.contains($0) }.sorted().map { ($0, $0) }
    return all.compactMap { id, name in
      guard let value = members[id], !value.isBlank else { return nil }
      return "\(name)：\(text(id, value))"
    }.joined(separator: "，")
  }

  /// A part of what is no field of the form.
  private func part(_ key: String, _ value: Value) -> String {
    switch key {
    case "items": (value.array ?? []).map(item).joined(separator: "、")
    case "kind", "signed", "will": value.text.flatMap { Self.codes[$0] } ?? plain(value)
    default: plain(value)
    }
  }

  private func item(_ id: Value) -> String {
    matter?.items.first { $0.id.text == id.text }?.name ?? id.text ?? JSON.text(id)
  }

  private func plain(_ value: Value) -> String {
    switch value {
    case .null: ""
    case .text(let text): text
    case .bool(let yes): yes ? "是" : "否"
    case .array(let items): items.map(plain).joined(separator: "、")
    case .object(let members): members.sorted { $0.key < $1.key }.map { plain($0.value) }.joined(separator: " ")
    default: JSON.text(value)
    }
  }
}
