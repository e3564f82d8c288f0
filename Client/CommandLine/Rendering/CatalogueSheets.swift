internal import Foundations
internal import Terminal

/// `catalog`.
enum CatalogueSheet {
  static func list(_ matters: [Value], _ output: Output) -> [String] {
    if matters.isEmpty { return ["没有找到。换个字词试试，或用 bangban catalog list --all 看全部。"] }
    var table = Table(["编号", "一件事", "层级", "事项", "说明"])
    for matter in matters {
      table.add([
        Words.text(matter["id"]), Words.text(matter["name"]), Words.level(Words.text(matter["level"])),
        String(matter["items"]?.array?.count ?? 0), Words.detail(Words.text(matter["detail"])),
      ])
    }
    return table.lines(columns: output.columns) { output.style(.heading, $0) } + ["", "共 \(matters.count) 件。"]
  }

  static func matter(_ matter: Value, _ output: Output) -> [String] {
    let detail = Words.detail(Words.text(matter["detail"]))
    var lines = [output.style(.heading, Words.text(matter["name"])) + "  " + Words.text(matter["id"])]
    if !detail.isEmpty { lines.append(output.style(.marked, detail)) }
    lines.append("牵头：\(Words.text(matter["lead"]))")
    lines += items(matter, output) + fields(matter, output) + materials(matter, output)
    return lines
  }

  private static func items(_ matter: Value, _ output: Output) -> [String] {
    guard let items = matter["items"]?.array, !items.isEmpty else { return [] }
    var table = Table(["编号", "事项", "责任单位", ""])
    for item in items {
      table.add([
        Words.text(item["id"]), Words.text(item["name"]), Words.text(item["authority"]),
        item["optional"] == true ? "选办" : "",
      ])
    }
    return ["", output.style(.heading, "事项 \(items.count) 个")] + table.lines(columns: output.columns, indent: 2)
  }

  private static func fields(_ matter: Value, _ output: Output) -> [String] {
    guard let fields = matter["fields"]?.array, !fields.isEmpty else { return [] }
    var table = Table(["表单项", "名称", "", "示例"])
    for field in fields {
      table.add([
        Words.text(field["id"]), Words.text(field["name"]), need(field, matter),
        example(field),
      ])
    }
    return ["", output.style(.heading, "要填的 \(fields.count) 项")] + table.lines(columns: output.columns, indent: 2)
  }

  /// The example in words: choices by their labels.
  private static func example(_ field: Value) -> String {
    let options = field["options"]?.array ?? []
    guard !options.isEmpty else { return Words.text(field["example"]) }
    let chosen = field["example"]?.array ?? [field["example"] ?? .null]
    return chosen.map { value in
      Words.text(options.first { $0["value"] == value }?["label"] ?? value)
    }.joined(separator: "、")
  }

  private static func materials(_ matter: Value, _ output: Output) -> [String] {
    guard let materials = matter["materials"]?.array, !materials.isEmpty else { return [] }
    var table = Table(["编号", "材料", "", "来源"])
    for material in materials {
      let deferrable = material["deferrable"] == true ? "，可容缺" : ""
      table.add([
        Words.text(material["id"]), Words.text(material["name"]), need(material, matter) + deferrable,
        Words.source(Words.text(material["source"])),
      ])
    }
    return ["", output.style(.heading, "材料 \(materials.count) 份")] + table.lines(columns: output.columns, indent: 2)
  }

  private static func need(_ value: Value, _ matter: Value) -> String {
    if let when = value["requiredWhen"]?.text, !when.isEmpty { return Width.clean(when) }
    guard value["required"] == true else { return "可不填" }
    // An item that nobody has to take asks for nothing of those who do not take it.
    let asking = value["items"]?.array ?? []
    let optional = (matter["items"]?.array ?? []).filter { $0["optional"] == true }.compactMap { $0["id"] }
    guard !asking.isEmpty, asking.allSatisfy(optional.contains) else { return "必须" }
    let named = asking.prefix(3).map { Words.text($0) }.joined(separator: "、")
    return "选办 \(named)\(asking.count > 3 ? " 等 \(asking.count) 项" : "") 时必须"
  }
}

/// 一次性告知书: everything needed, told once.
enum NoticeSheet {
  static func lines(_ guide: Value, _ output: Output) -> [String] {
    var lines = [output.style(.heading, "一次性告知书"), Words.text(guide["name"])]
    if guide["detail"] == "example" { lines.append(output.style(.marked, Words.example)) }
    for part in guide["notice"]?.array ?? [] {
      lines += section(Words.text(part["title"]), part["lines"], output) { Words.text($0) }
    }
    lines += section("容易被退回的地方，出门前请再看一遍", guide["returns"], output) { Words.text($0["text"]) }
    return lines
  }

  private static func section(
    _ title: String, _ values: Value?, _ output: Output, _ line: (Value) -> String
  ) -> [String] {
    guard let values = values?.array, !values.isEmpty else { return [] }
    let entries = values.map(line).filter { !$0.isEmpty }.enumerated().flatMap { index, text in
      let wrapped = Width.wrapped("\(index + 1). \(text)", to: output.columns - 2)
      return wrapped.enumerated().map { ($0 == 0 ? "  " : "     ") + $1 }
    }
    return ["", output.style(.heading, title)] + entries
  }
}
