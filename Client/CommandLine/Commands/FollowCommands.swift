internal import Application
internal import Assistant
internal import Catalog
internal import Foundations
internal import Terminal

/// Commands that follow an application on its way.
extension Commands {
  static let followCommands: [CommandSpec<Session>] = [
    CommandSpec(
      "list", group: Group.follow, "列出办件",
      options: [
        .one("--status", "S", "只看一种状态，例如 draft 或 草稿"), .one("--text", "T", "姓名、证件号、编号等，- 表示从输入读"),
        .one("--limit", "N", "最多几行"),
      ],
      examples: ["list", "list --status 待补正"],
      run: { invocation, session throws(Problem) in try list(invocation, session) }),
    CommandSpec(
      "show", group: Group.follow, "看一个办件的全部内容", positionals: [id], examples: ["show 7KQ"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().show(try session.value(invocation[0]))
        let matter = session.output.isJSON ? nil : try? session.assistant().matter(Words.text(value["matter"])).matter
        session.output.result(value) { ApplicationSheet(value, matter: matter, output: session.output).lines }
        return .done
      }),
    CommandSpec(
      "todo", group: Group.follow, "要做的事，急的在前",
      run: { _, session throws(Problem) in
        let entries = try session.assistant().todo()
        session.output.results(entries) {
          TodoSheet.lines(entries, today: session.today, session.output, code: session.codes())
        }
        return .done
      }),
    CommandSpec(
      "conflicts", group: Group.follow, "看两边填得不一样的内容",
      positionals: [PositionalSpec("ID", "办件的编号；不写就看全部", .optional)],
      run: { invocation, session throws(Problem) in
        let conflicts = try session.assistant().conflicts(invocation.positionals.first)
        session.output.results(conflicts) { ConflictSheet.lines(conflicts, session) }
        return .done
      }),
    CommandSpec(
      "resolve", group: Group.follow, "确定并存的内容用哪一个",
      options: [.one("--take", "N", "用第几个"), .one("--value", "V", "改用这个内容，- 表示从输入读")],
      positionals: [id, PositionalSpec("FIELD", "表单项")], examples: ["resolve 7KQ phone --take 1"],
      run: { invocation, session throws(Problem) in try resolve(invocation, session) }),
    CommandSpec(
      "receipt", group: Group.follow, "看收件凭证",
      options: [.flag("--text", "纯文字，可以打印")], positionals: [id], examples: ["receipt 7KQ --text"],
      run: { invocation, session throws(Problem) in try receipt(invocation, session) }),
  ]

  private static func list(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    var status = invocation.option("--status")
    if let given = status {
      let known = ApplicationStatus.allCases.map(\.rawValue)
      status = known.first { $0 == given || Words.status($0) == given }
      if status == nil {
        throw UsageFault.choice(
          given, name: "--status", nearest: Nearest.match(given, among: known),
          choices: known.map { "\($0)（\(Words.status($0))）" }
        ).problem
      }
    }
    var text = invocation.option("--text")
    if let given = text { text = try session.value(given) }
    let limit = try invocation.count("--limit") ?? Limits.listRowsDefault
    let applications = try session.assistant().list(status: status, text: text, limit: limit)
    session.output.results(applications) { ApplicationList.lines(applications, session) }
    return .done
  }

  private static func resolve(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let (id, field) = (invocation[0], invocation[1])
    let take = try invocation.count("--take")
    let given = invocation.option("--value")
    guard (take == nil) != (given == nil) else {
      throw UsageFault.positionalMissing("--take N 或 --value V（二选一）", usage: usage("resolve")).problem
    }
    var value: Value?
    if let given { value = try settled(try session.value(given), field, of: id, session) }
    let result = try session.assistant().resolve(id, field: field, take: take, value: value)
    session.output.result(result) { [session.output.style(.good, "✓ ") + "已确定。同步后两边一致。"] }
    return try Attention.after(result, session)
  }

  /// A settled value: by the type of its field; of a group or of the applicant it is a JSON object.
  private static func settled(
    _ text: String, _ field: String, of id: String, _ session: Session
  ) throws(Problem) -> Value {
    let assistant = try session.assistant()
    let matter = try assistant.matter(Words.text(try assistant.show(id)["matter"])).matter
    if let spec = matter.fields.first(where: { $0.id == field }), spec.type != .list {
      return try FieldText.parse(text, as: spec, today: session.today)
    }
    let isJSON = text.trimmed.first.map { "{[".contains($0) } ?? false
    return isJSON ? try JSONReader.document(Array(text.utf8)) : .text(text)
  }

  private static func receipt(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let value = try session.assistant().receipt(invocation[0])
    session.output.result(value) { ReceiptSheet.receipt(value, session.output) }
    return .done
  }
}

/// Exit status 3: done, but a person must look.
enum Attention {
  /// After a change of one application: its conflicts.
  static func after(_ value: Value, _ session: Session) throws(Problem) -> ExitStatus {
    guard let id = value["id"]?.text, let conflicts = try? session.assistant().conflicts(id), !conflicts.isEmpty else {
      return .done
    }
    session.output.note(
      "有 \(conflicts.count) 处两边填得不一样，需要您确定：bangban conflicts \(Words.text(value["code"] ?? value["id"]))")
    return .attention
  }

  /// After an exchange: what stands side by side, what is to be corrected, and what was refused just now.
  static func afterSync(_ value: Value, _ session: Session) throws(Problem) -> ExitStatus {
    let entries = (try? session.assistant().todo()) ?? []
    let conflicts = value["conflicts"]?.integer ?? 0
    let refused = value["refused"]?.integer ?? 0
    let corrections = Int64(entries.count { $0["kind"] == "correction" })
    let damaged = Int64(value["damaged"]?.integer ?? 0)
    guard conflicts + refused + corrections + damaged > 0 else { return .done }
    let parts = [
      conflicts > 0 ? "\(conflicts) 处两边填得不一样" : nil, corrections > 0 ? "\(corrections) 件要补正" : nil,
      refused > 0 ? "\(refused) 项没有被接受" : nil, damaged > 0 ? "\(damaged) 个附件在本机损坏" : nil,
    ].compactMap { $0 }
    session.output.note("需要您看一看：" + parts.joined(separator: "，") + "。运行 bangban todo 查看。")
    return .attention
  }
}
