internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Terminal

/// The folder of one county server: `journal.db`, `blobs/`, `keys/`, and `server.json` where somebody wrote one.
struct ServerHome {
  static let systemPath = "/var/lib/bangban"

  let path: String

  var journalPath: String { path + "/journal.db" }
  var blobsPath: String { path + "/blobs" }
  var keysPath: String { path + "/keys" }
  var configurationPath: String { path + "/server.json" }
  /// Held by the one server that runs on this home.
  var lockPath: String { path + "/serve.lock" }
  /// Where a restore that was interrupted has put what was there before it; see `FormerHome`.
  var restoringPath: String { path + "/restoring" }
  var storeKeyPath: String { keysPath + "/store.key" }
  var signingKeyPath: String { keysPath + "/signing.key" }
  var encryptionKeyPath: String { keysPath + "/encryption.key" }
  /// The county's private recovery key until somebody has moved it to a safe place.
  var recoveryKeyPath: String { keysPath + "/recovery.key" }

  /// Whether `init` was completed here: the database is put in its place last.
  var isInitialised: Bool { Machine.exists(journalPath) }

  /// Whether a restore was interrupted here: the server is neither the former one any more nor the restored one yet.
  var isHalfRestored: Bool { !isInitialised && Machine.exists(restoringPath) }

  /// - Throws: `server.not-initialised`; `restore.unfinished`; `home.closed` where nobody can tell.
  func requireInitialised() throws(Problem) {
    guard !isHalfRestored else { throw Problem(.restoreUnfinished) }
    guard try Self.isThere(journalPath, as: journalPath) else {
      throw ProblemKind.serverNotInitialised.with("journal.db")
    }
  }

  /// Opens the journal of an initialised home.
  /// - Throws: as `requireInitialised`; `server.key`, problems of the store.
  func openJournal(random: any RandomSource) throws(Problem) -> SQLiteJournal {
    try requireInitialised()
    return try SQLiteJournal(path: journalPath, key: try storeKey(), random: random)
  }

  /// Everything that is sealed on this server is sealed with it.
  func storeKey() throws(Problem) -> [UInt8] { try key(storeKeyPath, bytes: Sealer.keyBytes) }

  /// What an `init` or a restore makes ready beside its place begins with one of these; one that is killed leaves it.
  static let stagingPrefixes = [".new-", ".restoring-"]

  /// What a restore or an `init` found here and moved aside begins with one of these; only a person removes it.
  static let asidePrefixes = [FormerHome.prefix, HomeBuilder.asidePrefix]

  /// Every recovery key that lies here, wherever one was left.
  func recoveryKeys() -> [String] {
    let names = ((try? HomeFiles.names(in: path)) ?? []).filter { name in
      (Self.asidePrefixes + Self.stagingPrefixes).contains(where: name.hasPrefix)
    }
    let homes = [self] + names.map { ServerHome(path: path + "/" + $0) }
    return homes.map(\.recoveryKeyPath).filter { Machine.exists($0) }
  }

  /// Removes what killed commands had made ready and not put in its place; for whoever is alone at work here. Nothing
  /// of it was ever in use, and what was lies elsewhere.
  func removeStaging() {
    for name in (try? HomeFiles.names(in: path)) ?? [] where Self.stagingPrefixes.contains(where: name.hasPrefix) {
      HomeFiles.remove(path + "/" + name)
    }
  }

  /// The server's own key: it signs what windows do.
  func signingKey() throws(Problem) -> SigningKey {
    try SigningKey(privateBytes: try key(signingKeyPath, bytes: SM2.privateKeyBytes))
  }

  /// The key that opens what devices send by ferry files.
  func encryptionKey() throws(Problem) -> SM2.DecryptionKey {
    try SM2.DecryptionKey(privateBytes: try key(encryptionKeyPath, bytes: SM2.privateKeyBytes))
  }

  /// Makes the key that opens ferry files where a home of an earlier version has none; for the one server that runs on
  /// this home.
  func ensureEncryptionKey(random: any RandomSource) throws(Problem) {
    guard !Machine.exists(encryptionKeyPath) else { return }
    try HomeFiles.write(key: SM2.DecryptionKey(random: random).privateBytes, to: encryptionKeyPath)
  }

  /// The county's private recovery key, from the home or from where somebody has moved it.
  /// - Throws: `recovery.key-missing`, `recovery.key-invalid`; `input.unreadable`.
  func recoveryKey(at path: String?) throws(Problem) -> SM2.DecryptionKey {
    let place = path ?? recoveryKeyPath
    guard Machine.exists(place) else { throw ProblemKind.recoveryKeyMissing.with(Machine.shown(place)) }
    do throws(Problem) {
      return try SM2.DecryptionKey(privateBytes: try key(place, bytes: SM2.privateKeyBytes))
    } catch {
      // Somebody named a wrong file: nothing of the server's is damaged.
      guard [.serverKey, .keyInvalid, .documentTooLarge].contains(error.kind) else { throw error }
      throw ProblemKind.recoveryKeyInvalid.with(Machine.shown(place))
    }
  }

  /// Whether something is there. What may not be looked at is not gone.
  private static func isThere(_ path: String, as name: String) throws(Problem) -> Bool {
    do throws(FileFailure) { return try MachineFiles().exists(path) } catch {
      throw ProblemKind.homeClosed.with("\(Machine.shown(name))（\(error.words)）")
    }
  }

  private func key(_ path: String, bytes count: Int) throws(Problem) -> [UInt8] {
    let name = path.hasPrefix(self.path + "/") ? String(path.dropFirst(self.path.count + 1)) : Machine.shown(path)
    guard try Self.isThere(path, as: name) else { throw ProblemKind.serverKey.with("\(name) 不见了") }
    let text = String(decoding: try Machine.file(path, bytesMax: 4096), as: UTF8.self)
    guard let bytes = Hexadecimal.bytes(text.trimmed), bytes.count == count else {
      throw ProblemKind.serverKey.with("\(name) 内容不对")
    }
    return bytes
  }
}

extension ProblemKind {
  static let serverKey = ProblemKind(
    "server.key", status: 500, exit: .storage, "服务器的密钥文件有问题：{}。", remedy: "请从备份里恢复 keys 文件夹；没有密钥，数据库里的内容无法读取。")
  static let recoveryKeyMissing = ProblemKind(
    "recovery.key-missing", status: 404, "找不到县里的恢复密钥：{}。",
    remedy: "请取出离线保管的 recovery.key，用 --recovery-key 指明它在哪里；用完再收好。")
  static let recoveryKeyInvalid = ProblemKind(
    "recovery.key-invalid", status: 400, "这个文件不是恢复密钥：{}。",
    remedy: "请核对文件：它是 init 时生成的 recovery.key，里面只有一行 64 位的数字和字母；什么都没有改动。")
  static let serverExists = ProblemKind(
    "server.exists", status: 409, "这个文件夹里已经有一个服务器：{}。", remedy: "请换一个空文件夹；原有的数据没有改动。")
  static let serverFolder = ProblemKind(
    "server.folder", status: 409, "这个文件夹不能用来建服务器：{}。", remedy: "请用 --home 指定一个空的、可以写入的文件夹。")
}
