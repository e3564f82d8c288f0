internal import Casework
internal import Foundations
internal import Terminal

/// `purge`: a person's right that nothing of an application stays.
extension Commands {
  static let purge = Spec(
    "purge", group: Group.cases, "按规定清除一个办件的全部内容，找不回来",
    options: [
      .one("--why", "T", "为什么清除，- 表示从输入读；各站点会看到", required: true),
      .flag("--although-live", "还没有办结或撤回的也清除"),
    ],
    positionals: [PositionalSpec("ID", "完整的编号或受理号：清除找不回来，只写开头几位不行")],
    notes: [
      "清除的是填写的内容、附件和检索记录；编号、时间、谁经手的摘要和签名保留，verify 和 prove 照样核对。",
      "各设备下次同步时也会清除。之后才送到的修改不会并入，在待处理里等人核对；tray decline 以后也清除。",
      "以前的备份里，还有恢复时移开的 before-restore-… 文件夹里，还有这些内容，请另外处理。",
    ],
    examples: ["purge L-610830100201-01-20260421-3 --why 本人要求删除"],
    run: { line, session throws(Problem) in
      let id = try session.id(line[0], like: "L-610830100201-01-20260421-3")
      let purged = try session.casework().purge(
        id, why: try session.value(line["--why"]), evenLive: line.flag("--although-live"),
        from: try session.attachments(), actor: Session.actor)
      session.output.result(purged.value) {
        [
          "✓ 已清除 \(Width.clean(purged.code))：内容 \(purged.operations) 条，附件 \(purged.attachments) 个",
          "  各设备下次同步时清除。以前的备份和 before-restore-… 文件夹里还有，请另外处理。",
        ]
      }
      return .done
    })
}
