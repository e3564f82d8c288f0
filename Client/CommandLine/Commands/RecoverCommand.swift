internal import Assistant
internal import Foundations
internal import Terminal

/// A forgotten passphrase costs no work.
extension Commands {
  static let recover = CommandSpec<Session>(
    "recover", group: Group.start, "忘记口令：请县里帮忙换一个新口令，填好的内容都在",
    options: [
      .one("--to-file", "F", "把申请写到哪个文件；不写就放在当前文件夹"), .one("--from-file", "F", "县里的答复文件"),
      .one("--code", "C", "管理员告诉您的恢复码，- 表示从输入读"),
    ],
    notes: [
      "第一步：bangban recover 写出申请文件，交给县里的管理员。申请里没有个人信息。",
      "第二步：管理员用 bangban-server device recover 处理，给您答复文件，并当面或打电话告诉您恢复码。",
      "第三步：bangban recover --from-file 答复文件，输入恢复码，设新口令。草稿、没上传的内容和附件一样不少。",
    ],
    examples: ["recover", "recover --to-file /media/usb/申请", "recover --from-file /media/usb/答复"],
    run: { invocation, session throws(Problem) in
      guard let path = invocation.option("--from-file") else { return try ask(invocation, session) }
      guard invocation.option("--to-file") == nil else {
        throw UsageFault.positionalExcess("--to-file", usage: usage("recover")).problem
      }
      return try answer(path, invocation, session)
    })

  private static func ask(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    if invocation.option("--code") != nil {
      throw UsageFault.optionMissing("--from-file F", usage: usage("recover")).problem
    }
    var path = invocation.option("--to-file") ?? ""
    var value = try session.assistant().askForRecovery { device, request throws(Problem) in
      if path.isEmpty { path = "bangban-recover-\(device)" }
      let file = try OutputFile(path, replacing: Assistant.recoveryMagic)
      try file.write(request)
      try file.finish()
    }
    value["file"] = .text(path)
    session.output.result(value) {
      [
        session.output.style(.good, "✓ ") + "申请已写好：\(Machine.shown(path))",
        "  1. 把它交给县里的管理员，告诉他设备编号 \(Words.text(value["device"]))。",
        "  2. 管理员会给您一个答复文件，并当面或打电话告诉您恢复码。",
        "  3. 运行：bangban recover --from-file 答复文件", "  填好的内容都在，不要重新登记。",
      ]
    }
    return .done
  }

  private static func answer(
    _ path: String, _ invocation: Invocation, _ session: Session
  ) throws(Problem) -> ExitStatus {
    let answer = try Machine.file(path, bytesMax: Assistant.recoveryBytesMax)
    var code = ""
    if let given = invocation.option("--code") {
      code = try session.value(given)
    } else {
      guard session.input.isTerminal else {
        throw UsageFault.optionMissing("--code C", usage: usage("recover")).problem
      }
      if case .text(let text) = try Prompt(session: session).ask("恢复码：") { code = text }
    }
    session.expectNewPassphrase()
    let value = try session.assistant().recover(answer: answer, code: code)
    session.output.result(value) {
      let unsent = value["unsent"]?.integer ?? 0
      return [
        session.output.style(.good, "✓ ") + "新口令已设好，以前的口令不能再用了。",
        unsent > 0 ? "  没上传的 \(unsent) 条都在，有网络时运行 bangban sync。" : "  内容都在。",
        "  申请和答复文件可以删掉，它们不能再用。",
      ]
    }
    return .done
  }
}
