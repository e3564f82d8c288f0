internal import Application
internal import Assistant
internal import Catalog
internal import Foundations
internal import Terminal

/// Small tools that need no device.
extension Commands {
  static let toolCommands: [CommandSpec<Session>] = [
    CommandSpec(
      "check", group: Group.tools, "检查身份证号、信用代码、电话、区划代码等写得对不对",
      positionals: [
        PositionalSpec("KIND", "种类", .one, choices: CodeKind.allCases.map(\.rawValue)),
        PositionalSpec("VALUE", "要检查的；- 表示从输入一行行读", .some),
      ],
      notes: ["一行进一行出。写在命令里的有错就返回 1；从输入读的总是返回 0。"],
      examples: ["check id-number -", "check phone 0517-88210000"],
      run: { invocation, session throws(Problem) in try check(invocation, session) }),
    CommandSpec(
      "workdays add", group: Group.tools, "从一天起算，过几个工作日是哪天",
      positionals: [PositionalSpec("DATE", "日期，例如 2026-01-05"), PositionalSpec("N", "几个工作日")],
      examples: ["workdays add 2026-02-10 5"],
      run: { invocation, session throws(Problem) in
        guard let days = Int(invocation[1].halfWidth) else { throw UsageFault.notANumber("N", invocation[1]).problem }
        let question = WorkdayQuestion.add(date: try session.value(invocation[0]), days: days)
        return try workdays(question, session) { Words.text($0["date"]) }
      }),
    CommandSpec(
      "workdays between", group: Group.tools, "两天之间有几个工作日（头一天不算）",
      positionals: [PositionalSpec("A", "从哪天"), PositionalSpec("B", "到哪天")],
      examples: ["workdays between 2026-02-10 2026-03-10"],
      run: { invocation, session throws(Problem) in
        let question = WorkdayQuestion.between(try session.value(invocation[0]), try session.value(invocation[1]))
        return try workdays(question, session) { "\(Words.text($0["days"])) 个工作日" }
      }),
    CommandSpec(
      "workdays is", group: Group.tools, "这天是不是工作日（按国务院放假安排）",
      positionals: [PositionalSpec("DATE", "日期")], examples: ["workdays is 2026-02-14"],
      run: { invocation, session throws(Problem) in
        let question = WorkdayQuestion.isWorking(try session.value(invocation[0]))
        return try workdays(question, session) { $0["workingDay"] == true ? "是工作日" : "不是工作日" }
      }),
    CommandSpec(
      "retirement", group: Group.tools, "算渐进式延迟退休的法定年龄和最低缴费年限（企业职工）",
      positionals: [
        PositionalSpec("BIRTH", "出生年月或出生日期，例如 1966-11、1966-11-05"),
        PositionalSpec(
          "GROUP", "men 男；women55、women50 女，按原来的年龄", .one, choices: Retirement.Group.allCases.map(\.rawValue)),
      ],
      notes: ["城乡居民养老保险的六十岁不变。弹性提前、延迟另有规定，由经办机构核定。"], examples: ["retirement 1966-11 men"],
      run: { invocation, session throws(Problem) in try retirement(invocation, session) }),
    CommandSpec(
      "doctor", group: Group.tools, "检查这台设备有没有毛病",
      run: { _, session throws(Problem) in
        let value = try session.assistant().doctor()
        session.output.result(value) { DoctorSheet.lines(value, session.output) }
        return value["ok"] == true ? .done : .attention
      }),
    CommandSpec(
      "completions", group: Group.tools, "给 bash 或 zsh 用的自动补全",
      positionals: [PositionalSpec("SHELL", "哪一种", .one, choices: ["bash", "zsh"])],
      examples: ["completions bash > ~/.local/share/bash-completion/completions/bangban"],
      run: { invocation, session throws(Problem) in
        session.output.raw(invocation[0] == "zsh" ? Completions.zsh() : Completions.bash())
        return .done
      }),
  ]

  private static func retirement(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let text = try session.value(invocation[0]).halfWidth.trimmed
    guard let group = Retirement.Group(rawValue: invocation[1]), let birth = CivilDate(text) ?? CivilDate(text + "-01"),
      let found = Retirement(birthYear: birth.year, birthMonth: birth.components.month, group: group)
    else { throw ProblemKind.retirementBirth.with(UsageFault.shown(text)) }
    let value: Value = [
      "birth": .text(text), "group": .text(group.rawValue), "years": Value(found.years), "months": Value(found.months),
      "retires": .text(found.text), "contributionMonths": Value(found.contributionMonths),
    ]
    session.output.result(value) {
      let age = found.months == 0 ? "\(found.years) 岁" : "\(found.years) 岁 \(found.months) 个月"
      return ["\(group.label)：\(age)，\(found.text) 退休，最低缴费 \(found.contributionMonths) 个月。"]
    }
    return .done
  }

  private static func check(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    guard let kind = CodeKind(rawValue: invocation[0]) else { throw ProblemKind.codeKindUnknown.with(invocation[0]) }
    let values = Array(invocation.positionals.dropFirst(1))
    let today = session.today
    if values == ["-"] {
      while let line = try nextLine(session, kind) {
        if let value = line { report(CodeCheck.check(kind: kind, value: value, today: today), session) }
      }
      return .done
    }
    var allValid = true
    for value in values {
      let result = CodeCheck.check(kind: kind, value: try session.value(value), today: today)
      report(result, session)
      allValid = allValid && result.isValid
    }
    return allValid ? .done : .refused
  }

  /// The next line to check; `.some(nil)` for one that was answered here since it cannot be read; nil at the end.
  private static func nextLine(_ session: Session, _ kind: CodeKind) throws(Problem) -> String?? {
    do throws(Problem) {
      guard let line = try session.input.line() else { return nil }
      return .some(line)
    } catch {
      guard [.inputEncoding, .inputLine].contains(error.kind) else { throw error }
      session.output.result(["value": "", "valid": false, "code": .text(error.code)]) { ["✗ \(error.message)"] }
      return .some(nil)
    }
  }

  private static func report(_ result: CodeCheck.Result, _ session: Session) {
    session.output.result(result.json) {
      let value = Width.clean(String(result.value.prefix(80)))
      if let problem = result.problem {
        return [session.output.style(.warning, "✗ ") + "\(value)  \(problem.message)  [\(problem.code)]"]
      }
      let warnings = result.warnings.map { "  注意：\($0.message)" }.joined()
      return [session.output.style(.good, "✓ ") + value + (result.kindName.map { "  \($0)" } ?? "") + warnings]
    }
  }

  private static func workdays(
    _ question: WorkdayQuestion, _ session: Session, _ rendering: (Value) -> String
  ) throws(Problem) -> ExitStatus {
    let value = try session.assistant().workdays(question)
    session.output.result(value) { [rendering(value)] }
    return .done
  }
}

extension ProblemKind {
  /// Neither a month nor a day, or nobody who was born then works.
  static let retirementBirth = ProblemKind(
    "retirement.birth", exit: .usage, "看不懂这样写的出生年月，或者没有这个日期：{}", remedy: "请写成 1966-11，或者 1966-11-05。")
}
