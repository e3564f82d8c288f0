import Foundations

/// Documents for `new --from`, made of nothing but what `catalog show` says (contract.md, "Values").
enum Documents {
  /// All required examples, and the required materials noted as paper.
  static func complete(_ matter: Value, submit: Bool) -> Value {
    var fields: Members = [:]
    for field in matter["fields"]?.array ?? [] where field["required"] == true {
      if let id = field["id"]?.text, let example = field["example"] { fields[id] = example }
    }
    var materials: Members = [:]
    for material in matter["materials"]?.array ?? [] where material["required"] == true {
      if let id = material["id"]?.text { materials[id] = ["originals": 1, "copies": 1] }
    }
    return [
      "matter": matter["id"] ?? .null, "applicant": applicant(matter), "fields": .object(fields),
      "materials": .object(materials), "submit": .bool(submit),
    ]
  }

  /// The person the examples are about, as far as their fields tell.
  private static func applicant(_ matter: Value) -> Value {
    let fields = matter["fields"]?.array ?? []
    func example(_ id: String) -> Value? {
      guard let value = fields.first(where: { $0["id"]?.text == id })?["example"], !value.isBlank else { return nil }
      return value
    }
    func example(type: String) -> (id: String, value: Value)? {
      guard let field = fields.first(where: { $0["type"]?.text == type && $0["required"] == true }),
        let value = field["example"], !value.isBlank
      else { return nil }
      return (field["id"]?.text ?? "", value)
    }
    let number = example(type: "id-number")
    let holder = number.map { $0.id.split(separator: ".").first.map(String.init) ?? "" } ?? ""
    let subjects = (matter["subjects"]?.array ?? []).compactMap(\.text)
    if !subjects.contains("person"), subjects.contains("organisation") {
      return [
        "kind": "organisation", "name": example("applicant.name") ?? "清涧县示例商贸有限公司",
        "uscc": example("applicant.uscc") ?? example(type: "uscc")?.value ?? "91350100M000100Y43",
        "phone": example(type: "phone")?.value ?? "13900000001",
      ]
    }
    return [
      "kind": "person", "name": example("applicant.name") ?? example("\(holder).name") ?? "李秀英",
      "idNumber": example("applicant.idNumber") ?? number?.value ?? "610830199605209824",
      "phone": example("applicant.phone") ?? example(type: "phone")?.value ?? "13900000001",
    ]
  }
}
