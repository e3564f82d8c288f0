internal import Assistant
internal import Foundations
internal import Terminal

/// Commands about what can be applied for.
extension Commands {
  static let catalogueCommands: [CommandSpec<Session>] = [
    CommandSpec(
      "catalog list", group: Group.catalogue, "列出本地能办的一件事",
      options: [.flag("--all", "连别的县也列出来")],
      run: { invocation, session throws(Problem) in
        let matters = try session.assistant().matters(all: invocation.flag("--all"))
        session.output.results(matters) { CatalogueSheet.list(matters, session.output) }
        return .done
      }),
    CommandSpec(
      "catalog show", group: Group.catalogue, "看一件事：事项、要填的、要交的",
      positionals: [matter], examples: ["catalog show 新生儿出生一件事"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().matter(try session.value(invocation[0])).value
        session.output.result(value) { CatalogueSheet.matter(value, session.output) }
        return .done
      }),
    CommandSpec(
      "catalog search", group: Group.catalogue, "按字词找一件事",
      positionals: [PositionalSpec("WORD", "名称里的字，例如 出生")], examples: ["catalog search 出生"],
      run: { invocation, session throws(Problem) in
        let matters = try session.assistant().searchMatters(try session.value(invocation[0]))
        session.output.results(matters) { CatalogueSheet.list(matters, session.output) }
        return .done
      }),
    CommandSpec(
      "catalog places", group: Group.catalogue, "按地名查区划代码，填地址用",
      positionals: [PositionalSpec("WORD", "县、镇、村名称里的字，例如 石咀驿")], examples: ["catalog places 石咀驿"],
      run: { invocation, session throws(Problem) in
        let places = try session.assistant().places(try session.value(invocation[0]))
        session.output.results(places) {
          places.isEmpty
            ? ["没有找到这个地名；这里只有县里发布的区划。"]
            : places.map { "\(Width.padded(Words.text($0["code"]), to: 14))\(Words.text($0["name"]))" }
        }
        return .done
      }),
    CommandSpec(
      "guide", group: Group.catalogue, "问几个问题，给出一次性告知书",
      options: [
        .one("--answers", "F", "答案文件：问题编号到答案的 JSON，- 表示从输入读"), .one("--html", "F", "另外写成可以打印、交给申请人的大字网页"),
      ],
      positionals: [matter], examples: ["guide 新生儿出生一件事"],
      run: { invocation, session throws(Problem) in try guide(invocation, session) }),
  ]

  private static func guide(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let matter = invocation[0]
    var answers: [String: String] = [:]
    if let file = invocation.option("--answers") {
      guard let members = try session.document(file).object else { throw Problem(.answersShape) }
      for (question, answer) in members {
        guard let text = answer.text else { throw ProblemKind.answersShape.with(UsageFault.shown(question)) }
        answers[question] = text
      }
    } else if session.input.isTerminal, !session.output.isJSON {
      let questions = Questions(session: session)
      guard let given = try questions.answers(matter: matter) else { return .refused }
      answers = given
    }
    let notice = try session.assistant().guide(matter, answers: answers)
    if let path = invocation.option("--html") {
      try DocumentFile.write(try session.assistant().notice(matter, answers: answers), to: path)
    }
    session.output.result(notice) { NoticeSheet.lines(notice, session.output) }
    return .done
  }
}

extension ProblemKind {
  static let answersShape = ProblemKind(
    "guide.answers", status: 400, "答案文件应当是 JSON 对象，问题编号对答案的文字：{}", remedy: "例如 {\"q1\":\"是\"}。")
}
