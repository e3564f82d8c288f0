internal import Casework
internal import Foundations
internal import Journal
internal import Replication
internal import Terminal

/// The exchange with stations that have no network: files on a stick that anybody may carry.
extension Commands {
  static let ferry: [Spec] = [
    Spec(
      "ferry in", group: Group.ferry, "收下设备带来的摆渡文件，服务器不必停",
      positionals: [PositionalSpec("FILE", "摆渡文件，可以一次收几个", .some)],
      notes: [
        "多台设备的文件、先后次序、重复收都没有关系。", "收完以后用 ferry out 写出答复，随 U 盘带回站点。",
      ],
      examples: ["ferry in /mnt/usb/d7k2m9q0.ferry"], run: takeFerries),
    Spec(
      "ferry out", group: Group.ferry, "为设备写出答复：收到了哪些、怎么判定、有什么新内容",
      options: [.one("--device", "D", "只写这一台设备的"), .flag("--all", "写所有在用设备的")],
      positionals: [PositionalSpec("DIR", "写到哪个文件夹，一台设备一个文件")],
      notes: [
        "文件只有那一台设备能打开，带的人看不到内容。", "从设备上次报告的地方写起：旧文件丢了没有关系，用新文件就行。",
        "文件叫“设备编号.ferry”；已有设备写给县里的文件叫这个名字时不动它，答复改叫“设备编号-answer.ferry”。",
        "有一台设备的写不成，其余的照样写，最后退出码不为 0。",
      ],
      examples: ["ferry out /mnt/usb --all", "ferry out /mnt/usb --device d7k2m9q0"], run: writeFerries),
  ]

  // MARK: In

  private static func takeFerries(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let home = try session.home()
    let casework = try session.casework()
    let key = try home.encryptionKey()
    let blobs = try session.attachments()
    var status = ExitStatus.done
    for path in line.positionals {
      do throws(Problem) {
        let file = try InputFile(path)
        let report = try casework.takeFerry(key: key, attachments: blobs, actor: Session.actor) {
          count throws(Problem) in try file.read(count)
        }
        tell(report, path, session.output)
      } catch {
        // One bad file must not hold up the others, nor be told of below what is said of the next.
        if line.positionals.count > 1, !session.output.isJSON { session.output.note("\(Machine.shown(path))：") }
        session.output.problem(
          error.kind == .deviceRevoked ? ProblemKind.deviceRevokedFerry.with(Machine.shown(path)) : error)
        status = error.kind.exit
      }
    }
    return status
  }

  private static func tell(_ report: FerryIntake, _ path: String, _ output: Output) {
    output.result([
      "file": .text(path), "device": .text(report.device.text), "requests": Value(report.requests),
      "operations": Value(report.operations), "attachmentBytes": .integer(report.attachmentBytes),
    ]) {
      let attachments = report.attachmentBytes > 0 ? "，附件 \(kilobytes(report.attachmentBytes)) KB" : ""
      return [
        output.style(.good, "✓ ") + "已收下 \(Machine.shown(path))：设备 \(report.device.text)，"
          + "操作 \(report.operations) 条\(attachments)（以前收过的不重复计入办件）",
        "  接下来：bangban-server ferry out 文件夹 --device \(report.device.text)，把答复带回站点",
      ]
    }
  }

  /// Rounded up: what is there is never shown as nothing.
  private static func kilobytes(_ bytes: Int64) -> Int64 { (bytes + 1023) >> 10 }

  // MARK: Out

  private static func writeFerries(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let chosen = line.option("--device")
    guard (chosen != nil) != line.flag("--all") else {
      throw UsageFault.optionMissing("--device D 或 --all（二选一）", usage: "bangban-server ferry out DIR --all").problem
    }
    let folder = line[0]
    let casework = try session.casework()
    let devices = try casework.journal.read { reader throws(Problem) in
      try reader.devices().filter { chosen == nil ? $0.status == .active : $0.id.text == chosen }
    }
    if let chosen, devices.isEmpty { throw ProblemKind.deviceUnknown.with("“\(UsageFault.shown(chosen))”") }
    if !Machine.exists(folder) { try HomeFiles.makeFolder(folder) }
    var status = ExitStatus.done
    for device in devices {
      do throws(Problem) {
        try writeFerry(for: device.id, in: folder, casework, session.output)
      } catch {
        // One name that is taken must not leave the others without an answer.
        if devices.count > 1, !session.output.isJSON { session.output.note("设备 \(device.id.text)：") }
        session.output.problem(administrators(error, device.id))
        status = error.kind.exit
      }
    }
    guard status == .done else { return status }
    session.output.line("带回站点以后，在那台设备上运行：bangban sync --from-file 文件")
    return .done
  }

  private static func writeFerry(
    for device: DeviceID, in folder: String, _ casework: CaseService, _ output: Output
  ) throws(Problem) {
    let (path, isBeside) = answerPlace(device, in: folder)
    let file = try OutputFile(path, replacing: FerryFile.beginning(.toDevice))
    let report = try casework.writeFerry(for: device, actor: Session.actor) { bytes throws(Problem) in
      try file.write(bytes)
    }
    try file.finish()
    output.result([
      "device": .text(device.text), "file": .text(path), "pages": Value(report.pages),
      "operations": Value(report.operations), "acknowledged": .integer(report.acknowledged),
      "bytes": .integer(report.bytes),
    ]) {
      [
        output.style(.good, "✓ ") + "\(Machine.shown(path))：确认 \(report.acknowledged) 条，新内容 \(report.operations) 条，"
          + "\(kilobytes(report.bytes)) KB"
      ] + (isBeside ? ["  \(device.text).ferry 是设备写给县里的，没有动；还没收的话，请用 ferry in 收下它，再写一次答复"] : [])
    }
  }

  /// Where a device's answer goes. Its number tells nothing about anybody, and who carries the stick can tell the files
  /// apart. A delivery that has the name may not have been taken in yet: it stays, and the answer lies beside it.
  private static func answerPlace(_ device: DeviceID, in folder: String) -> (path: String, isBeside: Bool) {
    let path = folder + "/" + device.text + ".ferry"
    let delivery = FerryFile.beginning(.toServer)
    guard Machine.exists(path), let file = try? InputFile(path), (try? file.read(delivery.count)) == delivery else {
      return (path, false)
    }
    return (folder + "/" + device.text + "-answer.ferry", true)
  }
}
