internal import Foundations
internal import Terminal

/// `bangban demo`: the whole main job on this machine with real processes, told as it happens. Every step looks at what
/// really came out; the first that is not as it should be ends the demonstration, with everything left to look at.
enum Demo {
  static func run(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let began = Machine.bootMilliseconds()
    session.output.line(session.output.style(.heading, "帮办演示：在这一台电脑上，从没有网络的村里到县里的窗口，走完一件事的全程"))
    let stage = try DemoStage(session, isFast: invocation.flag("--fast"))
    session.output.line("临时文件夹：\(stage.folder)")
    do throws(Problem) {
      try play(stage)
    } catch {
      stage.stopServers()
      session.output.note("演示停在这里。现场保留在 \(stage.folder)")
      throw error.kind.exit == .refused ? error : ProblemKind.demoFailed.with("\(error.message) [\(error.code)]")
    }
    stage.stopServers()
    stage.removeFolder()
    let milliseconds = Machine.bootMilliseconds() - began
    stage.counts["seconds"] = (milliseconds + 999) / 1000
    let summary = Value.object(Members(stage.counts.mapValues(Value.integer)))
    session.output.result(summary) { lines(stage.counts, session.output) }
    return .done
  }

  private static func play(_ stage: DemoStage) throws(Problem) {
    let cast = try DemoCast.assemble(stage)
    try cast.shareAndGoOffline()
    try cast.captureOffline()
    try cast.meetAgain()
    try cast.submitAndForward()
    try cast.answerAndClose()
    try cast.proveAll()
  }

  private static func lines(_ counts: [String: Int64], _ output: Output) -> [String] {
    let words = [
      ("devices", "台设备"), ("applications", "个办件"), ("conflicts", "处并存"), ("proceedings", "个子办件"),
      ("dispatches", "次转办"), ("corrections", "次补正"), ("certificates", "本证照"),
    ]
    let parts = words.map { "\(counts[$0.0] ?? 0) \($0.1)" }
    return [
      "", output.style(.heading, "【演示完成】"), "  " + parts.joined(separator: "，"),
      "  各设备与服务器核对，不一致 \(counts["proveDiffer"] ?? 0) 个；用时 \(counts["seconds"] ?? 0) 秒。临时文件夹已删除。",
    ]
  }
}
