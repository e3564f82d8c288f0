internal import Foundations

/// What `new` and `submit` answer, and the receipt 收件凭证.
enum ReceiptSheet {
  static func created(_ value: Value, _ output: Output) -> [String] {
    if value["receipt"] != nil || (value["version"]?.integer ?? 0) > 0 { return submitted(value, output) }
    let code = Words.text(value["code"])
    var lines = [output.style(.good, "✓ ") + "草稿已保存，编号 \(code)"]
    let missing = value["missing"]?.array ?? []
    if missing.isEmpty {
      lines.append("都填好了，可以提交：bangban submit \(code)")
    } else {
      lines.append("还缺 \(missing.count) 项：")
      lines += missing.map { "  · " + need($0) }
      lines.append("接着填：bangban edit \(code)")
    }
    return lines
  }

  static func need(_ entry: Value) -> String {
    if let text = entry.text { return Width.clean(text) }
    let name = Words.text(entry["name"] ?? entry["id"] ?? entry["field"] ?? entry["material"])
    return entry["kind"] == "material" || entry["material"] != nil ? "材料：\(name)" : name
  }

  static func submitted(_ value: Value, _ output: Output) -> [String] {
    [
      output.style(.good, "✓ ") + "已提交，编号 \(Words.text(value["code"]))，第 \(Words.text(value["version"])) 版",
      "  收件凭证：\(receiptCode(value["receipt"]))",
      "有网络时运行 bangban sync 送到窗口；打印凭证：bangban receipt \(Words.text(value["code"])) --text",
    ]
  }

  private static func receiptCode(_ receipt: Value?) -> String {
    Words.text(receipt?["code"] ?? receipt)
  }

  static func receipt(_ value: Value, _ output: Output) -> [String] {
    let names = [
      ("code", "编号"), ("matterName", "一件事"), ("matter", "一件事"), ("applicant", "申请人"), ("items", "事项"),
      ("materials", "收到的材料"), ("deferred", "容缺后补"), ("submittedAt", "收件时间"), ("station", "服务站"),
      ("agent", "经办人"), ("version", "版本"), ("digest", "内容摘要"), ("rateCode", "评价码"), ("url", "查询网址"),
    ]
    var lines = [output.style(.heading, "收件凭证"), String(repeating: "─", count: 30)]
    if value["detail"] == "example" { lines.append(Words.example) }
    for (key, label) in names {
      guard let entry = value[key], !entry.isBlank, key != "matter" || value["matterName"] == nil else { continue }
      let text =
        key == "applicant" ? Words.maskedApplicant(entry) : key.hasSuffix("At") ? Words.time(entry) : Words.text(entry)
      let wrapped = Width.wrapped(text, to: output.columns - 14)
      lines += wrapped.enumerated().map { Width.padded($0 == 0 ? label + "：" : "", to: 14) + $1 }
    }
    return lines + [String(repeating: "─", count: 30), "请保管好这张凭证，凭编号可以查询办理进度。"]
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
    if value["upToDate"] == false { lines.append("  还有没交换完的，请再运行一次 bangban sync。") }
    return lines
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
    return lines
  }
}

/// What `doctor` answers.
enum DoctorSheet {
  static func lines(_ value: Value, _ output: Output) -> [String] {
    if let checks = value["checks"]?.array {
      return checks.map { check in
        let isSound = check["ok"] == true
        let mark = isSound ? output.style(.good, "✓ ") : output.style(.warning, "✗ ")
        return mark + Words.text(check["name"]) + (check["text"].map { "：" + Words.text($0) } ?? "")
      }
    }
    return (value.object ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)：\(Words.text($0.value))" }
  }
}
