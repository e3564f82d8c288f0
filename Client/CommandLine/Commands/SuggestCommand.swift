internal import Assistant
internal import Foundations
internal import Terminal

/// Matters that this household may be entitled to.
extension Commands {
  static let suggest = CommandSpec<Session>(
    "suggest", group: Group.follow, "这一家可能还可以办什么：按已经填过的情况推算，不用联网",
    positionals: [PositionalSpec("ID", "办件的编号；不写就看全部", .optional)],
    notes: ["只是提醒，要不要办由本人决定；条件以窗口核对为准。已经在办或办过的不再提。"], examples: ["suggest", "suggest 7KQ"],
    run: { invocation, session throws(Problem) in
      let found = try session.assistant().suggestions(invocation.positionals.first)
      session.output.results(found) {
        guard !found.isEmpty else { return ["没有可以提醒的。"] }
        return found.flatMap { line in
          let basis = line["basis"]?.text.map { ["    依据：\(Width.clean($0))"] } ?? []
          return [
            session.output.style(.heading, Width.clean(Words.text(line["name"]))) + "（\(Words.text(line["matter"]))）",
            "    \(Width.clean(Words.text(line["because"])))",
          ] + basis
        }
      }
      return .done
    })

  /// One quiet line after something was handed in; what has to be asked first is left to `suggest`.
  static func suggestAfter(_ value: Value, _ session: Session) {
    guard let id = value["id"]?.text, let found = try? session.assistant().suggestions(id) else { return }
    var names: [String] = []
    for line in found where line["toAsk"]?.array?.isEmpty == true {
      let name = Width.clean(Words.text(line["name"]))
      if !names.contains(name) { names.append(name) }
    }
    guard !names.isEmpty else { return }
    session.output.line(
      session.output.style(
        .faint,
        "这一家可能还可以办：\(names.joined(separator: "、"))；看理由：bangban suggest \(Words.text(value["code"] ?? value["id"]))"))
  }
}
