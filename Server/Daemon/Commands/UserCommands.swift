internal import Casework
internal import Foundations
internal import Journal
internal import Terminal

/// Accounts of the web pages.
extension Commands {
  static let users: [Spec] = [
    Spec(
      "user add", group: Group.county, "增加一个账号，密码只显示一次",
      options: [
        .one(
          "--role", "R", "clerk 窗口人员，supervisor 监督人员，administrator 管理员",
          choices: Accounts.Role.allCases.map(\.rawValue), required: true),
        .one("--window", "W", "窗口人员在哪个窗口"),
      ],
      positionals: [PositionalSpec("NAME", "账号名")], examples: ["user add 李华 --role clerk --window w-320830-zh"],
      run: addUser),
    Spec("user list", group: Group.county, "列出账号", run: listUsers),
    Spec(
      "user disable", group: Group.county, "停用一个账号", positionals: [PositionalSpec("NAME", "账号名")], run: disableUser),
    Spec(
      "user enable", group: Group.county, "停用的账号重新启用，给一个新密码，只显示一次",
      positionals: [PositionalSpec("NAME", "账号名")], notes: ["身份和窗口照旧；原来的密码不再有效。"], run: enableUser),
    Spec(
      "user password", group: Group.county, "换一个新密码，只显示一次", positionals: [PositionalSpec("NAME", "账号名")],
      run: resetPassword),
  ]

  private static func value(_ user: UserRow) -> Value {
    [
      "id": .text(user.id.text), "name": .text(user.name), "role": .text(user.role), "window": Value(user.window?.text),
      "disabled": .bool(user.disabled),
    ]
  }

  private static func addUser(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let name = try Registry.name(try session.value(line[0]))
    guard let role = Accounts.Role(rawValue: line["--role"]) else { throw ProblemKind.rowValue.with("--role") }
    let window = line.option("--window").map { WindowID($0) }
    guard role != .clerk || window != nil else { throw Problem(.userWindow) }
    let password = Accounts.newPassword(session.random)
    // Deriving takes a moment on purpose; the journal must not be held meanwhile.
    let user = Accounts.user(name, role: role, window: window, password: password, random: session.random)
    try session.change("user.add", user.id.text) { writer throws(Problem) in
      guard try writer.user(named: name) == nil else { throw ProblemKind.userExists.with(name) }
      if let window { try requireWindow(window, writer) }
      try writer.setUser(user)
    }
    show(user, password: password, session)
    return .done
  }

  private static func show(_ user: UserRow, password: String, _ session: Session) {
    var result = value(user)
    result["password"] = .text(password)
    session.output.result(result) {
      ["账号 \(user.name)，密码 \(session.output.style(.marked, password))（只显示这一次，请记下）"]
    }
  }

  private static func listUsers(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let rows = try session.journal().read { reader throws(Problem) in try reader.users() }
    session.output.results(rows.map(value)) {
      var table = Table(["账号", "身份", "窗口", "状态"])
      for row in rows {
        table.add([
          row.name, Accounts.Role(rawValue: row.role)?.label ?? row.role, row.window?.text ?? "",
          row.disabled ? "已停用" : "在用",
        ])
      }
      return table.lines(columns: session.output.columns)
    }
    return .done
  }

  private static func user(_ name: String, _ reader: any JournalReader) throws(Problem) -> UserRow {
    guard let row = try reader.user(named: name) else {
      throw ProblemKind.userUnknown.with("“\(UsageFault.shown(name))”")
    }
    return row
  }

  private static func disableUser(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let row = try session.change("user.disable", subject: { $0.id.text }) { writer throws(Problem) in
      var row = try user(line[0], writer)
      let administrators = try writer.users().filter { $0.role == Accounts.Role.administrator.rawValue && !$0.disabled }
      guard administrators.map(\.id) != [row.id] else { throw Problem(.userLast) }
      row.disabled = true
      try writer.setUser(row)
      return row
    }
    session.output.result(value(row)) { ["账号 \(row.name) 已停用"] }
    return .done
  }

  private static func enableUser(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    try renew("user.enable", line[0], session) { row throws(Problem) in
      guard row.disabled else { throw ProblemKind.userNotDisabled.with(row.name) }
      row.disabled = false
    }
  }

  private static func resetPassword(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    try renew("user.password", line[0], session) { row throws(Problem) in
      // Its password would open nothing.
      guard !row.disabled else { throw ProblemKind.userDisabled.with(row.name) }
    }
  }

  /// Gives an account a new password, and shows it once.
  /// - Parameter body: what else becomes of it, and whether it may.
  private static func renew(
    _ action: String, _ name: String, _ session: Session, _ body: (inout UserRow) throws(Problem) -> Void
  ) throws(Problem) -> ExitStatus {
    let password = Accounts.newPassword(session.random)
    // Deriving takes a moment on purpose; the journal must not be held meanwhile.
    let fresh = Accounts.user(name, role: .clerk, window: nil, password: password, random: session.random)
    let row = try session.change(action, subject: { $0.id.text }) { writer throws(Problem) in
      var row = try user(name, writer)
      try body(&row)
      row.secret = fresh.secret
      row.salt = fresh.salt
      try writer.setUser(row)
      return row
    }
    show(row, password: password, session)
    return .done
  }
}

extension ProblemKind {
  static let userUnknown = ProblemKind(
    "user.unknown", status: 404, "没有这个账号：{}。", remedy: "用 bangban-server user list 查看账号。")
  static let userExists = ProblemKind(
    "user.exists", status: 409, "账号已经有了：{}。", remedy: "请换一个账号名；停用的账号用 user enable 重新启用。")
  static let userDisabled = ProblemKind(
    "user.disabled", status: 409, "账号已停用，没有换密码：{}。", remedy: "要重新启用，请用 bangban-server user enable，它会给一个新密码。")
  static let userNotDisabled = ProblemKind(
    "user.not-disabled", status: 409, "账号没有停用：{}。", remedy: "只要换密码，请用 bangban-server user password。")
  static let userWindow = ProblemKind("user.window-missing", "窗口人员要写明在哪个窗口。", remedy: "请加上 --window 窗口编号。")
  static let userLast = ProblemKind(
    "user.last-administrator", status: 409, "这是最后一个管理员，不能停用。", remedy: "请先增加另一个管理员。")
}
