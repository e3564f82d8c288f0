internal import Assistant
internal import Foundations
internal import Terminal

/// Commands about this device and the people who share it.
extension Commands {
  static let deviceCommands: [CommandSpec<Session>] = [
    CommandSpec(
      "enroll", group: Group.start, "用县里给的一次性登记码登记这台设备",
      options: [.one("--name", "N", "第一个使用人的姓名")],
      positionals: [
        PositionalSpec("URL", "服务器地址"), PositionalSpec("CODE", "一次性登记码，- 表示从输入读"),
      ],
      notes: [
        "登记时要设一个口令，至少 \(Limits.passphraseCharactersMin) 个字；"
          + "由文件或环境变量给出的，至少 \(Limits.givenPassphraseCharactersMin) 个字。",
        "登记码只能用一次，请向县里的管理员要。",
        "登记中途断了，用同一个登记码和同一个口令再运行一次同样的命令，会接着做完。",
        "已停用的电脑（从备份恢复、被复制过、或县里停用了）用新的登记码再运行一次：内容都保留，没有收下的用新身份接着上传。",
      ],
      examples: ["enroll https://bangban.example.gov.cn K7M2-9QXD --name 王小兰"],
      run: { invocation, session throws(Problem) in try enroll(invocation, session) }),
    CommandSpec(
      "unlock", group: Group.start, "解锁，一段时间内不再问口令",
      options: [.one("--for", "DURATION", "多长时间，例如 8h、30m，不写就是 8 小时")],
      notes: ["已经解锁的，再运行一次可以改时间，也要输口令。"], examples: ["unlock --for 8h"],
      run: { invocation, session throws(Problem) in
        let seconds = try Duration.seconds(invocation.option("--for") ?? "8h")
        let value = try session.assistant().unlock(seconds: seconds)
        session.output.result(value) { ["已解锁，\(Duration.text(seconds))内不再问口令。离开时请运行 bangban lock。"] }
        return .done
      }),
    CommandSpec(
      "lock", group: Group.start, "立即上锁，下次要输口令",
      run: { _, session throws(Problem) in
        let value = try session.assistant().lock()
        session.output.result(value) { ["已上锁。"] }
        return .done
      }),
    CommandSpec(
      "person add", group: Group.start, "添加一个共用这台设备的人",
      positionals: [PositionalSpec("NAME", "姓名，- 表示从输入读")], examples: ["person add 李志强"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().addPerson(name: try session.value(invocation[0]))
        session.output.result(value) { ["已添加：\(Words.text(value["name"]))"] }
        return .done
      }),
    CommandSpec(
      "person list", group: Group.start, "列出共用这台设备的人",
      run: { _, session throws(Problem) in
        let people = try session.assistant().listPersons()
        session.output.results(people) {
          people.map { ($0["current"] == true ? "* " : "  ") + Words.text($0["name"]) }
        }
        return .done
      }),
    CommandSpec(
      "person switch", group: Group.start, "换人：以后的操作记在这个人名下",
      positionals: [PositionalSpec("NAME", "姓名，- 表示从输入读")], examples: ["person switch 李志强"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().switchPerson(name: try session.value(invocation[0]))
        session.output.result(value) { ["现在是：\(Words.text(value["name"]))"] }
        return .done
      }),
    CommandSpec(
      "config", group: Group.start, "看或改设置，例如服务器地址",
      positionals: [
        PositionalSpec("NAME", "设置的名称，例如 server", .optional), PositionalSpec("VALUE", "新的内容", .optional),
      ],
      examples: ["config", "config server https://bangban.example.gov.cn"],
      run: { invocation, session throws(Problem) in try config(invocation, session) }),
  ]

  private static func enroll(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let code = try session.value(invocation[1])
    if try !session.assistant().hasStore {
      session.expectNewPassphrase(isChosen: try session.assistant().hasUnfinishedEnrolment)
    }
    var name = invocation.option("--name")
    if let given = name { name = try session.value(given) }
    if name == nil, try !session.assistant().hasStore, session.input.isTerminal, !session.output.isJSON {
      if case .text(let text) = try Prompt(session: session).ask("您的姓名（以后的操作记在您名下）：") { name = text }
    }
    let value = try session.assistant().enroll(url: invocation[0], code: code, name: name)
    session.output.result(value) {
      if let count = value["reminted"]?.integer {
        return [
          session.output.style(.good, "✓ ") + "换好了身份，原来的内容都在。", "  设备：\(Words.text(value["device"]))",
          "有 \(count) 条没有收下的内容会用新身份上传。接下来：bangban sync",
        ]
      }
      let unfinished = value["unfinished"]?.text.map {
        ["  上次没有做完的登记用的是 \($0) 开头的登记码；那台设备如果在县里显示在用，请告诉管理员停用它。"]
      }
      return [
        session.output.style(.good, "✓ ") + "登记好了。", "  设备：\(Words.text(value["device"]))",
        "  服务站：\(Words.text(value["station"]))", "  事项目录：\(Words.text(value["catalog"]))",
      ] + (unfinished ?? []) + ["接下来：bangban catalog list 看能办的事，bangban new 事项名 开始填写。没有网络也能用。"]
    }
    return .done
  }

  private static func config(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let name = invocation.positionals.first
    let value = invocation.positionals.count > 1 ? try session.value(invocation[1]) : nil
    let settings = try session.assistant().config(name: name, value: value)
    session.output.results(settings) {
      settings.map { "\(Words.text($0["name"])) = \(Words.text($0["value"]))" }
    }
    return .done
  }
}

/// Spans of time as people type them: `8h`, `30m`, `8小时`.
enum Duration {
  private static let units: [(suffixes: [String], seconds: Int64)] = [
    (["d", "天"], 86_400), (["h", "小时"], 3600), (["min", "m", "分钟", "分"], 60), (["s", "秒"], 1),
  ]
  private static let secondsMax: Int64 = 30 * 86_400

  /// - Throws: `argument.shape`.
  static func seconds(_ text: String) throws(Problem) -> Int64 {
    for (suffixes, seconds) in units {
      for suffix in suffixes where text.hasSuffix(suffix) {
        guard let count = Int64(text.dropLast(suffix.count)), count > 0, count <= secondsMax / seconds else { continue }
        return count * seconds
      }
    }
    throw UsageFault.shape(text, expected: "8h、30m（最长 30d）").problem
  }

  static func text(_ seconds: Int64) -> String {
    for (suffixes, unit) in units where seconds.isMultiple(of: unit) {
      let name = suffixes.first { $0.utf8.count > 3 || !$0.utf8.allSatisfy { $0 < 0x80 } } ?? ""
      return "\(seconds / unit) \(name)"
    }
    return "\(seconds) 秒"
  }
}
