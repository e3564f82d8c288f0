internal import Application
internal import Catalog
internal import Foundations

/// Matters as `catalog` prints them.
extension Matter {
  /// `{id, name, county, level, lead, items, detail}`
  var summary: Value {
    [
      "id": .text(id.text), "name": .text(name), "county": .text(source.jurisdiction), "level": .text(source.level),
      "lead": .text(lead.map(\.authority).joined(separator: "、")),
      "items": .array(proceedingItems.map(describe)), "detail": .text(detail.rawValue),
    ]
  }

  /// `{id, name, authority, optional}`
  func describe(_ id: ItemID) -> Value {
    let item = item(id)
    return [
      "id": .text(id.text), "name": .text(name(of: id)), "authority": Value(item?.authority ?? lead.first?.authority),
      "optional": .bool((item?.choice ?? .standard) != .standard),
      "choice": .text((item?.choice ?? .standard).rawValue),
    ]
  }

  /// The summary with `fields`, `materials` and `guidance`. A field that is needed only sometimes counts as required
  /// where the examples are such a case, so that a form of all required examples is whole.
  func value(today: CivilDate) -> Value {
    var value = summary
    let needed = Set(exampleFields(today: today).map(\.id))
    value["version"] = Value(version)
    value["subjects"] = .array(subjects.map { .text($0.rawValue) })
    value["fields"] = .array(
      fields.map { field in
        var line = field.value
        line["required"] = .bool(needed.contains(field.id))
        return line
      })
    value["materials"] = .array(materials.map { $0.value(required: $0.required) })
    value["guidance"] = .array(guidance.map(\.value))
    if let note { value["note"] = .text(note) }
    return value
  }
}

extension Field {
  /// As `catalog show` prints a field.
  var value: Value {
    var value: Value = [
      "id": .text(id), "name": .text(name), "type": .text(type.rawValue), "required": .bool(required),
      "items": .array(items.map { .text($0.text) }), "sensitive": .bool(sensitive), "example": example,
    ]
    for (key, text) in [
      ("requiredWhen", requiredWhen), ("min", min), ("max", max), ("pattern", pattern),
      ("check", check?.rawValue), ("group", group), ("hint", hint),
    ] {
      if let text { value[key] = .text(text) }
    }
    if let maxLength { value["maxLength"] = Value(maxLength) }
    if !options.isEmpty {
      value["options"] = .array(options.map { ["value": .text($0.value), "label": .text($0.label)] })
    }
    if !columns.isEmpty { value["columns"] = .array(columns.map(\.value)) }
    return value
  }
}

extension MaterialRequirement {
  /// `{id, name, required, source, deferrable}` and what else is known.
  func value(required: Bool) -> Value {
    var value: Value = [
      "id": .text(id), "name": .text(name), "required": .bool(required), "source": .text(source.rawValue),
      "deferrable": .bool(deferrable), "items": .array(items.map { .text($0.text) }), "copies": Value(copies),
    ]
    for (key, text) in [("requiredWhen", requiredWhen), ("issuer", issuer), ("form", form), ("note", note)] {
      if let text { value[key] = .text(text) }
    }
    return value
  }
}

extension Question {
  /// `{id, text, answers:[{label, effect}]}`
  var value: Value {
    [
      "id": .text(id), "text": .text(text),
      "answers": .array(
        answers.map { ["label": .text($0.label), "effect": .text($0.effect), "stop": .bool($0.stop)] }),
    ]
  }
}
