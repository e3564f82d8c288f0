internal import Casework
internal import Foundations
internal import Glibc
internal import Journal
internal import Terminal

/// A copy of a home, taken while a server runs on it.
///
/// The database goes first: attachments are never changed once they are whole, so that every one it knows of as whole
/// is among those copied after it.
struct Backup {
  struct Report {
    var blobs = 0
    var bytes: Int64 = 0
  }

  let home: ServerHome
  let journal: SQLiteJournal
  let random: any RandomSource
  let actor: String
  let clock: any Clock

  /// - Parameter path: a folder that is not there yet; it gets its name when it is whole.
  /// - Throws: `backup.exists`, `backup.running`, `input.unreadable`, problems of the store and the disk.
  func run(to path: String) throws(Problem) -> Report {
    // Devices count on it: one that begins after another has ended holds all that had come by then.
    let lock = try HomeLock(folder: home.keysPath, isShared: false, taken: .backupRunning)
    let report = try make(path)
    lock.release()
    return report
  }

  private func make(_ path: String) throws(Problem) -> Report {
    let path = HomeFiles.withoutSlash(path)
    guard !path.isEmpty, path != "-", !Machine.exists(path) else {
      throw ProblemKind.backupExists.with(UsageFault.shown(path))
    }
    let staging = ServerHome(path: path + ".partial-" + Base32.text(random.bytes(5)))
    do throws(Problem) {
      for folder in [staging.path, staging.keysPath] { try HomeFiles.makeFolder(folder) }
      try journal.backup(to: staging.journalPath)
      try HomeFiles.restrict(staging.journalPath)
      for (from, to) in [
        (home.storeKeyPath, staging.storeKeyPath), (home.signingKeyPath, staging.signingKeyPath),
        (home.encryptionKeyPath, staging.encryptionKeyPath),
        (home.configurationPath, staging.configurationPath),
      ] where Machine.exists(from) {
        try HomeFiles.copy(from, to: to)
      }
      var report = Report()
      report.bytes = HomeFiles.bytes(of: staging.journalPath)
      let copied = try HomeFiles.copyFolder(home.blobsPath, to: staging.blobsPath)
      report.blobs = copied.files
      report.bytes += copied.bytes
      try HomeFiles.move(staging.path, to: path)
      try record(path)
      return report
    } catch {
      HomeFiles.remove(staging.path)
      throw error
    }
  }

  /// Only what was made is on record; and what cannot be put on record is not handed out.
  private func record(_ path: String) throws(Problem) {
    let now = clock.now()
    do throws(Problem) {
      try journal.write { writer throws(Problem) in
        try writer.addAudit(at: now, actor: actor, action: "server.backup", subject: "-")
        try BackupCount.add(writer)
      }
    } catch {
      HomeFiles.remove(path)
      throw error
    }
  }
}

extension ProblemKind {
  static let backupExists = ProblemKind(
    "backup.exists", status: 409, "备份要写到一个还没有的文件夹：{}", remedy: "请换一个名字，例如加上日期；已有的备份没有改动。")
  static let backupRunning = ProblemKind(
    "backup.running", status: 409, "另一条命令正在备份这台服务器，没有再备份一次。", remedy: "请等它做完；要另存一份的，到时再运行这一条。")
}
