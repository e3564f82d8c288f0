internal import Foundations
internal import Terminal

/// What was exchanged by ferry files, and what to do next with the stick.
struct FerrySheet {
  let value: Value
  /// The file that came from the county.
  let source: String?
  /// The file for the county.
  let target: String?
  let output: Output

  var lines: [String] { taken + written }

  private func count(_ name: String) -> Int64 { value[name]?.integer ?? 0 }

  private var taken: [String] {
    guard let source else { return [] }
    let name = Machine.shown(source)
    guard count("pages") > 0 else {
      return [output.style(.good, "✓ ") + "\(name) 里的内容本机都已经有了，没有改动什么。"] + after
    }
    let moved = value["station"]?.text.map { ["  这台电脑已改归\($0)；新站点的办件收齐以后，原来站点的不再显示。"] } ?? []
    var parts = ["收到 \(count("pulled")) 条"]
    if target == nil { parts.append("县里确认收到本机的 \(count("pushed")) 条") }
    if count("refused") > 0 { parts.append("\(count("refused")) 项没有被接受") }
    return [output.style(.good, "✓ ") + "\(name) 已收下：" + parts.joined(separator: "，") + "。"] + moved + after
  }

  /// After a file was taken in and none was written.
  private var after: [String] {
    guard target == nil else { return [] }
    return value["upToDate"] == true
      ? ["  本机没有要送的了，U 盘上的文件可以删掉。"]
      : ["  本机还有没送出的内容：运行 bangban sync --to-file 文件，再带到县里。"]
  }

  private var written: [String] {
    guard let target else { return [] }
    var what = ["\(Words.bytes(count("bytesSent")))"]
    if count("attachmentBytes") > 0 { what.append("其中附件 \(Words.bytes(count("attachmentBytes")))") }
    return [
      output.style(.good, "✓ ") + "摆渡文件已写好：\(Machine.shown(target))（\(what.joined(separator: "，"))）",
      "  1. 弹出 U 盘，请人带到县里；带的人打不开，看不到内容。",
      "  2. 县里收下（bangban-server ferry in）后会写出答复（ferry out），请一并带回。",
      "  3. 带回后运行：bangban sync --from-file 答复文件",
      "  路上丢了也没有关系：内容都还在本机，重新生成一份就行。",
    ]
  }
}
