internal import API
internal import Casework
internal import Cryptography
internal import Foundations
internal import Glibc
internal import Journal
internal import Terminal

/// Puts a backup back as the server of a home.
///
/// Everything is prepared beside its place; the database moves in last, so that a home whose restoring was interrupted
/// does not pass for a server, and the same command does it again. What was there before is a `FormerHome`.
struct Restore {
  struct Report {
    var restoration: Restoration.Report
    var blobs = 0
    /// Where what was there before lies now; nil where there was nothing.
    var former: String?
    /// Devices that had been revoked since the backup, and are again.
    var revoked: [String] = []
    /// Whether no former database could be read, or none was there, or nobody has looked since that was so: whoever was
    /// shut out since the backup is not.
    var mustCheckAccess = false
    /// Attachments that the backup has not, or not whole, and that are asked for again.
    var attachmentsLost = 0
    /// Catalogues that were published since the backup. They are known, and none of them is in force.
    var catalogs: [String] = []
    /// Stations, windows, and addresses of their own systems that were added since the backup, and are there again.
    var added = FormerRegistry.Added()
  }

  let home: ServerHome
  let random: any RandomSource
  let actor: String
  let clock: any Clock
  /// Whether the backup may be another server's than the one that is here.
  var replacesOther = false

  /// - Parameter path: a folder that `backup` made.
  /// - Throws: `restore.not-a-backup`, `restore.damaged`, `restore.other-server`, `restore.in-use`,
  ///   `serve.already-running`; problems of the store and the disk. Nothing has changed then.
  func run(from path: String) throws(Problem) -> Report {
    let backup = ServerHome(path: path)
    guard Machine.exists(backup.journalPath), Machine.exists(backup.storeKeyPath), Machine.exists(backup.signingKeyPath)
    else { throw ProblemKind.restoreNotBackup.with(UsageFault.shown(path)) }
    try HomeFiles.makeFolder(home.path)
    let lock = try HomeLock(home.lockPath, taken: .restoreServing)
    // Who has the former database open would write into what lies aside.
    let alone = try HomeLock(folder: home.path, isShared: false, taken: .restoreInUse)
    home.removeStaging()
    var former = try FormerHome(home, random: random)
    let isOther = Self.isOther(backup, than: former.present)
    guard replacesOther || !isOther || isUnused(former.present) else { throw Problem(.restoreOtherServer) }
    let staging = ServerHome(path: home.path + "/.restoring-" + Base32.text(random.bytes(5)))
    do throws(Problem) {
      var report = try prepare(staging, from: backup, over: isOther ? nil : former.present)
      try former.moveAside()
      report.former = former.folder
      try HomeFiles.move(staging.keysPath, to: home.keysPath)
      if !isOther { try former.handOverRecoveryKey() }
      for (from, to) in [(staging.blobsPath, home.blobsPath), (staging.journalPath, home.journalPath)] {
        try HomeFiles.move(from, to: to)
      }
      former.forget()
      HomeFiles.remove(staging.path)
      alone.release()
      lock.release()
      return report
    } catch {
      HomeFiles.remove(staging.path)
      throw error
    }
  }

  /// Whether two servers sign with different keys: each has made its own, so that counties differ in it, too. One that
  /// is not there or cannot be read says nothing.
  private static func isOther(_ backup: ServerHome, than former: ServerHome) -> Bool {
    guard let key = try? backup.signingKey(), let own = try? former.signingKey() else { return false }
    return key.verifyingKey.publicBytes != own.verifyingKey.publicBytes
  }

  /// Whether nobody has worked with a server yet: whoever made it only wanted a place for the backup.
  private func isUnused(_ former: ServerHome) -> Bool {
    guard former.isInitialised, let journal = try? former.openJournal(random: random) else { return false }
    do throws(Problem) {
      return try journal.read { reader throws(Problem) in
        let (devices, last) = (try reader.devices(), try reader.lastSequence())
        return devices.isEmpty && last == 0
      }
    } catch { return false }
  }

  /// - Parameter former: nil where nothing of what was there concerns the server that is put back.
  private func prepare(
    _ staging: ServerHome, from backup: ServerHome, over former: ServerHome?
  ) throws(Problem) -> Report {
    for folder in [staging.path, staging.keysPath] { try HomeFiles.makeFolder(folder) }
    for (from, to) in [
      (backup.storeKeyPath, staging.storeKeyPath), (backup.signingKeyPath, staging.signingKeyPath),
      (backup.encryptionKeyPath, staging.encryptionKeyPath),
    ] where Machine.exists(from) {
      try HomeFiles.copy(from, to: to)
    }
    try checkKeys(staging)
    if !Machine.exists(home.configurationPath), Machine.exists(backup.configurationPath) {
      try HomeFiles.copy(backup.configurationPath, to: home.configurationPath)
    }
    let copied = try HomeFiles.copyFolder(backup.blobsPath, to: staging.blobsPath)
    // Filled beside its place: one file without a log beside it gets there by one rename.
    let filling = staging.path + "/filling.db"
    try HomeFiles.copy(backup.journalPath, to: filling)
    let journal = try SQLiteJournal(path: filling, key: try staging.storeKey(), random: random)
    let problems = try journal.integrityProblems()
    guard problems.isEmpty else { throw ProblemKind.restoreDamaged.with(problems[0]) }
    try checkCounty(journal, staging)
    var report = try begin(journal)
    let (shutOut, catalogs, registry) = read(former)
    report.mustCheckAccess = shutOut?.isComplete != true
    report.blobs = copied.files
    let now = clock.now()
    try journal.write { writer throws(Problem) in
      if let shutOut {
        report.revoked = try shutOut.carryOver(to: writer, now: now, actor: actor)
      } else {
        try ShutOut.distrust(writer, now: now)
      }
    }
    report.catalogs = try journal.write { writer throws(Problem) in try catalogs.carryOver(to: writer) }
    report.added = try journal.write { writer throws(Problem) in try registry.carryOver(to: writer) }
    let blobs = try BlobFiles(folder: staging.blobsPath, storeKey: try staging.storeKey(), random: random)
    report.attachmentsLost = try AttachmentCheck(journal: journal, store: blobs).giveUpLost()
    try journal.backup(to: staging.journalPath)
    try HomeFiles.restrict(staging.journalPath)
    return report
  }

  /// A server that cannot sign, or open what it sealed, takes nobody's place.
  private func checkKeys(_ staging: ServerHome) throws(Problem) {
    do throws(Problem) {
      _ = (try staging.storeKey(), try staging.signingKey())
      if Machine.exists(staging.encryptionKeyPath) { _ = try staging.encryptionKey() }
    } catch {
      guard [.serverKey, .keyInvalid].contains(error.kind) else { throw error }
      throw ProblemKind.restoreDamaged.with(error.detail ?? error.code)
    }
  }

  /// The database is a county's, and what it has told devices to seal for can be opened.
  private func checkCounty(_ journal: SQLiteJournal, _ staging: ServerHome) throws(Problem) {
    let (isCounty, hasFerryKey) = try journal.read { reader throws(Problem) in
      (
        try reader.document(RegistryKey.settings, RegistryKey.county) != nil,
        try reader.document(RegistryKey.settings, RegistryKey.ferry) != nil
      )
    }
    guard isCounty else { throw ProblemKind.restoreDamaged.with("journal.db 里没有县") }
    guard !hasFerryKey || Machine.exists(staging.encryptionKeyPath) else {
      throw ProblemKind.restoreDamaged.with("缺少 keys/encryption.key")
    }
  }

  private func begin(_ journal: SQLiteJournal) throws(Problem) -> Report {
    let timeline = Base32.text(random.bytes(10))
    let now = clock.now()
    return Report(
      restoration: try journal.write { writer throws(Problem) in
        try Restoration.begin(writer, timeline: timeline, now: now, actor: actor)
      })
  }

  /// What goes over from the former server, as far as its database can be read.
  /// - Returns: nobody who was shut out where that is not known.
  private func read(_ former: ServerHome?) -> (ShutOut?, FormerCatalogs, FormerRegistry) {
    guard let former, former.isInitialised, let journal = try? former.openJournal(random: random) else {
      return (nil, FormerCatalogs(), FormerRegistry())
    }
    func read<Part>(_ part: (any JournalReader) throws(Problem) -> Part) -> Part? {
      do throws(Problem) { return try journal.read(part) } catch { return nil }
    }
    // It is about to be moved: what lies in a log beside it belongs into it.
    try? journal.emptyLog()
    return (
      read(ShutOut.init), read(FormerCatalogs.init) ?? FormerCatalogs(), read(FormerRegistry.init) ?? FormerRegistry()
    )
  }
}

extension ProblemKind {
  static let restoreNotBackup = ProblemKind(
    "restore.not-a-backup", status: 400, "这不是 bangban-server backup 做的备份：{}",
    remedy: "请指明备份的文件夹；里面应当有 journal.db 和 keys。什么都没有改动。")
  static let restoreDamaged = ProblemKind(
    "restore.damaged", status: 409, exit: .storage, "这个备份已损坏（{}），没有恢复。", remedy: "请换一份更早的备份；原有的数据没有改动。")
  static let restoreOtherServer = ProblemKind(
    "restore.other-server", status: 409, "这里原有的是另一台服务器（签名密钥不同），没有恢复。",
    remedy: "请核对 --home 和备份是不是同一个县的；确实要换成备份里的那一台，请加 --replace-other。原有的数据没有改动。")
  static let restoreUnfinished = ProblemKind(
    "restore.unfinished", status: 503, exit: .refused, "这里的恢复没有做完，服务器还不能用。",
    remedy: "请把同一条 restore 命令再运行一次，它接着做；原有的数据在 before-restore-… 文件夹里，不要改动。")
}
