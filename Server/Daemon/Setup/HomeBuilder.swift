internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication
internal import Terminal

/// Makes a home: beside its place first, then moved in piece by piece with the database last, so that a home whose
/// making was interrupted does not pass for a server.
struct HomeBuilder {
  static let asidePrefix = "before-init-"

  let home: ServerHome
  let random: any RandomSource

  /// - Parameter fill: fills the new journal.
  /// - Returns: and where keys without a database lie now, if there were any.
  /// - Throws: `server.exists`, `server.folder`, `server.in-use`, `restore.unfinished`; nothing is left behind then.
  func build<Outcome>(
    _ fill: (any CaseJournal, _ recoveryKey: [UInt8]) throws(Problem) -> Outcome
  ) throws(Problem) -> (outcome: Outcome, former: String?) {
    try refuseOccupied()
    let isNew = !Machine.exists(home.path)
    try HomeFiles.makeFolder(home.path)
    let alone = try HomeLock(folder: home.path, isShared: false, taken: .serverInUse)
    let staging = ServerHome(path: home.path + "/.new-" + Base32.text(random.bytes(5)))
    do throws(Problem) {
      // Another one may have been faster.
      try refuseOccupied()
      home.removeStaging()
      let outcome = try prepare(staging, fill)
      let former = try moveAside()
      for (from, to) in [
        (staging.keysPath, home.keysPath), (staging.blobsPath, home.blobsPath),
        (staging.journalPath, home.journalPath),
      ] {
        try HomeFiles.move(from, to: to)
      }
      HomeFiles.remove(staging.path)
      alone.release()
      return (outcome, former)
    } catch {
      HomeFiles.remove(staging.path)
      // Whatever else is there is somebody's.
      if isNew { HomeFiles.removeEmpty(home.path) }
      alone.release()
      throw error
    }
  }

  private static let leftovers = ["keys", "blobs"]

  private func refuseOccupied() throws(Problem) {
    guard !home.isHalfRestored else { throw Problem(.restoreUnfinished) }
    guard !home.isInitialised else { throw ProblemKind.serverExists.with(Width.clean(home.path)) }
    guard Machine.exists(home.path) else { return }
    guard HomeFiles.isFolder(home.path) else { throw ProblemKind.serverFolder.with("\(Width.clean(home.path)) 不是文件夹") }
    let own = Self.leftovers + ["server.json", "serve.lock"]
    let strangers = try HomeFiles.names(in: home.path).filter {
      !own.contains($0) && !$0.hasPrefix(".") && !$0.hasPrefix(Self.asidePrefix)
    }
    guard strangers.isEmpty else { throw ProblemKind.serverFolder.with("\(Width.clean(home.path)) 里已有别的文件") }
  }

  /// Moves aside what an `init` that was killed had put in its place, or what is left of a server without its database:
  /// keys are never removed, they may be all that opens somebody's backup.
  private func moveAside() throws(Problem) -> String? {
    let pieces = Self.leftovers.filter { Machine.exists(home.path + "/" + $0) }
    guard !pieces.isEmpty else { return nil }
    let aside = home.path + "/" + Self.asidePrefix + Base32.text(random.bytes(5))
    try HomeFiles.makeFolder(aside)
    for piece in pieces { try HomeFiles.move(home.path + "/" + piece, to: aside + "/" + piece) }
    return aside
  }

  private func prepare<Outcome>(
    _ staging: ServerHome, _ fill: (any CaseJournal, [UInt8]) throws(Problem) -> Outcome
  ) throws(Problem) -> Outcome {
    for folder in [staging.path, staging.keysPath, staging.blobsPath] { try HomeFiles.makeFolder(folder) }
    let storeKey = random.bytes(32)
    let signingKey = try SigningKey(random: random)
    let encryptionKey = try SM2.DecryptionKey(random: random)
    let recoveryKey = try SM2.DecryptionKey(random: random)
    for (path, bytes) in [
      (staging.storeKeyPath, storeKey), (staging.signingKeyPath, signingKey.privateBytes),
      (staging.encryptionKeyPath, encryptionKey.privateBytes), (staging.recoveryKeyPath, recoveryKey.privateBytes),
    ] {
      try HomeFiles.write(key: bytes, to: path)
    }
    let journal = try SQLiteJournal(path: staging.path + "/filling.db", key: storeKey, random: random)
    let outcome = try fill(journal, recoveryKey.encryptionKey.publicBytes)
    let ferryKey = try FerryKey(encryptionKey.encryptionKey, signedBy: signingKey)
    try journal.write { writer throws(Problem) in
      try writer.setDocument(RegistryKey.settings, RegistryKey.ferry, ferryKey.value)
    }
    // One file without a log beside it, so that one rename gives it its place.
    try journal.backup(to: staging.journalPath)
    try HomeFiles.restrict(staging.journalPath)
    return outcome
  }
}

extension ProblemKind {
  static let serverInUse = ProblemKind(
    "server.in-use", status: 409, "另一条命令正在用这个文件夹。", remedy: "请等它做完再看；这里什么都没有改动。")
}
