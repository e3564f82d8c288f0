internal import Catalog
internal import Foundations

/// The county's catalogue: two matters that have everything replication can stumble over, and nothing more. One has a
/// group of fields, items that wait for each other, materials that can be deferred, and a second version.
enum SimulatedMatters {
  static let whole = "sim-01"
  static let small = "sim-02"

  /// Fields that people edit, by matter; of `sim-01` the last is gone in its second version.
  static let texts = ["owner", "owner", "shop", "shop", "remark"]
  /// A field that its second version has instead.
  static let newer = "extra"
  static let group = "acc"
  /// Two dates, of which the first must not be after the second.
  static let dates = ["begin", "end"]

  /// The files of a version of the catalogue.
  /// - Parameter hasRules: whether the form says what it ties together.
  static func files(version: Int64, hasRules: Bool = true) -> [CatalogFile] {
    var whole = wholeMatter(version: version)
    if hasRules { whole["rules"] = [["kind": "notAfter", "fields": .array(dates.map(Value.text)), "text": "先后"]] }
    return [whole, smallMatter()].map { value in
      CatalogFile(name: value["id"]?.text ?? "", bytes: JSON.bytes(value))
    }
  }

  private static func wholeMatter(version: Int64) -> Value {
    var fields = [text("owner", "经营者", required: true), text("shop", "店名", required: false)]
    fields.append(version == 1 ? text("remark", "说明", required: false) : text(newer, "补充", required: false))
    fields += dates.map {
      ["id": .text($0), "name": .text($0), "type": "date", "required": false, "example": "2026-03-01"]
    }
    fields += ["bank", "number"].map { part in
      var field = text("acc.\(part)", "账户\(part)", required: false)
      field["group"] = .text(group)
      return field
    }
    return matter(
      whole, version: version,
      items: [
        item("i1", "县市监局"), item("i2", "县公安局"), item("i3", "县人社局", after: ["i1"]),
      ], fields: fields, materials: [material("m1", required: true), material("m2", required: false)])
  }

  private static func smallMatter() -> Value {
    matter(
      small, version: 1, items: [item("i1", "县公安局")],
      fields: [text("owner", "经营者", required: true), text("shop", "店名", required: false)],
      materials: [material("m2", required: false)])
  }

  private static func matter(
    _ id: String, version: Int64, items: [Value], fields: [Value], materials: [Value]
  ) -> Value {
    [
      "id": .text(id), "name": .text("模拟\(id)“一件事”"),
      "source": [
        "jurisdiction": "清涧县", "level": "county", "division": "610830", "title": "模拟清单", "number": 1,
      ],
      "detail": "example", "version": .integer(version), "subjects": ["person"], "lead": [["authority": "县市监局"]],
      "cooperating": ["县公安局", "县人社局"], "items": .array(items), "fields": .array(fields),
      "materials": .array(materials),
    ]
  }

  private static func item(_ id: String, _ authority: String, after: [String] = []) -> Value {
    var item: Value = [
      "id": .text(id), "name": .text("事项\(id)"), "authority": .text(authority), "choice": "standard",
      "level": "county",
    ]
    if !after.isEmpty { item["prerequisites"] = [["anyOf": .array(after.map(Value.text)), "hard": true]] }
    return item
  }

  private static func text(_ id: String, _ name: String, required: Bool) -> Value {
    [
      "id": .text(id), "name": .text(name), "type": "text", "required": .bool(required), "maxLength": 50,
      "example": "例",
    ]
  }

  private static func material(_ id: String, required: Bool) -> Value {
    [
      "id": .text(id), "name": .text("材料\(id)"), "required": .bool(required), "source": "own", "deferrable": true,
      "form": "原件",
    ]
  }

  /// The county's counters. One to three have systems of their own, which dispatches go to; the others fetch their
  /// queues.
  static let windows = [
    WindowDescription(
      id: WindowID("w1"), name: "市监窗口", level: .county, authorities: ["县市监局"], divisions: ["610830"]),
    WindowDescription(
      id: WindowID("w2"), name: "公安窗口", level: .county, authorities: ["县公安局"], divisions: ["610830"]),
    WindowDescription(
      id: WindowID("w3"), name: "人社窗口", level: .county, authorities: ["县人社局"], divisions: ["610830"]),
  ]
  /// Who has a system of its own where so many have.
  static func ownSystems(_ count: Int) -> [WindowID] { ["w2", "w3", "w1"].prefix(count).map { WindowID($0) } }
  static let systemsMax = 3
}
