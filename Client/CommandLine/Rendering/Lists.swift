internal import Assistant
internal import Catalog
internal import Foundations
internal import Terminal

/// `list`.
enum ApplicationList {
  /// - Parameter isFiltered: whether only some were asked for.
  static func lines(_ applications: [Value], isFiltered: Bool, _ session: Session) -> [String] {
    let output = session.output
    if applications.isEmpty {
      return [isFiltered ? "没有符合条件的办件。全部的：bangban list" : "没有办件。用 bangban new 事项名 新建一个。"]
    }
    var table = Table(["编号", "一件事", "申请人", "状态", "更新", "同步", ""])
    for application in applications {
      let matter = Words.text(application["matterName"] ?? application["matter"])
      let isExample = session.isExample(application["matter"]?.text ?? "", application["detail"]?.text)
      let conflicts = application["conflicts"]?.integer ?? Int64(application["conflicts"]?.array?.count ?? 0)
      table.add([
        Words.text(application["code"]), matter + (isExample ? "（\(Words.example)）" : ""),
        Words.maskedApplicant(application["applicant"]), Words.status(ofApplication: application),
        Words.time(application["updatedAt"]), Words.sync(application),
        [conflicts > 0 ? "\(conflicts) 处并存" : "", DuplicateSheet.mark(application)].filter { !$0.isEmpty }
          .joined(separator: "，"),
      ])
    }
    return table.lines(columns: output.columns) { output.style(.heading, $0) } + ["", "共 \(applications.count) 件。"]
  }
}

extension Session {
  /// Whether a matter is a worked-out example that no county has confirmed.
  func isExample(_ matter: String, _ detail: String?) -> Bool {
    if let detail { return detail == "example" }
    if let known = exampleMatters[matter] { return known }
    let found = (try? assistant().matter(matter))?.matter.detail == .example
    exampleMatters[matter] = found
    return found
  }
}

/// `todo`.
enum TodoSheet {
  /// - Parameter code: the code of an application, which people know it by.
  static func lines(
    _ entries: [Value], today: CivilDate, _ output: Output, code: (String) -> String = { $0 }
  ) -> [String] {
    if entries.isEmpty { return [output.style(.good, "✓ ") + "没有要做的事。"] }
    var lines: [String] = []
    for entry in entries {
      let due = Words.text(entry["due"])
      let date = CivilDate(due.prefix(10))
      let isLate = date.map { $0 < today } ?? false
      let kind = kind(Words.text(entry["kind"]))
      let mark = isLate ? output.style(.warning, "【\(kind)】") : "【\(kind)】"
      let when = due.isEmpty ? "" : isLate ? output.style(.warning, "  \(due) 已过期") : "  \(due) 前"
      lines.append(mark + code(Words.text(entry["id"])) + "  " + Words.text(entry["text"]) + when)
    }
    return lines + ["", "共 \(entries.count) 件要做的事。bangban show 编号 看详情。"]
  }

  private static func kind(_ kind: String) -> String {
    let words = [
      ("correction", "补正"), ("conflict", "并存"), ("duplicate", "重复件"), ("refus", "未接受"), ("tray", "待处理"),
      ("review", "待处理"),
      ("defer", "容缺补交"), ("visit", "上门"), ("certificate", "送证照"), ("notice", "送通知书"), ("consent", "待同意"),
      ("draft", "草稿"),
      ("sync", "待同步"), ("waiting", "等待"), ("catalog", "表单更新"), ("attachment", "附件"),
    ]
    return words.first { kind.hasPrefix($0.0) }?.1 ?? kind
  }
}

/// `conflicts`.
enum ConflictSheet {
  static func lines(_ conflicts: [Value], _ output: Output) -> [String] {
    if conflicts.isEmpty { return [output.style(.good, "✓ ") + "没有填得不一样的内容。"] }
    var lines: [String] = []
    for conflict in conflicts {
      let id = Words.text(conflict["code"] ?? conflict["id"])
      let field = Words.text(conflict["field"])
      let name = Words.text(conflict["name"])
      let label = name.isEmpty || name == field ? field : "\(name)（\(field)）"
      lines.append(output.style(.heading, "\(id)  \(label)") + (conflict["kind"] == "rule" ? "  前后对不上" : ""))
      lines += candidates(conflict)
      guard conflict["kind"] == "rule" else {
        lines.append("  确定用第几个：bangban resolve \(id) \(field) --take 1\(token(conflict))")
        continue
      }
      lines.append("  应当：\(Words.text(conflict["because"]))")
      lines.append("  改这一项：bangban resolve \(id) \(field) --value 正确的内容\(token(conflict))")
    }
    return lines
  }

  /// The option that has `resolve` settle what is listed here, and nothing that comes after it.
  static func token(_ conflict: Value) -> String {
    let token = Words.text(conflict["token"])
    return token.isEmpty ? "" : " --of \(token)"
  }

  /// - Parameter display: a value as people read it, where the listing does not say.
  static func candidates(_ conflict: Value, display: (Value) -> String = { Words.whole($0) }) -> [String] {
    (conflict["candidates"]?.array ?? []).map { candidate in
      let by = [Words.author(candidate["by"]), Words.time(candidate["at"])].filter { !$0.isEmpty }
      let value = candidate["text"].map { Words.text($0) } ?? candidate["value"].map(display) ?? ""
      return "  \(Words.text(candidate["n"])). \(value.isEmpty ? "（清空）" : value)    \(by.joined(separator: "，"))"
    }
  }
}

/// `duplicates`, `duplicate`, and the marks of both in other sheets.
enum DuplicateSheet {
  static func lines(_ duplicates: [Value], _ output: Output) -> [String] {
    if duplicates.isEmpty { return [output.style(.good, "✓ ") + "没有重复件。"] }
    return duplicates.flatMap { duplicate -> [String] in
      let code = Words.text(duplicate["applicationCode"])
      return [output.style(.heading, "\(code)  \(Words.text(duplicate["matterName"]))")] + one(duplicate, of: code)
    }
  }

  /// One duplicate, with what can be done about it.
  static func one(_ duplicate: Value, of code: String) -> [String] {
    let other = Words.text(duplicate["code"])
    let status = Words.text(duplicate["status"])
    let ended = ["closed": "（已办结）", "withdrawn": "（已撤回）", "erased": "（已清除）"][status] ?? ""
    var lines = ["  另一件：\(other)  \(Words.text(duplicate["stationName"]))\(ended)"]
    lines.append("  先提交的是 \(Words.text(duplicate["first"]))")
    lines += (duplicate["decisions"]?.array ?? []).map { decision in
      let by = "\(Words.author(decision["by"]))，\(Words.time(decision["at"]))"
      return "  \(Words.text(decision["n"])). \(words(decision))    \(by)"
    }
    if duplicate["open"] == true {
      lines.append(
        "  同一件事：bangban duplicate \(code) --same-as \(other)    不是：bangban duplicate \(code) --apart \(other)")
    }
    return lines
  }

  private static func words(_ decision: Value) -> String {
    decision["decision"] == "joined" ? "合并，由 \(Words.text(decision["goesOn"])) 接着办" : "分开办"
  }

  /// What `duplicate` did.
  static func decided(_ value: Value, _ output: Output) -> String {
    let done = output.style(.good, "✓ ")
    guard value["decision"] == "joined" else { return done + "已记下：分开办。同步后两边都能看到。" }
    return done + "已记下：合并，由 \(Words.text(value["goesOn"])) 接着办，另一件停下，内容都保留。同步后两边都能看到。"
  }

  /// A few words in a list.
  static func mark(_ application: Value) -> String {
    if let behind = application["standsBehind"]?.text { return "已并到 \(Width.clean(behind))" }
    return (application["duplicates"]?.integer ?? 0) > 0 ? "可能重复" : ""
  }
}

/// `tray`, and its part of other sheets.
enum TraySheet {
  static func lines(_ entries: [Value], _ output: Output) -> [String] {
    if entries.isEmpty { return [output.style(.good, "✓ ") + "县里没有待处理的内容。"] }
    return entries.flatMap { entry in
      let name = Words.text(entry["code"] ?? entry["application"])
      return [output.style(.heading, "\(name)  \(Words.text(entry["id"]))"), "  " + line(entry, output)]
    }
  }

  /// One entry: what it is, why it lies there and what became of it.
  static func line(_ entry: Value, _ output: Output) -> String {
    let whose = entry["own"] == true ? "" : "别的电脑的"
    let what = "\(whose)\(Words.text(entry["what"]))，\(Words.time(entry["since"]))送到：\(Words.text(entry["why"]))"
    return "\(what)  → \(outcome(entry, output))"
  }

  private static func outcome(_ entry: Value, _ output: Output) -> String {
    switch entry["status"]?.text {
    case "admitted": return output.style(.good, "县里已采纳")
    case "reminted": return output.style(.good, "已用新身份重新上传")
    case "declined":
      let note = entry["note"].flatMap { $0.isBlank ? nil : "：\(Words.text($0))" } ?? ""
      let rest = entry["seen"] == true ? "" : "（看过了就运行 bangban tray --seen \(Words.text(entry["id"]))）"
      return output.style(.warning, "县里没有采纳\(note)") + rest
    default: return "等县里处理"
    }
  }
}

/// `transfer`: the sheet of papers that travel to the window 材料交接单.
enum TransferSheet {
  static func lines(_ entries: [Value], _ output: Output) -> [String] {
    if entries.isEmpty { return ["没有要送的纸质件。"] }
    var table = Table(["办件", "一件事", "申请人", "材料", "原件", "复印件"])
    for entry in entries {
      table.add([
        Words.text(entry["code"]), Words.text(entry["matter"]), Words.maskedApplicant(entry["applicant"]),
        Words.text(entry["name"]), Words.text(entry["originals"]), Words.text(entry["copies"]),
      ])
    }
    return [output.style(.heading, "材料交接单"), ""] + table.lines(columns: output.columns)
      + ["", "交件人：____________  收件人：____________  日期：____________"]
  }
}
