internal import Application
internal import Cryptography
package import Foundations
internal import Journal
internal import Replication

/// What `bangban-server verify` found.
package struct VerifyReport: Sendable, Hashable {
  /// What differs, each in a sentence; empty when everything recomputes to what is stored.
  package var problems: [String] = []
  package var applications = 0
  package var operations = 0
  package var auditLines = 0
  package var batches = 0
  package var attachments = 0
  /// How many of the attachments are missing or damaged.
  package var lostAttachments = 0

  package var value: Value {
    [
      "applications": Value(applications), "operations": Value(operations), "audit": Value(auditLines),
      "batches": Value(batches), "attachments": Value(attachments), "problems": .array(problems.map(Value.text)),
    ]
  }
}

extension VerifyReport {
  /// Adds what differs, up to a bound: a page of it says as much as all.
  mutating func add(_ problem: String) {
    if problems.count < Self.problemsMax { problems.append(problem) }
  }

  private static let problemsMax = 100
}

/// Recomputes everything that can be recomputed: chains, signatures, projections, the audit chain.
struct Verification {
  let journal: any JournalReader
  let serverKey: VerifyingKey
  private var report = VerifyReport()

  init(journal: any JournalReader, serverKey: VerifyingKey) {
    self.journal = journal
    self.serverKey = serverKey
  }

  /// How many rows are read at a time: memory stays bounded whatever the size of the log.
  private static let page = 1000

  mutating func run() throws(Problem) -> VerifyReport {
    try checkLog()
    try checkAdoptions()
    for author in try journal.authors() {
      try checkChain(author)
      try checkBatches(author)
    }
    for author in try journal.reviewAuthors() { try checkReviews(author) }
    try checkProjections()
    try checkProofs()
    try checkCatalog()
    try checkAudit()
    return report
  }

  mutating func add(_ problem: String) { report.add(problem) }

  /// The files of the catalogue in force are what they were when they were published.
  private mutating func checkCatalog() throws(Problem) {
    let manifest = try journal.catalogManifest(try journal.catalogVersion()) ?? [:]
    for (id, digest) in manifest.sorted(by: { $0.key < $1.key }) {
      guard let bytes = try journal.catalogFile(digest), Digest.sm3(bytes).text == digest else {
        add("目录里 \(id) 的内容与它的摘要不符：请用原来的文件再 catalog publish 一次。")
        continue
      }
    }
  }

  /// Sequences without gaps, digests that fit their contents.
  private mutating func checkLog() throws(Problem) {
    var sequence: Int64 = 0
    while true {
      let page = try journal.operations(after: sequence, limit: Self.page)
      guard !page.isEmpty else { return }
      for judged in page {
        let operation = judged.operation
        let next = judged.judgement?.sequence ?? 0
        if next != sequence + 1 { add("序号 \(sequence) 之后缺少内容，下一个是 \(next)。") }
        sequence = next
        let held = try journal.held(operation.id.device, operation.id.counter)
        if held?.digest != operation.digest { add("操作 \(operation.id) 的内容与它的摘要不符。") }
        report.operations += 1
      }
    }
  }

  /// An author's counters without gaps, judged or waiting, and running digests that chain.
  private mutating func checkChain(_ author: DeviceID) throws(Problem) {
    let record = try journal.author(author)
    var running = Chain.start(author)
    for counter in stride(from: Int64(1), through: record.counter, by: 1) {
      guard let held = try journal.held(author, counter) else {
        add("\(author) 的第 \(counter) 号缺少内容。")
        return
      }
      running = Chain.next(running, held.digest)
      if held.running != running { add("操作 \(OperationID(author, counter)) 的链摘要不符。") }
    }
    // What was brought back may lie beyond the chain.
    let next = try journal.held(author, record.counter + 1)
    if next?.running != nil || record.running != running {
      add("\(author) 的登记与它的操作不符。")
    }
  }

  /// The server's own word stands behind every operation that was brought back.
  private mutating func checkAdoptions() throws(Problem) {
    var last: OperationID?
    var checked: [Digest: Attestation] = [:]
    while true {
      let page = try journal.adoptions(after: last, limit: Self.page)
      guard !page.isEmpty else { return }
      for row in page {
        last = row.operation
        if checked[row.attestation] == nil, let attestation = try journal.attestation(row.attestation),
          attestation.isSigned(by: serverKey)
        {
          if checked.count >= Self.attestationsMax { checked = [:] }
          checked[row.attestation] = attestation
        }
        var digests = try journal.reviews(row.operation.device, row.operation.counter).map(\.operation.digest)
        if let held = try journal.held(row.operation.device, row.operation.counter) { digests.append(held.digest) }
        let leaf = checked[row.attestation]?.leaf(at: row.place)
        if !digests.contains(where: { leaf == Attestation.leaf(row.operation, $0, row.judgement).bytes }) {
          add("操作 \(row.operation) 是设备交还的，但没有可靠的凭据。")
        }
      }
    }
  }

  /// How many are kept in memory.
  private static let attestationsMax = 64

  private mutating func checkBatches(_ author: DeviceID) throws(Problem) {
    guard let key = try key(of: author) else {
      add("操作来自没有登记的设备 \(author)。")
      return
    }
    var counter: Int64 = 0
    for batch in try journal.batches(author) {
      report.batches += 1
      // A repeat of operations that were held already begins earlier; what counts is that none is unsigned.
      if batch.firstCounter > counter + 1 { add("\(author) 的第 \(counter + 1) 号没有签名。") }
      counter = max(counter, batch.firstCounter + Int64(batch.digests.count) - 1)
      if !batch.isSigned(by: key) { add("\(author) 的第 \(batch.number) 号请求签名不符。") }
    }
    if try journal.author(author).counter > counter { add("\(author) 的第 \(counter + 1) 号起没有签名。") }
  }

  /// What an author signs with; nil for one that nobody knows.
  private func key(of author: DeviceID) throws(Problem) -> VerifyingKey? {
    if ServerIdentity.isServer(author) { return serverKey }
    guard let device = try journal.device(author) else { return nil }
    return try VerifyingKey(publicBytes: device.signingKey)
  }

  /// Every entry of the review tray was signed by its author.
  private mutating func checkReviews(_ author: DeviceID) throws(Problem) {
    // What the server wrote in a lost log may be there, too, once somebody has looked at it.
    guard let key = try key(of: author) else {
      add("待处理里有没有登记的设备 \(author) 的内容。")
      return
    }
    var signed: Set<Digest> = []
    for batch in try journal.reviewBatches(author) {
      report.batches += 1
      if batch.isSigned(by: key) {
        signed.formUnion(batch.digests)
      } else {
        add("待处理里 \(author) 的第 \(batch.number) 号请求签名不符。")
      }
    }
    for row in try journal.reviews(by: author) where !signed.contains(row.operation.digest) {
      // A decision on what lies in the log is about what the log's own batches sign.
      guard try journal.held(author, row.operation.id.counter)?.digest != row.operation.digest else { continue }
      // What was brought back and has another in its place has the server's own word.
      guard try journal.adoption(row.operation.id) == nil else { continue }
      add("待处理里的 \(row.id) 没有签名。")
    }
  }

  private mutating func checkProjections() throws(Problem) {
    let misplaced = try journal.misplacedOperations()
    if misplaced > 0 { add("有 \(misplaced) 条操作记在别的办件名下。") }
    let terms = try journal.termCounts()
    if terms.listed != terms.found { add("检索记录应有 \(terms.listed) 条，实有 \(terms.found) 条。") }
    var sequence: Int64 = 0
    while true {
      let page = try journal.applications(since: sequence, limit: Self.page)
      guard let last = page.last else { return }
      for row in page {
        report.applications += 1
        let operations = try journal.operations(row.id)
        guard let state = ApplicationState.fold(operations) else {
          add("办件 \(row.id) 无法从操作算出。")
          continue
        }
        if let erasure = state.erasure,
          operations.contains(where: {
            !$0.operation.isErased && ($0.judgement?.sequence ?? 0) < erasure.sequence
          })
        {
          add("办件 \(row.id) 已清除，却还有内容。")
        }
        let projection = Projection(state)
        if projection.row != row { add("办件 \(row.id) 的记录与操作不符。") }
        let expected = projection.proceedings.sorted { $0.id < $1.id }
        let held = try journal.projectedRows(row.id)
        if held.count != expected.count || !zip(held, expected).allSatisfy({ $0.agrees(with: $1) }) {
          add("办件 \(row.id) 的子办件记录与操作不符。")
        }
        if try journal.termKeys(row.id) != journal.keys(of: projection.terms) { add("办件 \(row.id) 的检索记录不符。") }
        // Every proceeding that went out stands in the outbox.
        for dispatch in projection.dispatches where try journal.dispatch(dispatch.id, of: row.id) == nil {
          add("子办件 \(dispatch.proceeding) 已转办，但发件箱里没有。")
        }
      }
      sequence = last.lastSequence
    }
  }

  /// Lines that were cut off at the end leave a chain that holds.
  private mutating func checkAuditEnd(_ number: Int64, _ digest: [UInt8]) throws(Problem) {
    do {
      guard let end = try journal.auditEnd() else {
        if number > 0 { add("审计记录到哪里为止，没有记下来。") }
        return
      }
      if end.number != number || end.digest != digest { add("审计记录应到第 \(end.number) 条为止，现在到第 \(number) 条。") }
    } catch {
      guard error.kind == .sealInvalid else { throw error }
      add("审计记录到哪里为止，记下的不是这台服务器写的。")
    }
  }

  private mutating func checkAudit() throws(Problem) {
    var number: Int64 = 0
    var previous: [UInt8] = []
    while true {
      let page = try journal.audit(after: number, limit: Self.page)
      guard !page.isEmpty else { return try checkAuditEnd(number, previous) }
      for row in page {
        if row.number != number + 1 { add("审计记录第 \(number + 1) 条缺失。") }
        if AuditChain.digest(row, after: previous) != row.digest { add("审计记录第 \(row.number) 条与链不符。") }
        number = row.number
        previous = row.digest
        report.auditLines += 1
      }
    }
  }
}

extension CaseService {
  /// Recomputes every projection and the audit chain from the log.
  package func verify() throws(Problem) -> VerifyReport {
    let key = try VerifyingKey(publicBytes: publicKey)
    return try journal.read { reader throws(Problem) in
      var verification = Verification(journal: reader, serverKey: key)
      return try verification.run()
    }
  }

  /// As above, and reads every attachment.
  package func verify(_ store: any AttachmentStore) throws(Problem) -> VerifyReport {
    var report = try verify()
    report.attachments = try AttachmentCheck(journal: journal, store: store).run { digest in
      report.add("附件 \(digest) 不见了，或者内容已损坏。")
      report.lostAttachments += 1
    }
    return report
  }
}
