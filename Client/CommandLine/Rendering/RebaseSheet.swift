internal import Foundations
internal import Terminal

/// `rebase`: what a newer form says otherwise, in three parts: the forms, and what that means for this draft.
enum RebaseSheet {
  static func lines(_ value: Value, _ output: Output) -> [String] {
    let versions = "第 \(Words.text(value["from"])) 版 → 第 \(Words.text(value["to"])) 版"
    var lines = [output.style(.heading, "表单的变化") + "  " + versions]
    for change in value["changes"]?.array ?? [] {
      let name = Words.text(change["name"])
      switch (change["before"]?.text, change["after"]?.text) {
      case (nil, let after?): lines += entry("＋ \(name)：\(after)", output)
      case (let before?, nil): lines += entry("－ \(name)：\(before)", output)
      case (let before, let after): lines += entry("～ \(name)：\(before ?? "") → \(after ?? "")", output)
      }
    }
    lines += section("新版本要补的", value["missing"], output) { ReceiptSheet.need($0) }
    lines += section("要改一改的", value["invalid"], output) { Words.text($0["text"]) }
    lines += section("不再需要的（保留记录，不交给窗口）", value["notNeeded"], output) { Words.text($0["name"]) }
    lines += section("新版本没有的事项", value["droppedItems"], output) { Words.text($0) }
    lines.append("")
    lines.append(value["applied"] == true ? "已更新到新版本。" : "还没有更新；要更新就加 --apply，不更新就按原来的办完。")
    return lines
  }

  private static func section(
    _ title: String, _ values: Value?, _ output: Output, _ line: (Value) -> String
  ) -> [String] {
    guard let values = values?.array, !values.isEmpty else { return [] }
    return ["", output.style(.heading, title)] + values.flatMap { entry(line($0), output) }
  }

  private static func entry(_ text: String, _ output: Output) -> [String] {
    Width.wrapped(text, to: output.columns - 2).map { "  " + $0 }
  }
}
