internal import Application
internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// Windows, and how their own systems are reached.
extension Commands {
  private static let tokenBytes = 32

  static let windows: [Spec] = [
    Spec(
      "window add", group: Group.county, "增加一个窗口",
      options: [
        .one("--name", "N", "窗口名称", required: true),
        .one("--level", "L", "county 县政务服务中心，town 乡镇便民服务中心", choices: ["county", "town"], required: true),
        .one("--authorities", "A,B", "代表哪些部门，照清单上的名称写，用逗号分开"),
        .one("--divisions", "D,E", "负责哪些区划（6 或 9 位），用逗号分开", required: true),
        .one("--id", "ID", "自己定编号；不写就自动给一个"),
        .flag("--comprehensive", "综合窗口：不分部门，整件收"),
      ],
      notes: ["原来没有窗口接的子办件（tray list 里的 unrouted），有了窗口就转过去。"],
      examples: ["window add --name 县残联窗口 --level county --authorities 县残联 --divisions 320830"], run: addWindow),
    Spec(
      "window import", group: Group.county, "从表格导入窗口：name,level,authorities,divisions,comprehensive,id",
      positionals: [PositionalSpec("F", "CSV 或 JSON 文件")],
      notes: [
        "列名也可以写中文：窗口名称、级别（县级或乡镇）、部门、区划（写代码）、综合窗口（是或否）、编号。",
        "既有区划又有区划代码两列的，以区划代码为准。",
        "一格里有几个部门或区划时用分号或顿号分开。编号已有的窗口会改成表格里的内容。有一行不对就全部不导入。原来没有窗口接的子办件，有了窗口就转过去。",
      ],
      run: importWindows),
    Spec("window list", group: Group.county, "列出窗口", run: listWindows),
    Spec(
      "window endpoint", group: Group.county, "设置窗口自己的系统在哪里接收转办件",
      options: [
        .one("--url", "U", "接收地址，http 或 https"),
        .one("--secret-file", "F", "密钥文件，内容是 whsec_ 加 base64（至少 24 字节）"),
        .flag("--remove", "窗口不再用自己的系统：转办件都在窗口收件箱里办"),
      ],
      positionals: [PositionalSpec("W", "窗口编号")],
      notes: [
        "地址须在本机或内网；确实要用公网地址，先在 server.json 里写 \"allowPublicEndpoints\": true。",
        "原来发到这个窗口、多次失败已停止重试的转办件，重新投递；等着下一次重试的，马上就投。",
      ],
      examples: ["window endpoint w-320830-zh --url http://10.1.2.3/hook --secret-file secret.txt"], run: setEndpoint),
    Spec(
      "window token", group: Group.county, "给窗口的系统或脚本发一个访问令牌，只显示一次",
      positionals: [PositionalSpec("W", "窗口编号")], notes: ["新令牌一发出，这个窗口原来的令牌就失效。"],
      examples: ["window token w-320830-zh"], run: addToken),
  ]

  // MARK: - Adding

  private static func window(
    _ id: String?, name: String, level: String, authorities: String, divisions: String, comprehensive: Bool,
    _ county: CountyFacts
  ) throws(Problem) -> WindowDescription {
    guard let level = HandlingLevel(rawValue: level) else { throw ProblemKind.rowValue.with("level 应是 county 或 town") }
    let names = try Rows.list(authorities).map { text throws(Problem) in try Registry.name(text) }
    guard comprehensive || !names.isEmpty else { throw Problem(.windowAuthority) }
    let codes = try Rows.list(divisions).map { text throws(Problem) in try Registry.division(text, in: county) }
    guard !codes.isEmpty, codes.allSatisfy({ $0.canonical.text.count <= 9 }) else {
      throw ProblemKind.registryDivision.with("窗口应写县（6 位）或乡镇（9 位）的代码")
    }
    let taken = Set(county.windows.map(\.id.text))
    let stem = "w-\(codes.first?.canonical.text ?? county.division)"
    let given = id ?? Registry.freeID(stem, timeline: county.timeline) { taken.contains($0) }
    return WindowDescription(
      id: WindowID(given), name: try Registry.name(name),
      level: level, authorities: names, divisions: codes.map(\.canonical.text), comprehensive: comprehensive)
  }

  private static func addWindow(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let chosen = try line.option("--id").map { text throws(Problem) in try Registry.id(text) }
    let window = try session.change("window.add", subject: { $0.id.text }) {
      writer throws(Problem) -> WindowDescription in
      let county = try CountyFacts(writer)
      let window = try self.window(
        chosen, name: line["--name"], level: line["--level"], authorities: line["--authorities"],
        divisions: line["--divisions"], comprehensive: line.flag("--comprehensive"), county)
      guard county.window(window.id) == nil else { throw ProblemKind.registryTaken.with(window.id.text) }
      try writer.setDocument(RegistryKey.windows, window.id.text, WindowCoding.value(window))
      return window
    }
    let routed = session.follow { casework throws(Problem) in try casework.routeUnrouted() }
    var value = Registry.value(window, endpoint: nil)
    value["routed"] = Value(routed)
    session.output.result(value) { ["已增加窗口 \(window.name)，编号 \(window.id.text)"] + lines(routed: routed) }
    return .done
  }

  /// The columns as counties call them; the short ones are those of `window list`.
  private static let headings = [
    "窗口名称": "name", "名称": "name", "级别": "level", "层级": "level", "部门": "authorities", "所属部门": "authorities",
    "区划": "divisions", "区划代码": "divisions", "综合窗口": "comprehensive", "是否综合窗口": "comprehensive",
    "综合": "comprehensive", "窗口编号": "id", "编号": "id",
  ]
  private static let levels = ["县级": "county", "县": "county", "乡镇": "town", "乡镇级": "town", "镇": "town"]

  private static func importWindows(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let rows = try Rows.read(
      try session.bytes(line[0]), columns: ["name", "level", "authorities", "divisions", "comprehensive", "id"],
      required: ["name", "level", "divisions"], headings: headings)
    try rows.requireUnique("id")
    try session.change("window.import", "\(rows.count)") { writer throws(Problem) in
      try Rows.each(rows) { row throws(Problem) in
        // Read again for each row: ids are given out one after the other.
        let county = try CountyFacts(writer)
        let id = row.text("id")
        let window = try self.window(
          id.isEmpty ? nil : try Registry.id(id), name: row.text("name"),
          level: levels[row.text("level")] ?? row.text("level"),
          authorities: row.text("authorities"), divisions: row.text("divisions"),
          comprehensive: try row.flag("comprehensive"), county)
        try writer.setDocument(RegistryKey.windows, window.id.text, WindowCoding.value(window))
      }
    }
    let routed = session.follow { casework throws(Problem) in try casework.routeUnrouted() }
    session.output.result(["windows": Value(rows.count), "routed": Value(routed)]) {
      ["已导入 \(rows.count) 个窗口"] + lines(routed: routed)
    }
    return .done
  }

  private static func listWindows(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let rows = try session.journal().read { reader throws(Problem) in
      try CountyFacts(reader).windows.map { window throws(Problem) in (window, try reader.endpoint(window.id)) }
    }
    session.output.results(rows.map { Registry.value($0.0, endpoint: $0.1) }) {
      var table = Table(["编号", "名称", "级别", "部门", "区划", "接收地址"])
      for (window, endpoint) in rows {
        table.add([
          window.id.text, window.name, window.level == .county ? "县级" : "乡镇",
          window.comprehensive ? "综合" : window.authorities.joined(separator: "、"),
          window.divisions.joined(separator: "、"),
          endpoint.map { $0.url + ($0.disabled ? "（已停用）" : "") } ?? "",
        ])
      }
      return table.lines(columns: session.output.columns)
    }
    return .done
  }

  // MARK: - Reaching a window's own system

  private static func setEndpoint(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let id = WindowID(line[0])
    if line.flag("--remove") { return try removeEndpoint(id, line, session) }
    guard let address = line.option("--url"), let file = line.option("--secret-file") else {
      throw UsageFault.optionMissing(
        "--url U 和 --secret-file F，或 --remove", usage: "bangban-server window endpoint W --url U --secret-file F"
      ).problem
    }
    let configuration = try Configuration.read(try session.home())
    let url = try session.value(address)
    try EndpointAddress.check(url, allowPublic: configuration.allowPublicEndpoints)
    let secret = try EndpointSecret.read(try session.bytes(file))
    let now = session.clock.now()
    // Whoever sets it anew has seen to why nothing arrived.
    let again = try session.change("window.endpoint", id.text) { writer throws(Problem) in
      try requireWindow(id, writer)
      try writer.setEndpoint(EndpointRow(window: id, url: url, secret: secret, disabled: false))
      return try writer.queueAgain(to: id, at: now)
    }
    session.output.result(["window": .text(id.text), "url": .text(url), "redelivered": Value(again)]) {
      ["窗口 \(id.text) 的转办件将发到 \(url)"] + lines(redelivered: again)
    }
    return .done
  }

  /// What waits for the window's own system lies in its inbox already; it waits for nobody any more.
  private static func removeEndpoint(
    _ id: WindowID, _ line: Invocation, _ session: Session
  ) throws(Problem) -> ExitStatus {
    guard line.option("--url") == nil, line.option("--secret-file") == nil else {
      throw UsageFault.optionMissing(
        "--url U 和 --secret-file F，或 --remove（二选一）", usage: "bangban-server window endpoint W --remove"
      ).problem
    }
    let now = session.clock.now()
    let (had, again) = try session.change("window.endpoint-remove", id.text) { writer throws(Problem) in
      try requireWindow(id, writer)
      let had = try writer.removeEndpoint(id)
      return (had, try writer.queueAgain(to: id, at: now))
    }
    session.output.result(["window": .text(id.text), "removed": .bool(had), "settled": Value(again)]) {
      had
        ? ["窗口 \(id.text) 不再用自己的系统；没投递出去的 \(again) 件，都在窗口收件箱里办"]
        : ["窗口 \(id.text) 原来就没有设接收地址"]
    }
    return .done
  }

  static func requireWindow(_ id: WindowID, _ reader: any JournalReader) throws(Problem) {
    guard try reader.document(RegistryKey.windows, id.text) != nil else {
      throw ProblemKind.windowUnknown.with("“\(UsageFault.shown(id.text))”")
    }
  }

  private static func addToken(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let id = WindowID(line[0])
    let token = Base32.text(session.random.bytes(tokenBytes))
    try session.change("window.token", id.text) { writer throws(Problem) in
      try requireWindow(id, writer)
      try writer.endTokens(of: "window:\(id.text)", at: session.clock.now())
      try writer.setToken(token, holder: "window:\(id.text)", until: nil)
    }
    session.output.result(["window": .text(id.text), "token": .text(token)]) {
      ["窗口 \(id.text) 的令牌（只显示这一次；原来的令牌已失效）：", token]
    }
    return .done
  }
}

extension ProblemKind {
  static let windowAuthority = ProblemKind(
    "window.authority-missing", "没有说窗口代表哪个部门。", remedy: "请写上部门名称；综合窗口请加 --comprehensive。")
}
