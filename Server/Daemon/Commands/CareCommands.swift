internal import Casework
internal import Foundations
internal import Journal
internal import Terminal

/// Backups, and finding out whether everything is as it should be.
extension Commands {
  static let care: [Spec] = [
    Spec(
      "backup", group: Group.care, "备份到一个新文件夹，服务器不必停",
      positionals: [PositionalSpec("F", "新文件夹；已有的不会覆盖")],
      notes: [
        "备份里有数据库、附件和服务器的密钥（store.key、signing.key、encryption.key）：请加密保管，谁拿到它谁就能读全部内容。",
        "恢复密钥 recovery.key 不在备份里，它应当另外离线保管。",
        "请每天做一份：各台电脑等县里备份了，才清理早已办结的附件。",
      ],
      examples: ["backup /mnt/backup/2026-11-21"], run: backup),
    Spec(
      "restore", group: Group.care, "把一份备份恢复成这台服务器；备份以后的内容由各台设备交还",
      options: [.flag("--replace-other", "这里原有的是另一台服务器，也换成备份里的")],
      positionals: [PositionalSpec("F", "backup 做的文件夹")],
      notes: [
        "先停止 serve，别的管理命令也要做完。原有的数据库、附件和密钥移到 before-restore-… 文件夹，不会删除。中途断了的，同一条命令再运行一次就接着做。",
        "备份以后停用的设备、账号和换过的窗口令牌，从原有的数据库里带过来。在新机器上，或者原有的数据库读不出来，就无从知道："
          + "请照提示再停用、再换一次，核对完运行 doctor --access-checked；在那以前 doctor 每次都会提醒。"
          + "原有的数据库读不出来的，退出码为 3。",
        "各台设备下一次同步时，自动把备份以后的办件、修改和窗口的答复交还回来；已经转办过的不会再转办一次。",
        "备份以后登记的设备要重新给登记码；备份以后改过的站点、窗口、事项目录和调整过的设备归属，要再做一遍。",
        "备份以后新增的站点、窗口和接收地址，原有的数据库还读得出来的，一并带过来；读不出来的，doctor 和 tray list 会指出要加回来的。",
        "备份里没有或者已损坏的附件，还有原件的设备下一次同步时再传一次；有这样的附件，退出码为 3。",
        "不要直接拷回旧数据库：那样设备无从知道少了什么。",
      ],
      examples: ["restore /mnt/backup/2026-11-21"], run: restore),
    Spec(
      "verify", group: Group.care, "从操作记录重新推算全部数据和审计链，读一遍附件，逐项比对",
      notes: ["全部一致时退出码为 0。", askAgain], run: verify),
    Spec(
      "doctor", group: Group.care, "检查这台服务器的设置，指出要处理的地方",
      options: [.flag("--access-checked", "恢复以后谁能登录已经核对过，不再提醒")], run: doctor),
  ]

  private static func backup(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let home = try session.ownHome()
    let report = try Backup(
      home: home, journal: session.journal(), random: session.random, actor: Session.actor, clock: session.clock
    ).run(to: line[0])
    session.output.result([
      "path": .text(line[0]), "blobs": Value(report.blobs), "bytes": Value(report.bytes),
    ]) {
      [
        "✓ 已备份到 \(Width.clean(line[0]))：数据库、附件 \(report.blobs) 个、密钥，共 \(report.bytes >> 10) KB",
        "  里面有服务器的密钥，请加密保管。",
      ]
    }
    return .done
  }

  private static func restore(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let home = try session.ownHome()
    let report = try Restore(
      home: home, random: session.random, actor: Session.actor, clock: session.clock,
      replacesOther: line.flag("--replace-other")
    ).run(from: line[0])
    session.output.result([
      "timeline": .text(report.restoration.timeline), "operations": .integer(report.restoration.operations),
      "blobs": Value(report.blobs), "devices": Value(report.restoration.devices), "former": Value(report.former),
      "revoked": .array(report.revoked.map(Value.text)), "checkAccess": .bool(report.mustCheckAccess),
      "attachmentsLost": Value(report.attachmentsLost), "catalogs": .array(report.catalogs.map(Value.text)),
      "stations": .array(report.added.stations.map(Value.text)),
      "windows": .array(report.added.windows.map(Value.text)),
      "endpoints": .array(report.added.endpoints.map(Value.text)),
    ]) {
      var lines = [
        "✓ 已恢复：操作 \(report.restoration.operations) 条，附件 \(report.blobs) 个，在用设备 \(report.restoration.devices) 台",
        "  现在可以运行 serve；各台设备下一次同步时，自动把备份以后的内容交还回来。",
      ]
      if let former = report.former { lines.append("  原有的数据移到了 \(Width.clean(former))") }
      if !report.revoked.isEmpty {
        lines.append("  备份以后停用的设备已再次停用：\(report.revoked.joined(separator: "、"))")
      }
      if !report.catalogs.isEmpty {
        lines.append("  备份以后发布过 \(report.catalogs.count) 版目录：已按新表单填的照样办；要继续用，请重新 catalog publish。")
      }
      for (what, ids) in [
        ("新增的站点", report.added.stations), ("新增的窗口", report.added.windows), ("设置的接收地址", report.added.endpoints),
      ] where !ids.isEmpty {
        lines.append("  备份以后\(what)带过来了：\(ids.joined(separator: "、"))")
      }
      if report.attachmentsLost > 0 {
        lines.append("  附件 \(report.attachmentsLost) 个在备份里没有，或者已损坏：还有原件的设备下一次同步时再传一次。")
      }
      if report.mustCheckAccess {
        lines.append("  没有原有的数据库，或者读不出来，或者上次恢复以后还没有核对过，所以不知道备份以后停用过谁：")
        lines.append("  停用过的设备和账号，请马上再停用一次；换过的窗口令牌，请马上再换一次（window token）；")
        lines.append("  备份以后设置的窗口接收地址，请再设一次，否则窗口自己的系统收不到转办件。")
        lines.append("  核对完请运行 doctor --access-checked；在那以前 doctor 会一直提醒。")
      }
      return lines
    }
    // Where no server was, there may never have been another: that is told, and `doctor` goes on telling it.
    let mustLook = report.mustCheckAccess && report.former != nil
    return mustLook || report.attachmentsLost > 0 ? .attention : .done
  }

  private static func verify(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let casework = try session.caseworkToRead()
    var report = try casework.verify(session.attachmentsToRead())
    report.problems += try session.journal().integrityProblems().prefix(20).map { "数据库：\($0)" }
    session.output.result(report.value) {
      let counts =
        "操作 \(report.operations) 条，办件 \(report.applications) 件，签名 \(report.batches) 个，"
        + "审计 \(report.auditLines) 条，附件 \(report.attachments) 个"
      return report.problems.isEmpty
        ? ["✓ 全部一致：\(counts)"]
        : ["\(counts)；不一致 \(report.problems.count) 处："] + report.problems
          + (report.lostAttachments > 0 ? [askAgain] : [])
    }
    if !report.problems.isEmpty { throw ProblemKind.verifyFailed.with("\(report.problems.count)") }
    return .done
  }

  /// Laptops are asked for attachments when they meet a log that was put back; there is no other moment.
  private static let askAgain = "附件要让设备再传一次：停止 serve，做一份 backup，再用它 restore；还有原件的设备下一次同步时传来。"

  private static func doctor(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    if line.flag("--access-checked") {
      _ = try session.ownHome()
      try session.journal().write { writer throws(Problem) in
        try ShutOut.confirm(writer, now: session.clock.now(), actor: Session.actor)
      }
    }
    let findings = try Checkup(session).run()
    session.output.results(findings.map(\.value)) {
      findings.map { finding in
        let mark = finding.isGood ? session.output.style(.good, "✓") : session.output.style(.warning, "✗")
        return "\(mark) \(finding.text)"
      }
    }
    return findings.allSatisfy(\.isGood) ? .done : .attention
  }
}

extension ProblemKind {
  static let verifyFailed = ProblemKind(
    "verify.failed", status: 500, "有 {} 处与操作记录不一致。", remedy: "请先备份，不要改动数据，并把清单交给技术人员。")
}
