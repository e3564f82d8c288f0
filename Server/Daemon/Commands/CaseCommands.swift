internal import Casework
internal import Foundations
internal import Journal
internal import Terminal

/// Applications, the tray, the outbox: the same answers as the server's own pages give.
extension Commands {
  private static let rowsMax = 10_000

  static let cases: [Spec] = [
    Spec(
      "applications", group: Group.cases, "列出办件，按最近变化的先后",
      options: [
        .one("--since", "SEQ", "只列这个序号之后有变化的"), .one("--limit", "N", "最多列多少件，默认 \(Limits.listRowsDefault)"),
      ],
      notes: ["加 --json 时每行一个办件，内容同 show；sequence 可以用作下一次的 --since。"], run: listApplications),
    Spec(
      "show", group: Group.cases, "看一个办件的全部内容",
      positionals: [PositionalSpec("ID", "编号、受理号，或开头几位")], run: showApplication),
    Spec(
      "agent list", group: Group.cases, "列出替别人代办的人：替多少人办了多少件，要留意的在前面",
      notes: ["30 天里替 20 人以上办的、一个账户替几个人收款的，会标出来（界限待县里确认）。证件号只显示头尾。"], run: listAgents),
    Spec(
      "document", group: Group.cases, "看、打印一个办件的文书",
      options: [.one("--html", "F", "写成可以打印的大字网页")],
      positionals: [
        PositionalSpec("ID", "编号、受理号，或开头几位"),
        PositionalSpec("KIND", "种类（D02 到 D23、C26、T11、文书名称）或文号；不写就是最近的一份", .optional),
      ],
      examples: ["document L-610830100201-01-20261123-0001 D06"],
      run: { line, session throws(Problem) in
        let id = try session.id(line[0], like: "3208301010010000127")
        let which = line.positionals.count > 1 ? try session.id(line.positionals[1], like: "D06") : nil
        let value = try session.caseworkToRead().document(of: id, which)
        if let path = line.option("--html") { try DocumentFile.write(value, to: path) }
        session.output.result(value) {
          line.option("--html") == nil ? DocumentFile.lines(value) : ["已写好：\(text(value["title"]))"]
        }
        return .done
      }),
    Spec(
      "daily", group: Group.cases, "让到期的期限生效：五个工作日没有答复的视为受理，容缺到期没有补的终止",
      notes: ["serve 运行时每天自己做一次；重复运行没有影响。原来没有窗口接的子办件，现在有窗口的也转过去；等表单的，表单有了也处理。"],
      run: { _, session throws(Problem) in
        let report = try session.casework().passDay()
        session.output.result(report.value) {
          ["视为受理 \(report.deemed) 件，容缺到期终止 \(report.ended) 件"]
            + lines(routed: report.routed) + lines(released: report.released)
        }
        return .done
      }),
    Spec(
      "tray list", group: Group.cases, "列出待处理：没被接受的、等着前文的、没有窗口接的",
      options: [.one("--limit", "N", "每种最多列多少条，默认 \(Limits.listRowsDefault)")],
      notes: [
        "每种从最早的列起；没有列完的，最后会说明（加 --json 时最后一行是 {\"more\":true}），用 --limit 多列。",
        "提交以后才到的修改不在这里：由办理它的窗口决定采不采纳。",
      ], run: listTray),
    Spec(
      "tray show", group: Group.cases, "看待处理的一条：是什么、谁写的、怎么处理了",
      positionals: [PositionalSpec("ID", "tray list 里的编号")], run: showTray),
    Spec(
      "tray admit", group: Group.cases, "采纳待处理的一条：作为服务器的操作记入办件，注明原作者",
      positionals: [PositionalSpec("ID", "tray list 里的编号")],
      notes: [
        "采纳仍按办件现在的规则判断；办件已提交的，由窗口决定是否采用。",
        "等前面的内容的（waiting），采纳以后不再等，和现有内容并存，由人确定；后面等着它的接着处理。",
        "等内容的（contents.missing）是恢复备份以后又传来的，写它的电脑已不留内容；别的电脑同步时会补上，都没有的，用 tray decline 搁置。",
        "等表单的（form.unknown）是恢复备份以后县里还没有重新发布的，catalog publish 以后自动处理。",
      ], examples: ["tray admit r4k2m9q0v7xw1a8c"],
      run: admitTray),
    Spec(
      "tray decline", group: Group.cases, "搁置待处理的一条，写明理由；内容仍保留，来源的电脑看得到理由",
      options: [.one("--why", "T", "理由，- 表示从输入读", required: true)],
      positionals: [PositionalSpec("ID", "tray list 里的编号")], examples: ["tray decline r4k2m9q0v7xw1a8c --why 重复录入"],
      run: declineTray),
    Spec(
      "outbox list", group: Group.cases, "列出发件箱里的转办件，最早的在前",
      options: [
        .flag("--dead", "只列多次失败、已停止重试的"), .one("--limit", "N", "最多列多少个，默认 \(Limits.listRowsDefault)"),
      ], run: listOutbox),
    Spec(
      "outbox redeliver", group: Group.cases, "重新投递一个转办件，或一个窗口所有投递失败的",
      options: [
        .one("--window", "W", "窗口编号：这个窗口已停止重试的全部再投"),
        .flag("--missing", "已经问过，对方确实没有收到：不先问，直接再投（只用于一个转办件）"),
      ],
      positionals: [PositionalSpec("ID", "转办件编号", .optional)],
      notes: ["已办结的、已转给别的窗口的不再投。对方可能已经收到的，先问一声再投；问不出来的（unknown），打电话问清楚以后，没收到的用 --missing。"],
      examples: ["outbox redeliver --window w-320830-zh"], run: redeliver),
  ]

  private static func listAgents(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let agents = try session.caseworkToRead().agents()
    session.output.results(agents) {
      guard !agents.isEmpty else { return ["没有人替别人代办。"] }
      var table = Table(["代办人", "证件号", "办件", "申请人", "留意"])
      let words = ["many": "短期内替很多人办", "account": "一个账户替几个人收款"]
      for agent in agents {
        let flags = (agent["flags"]?.array ?? []).compactMap { $0.text.flatMap { words[$0] } }
        table.add(
          ["name", "agent", "applications", "applicants"].map { text(agent[$0]) } + [flags.joined(separator: "；")])
      }
      return table.lines(columns: session.output.columns)
    }
    return .done
  }

  private static func listApplications(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let since = try line.count("--since") ?? 0
    let limit = min(try line.count("--limit") ?? Limits.listRowsDefault, rowsMax)
    let casework = try session.caseworkToRead()
    let rows = try casework.applications(since: Int64(since), limit: limit)
    guard session.output.isJSON else {
      var table = Table(["编号", "受理号", "事项", "站点", "状态", "提交", "序号"], whole: ["编号", "受理号"])
      for row in rows {
        table.add(
          ["id", "code", "matterName", "station"].map { text(row[$0]) }
            + [
              CaseWords.status(text(row["status"])), CaseWords.time(text(row["submittedAt"])), text(row["sequence"]),
            ])
      }
      session.output.lines(table.lines(columns: session.output.columns))
      return .done
    }
    for row in rows {
      var value = try casework.application(row["id"]?.text ?? "")
      value["sequence"] = row["sequence"]
      session.output.results([value]) { [] }
    }
    return .done
  }

  private static func text(_ value: Value?) -> String {
    switch value {
    case .text(let text): text
    case .integer(let number): String(number)
    default: ""
    }
  }

  private static func showApplication(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let id = try session.id(line[0], like: "3208301010010000127")
    let value = try session.caseworkToRead().application(id)
    session.output.result(value) { [JSON.pretty(value)] }
    return .done
  }

  /// What goes out now that there is a window for it; nothing where nothing does.
  static func lines(routed: Int) -> [String] {
    routed == 0 ? [] : ["原来没有窗口接的 \(routed) 个子办件，现在转给窗口了"]
  }

  /// What is judged now that its form is published; nothing where nothing is.
  static func lines(released: Int) -> [String] {
    released == 0 ? [] : ["等表单的 \(released) 条内容，现在处理了"]
  }

  private static func listTray(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let limit = min(try line.count("--limit") ?? Limits.listRowsDefault, rowsMax)
    let (items, more) = try session.caseworkToRead().tray(limit: limit)
    session.output.results(items + (more ? [["more": true]] : [])) {
      var table = Table(["种类", "编号", "办件", "原因", "时间", "何人"], whole: ["编号", "办件"])
      for item in items {
        let reason = item["why"]?.isBlank == false ? "why" : "code"
        table.add(
          ["kind", "id", "application", reason].map { text(item[$0]) }
            + [CaseWords.time(text(item["at"])), text(item["by"])])
      }
      guard !items.isEmpty else { return ["没有待处理的内容"] }
      let rest = more ? ["没有列完：每种只列了最早的 \(limit) 条。请处理了这些再列，或用 --limit 多列一些。"] : []
      return table.lines(columns: session.output.columns) + rest
    }
    return .done
  }

  private static func showTray(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let value = try session.caseworkToRead().trayItem(try session.id(line[0], like: "r4k2m9q0v7xw1a8c"))
    session.output.result(value) { [JSON.pretty(value)] }
    return .done
  }

  private static func admitTray(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let id = try session.id(line[0], like: "r4k2m9q0v7xw1a8c")
    let value = try session.casework().admit(id, actor: Session.actor)
    session.output.result(value) { ["已采纳，记入办件 \(text(value["application"]))"] }
    return .done
  }

  private static func declineTray(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let id = try session.id(line[0], like: "r4k2m9q0v7xw1a8c")
    let why = try session.value(line["--why"]).trimmed
    guard !why.isEmpty, why.count <= Limits.textCharactersMax else { throw Problem(.trayReason) }
    let value = try session.casework().decline(
      id, why: why, from: try session.attachments(), actor: Session.actor)
    session.output.result(value) { ["已搁置，内容和理由都保留着"] }
    return .done
  }

  private static func listOutbox(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let limit = min(try line.count("--limit") ?? Limits.listRowsDefault, rowsMax)
    let found = try session.caseworkToRead().outbox(dead: line.flag("--dead"), limit: limit + 1)
    let (rows, more) = (found.prefix(limit), found.count > limit)
    session.output.results(rows + (more ? [["more": true]] : [])) {
      var table = Table(["编号", "子办件", "窗口", "状态", "次数", "上次失败"], whole: ["编号", "子办件"])
      for row in rows {
        table.add(
          ["id", "proceeding", "window"].map { text(row[$0]) } + [CaseWords.dispatch(text(row["status"]))]
            + ["attempts", "failure"].map { text(row[$0]) })
      }
      guard !rows.isEmpty else { return ["没有转办件"] }
      let rest = more ? ["没有列完：只列了最早的 \(limit) 个，可以用 --limit 多列一些。"] : []
      return table.lines(columns: session.output.columns) + rest
    }
    return .done
  }

  private static func redeliver(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    guard line.positionals.isEmpty != line["--window"].isEmpty,
      !line.flag("--missing") || line["--window"].isEmpty
    else { throw Problem(.redeliverWhich) }
    if line.positionals.isEmpty {
      let window = WindowID(line["--window"])
      try session.journal().read { reader throws(Problem) in try requireWindow(window, reader) }
      let count = try session.casework().redeliver(to: window, actor: Session.actor)
      session.output.result(["window": .text(window.text), "redelivered": Value(count)]) {
        count == 0 ? ["窗口 \(window.text) 没有投递失败的转办件"] : lines(redelivered: count)
      }
      return .done
    }
    let id = try session.id(line[0], like: "sm3:…")
    let row = try session.casework().redeliver(
      id, isKnownMissing: line.flag("--missing"), actor: Session.actor)
    session.output.result(row) { ["转办件 \(text(row["id"])) 已排队，运行中的服务器会在一分钟内投递"] }
    return .done
  }

  /// What follows from a window's being reachable again; nothing where nothing does.
  static func lines(redelivered: Int) -> [String] {
    redelivered == 0 ? [] : ["\(redelivered) 个投递失败的转办件已重新排队，运行中的服务器会在一分钟内投递"]
  }
}

extension ProblemKind {
  static let redeliverWhich = ProblemKind(
    "outbox.which", status: 400, exit: .usage, "没有写转办件编号，也没有用 --window；或两样都写了。",
    remedy: "一件写编号，可以加 --missing；一个窗口的全部，写 --window 窗口编号。")
  static let trayReason = ProblemKind("tray.reason", "理由没有写，或写得太长。", remedy: "请用 --why 写明为什么搁置。")
}
