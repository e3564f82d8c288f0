internal import Casework
internal import Foundations
internal import Replication
internal import Terminal

/// Helping a device whose passphrase was forgotten.
extension Commands {
  static let recoverDevice = Spec(
    "device recover", group: Group.county, "设备的口令忘了：用县里的恢复密钥答复它的申请",
    options: [
      .one("--recovery-key", "K", "恢复密钥文件；不写就用 keys/recovery.key"), .one("--to", "OUT", "答复写到哪个文件；不写就在申请旁边"),
    ],
    positionals: [PositionalSpec("D", "设备编号"), PositionalSpec("F", "设备用 bangban recover 写的申请文件")],
    notes: [
      "先核对来人的身份和是哪一台电脑：有答复和恢复码的人能读那台电脑上的全部内容。",
      "恢复码只显示这一次，当面或打电话告诉本人，不要和答复文件放在一起。此事记入审计。",
    ],
    examples: ["device recover d7k2m9q0 /mnt/usb/bangban-recover-d7k2m9q0 --recovery-key /mnt/safe/recovery.key"],
    run: recover)

  private static func recover(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let id = DeviceID(try session.id(line[0], like: "d7k2m9q0"))
    let request = try RecoveryRequest(try Machine.file(line[1], bytesMax: Recovery.fileBytesMax))
    let home = try session.home()
    try home.requireInitialised()
    let recoveryKey = try home.recoveryKey(at: line.option("--recovery-key"))
    // Before anything is handed out or stands in the audit chain.
    let path = line.option("--to") ?? line[1] + ".answer"
    let file = try OutputFile(path, replacing: Recovery.answerMagic)
    let casework = try session.casework()
    let (answer, code): (RecoveryAnswer, String)
    do throws(Problem) {
      (answer, code) = try casework.recover(id, request: request, recoveryKey: recoveryKey, actor: Session.actor)
    } catch { throw administrators(error, id) }
    try file.write(answer.bytes)
    try file.finish()
    session.output.result(["device": .text(id.text), "file": .text(path), "code": .text(code)]) {
      [
        session.output.style(.good, "✓ ") + "答复已写好：\(Machine.shown(path))，请交给设备 \(id.text) 的使用人",
        "恢复码：\(session.output.style(.marked, code))（只显示这一次，请当面或打电话告诉本人）",
        "在设备上运行：bangban recover --from-file 答复文件",
      ]
    }
    return .done
  }
}
