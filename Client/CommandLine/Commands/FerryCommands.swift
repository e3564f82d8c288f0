internal import Assistant
internal import Foundations
internal import Terminal

/// `sync` without a network: by files on a stick.
extension Commands {
  /// Takes a file from the county in, writes one for it, or both in this order: what the county has answered need not
  /// travel again.
  static func ferry(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let (source, target) = (invocation.option("--from-file"), invocation.option("--to-file"))
    guard !invocation.flag("--watch") else {
      throw UsageFault.positionalExcess("--watch", usage: "bangban sync --to-file F --from-file F").problem
    }
    var read: ((Int) throws(Problem) -> [UInt8])?
    if let source {
      let file = try InputFile(source)
      read = { count throws(Problem) in try file.read(count) }
    }
    var output: OutputFile?
    var write: (([UInt8]) throws(Problem) -> Void)?
    if let target {
      let file = try OutputFile(target, replacing: Assistant.ferryMagic)
      output = file
      write = { bytes throws(Problem) in try file.write(bytes) }
    }
    let value = try session.assistant().ferry(from: read, to: write)
    try output?.finish()
    session.output.result(value) {
      FerrySheet(value: value, source: source, target: target, output: session.output).lines
    }
    let unreadable = value["unreadable"]?.integer ?? 0
    let status = try Attention.afterSync(value, session)
    guard unreadable > 0 else { return status }
    session.output.note("有 \(unreadable) 个附件读不出来，没有写进文件。运行 bangban doctor 查看。")
    return .attention
  }
}
