internal import Assistant
internal import Foundations
internal import Terminal

/// Commands that talk to the server.
extension Commands {
  static let exchangeCommands: [CommandSpec<Session>] = [
    CommandSpec(
      "sync", group: Group.exchange, "交换：送出填好的，取回办理结果；联网，或者用 U 盘带文件",
      options: [
        .flag("--watch", "一直开着，有网络就交换"),
        .one("--to-file", "F", "没有网络：把要送出的写成摆渡文件，带到县里"),
        .one("--from-file", "F", "没有网络：收下从县里带回的摆渡文件"),
      ],
      notes: [
        "断了再来就从断开的地方继续。没有网络时什么都不会丢。",
        "摆渡文件是加密的，谁带都行；丢了、重复了、先后颠倒了都没有关系，和联网交换也可以混着用。",
      ],
      examples: ["sync", "sync --to-file /media/usb/站点.ferry", "sync --from-file /media/usb/d7k2m9q0.ferry"],
      run: { invocation, session throws(Problem) in
        if invocation.option("--to-file") != nil || invocation.option("--from-file") != nil {
          return try ferry(invocation, session)
        }
        return invocation.flag("--watch") ? try watch(session) : try syncOnce(session)
      }),
    CommandSpec(
      "prove", group: Group.exchange, "核对：这台设备和服务器的办件是否完全一致",
      run: { _, session throws(Problem) in
        let value = try session.assistant().prove()
        session.output.result(value) { SyncSheet.proof(value, session.output) }
        guard let differ = value["differ"]?.array, !differ.isEmpty else { return .done }
        session.output.note("有 \(differ.count) 个办件和服务器不一致，请告诉县里的管理员。")
        return .attention
      }),
  ]

  private static func syncOnce(_ session: Session) throws(Problem) -> ExitStatus {
    let meter = ProgressMeter(session.output, isTerminal: session.input.isTerminal)
    let value = try session.assistant().sync { meter.show($0) }
    meter.clear()
    session.output.result(value) { SyncSheet.lines(value, session.output) }
    return try Attention.afterSync(value, session)
  }

  /// Exchanges again and again until the person stops it; being offline is waited for, everything else ends it.
  private static func watch(_ session: Session) throws(Problem) -> ExitStatus {
    var wasOffline = false
    session.output.line("一直开着，有网络就交换；按 Ctrl-C 停止。")
    while true {
      do throws(Problem) {
        let value = try session.assistant().sync { _ in }
        let moved = ["pushed", "pulled", "attachmentBytes"].contains { (value[$0]?.integer ?? 0) > 0 }
        if moved || wasOffline {
          session.output.result(value) { SyncSheet.lines(value, session.output) }
          _ = try Attention.afterSync(value, session)
        }
        wasOffline = false
      } catch {
        guard error.kind.exit == .offline else { throw error }
        if !wasOffline { session.output.problem(error) }
        wasOffline = true
      }
      Machine.sleep(milliseconds: wasOffline ? 30_000 : 10_000)
    }
  }
}

/// One line of progress that overwrites itself; only where a person looks.
final class ProgressMeter {
  private let output: Output
  private let isShown: Bool
  private var hasLine = false

  init(_ output: Output, isTerminal: Bool) {
    self.output = output
    isShown = isTerminal && !output.isJSON
  }

  func show(_ progress: SyncProgress) {
    guard isShown else { return }
    let what = progress.phase == .records ? "办件记录" : "附件"
    let sizes = "送出 \(Words.bytes(progress.bytesSent))，收到 \(Words.bytes(progress.bytesReceived))"
    output.ask("\r\u{1B}[K\(what) \(progress.done)/\(progress.total)，\(sizes)")
    hasLine = true
  }

  func clear() {
    if hasLine { output.ask("\r\u{1B}[K") }
    hasLine = false
  }
}
