internal import Assistant
internal import Catalog
internal import Foundations
internal import Terminal

/// Asks for the value of one field, checked at once.
struct FieldPrompt {
  /// What came of asking.
  enum Outcome: Sendable, Hashable {
    case value(Value)
    case skipped
    case back
  }

  let prompt: Prompt
  let today: CivilDate

  /// - Parameters:
  ///   - place: `3/12`, before the field's name.
  ///   - current: what it is now; the return key keeps it.
  ///   - keep: saves what there is of a long answer that goes on.
  func ask(
    _ field: Field, place: String, current: Value?, keeping keep: (Value) throws(Problem) -> Void
  ) throws(Problem) -> Outcome {
    let style = prompt.session.output.style
    let need = field.required ? "" : style(.faint, "（可不填）")
    prompt.say()
    prompt.say("\(style(.faint, place)) \(style(.heading, Width.clean(field.name)))\(need)")
    if let when = field.requiredWhen, !when.isEmpty { prompt.say("  " + Width.clean(when)) }
    if let current, !current.isBlank {
      prompt.say("  现在是：\(shown(current, field))；回车保留")
    }
    if field.type == .list { return try askList(field, current: current, keeping: keep) }
    if let parts = Self.parts(of: field) { return try askParts(parts, of: field) }
    return try askPlain(field)
  }

  /// Fields that are asked for part by part.
  private static func parts(of field: Field) -> [Field]? {
    switch field.type {
    case .address:
      [
        part(field, "division", "在哪个镇、哪个村", .division, true, "610830100201"),
        part(field, "detail", "门牌、组等详细地址", .text, true, "三组 12 号"),
      ]
    case .person:
      [
        part(field, "name", "姓名", .text, true, "张小明"), part(field, "idNumber", "身份证号", .idNumber, true, .null),
        part(field, "phone", "电话", .phone, false, "13851520000"),
      ]
    default: nil
    }
  }

  private static func part(
    _ whole: Field, _ id: String, _ name: String, _ type: FieldType, _ required: Bool, _ example: Value
  ) -> Field {
    Field.asked(id, "\(whole.name)：\(name)", type, required: required, example: whole.example[id] ?? example)
  }

  private func askPlain(_ field: Field) throws(Problem) -> Outcome {
    for (index, option) in field.options.enumerated() { prompt.say("  \(index + 1). \(Width.clean(option.label))") }
    if let hint = Self.hint(field) { prompt.say("  " + prompt.session.output.style(.faint, hint)) }
    while true {
      switch try prompt.ask("> ") {
      case .skip: return .skipped
      case .back: return .back
      case .help: help(field)
      case .text(let text):
        do throws(Problem) {
          guard let answer = field.type == .division ? try place(text) : typed(text, field) else { continue }
          return .value(try FieldText.parse(answer, as: field, today: today))
        } catch {
          prompt.complain(error)
        }
      }
    }
  }

  /// The code of a place, by its name or a part of it; nil where it is to be typed again.
  private func place(_ text: String) throws(Problem) -> String? {
    if text.halfWidth.allSatisfy(\.isNumber) { return text }
    let places = try prompt.session.assistant().places(text)
    let names = places.map { Words.text($0["name"]) }
    if names.isEmpty {
      prompt.say("  没有找到“\(Width.clean(String(text.prefix(20))))”。试试只输名字里的一两个字；")
      prompt.say("  外县的输 6 位区划代码，户籍所在县的代码多半就是身份证号的前 6 位。")
    }
    guard names.count > 1 else {
      names.first.map { prompt.say("  " + $0) }
      return places.first?["code"]?.text
    }
    for (index, name) in names.enumerated() { prompt.say("  \(index + 1). \(name)") }
    guard case .text(let chosen) = try prompt.ask("  是第几个（回车重新输）："),
      let index = prompt.choose(names, from: chosen)
    else { return nil }
    return places[index]["code"]?.text
  }

  private func shown(_ value: Value, _ field: Field) -> String {
    Width.clean(FieldText.display(value, as: field, divisions: prompt.session.divisions))
  }

  /// Numbers of options as their values.
  private func typed(_ text: String, _ field: Field) -> String {
    let labels = field.options.map(\.label)
    let values = field.options.map(\.value)
    switch field.type {
    case .choice: return prompt.choose(labels, values: values, from: text).map { values[$0] } ?? text
    case .choices:
      let words = text.split { " ,，、;；".contains($0) }.map(String.init)
      return words.map { word in prompt.choose(labels, values: values, from: word).map { values[$0] } ?? word }
        .joined(separator: ",")
    default: return text
    }
  }

  private func help(_ field: Field) {
    if let hint = field.hint, !hint.isEmpty { prompt.say("  " + Width.clean(hint)) }
    if !field.example.isBlank { prompt.say("  例如：\(shown(field.example, field))") }
    if let most = field.maxLength { prompt.say("  最多 \(most) 个字。") }
    if field.sensitive { prompt.say("  这是个人敏感信息，只给办理这件事的窗口看。") }
    prompt.say("  直接回车跳过，输 < 回到上一项。")
  }

  private static func hint(_ field: Field) -> String? {
    switch field.type {
    case .date: "日期，例如 2026-05-01"
    case .month: "年月，例如 2026-05"
    case .datetime: "日期和时间，例如 2026-05-01 09:30"
    case .boolean: "请答 是 或 否"
    case .choices: "可以选几个，用逗号隔开，例如 1,3"
    case .choice: "请输入序号"
    case .money: "金额，单位元，例如 1200.50"
    case .integer, .number: "请输入数字"
    case .idNumber: "18 位身份证号"
    case .phone: "手机号，或带区号的座机"
    case .division: "镇或村的名字，输一两个字也行，例如 石咀驿；知道区划代码的输代码"
    case .text, .address, .list, .uscc, .bankAccount, .person, .file: nil
    }
  }

  /// Asks for the parts of an address or a person; no first part means that the whole is skipped.
  private func askParts(_ parts: [Field], of whole: Field) throws(Problem) -> Outcome {
    switch try askEntry(parts, of: whole) {
    case .value(let value):
      do throws(Problem) {
        return .value(
          try FormValidator(fields: [whole], items: nil).normalise(value, field: whole.id, today: today))
      } catch {
        prompt.complain(error)
        return try askParts(parts, of: whole)
      }
    case let other: return other
    }
  }

  private func askEntry(_ parts: [Field], of whole: Field) throws(Problem) -> Outcome {
    var entry: Members = [:]
    var index = 0
    while index < parts.count {
      let part = parts[index]
      prompt.say("  · \(Width.clean(part.name))" + (part.required ? "" : "（可不填）"))
      switch try askPlain(part) {
      case .value(let value): entry[part.id] = value
      case .skipped where index == 0: return .skipped
      case .skipped where part.required:
        prompt.say("  这一项不能空。")
        continue
      case .skipped: break
      case .back:
        if index == 0 { return .back }
        index -= 1
        continue
      }
      index += 1
    }
    return .value(.object(entry))
  }

  /// Row by row; the return key at the first column ends the list. Those that there are stay before the new ones, and
  /// one that was gone back to stays where nothing else is typed.
  private func askList(
    _ field: Field, current: Value?, keeping keep: (Value) throws(Problem) -> Void
  ) throws(Problem) -> Outcome {
    var rows = current?.array ?? []
    let before = rows.count
    if before > 0 { prompt.say("  接着填第 \(before + 1) 个；已填的要改，用 bangban edit。") }
    var index = before
    while index < Limits.listEntriesMax {
      let isThere = index < rows.count
      let way = isThere ? "，已填过，回车保留" : index == 0 ? "" : "（没有了就直接回车）"
      prompt.say("  第 \(index + 1) 个\(way)")
      switch try askEntry(field.columns, of: field) {
      case .value(let row):
        do throws(Problem) {
          let whole = try normalised(rows.prefix(index) + [row] + rows.dropFirst(index + 1), field)
          rows = whole.array ?? rows
          // Somebody who types in twenty people is not to begin anew after a power cut.
          try keep(whole)
          index += 1
        } catch {
          prompt.complain(error)
        }
      case .back where index == before: return .back
      case .back: index -= 1
      case .skipped where isThere: index += 1
      case .skipped: return rows.count == before ? .skipped : .value(.array(rows))
      }
      if field.columns.isEmpty { break }
    }
    return rows.count == before ? .skipped : .value(.array(rows))
  }

  private func normalised(_ rows: some Sequence<Value>, _ field: Field) throws(Problem) -> Value {
    try FormValidator(fields: [field], items: nil).normalise(.array(Array(rows)), field: field.id, today: today)
  }
}
