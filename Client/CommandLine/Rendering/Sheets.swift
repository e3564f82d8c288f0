internal import Application
internal import Foundations
internal import Terminal

/// What `new` and `submit` answer, and the paper that the station gives: the receipt 收件凭证 or the slip 代办受理单.
enum ReceiptSheet {
  /// - Parameters:
  ///   - missing: fields and papers that are still needed, by their names; nil where only ids are known.
  ///   - level: of the station, where it was submitted.
  static func created(
    _ value: Value, missing named: [Value]? = nil, level: StationLevel? = nil, _ output: Output
  ) -> [String] {
    if value["receipt"] != nil || (value["version"]?.integer ?? 0) > 0 { return submitted(value, level: level, output) }
    let code = Words.text(value["code"])
    var lines = [output.style(.good, "✓ ") + "草稿已保存，编号 \(code)"]
    let missing = named ?? value["missing"]?.array ?? []
    if value["held"] == true { lines += ConsentSheet.held(code, output) }
    if missing.isEmpty, value["held"] == true {
      lines.append("都填好了，登记以后就可以提交。")
    } else if missing.isEmpty {
      lines.append("都填好了，可以提交：bangban submit \(code)")
    } else {
      lines.append("还缺 \(missing.count) 项：")
      lines += missing.map { "  · " + need($0) }
      let papers = missing.filter { $0["material"] != nil }
      if papers.count < missing.count { lines.append("接着填：bangban edit \(code)") }
      if let paper = papers.first?["material"] {
        lines.append("添加材料：bangban attach \(code) \(Words.text(paper)) 文件")
      }
    }
    return lines
  }

  static func need(_ entry: Value) -> String {
    if let text = entry.text { return Width.clean(text) }
    let id = Words.text(entry["id"] ?? entry["field"] ?? entry["material"])
    let name = entry["name"].map { "\(Words.text($0))（\(id)）" } ?? id
    return entry["kind"] == "material" || entry["material"] != nil ? "材料：\(name)" : name
  }

  /// - Parameter level: of the station; where it is not known, nothing was received.
  static func submitted(_ value: Value, level: StationLevel?, _ output: Output) -> [String] {
    if value["unchanged"] == true {
      return ["已经提交过，没有改动，仍是第 \(Words.text(value["version"])) 版，编号 \(Words.text(value["code"]))"]
    }
    let level = level ?? .agent
    let meaning: String =
      switch level {
      case .agent: "材料送到窗口才算收件"
      case .receive: "不代表受理"
      case .accept: "收件即受理"
      }
    return [
      output.style(.good, "✓ ") + "已提交，编号 \(Words.text(value["code"]))，第 \(Words.text(value["version"])) 版",
      "  \(level.ownPaper.title)：\(receiptCode(value["receipt"]))（站点\(level.identity)，\(meaning)）",
      "有网络时运行 bangban sync 送到窗口；打印凭证：bangban receipt \(Words.text(value["code"])) --text",
    ] + untouched(value["untouched"]?.array ?? [], output)
  }

  /// What a window asked to be put right and nobody has.
  private static func untouched(_ lines: [Value], _ output: Output) -> [String] {
    guard !lines.isEmpty else { return [] }
    let names = lines.map { need($0) }.joined(separator: "、")
    return [
      output.style(.warning, "! ") + "窗口要求补正的，这些没有改动：\(names)",
      "  漏了的现在就改，改好再提交一次，窗口受理以前都可以；确实不用改的，请告诉窗口为什么。",
    ]
  }

  /// What `rectify` answers: the record is to be signed before the applicant leaves.
  static func rectified(_ value: Value, _ output: Output) -> [String] {
    let code = Words.text(value["code"])
    return [
      output.style(.good, "✓ ")
        + "已当场更正 \(value["fields"]?.array?.count ?? 0) 项，编号 \(code)，第 \(Words.text(value["version"])) 版",
      "打印更正记录请申请人签名：bangban document \(code) C26",
      "有网络时运行 bangban sync 送到窗口",
    ]
  }

  private static func receiptCode(_ receipt: Value?) -> String {
    Words.text(receipt?["code"] ?? receipt)
  }

  static func receipt(_ value: Value, _ output: Output) -> [String] {
    let level = level(of: value) ?? .agent
    let names = [
      ("code", "编号"), ("matter", "一件事"), ("applicant", "申请人"), ("items", "事项"), ("materials", "收到的材料"),
      ("deferred", "容缺后补"), ("submittedAt", level.receives ? "收件时间" : "收取时间"), ("county", "县"),
      ("station", "服务站"), ("level", "站点身份"), ("agent", "经办人"), ("workingDays", "办结工作日"), ("saved", "一次办省了"),
      ("version", "版本"), ("digest", "内容摘要"),
    ]
    var lines = [output.style(.heading, level.ownPaper.title), String(repeating: "─", count: 30)]
    if value["detail"] == "example" { lines.append(Words.example) }
    for (key, label) in names {
      guard let entry = key == "level" ? .text(level.identity) : value[key], !entry.isBlank else { continue }
      let wrapped = Width.wrapped(text(key, entry), to: output.columns - 14)
      lines += wrapped.enumerated().map { Width.padded($0 == 0 ? label + "：" : "", to: 14) + $1 }
    }
    return lines + [String(repeating: "─", count: 30)] + Width.wrapped(level.meaning, to: output.columns)
      + ["请保管好这张凭证，凭编号可以查询办理进度。"]
  }

  /// What the station may do, as `receipt` answers it; nil where the device does not know it.
  static func level(of receipt: Value) -> StationLevel? {
    receipt["station"]?["level"]?.text.flatMap(StationLevel.init(rawValue:))
  }
}

extension ReceiptSheet {
  /// One entry of a receipt; the applicant comes masked already.
  private static func text(_ key: String, _ entry: Value) -> String {
    switch key {
    case "applicant":
      return ["name", "idNumber", "uscc", "phone"].map { Words.text(entry[$0]) }.filter { !$0.isEmpty }
        .joined(separator: "  ")
    case "submittedAt": return Words.time(entry)
    case "materials":
      return (entry.array ?? []).map { material in
        let paper = material["originals"].map { "原件 \(Words.text($0)) 复印件 \(Words.text(material["copies"]))" }
        return "\(Words.text(material["material"]))（\(paper ?? Words.bytes(material["bytes"]?.integer ?? 0))）"
      }.joined(separator: "、")
    default: return Words.text(entry)
    }
  }
}

/// What stands where the applicant's consent is still to come, and what `consent` answers.
enum ConsentSheet {
  /// Why a draft is held back and what to do, wherever it is shown.
  static func held(_ code: String, _ output: Output) -> [String] {
    [
      output.style(.marked, "申请人还没有同意：这份草稿只存在这台电脑上，不会上传。"),
      "  同意了就登记：bangban consent \(code)", "  不同意就撤回：bangban withdraw \(code) --why 原因",
    ]
  }

  static func lines(_ value: Value, _ output: Output) -> [String] {
    let time = Words.time(value["at"])
    guard value["recorded"] == true else { return ["申请人的同意已经登记过（\(time)），没有改动。"] }
    let code = Words.text(value["code"])
    return [
      output.style(.good, "✓ ") + "已登记申请人同意（\(time)）。",
      "下次 bangban sync 就会上传；填好了就提交：bangban submit \(code)",
    ]
  }

  /// What `withdraw` answers.
  static func withdrawn(_ value: Value) -> String {
    if value["removed"] == true { return "已撤回：申请人没有同意，草稿和附件已经从这台电脑上删除，从来没有上传过，也找不回来了。" }
    return value["unsubmitted"] == true ? "已撤回：这份草稿没有提交过，窗口没有收到，不用再办什么。" : "已撤回；同步以后窗口就会知道。"
  }

  /// How many drafts `sync` and `prove` passed over; nothing where there are none.
  static func passedOver(_ value: Value) -> [String] {
    let count = value["held"]?.integer ?? 0
    return count > 0 ? ["  另有 \(count) 份草稿等申请人同意，没有上传：bangban todo"] : []
  }
}

/// What stands beside a version because it was written after it, and is not what the window sees.
enum LateSheet {
  /// What `edit` and `attach` add where they came late; nothing where they did not.
  static func lines(_ value: Value, _ output: Output) -> [String] { lines(value, "没有这些", output) }

  /// What `detach` adds there.
  static func withdrawn(_ value: Value, _ output: Output) -> [String] { lines(value, "还有这一个", output) }

  private static func lines(_ value: Value, _ what: String, _ output: Output) -> [String] {
    guard value["late"] == true else { return [] }
    let missing = "已提交的第 \(Words.text(value["version"])) 版里\(what)"
    let code = Words.text(value["code"])
    let way =
      value["canSubmit"] == true
      ? "；要让窗口按新的办，再运行 bangban submit \(code)（窗口受理以前），或等窗口决定是否采纳。" : "，等窗口决定是否采纳。"
    return [output.style(.warning, missing) + way]
  }

  /// What the wizard leaves of an application that was submitted before and was not submitted again.
  static func kept(_ application: Value, _ output: Output) -> [String] {
    let saved = "已保存，编号 \(Words.text(application["code"]))，窗口看到的仍是第 \(Words.text(application["version"])) 版"
    return [output.style(.good, "✓ ") + saved]
  }

  /// What stands behind a line of `show` that came late.
  static func mark(_ entry: Value) -> String {
    entry["open"] == true ? "提交以后才写的，等窗口决定" : "提交以后才写的"
  }
}

/// What `sync` and `prove` answer.
enum SyncSheet {
  static func lines(_ value: Value, _ output: Output) -> [String] {
    let count = { (key: String) in value[key]?.integer ?? 0 }
    var lines = [
      output.style(.good, "✓ ")
        + "同步完成：送出 \(count("pushed")) 项，收到 \(count("pulled")) 项，"
        + "用了 \(count("requests")) 次往来（送 \(Words.bytes(count("bytesSent")))，收 \(Words.bytes(count("bytesReceived")))）"
    ]
    if count("attachmentBytes") > 0 { lines.append("  附件 \(Words.bytes(count("attachmentBytes")))") }
    if count("returned") > 0 {
      lines.append("  县里的服务器恢复过备份：本机把它缺少的 \(count("returned")) 项交还了回去，没有丢失。")
    }
    if count("freed") > 0 {
      lines.append("  腾出 \(Words.bytes(count("freed")))：早已办结的附件，县里有，也已备份，本机不再另存。")
    }
    if let station = value["station"]?.text { lines.append("  这台电脑已改归\(station)；原来站点的办件不再显示。") }
    if value["upToDate"] == false { lines.append("  还有没交换完的，请再运行一次 bangban sync。") }
    return lines + ConsentSheet.passedOver(value)
  }

  static func proof(_ value: Value, _ output: Output) -> [String] {
    let differ = value["differ"]?.array ?? []
    let count = { (key: String) in value[key]?.array?.count ?? Int(clamping: value[key]?.integer ?? 0) }
    var lines = ["共 \(count("applications")) 个办件，和服务器一致 \(count("match")) 个。"]
    if count("behind") > 0 { lines.append("服务器上较新 \(count("behind")) 个，同步后再核对。") }
    if count("unsent") > 0 { lines.append("还没送出 \(count("unsent")) 个，同步后再核对。") }
    lines.append(
      differ.isEmpty
        ? output.style(.good, "✓ ") + "没有不一致。"
        : output.style(.warning, "✗ ") + "不一致 \(differ.count) 个：\(differ.map { Words.text($0) }.joined(separator: "、"))"
    )
    return lines + ConsentSheet.passedOver(value)
  }
}

/// What `doctor` answers.
enum DoctorSheet {
  static func lines(_ value: Value, _ output: Output) -> [String] {
    let line = { (isSound: Bool, good: String, bad: String) in
      isSound ? output.style(.good, "✓ ") + good : output.style(.warning, "✗ ") + bad
    }
    let projections = value["projections"]?.array ?? []
    var lines = [
      line(value["integrity"]?.isBlank ?? true, "数据文件完好", "数据文件有损坏：\(Words.text(value["integrity"]))"),
      line(projections.isEmpty, "办件和操作记录一致", "有 \(projections.count) 个办件和操作记录不一致"),
      line(value["chain"] == true, "操作记录没有被改动过", "操作记录从第 \(Words.text(value["chainBreak"])) 条起对不上"),
      line(value["proof"] != false, "核对用的摘要和操作记录一致", "核对用的摘要和操作记录不一致，请重新核对"),
    ]
    let count = { (key: String) in value[key]?.integer ?? 0 }
    lines.append("事项目录：\(Words.text(value["catalog"]))")
    lines.append("还没有上传：\(count("unsent")) 条内容，\(count("attachments")) 个附件")
    let damaged = value["damaged"]?.array?.count ?? 0
    if damaged > 0 {
      lines.append(line(false, "", "有 \(damaged) 个没传完的附件在本机损坏了，要重新添加：bangban todo"))
    }
    if count("held") > 0 { lines.append("等申请人同意、不上传：\(count("held")) 份草稿") }
    if count("tray") > 0 { lines.append("待处理：\(count("tray")) 项，运行 bangban todo 查看") }
    if let why = value["stoppedBecause"]?.text {
      lines.append(output.style(.warning, "这台设备已停用：") + Width.clean(why) + "，请向县里的管理员要一个登记码，重新登记")
    }
    return lines
  }
}
