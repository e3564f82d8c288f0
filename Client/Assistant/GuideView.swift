internal import Catalog
internal import Foundations

/// What `guide` answers: items, materials and fields with their reasons, time and savings, and the notice.
struct GuideView {
  let guidance: Guidance
  let forecast: Forecast

  init(_ guidance: Guidance, forecast: Forecast) {
    self.guidance = guidance
    self.forecast = forecast
  }

  private var matter: Matter { guidance.matter }

  var value: Value {
    let notice = Notice(guidance, forecast: forecast)
    let plan = guidance.timePlan
    let materials = guidance.materials
    return [
      "matter": .text(matter.id.text), "name": .text(matter.name), "detail": .text(matter.detail.rawValue),
      "items": .array(guidance.items.map(item)), "materials": .array(materials.entries.map(material)),
      "fields": .array(fields), "workingDays": plan.promised.map { Value($0) } ?? .null,
      "statutoryDays": plan.statutory.map { Value($0) } ?? .null,
      "compression": plan.compression.map { Value($0) } ?? .null, "path": .array(plan.path.map { .text($0.text) }),
      "bottleneck": Value(plan.bottleneck?.text), "finish": Value(forecast.finish?.date.text),
      "statutoryFinish": Value(forecast.statutoryFinish?.date.text),
      "estimated": .bool(forecast.finish?.estimated ?? false),
      "statutoryEstimated": .bool(forecast.statutoryFinish?.estimated ?? false),
      "sharingRate": materials.sharingRate.map { Value($0) } ?? .null, "savings": Savings(guidance).value,
      "conditions": .array(matter.conditions.map(Value.text)), "why": .array(guidance.why.map(Value.text)),
      "stops": .array(guidance.stops.map(Value.text)), "questions": .array(guidance.open.map(\.value)),
      "notice": .array(
        notice.sections.map { ["title": .text($0.title), "lines": .array($0.lines.map(Value.text))] }),
    ]
  }

  private func item(_ id: ItemID) -> Value {
    var value = matter.describe(id)
    let item = matter.item(id)
    value["why"] = .array(guidance.reasons(item: id).map(Value.text))
    for (key, text) in [
      ("fee", item?.fee), ("result", item?.result), ("basis", item?.basis), ("agency", item?.agency),
    ] {
      if let text { value[key] = .text(text) }
    }
    if let limit = item?.limit {
      value["limit"] = [
        "promised": limit.promised.map { Value($0) } ?? .null, "statutory": limit.statutory.map { Value($0) } ?? .null,
        "unit": .text(limit.unit.rawValue),
      ]
    }
    return value
  }

  private func material(_ entry: MaterialSet.Entry) -> Value {
    var value = entry.requirement.value(required: entry.isRequired)
    value["deferrable"] = .bool(entry.isDeferrable)
    value["exempt"] = Value(entry.exemption?.rawValue)
    value["members"] = .array(entry.members.map(Value.text))
    value["why"] = .array(guidance.reasons(material: entry.requirement).map(Value.text))
    return value
  }

  /// Every field the chosen items need, those that are asked once only once.
  private var fields: [Value] {
    guidance.form.entries.map { entry in
      var value = entry.field.value
      value["required"] = .bool(entry.isRequired)
      value["members"] = .array(entry.members.map(Value.text))
      value["why"] = .array(guidance.reasons(field: entry.field).map(Value.text))
      return value
    }
  }
}
