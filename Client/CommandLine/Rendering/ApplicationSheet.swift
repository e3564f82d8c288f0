internal import Application
internal import Catalog
internal import Foundations
internal import Terminal

/// `show`: one application 办件 as a sheet to read.
struct ApplicationSheet {
  private let application: Value
  /// Labels and types of the fields; nil where this device does not have the matter.
  private let matter: Matter?
  private let output: Output
  private let divisions: () -> DivisionRegistry?

  /// - Parameter divisions: names of places, read where a value has one.
  init(
    _ application: Value, matter: Matter?, output: Output, divisions: @escaping () -> DivisionRegistry? = { nil }
  ) {
    self.application = application
    self.matter = matter
    self.output = output
    self.divisions = divisions
  }

  var lines: [String] {
    head + fields + materials + returns + correction + rectifications + proceedings + documents + duplicates + conflicts
      + notes + tray
      + timeline
  }

  /// What usually comes back of such papers.
  private var returns: [String] {
    let returns = application["returns"]?.array ?? []
    guard !returns.isEmpty else { return [] }
    return heading("容易被退回的地方，出门前请再看一遍") + returns.map { "  " + Words.text($0["text"]) }
  }

  /// Everything to put right, whoever asks for it, under one deadline.
  private var correction: [String] {
    guard let correction = application["correction"], !correction.isBlank else { return [] }
    let until = correction["until"]?.text.map { "（\(Width.clean($0)) 前）" } ?? ""
    let lines = (correction["lines"]?.array ?? []).enumerated().map { index, line in
      let place = line["field"]?.text.map(label) ?? materialName(line["material"]?.text)
      let who = line["who"] == "applicant" ? "申请人补" : "帮办员改"
      let what = "\(Words.text(line["problem"]))。\(Words.text(line["remedy"]))"
      return "  \(index + 1). [\(who)] \(place)：\(what)（\(Words.text(line["items"]))）"
    }
    let givenBack = (correction["givenBack"]?.array ?? []).map { Words.text($0) }
    let again = givenBack.isEmpty ? [] : ["  \(givenBack.joined(separator: "、"))：材料已退还，改好后重新提交，不按补正等待"]
    return ["", output.style(.warning, "一次性补正告知，共 \(lines.count) 项\(until)")] + again + lines
  }

  /// What was put right on the spot, which is no correction.
  private var rectifications: [String] {
    let rectifications = application["rectifications"]?.array ?? []
    guard !rectifications.isEmpty else { return [] }
    return heading("当场更正")
      + rectifications.map { record in
        let fields = (record["fields"]?.array ?? []).compactMap(\.text).map(label).joined(separator: "、")
        return "  \(Words.time(record["at"]))  \(fields)（\(Words.text(record["confirmedBy"])) 确认）"
      }
  }

  private var documents: [String] {
    let documents = application["documents"]?.array ?? []
    guard !documents.isEmpty else { return [] }
    let code = Words.text(application["code"])
    return heading("文书（打印：bangban document \(code) 文号）")
      + documents.map { "  \(Words.time($0["at"]))  \(Words.text($0["title"]))  \(Words.text($0["number"]))" }
  }

  private func heading(_ text: String) -> [String] { ["", output.style(.heading, text)] }

  private var head: [String] {
    let name = matter?.name ?? Words.text(application["matterName"] ?? application["matter"])
    let version = application["version"]?.integer ?? 0
    let status = Words.status(ofApplication: application) + (version > 0 ? "（第 \(version) 版）" : "")
    var lines = [output.style(.heading, "\(name)  \(Words.text(application["code"]))")]
    if matter?.detail == .example { lines.append(output.style(.marked, Words.example)) }
    lines.append("状态：\(status)    \(Words.sync(application))")
    if let erasure = application["erasure"], !erasure.isBlank {
      lines.append("内容已清除：\(Words.text(erasure["why"]))  \(Words.time(erasure["at"]))")
      return lines
    }
    if application["held"] == true { lines += ConsentSheet.held(Words.text(application["code"]), output) }
    lines.append("申请人：\(person(application["applicant"]))")
    if let agent = application["agent"], !agent.isBlank { lines.append("代办人：\(person(agent))") }
    if let consent = application["consent"], consent["given"] == true, consent["at"]?.text != nil {
      lines.append("申请人同意：\(Words.time(consent["at"]))  \(Words.author(consent["by"])) 登记")
    }
    if let items = application["items"]?.array, !items.isEmpty, let matter {
      let names = items.compactMap(\.text).map { id in matter.items.first { $0.id.text == id }?.name ?? id }
      lines.append("事项：\(Width.clean(names.joined(separator: "、")))")
    }
    return lines
  }

  private func person(_ value: Value?) -> String {
    ["name", "idNumber", "uscc", "phone", "relation"].map { Words.text(value?[$0]) }.filter { !$0.isEmpty }
      .joined(separator: "  ")
  }

  private var fields: [String] {
    let values = application["fields"]?.object ?? [:]
    let late = lateValues(beside: values)
    guard !values.isEmpty || !late.isEmpty else { return heading("填写的内容") + ["  （还没有填写）"] }
    let all = Set(values.keys).union(late.keys)
    let known = matter?.fields ?? []
    let order = known.map(\.id).filter(all.contains)
    let others = all.filter { key in !known.contains { $0.id == key } }.sorted()
    let labels = (order + others).map(label)
    let width = (labels.map { Width.of($0) }.max() ?? 0) + 2
    let lines = (order + others).flatMap { id in
      ["  " + Width.padded(label(id), to: width) + display(values[id] ?? .null, field: id)]
        + (late[id] ?? []).map { value in
          let text = display(value, field: id)
          let words = "提交以后又填：\(text.isEmpty ? "（清空）" : text)"
          return "  " + Width.padded("", to: width) + output.style(.warning, words)
        }
    }
    return heading("填写的内容") + lines
  }

  /// What was written after the version, by field: each value that is another than the one shown.
  private func lateValues(beside shown: Members) -> [String: [Value]] {
    var late: [String: [Value]] = [:]
    for (id, value) in (application["late"]?.array ?? []).flatMap({ Array($0["fields"]?.object ?? [:]) })
    where value != shown[id] ?? .null && late[id]?.contains(value) != true {
      late[id, default: []].append(value)
    }
    return late
  }

  /// What people call a field, a group of fields or a part of the application.
  func label(_ id: String) -> String {
    guard let field = matter?.fields.first(where: { $0.id == id }) else { return register(id) }
    return Width.clean(field.name)
  }

  private func register(_ name: String) -> String {
    switch name {
    case "applicant": "申请人"
    case "agent": "代办人"
    case "items": "事项"
    case "answers": "导引回答"
    case "division": "归属地"
    case "mandate": "委托"
    default: group(name) ?? Width.clean(name)
    }
  }

  private func group(_ name: String) -> String? {
    let members = (matter?.fields ?? []).filter { $0.group == name }
    return members.isEmpty ? nil : Width.clean(members.map(\.name).joined(separator: "、"))
  }

  /// A value as people read it.
  func display(_ value: Value, field id: String) -> String {
    if let field = matter?.fields.first(where: { $0.id == id }) {
      return Width.clean(FieldText.display(value, as: field, divisions: divisions()))
    }
    guard case .object(let members) = value, group(id) != nil else { return Words.whole(value) }
    return members.sorted { $0.key < $1.key }.map { "\(label($0.key))：\(display($0.value, field: $0.key))" }
      .joined(separator: "，")
  }

  private var materials: [String] {
    let given = application["materials"]?.object ?? [:]
    let deferred = (application["deferred"]?.array ?? []).compactMap(\.text)
    let known = (matter?.materials ?? []).map(\.id)
    let ids =
      known.filter { given[$0] != nil || deferred.contains($0) } + given.keys.filter { !known.contains($0) }.sorted()
    let late = Set((application["late"]?.array ?? []).compactMap { $0["material"]?.text }).sorted()
    guard !ids.isEmpty || !late.isEmpty else { return [] }
    return heading("材料")
      + ids.map { id in
        let each = (given[id]?.array ?? []).map(material)
        // `detach` takes the number.
        let entries = each.count < 2 ? each : each.enumerated().map { "（\($0.offset + 1)）\($0.element)" }
        let shown = entries.isEmpty ? "容缺，以后补交" : entries.joined(separator: "；")
        return "  \(materialName(id))：\(shown)"
      } + late.map { "  \(materialName($0))：" + output.style(.warning, "提交以后又附上，已提交的那一版里没有") }
  }

  private func material(_ entry: Value) -> String {
    if let digest = entry["digest"]?.text {
      let name = Words.text(entry["name"])
      return (name.isEmpty ? String(digest.prefix(16)) : name) + "（\(Words.bytes(entry["bytes"]?.integer ?? 0))）"
    }
    return "纸质 原件 \(Words.text(entry["originals"])) 份、复印件 \(Words.text(entry["copies"])) 份"
  }

  private var proceedings: [String] {
    let proceedings = application["proceedings"]?.array ?? []
    guard !proceedings.isEmpty else { return [] }
    var table = Table(["子办件", "窗口", "状态", "期限", "法定期限"])
    for proceeding in proceedings {
      let date = { (key: String) in
        let text = Words.text(proceeding[key])
        return text.isEmpty ? "" : Self.mark(key, proceeding) + text
      }
      table.add([
        Words.text(proceeding["item"]), Words.text(proceeding["window"]),
        Words.status(of: proceeding),
        date("due"), date("statutoryDue"),
      ])
    }
    return heading("办理情况") + table.lines(columns: output.columns, indent: 2) + proceedings.flatMap(outcome)
  }

  /// What a window said about one proceeding, in full.
  private func outcome(_ proceeding: Value) -> [String] {
    let item = Words.text(proceeding["item"])
    var lines: [String] = []
    let awaits = proceeding["awaits"]?.array ?? []
    if !awaits.isEmpty {
      let names = awaits.map { Words.text($0["name"]) + ($0["here"] == true ? "（在这台电脑上，请同步）" : "") }
      lines.append("  \(item)在等附件：\(names.joined(separator: "、"))")
    }
    lines += clock(proceeding)
    if let reason = proceeding["reason"], !reason.isBlank { lines.append("  \(item)：\(Words.text(reason))") }
    if let certificate = proceeding["certificate"], !certificate.isBlank {
      let valid = certificate["validUntil"]?.text.map { "，有效期至 \(Width.clean($0))" } ?? ""
      lines.append("  \(item)：发证 \(Words.text(certificate["name"])) \(Words.text(certificate["number"]))\(valid)")
    }
    if let credit = proceeding["credit"], !credit.isBlank {
      let repair = proceeding["creditRepair"]?.text.map { "（已修复：\(Width.clean($0))）" } ?? ""
      lines.append("  \(item)：失信记录 \(Words.text(credit))\(repair)")
    }
    if let delivery = proceeding["delivery"], !delivery.isBlank {
      lines.append("  \(item)：送达 \(Words.text(delivery["method"])) \(Words.text(delivery["receivedBy"]))")
    }
    return lines
  }

  /// Stands before a day that rests on a guess about a year without a calendar.
  private static func mark(_ day: String, _ proceeding: Value) -> String {
    proceeding["estimates"]?.array?.contains(.text(day)) == true ? "≈" : ""
  }

  /// What runs beside the days in the table: special procedures, deferred materials, inspections.
  private func clock(_ proceeding: Value) -> [String] {
    let item = Words.text(proceeding["item"])
    var lines: [String] = []
    let doubtful = proceeding["receivedDoubtful"] == true ? "收到" : proceeding["captureDoubtful"] == true ? "采集" : nil
    if let doubtful {
      lines.append("  \(item)：" + output.style(.warning, "\(doubtful)时间存疑，按送到县里的时间算") + "：采集时那台电脑的时钟对不上")
    }
    if proceeding["acceptance"] == "deemed" { lines.append("  \(item)：五个工作日没有答复，自收到之日起视为受理") }
    if let stop = proceeding["suspension"], !stop.isBlank {
      let late = stop["overrun"] == true ? output.style(.warning, "，已超过告知的时间") : ""
      let days = "已停 \(Words.text(stop["days"])) 天/告知所需 \(Words.text(stop["announced"])) 天"
      lines.append("  \(item)：\(Words.text(stop["procedure"]))，\(days)\(late)")
    }
    if let deferral = proceeding["deferral"], !deferral.isBlank {
      let names = (deferral["materials"]?.array ?? []).map { materialName($0.text) }.joined(separator: "、")
      let mark = Self.mark("deferralDue", proceeding)
      let due = deferral["due"]?.text.map { "，\(mark)\(Width.clean($0)) 前补齐" } ?? "，受理后算起"
      lines.append("  \(item)：容缺 \(names)\(due)")
    }
    if let inspection = proceeding["inspection"], !inspection.isBlank {
      let when =
        inspection["doneAt"]?.text.map { "，\(Width.clean(String($0.prefix(10)))) 完成" }
        ?? inspection["due"]?.text.map { "，\(Self.mark("inspectionDue", proceeding))\(Width.clean($0)) 前完成" } ?? ""
      lines.append("  \(item)：\(Words.text(inspection["name"]))\(when)")
    }
    return lines
  }

  private func materialName(_ id: String?) -> String {
    guard let id else { return "" }
    return Width.clean(matter?.materials.first { $0.id == id }?.name ?? id)
  }

  private var conflicts: [String] {
    let conflicts = application["conflicts"]?.array ?? []
    guard !conflicts.isEmpty else { return [] }
    let code = Words.text(application["code"])
    return ["", output.style(.warning, "两边填得不一样，请确定")]
      + conflicts.flatMap { conflict -> [String] in
        let field = Words.text(conflict["field"])
        return ["  \(label(field))（\(field)）"]
          + ConflictSheet.candidates(conflict) { display($0, field: field) }.map { "  " + $0 }
          + ["    用第几个：bangban resolve \(code) \(field) --take 1\(ConflictSheet.token(conflict))"]
      }
  }

  private var duplicates: [String] {
    let duplicates = application["duplicates"]?.array ?? []
    guard !duplicates.isEmpty else { return [] }
    let behind = application["standsBehind"]?.text.map { ["  这一件停下，由 \(Width.clean($0)) 接着办"] } ?? []
    return heading("重复件") + behind
      + duplicates.flatMap { DuplicateSheet.one($0, of: Words.text(application["code"])) }
  }

  private var notes: [String] {
    let notes = application["notes"]?.array ?? []
    guard !notes.isEmpty else { return [] }
    return heading("备注")
      + notes.map { "  \(Words.time($0["at"]))  \(Words.author($0["by"]))：\(Words.text($0["text"]))" }
  }

  private var tray: [String] {
    let entries = application["tray"]?.array ?? []
    return entries.isEmpty ? [] : heading("待处理") + entries.map { "  " + TraySheet.line($0, output) }
  }

  private var timeline: [String] {
    let timeline = application["timeline"]?.array ?? []
    guard !timeline.isEmpty else { return [] }
    return heading("经过")
      + timeline.map { entry in
        let words = entry["code"]?.text.map { code in
          code == "late" ? LateSheet.mark(entry) : "未被接受：\(Width.clean(RefusalWords.words(code)))"
        }
        let mark = words.map { "  " + output.style(.warning, $0) } ?? ""
        return "  \(Words.time(entry["at"]))  \(Words.author(entry["by"]))  \(Words.text(entry["text"]))\(mark)"
      }
  }
}
