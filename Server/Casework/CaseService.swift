internal import Application
internal import Catalog
package import Cryptography
internal import Dispatch
package import Foundations
package import Journal
internal import Replication
internal import Synchronization

/// The server's casework over one journal: what devices, windows and administrators ask of it.
package final class CaseService: Sendable {
  package let journal: any CaseJournal
  package let clock: any Clock
  package let random: any RandomSource
  package let log: Log
  let identity: ServerIdentity
  /// How many requests of whom nothing is proved yet may be unpacked at the same time.
  let unpacking = DispatchSemaphore(value: Limits.requestsUnpackedMax)
  private let cached = Mutex<County?>(nil)
  private let listeners = Mutex<[@Sendable () -> Void]>([])

  /// - Parameter signingKey: the server's own key; it signs what windows do.
  package init(
    journal: any CaseJournal, signingKey: SigningKey, clock: any Clock, random: any RandomSource, log: Log
  ) {
    self.journal = journal
    self.clock = clock
    self.random = random
    self.log = log
    identity = ServerIdentity(key: signingKey)
  }

  /// The server's public key, 65 bytes.
  package var publicKey: [UInt8] { identity.key.verifyingKey.publicBytes }

  /// The server's signature.
  package func sign(_ message: [UInt8]) throws(Problem) -> [UInt8] { try identity.key.sign(message) }

  /// Calls back after a commit that may have queued dispatches.
  package func onCommit(_ listener: @escaping @Sendable () -> Void) {
    listeners.withLock { $0.append(listener) }
  }

  func announceCommit() {
    for listener in listeners.withLock({ $0 }) { listener() }
  }

  /// The county as the registry has it now; read again only when an administration command has touched it.
  package func county(_ reader: any JournalReader) throws(Problem) -> County {
    let revision = try County.revision(reader)
    if let county = cached.withLock({ $0 }), county.revision == revision { return county }
    let county = try County.load(reader)
    cached.withLock { $0 = county }
    return county
  }

  /// Writes something that says nothing, as durably as everything else.
  /// - Throws: `store.full`, `store.failed`.
  package func tryWriting() throws(Problem) {
    // What is asked for in earnest is as large: a page may still find room where nothing else does.
    let trial = Value.bytes([UInt8](repeating: 0, count: 64 << 10))
    try journal.write { writer throws(Problem) in try writer.setDocument(RegistryKey.trial, RegistryKey.trial, trial) }
  }

  /// Runs a transaction in which operations are judged and take effect.
  func transact<Result>(_ body: (CaseTransaction) throws(Problem) -> Result) throws(Problem) -> Result {
    try transact(body) { _, result in result }
  }

  /// Runs a transaction in which operations are judged and take effect, and has something made of what it comes to.
  /// - Parameter end: called with all that is to be committed; nothing of what it gives counts before the commit.
  func transact<Result, End>(
    _ body: (CaseTransaction) throws(Problem) -> Result, end: (CaseTransaction, Result) throws(Problem) -> End
  ) throws(Problem) -> End {
    let now = clock.now()
    let result = try journal.write { writer throws(Problem) in
      let transaction = try CaseTransaction(
        journal: writer, county: try county(writer), now: now, identity: identity, random: random)
      let result = try body(transaction)
      try transaction.finish()
      transaction.letGo()
      return try end(transaction, result)
    }
    announceCommit()
    return result
  }
}

extension ProblemKind {
  package static let deviceRevoked = ProblemKind(
    "device.revoked", status: 403, "这台设备已被停用。",
    remedy: "本机的内容一样没有少，没同步的在县里待处理；请向管理员要一个新的登记码，运行 bangban enroll 服务器地址 登记码。")
  package static let syncMalformed = ProblemKind(
    "sync.malformed", status: 400, "同步请求无法读取：{}。", remedy: "可能是路上传坏了，请再同步一次；仍然如此的，请升级程序。本机的内容不受影响。")
  package static let syncSignature = ProblemKind(
    "sync.signature", status: 401, "同步请求的签名不对。", remedy: "请联系管理员核对这台设备。")
  package static let syncStale = ProblemKind(
    "sync.stale", status: 409, "服务器已收到更新的请求（第{}号）。", remedy: "再同步一次即可；本机的内容不受影响。")
  package static let syncGap = ProblemKind(
    "sync.gap", status: 409, "中间缺少内容，应从第{}号开始。", remedy: "再同步一次即可；本机的内容不受影响。")
  package static let syncForked = ProblemKind(
    "sync.forked", status: 409, "服务器上第{}号内容与本机不同：这台设备可能被复制过，或从备份恢复过。",
    remedy: "请停止在这台设备上录入，联系管理员；两边的内容都保留着。")
  package static let syncDictionaryUnknown = ProblemKind(
    "sync.dictionary-unknown", status: 412, "服务器没有本机所用的压缩字典。", remedy: "程序会自动改用普通方式再发一次。")
  package static let protocolVersion = ProblemKind(
    "sync.protocol-version", status: 400, "程序版本（协议{}）与服务器不同。", remedy: "请升级程序；未同步的内容仍在本机。")
}
