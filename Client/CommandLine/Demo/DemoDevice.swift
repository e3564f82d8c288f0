internal import Foundations

/// One of the demonstration's devices: a home of its own, worked with through the program as a person would.
struct DemoDevice {
  let stage: DemoStage
  /// The person who carries it.
  let person: String
  /// The service station it belongs to.
  let station: String
  private let home: String
  private let passphraseFile: String

  init(_ stage: DemoStage, _ name: String, person: String, station: String, passphraseFile: String) {
    self.stage = stage
    self.person = person
    self.station = station
    self.passphraseFile = passphraseFile
    home = stage.path(name)
  }

  /// Runs a command and reads what it answers.
  func run(_ arguments: [String], allowed: Set<Int32> = [0]) throws(Problem) -> (status: Int32, lines: [Value]) {
    let globals = ["--home", home, "--passphrase-file", passphraseFile, "--json"]
    return try stage.run("bangban", globals + arguments, allowed: allowed)
  }

  /// The one object a command answers.
  @discardableResult
  func ask(_ arguments: String..., allowed: Set<Int32> = [0]) throws(Problem) -> Value {
    try run(arguments, allowed: allowed).lines.first ?? .null
  }

  /// The list a command answers.
  func list(_ arguments: String...) throws(Problem) -> [Value] { try run(arguments).lines }

  func show(_ id: String) throws(Problem) -> Value { try ask("show", id) }

  /// One exchange; exit 3 says that a person must look, which is a result here.
  @discardableResult
  func sync() throws(Problem) -> Value {
    let value = try ask("sync", allowed: [0, 3])
    stage.tell(
      "\(person)同步：送出 \(value["pushed"]?.integer ?? 0) 项，收到 \(value["pulled"]?.integer ?? 0) 项，"
        + "\(value["requests"]?.integer ?? 0) 次往来")
    return value
  }
}

/// Documents for `new --from`, made of the catalogue's own examples.
enum DemoDocument {
  /// All required examples, and the required materials noted as paper.
  /// - Parameters:
  ///   - matter: what `catalog show --json` answers.
  ///   - without: a field that is left for later.
  static func make(_ matter: Value, submit: Bool, without: String? = nil) -> Value {
    var fields: Members = [:]
    for field in matter["fields"]?.array ?? [] where field["required"] == true {
      guard let id = field["id"]?.text, id != without, let example = field["example"], !example.isBlank else {
        continue
      }
      fields[id] = example
    }
    var materials: Members = [:]
    for material in matter["materials"]?.array ?? [] where material["required"] == true {
      if let id = material["id"]?.text { materials[id] = ["originals": 1, "copies": 1] }
    }
    return [
      "matter": matter["id"] ?? .null, "applicant": applicant(matter), "fields": .object(fields),
      "materials": .object(materials), "consent": true, "submit": .bool(submit),
    ]
  }

  /// The person the examples are about, as far as their fields tell.
  private static func applicant(_ matter: Value) -> Value {
    let fields = matter["fields"]?.array ?? []
    let example = { (type: String) in
      fields.first { $0["type"]?.text == type && $0["required"] == true }?["example"]?.text
    }
    let number = fields.first { $0["type"] == "id-number" && $0["required"] == true }
    // `mo.idNo` belongs to `mo.name`.
    let prefix = number?["id"]?.text.map { $0.split(separator: ".").first.map(String.init) ?? "" } ?? ""
    let name = fields.first { $0["id"]?.text == "\(prefix).name" }?["example"]?.text ?? "李秀英"
    return [
      "kind": "person", "name": .text(name), "idNumber": .text(number?["example"]?.text ?? "610830199605209824"),
      "phone": .text(example("phone") ?? "13900000001"),
    ]
  }

  /// The first required field of a type.
  static func field(_ matter: Value, type: String) throws(Problem) -> DemoField {
    for field in matter["fields"]?.array ?? [] where field["type"]?.text == type && field["required"] == true {
      if let id = field["id"]?.text {
        let options = (field["options"]?.array ?? []).compactMap { $0["value"]?.text }
        return DemoField(
          id: id, name: Words.text(field["name"]), example: Words.text(field["example"]), options: options)
      }
    }
    throw ProblemKind.demoFailed.with("“\(Words.text(matter["name"]))”没有 \(type) 类型的必填项")
  }
}

/// A field the acts write to.
struct DemoField {
  let id: String
  let name: String
  let example: String
  /// Values of its choices.
  let options: [String]
}
