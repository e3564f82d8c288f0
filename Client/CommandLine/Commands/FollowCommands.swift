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
        session.output.result(value) {
          ApplicationSheet(value, matter: matter, output: session.output, divisions: { session.divisions }).lines
        }
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
        session.output.results(conflicts) { ConflictSheet.lines(conflicts, session.output) }
        return .done
      }),
    CommandSpec(
      "resolve", group: Group.follow, "确定并存的内容用哪一个",
      options: [
        .one("--take", "N", "用第几个"), .one("--value", "V", "改用这个内容，- 表示从输入读"),
        .one("--of", "TOKEN", "只确定 conflicts 列出的这几种；列出以后又有变化就不确定"),
      ],
      positionals: [id, PositionalSpec("FIELD", "表单项")],
      notes: [
        "TOKEN 是 conflicts 列出的校验码。不写 --of，就按现在并存的内容确定，第几个可能和您看到的不一样。",
        "要一起确定的一组（如监护人）用 --value 时，每一项都要写，写成 conflicts --json 列出的样子；地址也可以这样写。",
      ],
      examples: ["resolve 7KQ phone --take 1", "resolve 7KQ phone --take 1 --of 3f9a02c7"],
      run: { invocation, session throws(Problem) in try resolve(invocation, session) }),
    CommandSpec(
      "duplicates", group: Group.follow, "看重复件：同一个人的同一件事，别处也报了",
      positionals: [PositionalSpec("ID", "办件的编号；不写就看要确定的和已合并的", .optional)],
      run: { invocation, session throws(Problem) in
        let lines = try session.assistant().duplicates(invocation.positionals.first)
        session.output.results(lines) { DuplicateSheet.lines(lines, session.output) }
        return .done
      }),
    CommandSpec(
      "duplicate", group: Group.follow, "确定重复件：合并成一件办，还是分开办",
      options: [
        .one("--same-as", "OTHER", "是同一件事：与这一件合并"), .one("--keep", "WHICH", "合并以后由哪一件接着办；不写就是先提交的"),
        .one("--apart", "OTHER", "不是同一件事：与这一件分开办"),
      ],
      positionals: [id],
      notes: [
        "合并不删除任何内容：一件接着办，另一件停下，窗口还没受理的子办件收回；以后可以用 --apart 再分开，收回的会重新转办。",
        "两个站点和窗口都看得到决定；决定不一致时，用 conflicts 和 resolve 确定。",
      ],
      examples: ["duplicate 7KQ --same-as 8MT", "duplicate 7KQ --same-as 8MT --keep 7KQ", "duplicate 7KQ --apart 8MT"],
      run: { invocation, session throws(Problem) in try duplicate(invocation, session) }),
    CommandSpec(
      "tray", group: Group.follow, "看县里的待处理：送到了、还没有归属的内容，和县里怎样处理了",
      options: [.one("--seen", "ENTRY", "这一条的结果看过了，todo 里不再提醒；all 表示全部")],
      notes: [
        "同步时更新。没有采纳的一直留在 todo 里，直到标为看过；内容仍要办的，请重新填写。",
        "--seen 后面写办件编号：不予受理、不予批准、终止的通知书已经交给申请人，窗口没有采纳的修改也看过了。",
      ],
      examples: ["tray", "tray --seen r4k2m9q0v7xw1a8c", "tray --seen 7KQ"],
      run: { invocation, session throws(Problem) in
        if let id = invocation.option("--seen") {
          let value = try session.assistant().seeTray(try session.value(id))
          session.output.result(value) { ["已标为看过：\(Words.text(value["seen"])) 条"] }
        } else {
          let entries = try session.assistant().tray()
          session.output.results(entries) { TraySheet.lines(entries, session.output) }
        }
        return .done
      }),
    CommandSpec(
      "receipt", group: Group.follow, "看收件凭证（代收站点是代办受理单）",
      options: [.flag("--text", "纯文字，可以打印")], positionals: [id], examples: ["receipt 7KQ --text"],
      run: { invocation, session throws(Problem) in try receipt(invocation, session) }),
    CommandSpec(
      "document", group: Group.follow, "看、打印文书：收件凭证、补正告知书、受理通知书等",
      options: [.one("--html", "F", "写成可以打印的大字网页")],
      positionals: [id, PositionalSpec("KIND", "种类（D02 到 D23、C26、T11、文书名称）或文号；不写就是最近的一份", .optional)],
      notes: ["编号由县里的服务器发；没有同步之前打印的是临时凭证号，以正式编号为准。机关的文书只能由机关出具，这里照样打印。"],
      examples: ["document 7KQ", "document 7KQ D06", "document 7KQ 受理通知书 --html 受理.html"],
      run: { invocation, session throws(Problem) in try document(invocation, session) }),
  ]

  private static func document(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let which = invocation.positionals.count > 1 ? invocation.positionals[1] : nil
    let value = try session.assistant().document(try session.value(invocation[0]), which)
    if let path = invocation.option("--html") { try DocumentFile.write(value, to: path) }
    session.output.result(value) {
      guard let path = invocation.option("--html") else { return DocumentFile.lines(value) }
      return [session.output.style(.good, "✓ ") + "\(Words.text(value["title"]))写到了 \(Width.clean(path))"]
    }
    return .done
  }

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
    session.output.results(applications) {
      ApplicationList.lines(applications, isFiltered: status != nil || text != nil, session)
    }
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
    let result = try session.assistant().resolve(
      id, field: field, take: take, value: value, of: invocation.option("--of"))
    session.output.result(result) {
      [session.output.style(.good, "✓ ") + "已确定，编号 \(Words.text(result["code"]))。同步后两边一致。"]
        + LateSheet.lines(result, session.output)
    }
    return try Attention.after(result, session)
  }

  /// A settled value: by the type of its field; of a group or of the applicant it is a JSON object, and of an address
  /// or a person may be, as `conflicts` prints it.
  private static func settled(
    _ text: String, _ field: String, of id: String, _ session: Session
  ) throws(Problem) -> Value {
    let assistant = try session.assistant()
    let matter = try assistant.matter(Words.text(try assistant.show(id)["matter"])).matter
    let isJSON = text.trimmed.first.map { "{[".contains($0) } ?? false
    if let spec = matter.fields.first(where: { $0.id == field }) {
      let mayBeJSON = spec.group != nil || [.list, .address, .person, .choices].contains(spec.type)
      if !isJSON || !mayBeJSON, spec.type != .list { return try FieldText.parse(text, as: spec, today: session.today) }
    }
    return isJSON ? try JSONReader.document(Array(text.utf8)) : .text(text)
  }

  private static func duplicate(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let (same, apart) = (invocation.option("--same-as"), invocation.option("--apart"))
    let (assistant, id) = (try session.assistant(), try session.value(invocation[0]))
    let value: Value
    switch (same, apart) {
    case (let other?, nil): value = try assistant.join(id, with: other, keeping: invocation.option("--keep"))
    case (nil, let other?) where invocation.option("--keep") == nil: value = try assistant.keepApart(id, from: other)
    default:
      throw UsageFault.positionalMissing("--same-as 或 --apart（二选一；--keep 只和 --same-as 用）", usage: usage("duplicate"))
        .problem
    }
    session.output.result(value) { [DuplicateSheet.decided(value, session.output)] }
    return try Attention.after(value, session)
  }

  private static func receipt(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let value = try session.assistant().receipt(invocation[0])
    session.output.result(value) { ReceiptSheet.receipt(value, session.output) }
    return .done
  }
}

/// Exit status 3: done, but a person must look.
enum Attention {
  /// Says that this very device holds another application of the same matter for the same person; forbids nothing.
  static func warn(_ similar: [Value], _ session: Session) {
    guard !similar.isEmpty else { return }
    let codes = similar.map { Words.text($0["code"]) }.joined(separator: "、")
    session.output.note("请留意：同一个人的同一件事，这台电脑上已经有 \(similar.count) 件没办完（\(codes)）。要是同一次申请，请接着办那一件。")
  }

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
    let (corrections, duplicates) = (try? session.assistant().openQuestions()) ?? (0, 0)
    let conflicts = value["conflicts"]?.integer ?? 0
    let refused = value["refused"]?.integer ?? 0
    let damaged = Int64(value["damaged"]?.integer ?? 0)
    guard conflicts + refused + corrections + damaged + duplicates > 0 else { return .done }
    let parts = [
      conflicts > 0 ? "\(conflicts) 处两边填得不一样" : nil, corrections > 0 ? "\(corrections) 件要补正" : nil,
      refused > 0 ? "\(refused) 项没有被接受" : nil, damaged > 0 ? "\(damaged) 个附件在本机损坏" : nil,
      duplicates > 0 ? "\(duplicates) 处可能重复" : nil,
    ].compactMap { $0 }
    session.output.note("需要您看一看：" + parts.joined(separator: "，") + "。运行 bangban todo 查看。")
    return .attention
  }
}
