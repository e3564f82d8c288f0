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
  /// - Throws: `server.exists`, `server.folder`, `restore.unfinished`; nothing is left behind then.
  func build<Outcome>(
    _ fill: (any CaseJournal, _ recoveryKey: [UInt8]) throws(Problem) -> Outcome
  ) throws(Problem) -> Outcome {
    try refuseOccupied()
    let isNew = !Machine.exists(home.path)
    try HomeFiles.makeFolder(home.path)
    let staging = ServerHome(path: home.path + "/.new-" + Base32.text(random.bytes(5)))
    do throws(Problem) {
      let outcome = try prepare(staging, fill)
      for (from, to) in [
        (staging.keysPath, home.keysPath), (staging.blobsPath, home.blobsPath),
        (staging.journalPath, home.journalPath),
      ] {
        try HomeFiles.move(from, to: to)
      }
      HomeFiles.remove(staging.path)
      return outcome
    } catch {
      HomeFiles.remove(staging.path)
      if isNew { HomeFiles.remove(home.path) }
      throw error
    }
  }

  private func refuseOccupied() throws(Problem) {
    guard !home.isHalfRestored else { throw Problem(.restoreUnfinished) }
    if home.isInitialised || Machine.exists(home.keysPath) {
      throw ProblemKind.serverExists.with(Width.clean(home.path))
    }
    guard Machine.exists(home.path) else { return }
    guard HomeFiles.isFolder(home.path) else { throw ProblemKind.serverFolder.with("\(Width.clean(home.path)) 不是文件夹") }
    let strangers = try HomeFiles.names(in: home.path).filter { $0 != "server.json" && !$0.hasPrefix(".") }
    guard strangers.isEmpty else { throw ProblemKind.serverFolder.with("\(Width.clean(home.path)) 里已有别的文件") }
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
