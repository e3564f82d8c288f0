internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Replication

/// Attachments go after structured data, each by an `UploadMachine`, and go on where they were cut off.
extension Synchronizer {
  func uploadAttachments(progress: (ExchangeProgress) -> Void) throws(Problem) {
    let today = ChinaTime.date(clock.now())
    let blobs = try store.read { session throws(Problem) in try session.uploads(today: today) }
    guard !blobs.isEmpty else { return }
    var uploader = Uploader(
      signature: try DeviceSignature(store, clock: clock, random: random),
      pace: UploadPace(partBytesMax: sizes.partBytesMax))
    var failed: Problem?
    for (index, blob) in blobs.enumerated() {
      do throws(Problem) {
        try upload(blob, &uploader)
      } catch {
        // Without a network the others would fail too; a refusal of one must not hold up the rest.
        if error.kind.exit == .offline, error.kind != .uploadDamaged { throw error }
        failed = failed ?? error
      }
      progress(ExchangeProgress(isAttachments: true, done: index + 1, total: blobs.count, summary: summary))
    }
    if let failed { throw failed }
  }

  /// What goes on from one attachment to the next.
  private struct Uploader {
    let signature: DeviceSignature
    var pace: UploadPace
  }

  private func upload(_ blob: Blob, _ uploader: inout Uploader) throws(Problem) {
    var machine = UploadMachine(bytes: blob.bytes, pace: uploader.pace)
    defer { uploader.pace = machine.pace }
    var step = UploadStep.ask
    // Why the machine was told of a refusal or a cut.
    var cause = Problem(.unexpected)
    while true {
      let event: UploadEvent
      switch step {
      case .ask: event = try ask(blob, uploader.signature)
      case .inspect: event = .inspected(isSound: store.isSound(blob))
      case .send(let part): event = try send(part, of: blob, uploader.signature, &cause)
      case .end(let outcome): return try end(blob, outcome, cause)
      }
      step = machine.step(after: event)
    }
  }

  private func end(_ blob: Blob, _ outcome: UploadOutcome, _ cause: Problem) throws(Problem) {
    switch outcome {
    case .whole: try note(blob, blob.bytes, complete: true)
    case .unneeded:
      // The server refused the operation that named it (it stands in `todo`), or has not got it yet.
      try store.change { session throws(Problem) in
        // Under a new identity it may be waited for again.
        guard try session.stopped() == nil else { return }
        try session.settleAttachments(arrived: [], unneeded: [blob.digest])
      }
    case .damagedHere:
      // It stands in `todo` until it is added once more; what is not sent is no failure of this exchange.
      try store.change { session throws(Problem) in try session.setDamaged(blob, true) }
    case .damagedOnTheWay: throw Problem(.uploadDamaged)
    case .interrupted, .refused: throw cause
    }
  }

  private func note(_ blob: Blob, _ offset: Int64, complete: Bool) throws(Problem) {
    try store.change { session throws(Problem) in try session.setUploaded(blob, offset, complete: complete) }
  }

  /// Asks about attachments of what ended long ago, and lets go of those that the county and its backups have.
  func letGoOfEnded() throws(Problem) {
    guard try store.read({ session throws(Problem) in try session.mayLetGo() }) else { return }
    let ended = try store.change { session throws(Problem) in
      try session.endedBlobs(keptDays: sizes.closedDaysKept, backupsHolding: sizes.backupsHolding)
    }
    let signature = try DeviceSignature(store, clock: clock, random: random)
    for ended in ended {
      let standing: BlobStanding
      switch try ask(ended.blob, signature) {
      case .standing(_, let isComplete): standing = isComplete ? .whole : .incomplete
      case .unknown: standing = .unknown
      default: continue
      }
      let isGone = try store.change { session throws(Problem) in try session.settle(ended, standing) }
      if isGone { summary.freedBytes += ended.blob.bytes }
    }
  }

  // MARK: Requests

  /// How much of it the server has.
  private func ask(_ blob: Blob, _ signature: DeviceSignature) throws(Problem) -> UploadEvent {
    let answer = try line.ask(try signature.sign(question("HEAD", blob)))
    summary.count(answer)
    // An answer to HEAD has no body and so tells no problem of its own.
    if (400..<500).contains(answer.status) { return .unknown(isSure: false) }
    guard answer.isSuccess else { throw answer.problem }
    return .standing(offset: Self.offset(answer) ?? 0, isComplete: Self.isComplete(answer))
  }

  private func send(
    _ part: UploadPart, of blob: Blob, _ signature: DeviceSignature, _ cause: inout Problem
  ) throws(Problem) -> UploadEvent {
    // What cannot be read cannot be sent; whether it is lost is looked at whole.
    guard let bytes = try? store.read(blob, at: part.offset, count: Int(part.count)) else { return .damaged }
    var question = question("PATCH", blob, body: bytes)
    question.headers += [
      ("Content-Type", "application/partial-upload"), ("Upload-Offset", String(part.offset)),
      ("Upload-Complete", part.completes ? "?1" : "?0"), ("Upload-Length", String(blob.bytes)),
    ]
    let signed = try signature.sign(question, part)
    let answer: ServerAnswer
    do throws(Problem) { answer = try line.ask(signed) } catch {
      guard error.kind.exit == .offline else { throw error }
      cause = error
      return .cut
    }
    summary.count(answer)
    if answer.isSuccess {
      summary.attachmentBytes += part.count
      let end = Self.offset(answer) ?? part.offset + part.count
      if !part.completes { try note(blob, end, complete: false) }
      return .appended(through: end, isComplete: Self.isComplete(answer))
    }
    cause = answer.problem
    return Self.refusal(answer)
  }

  private static func refusal(_ answer: ServerAnswer) -> UploadEvent {
    switch answer.problem.code {
    case "blob.not-found": .unknown(isSure: true)
    case "blob.offset", "blob.taken-over": .mismatch
    case "blob.completed": .completed
    case "blob.damaged": .damaged
    // Whatever else it says: all that was to come has come.
    default: answer.status == 400 && isComplete(answer) ? .completed : .refused
    }
  }

  private static func offset(_ answer: ServerAnswer) -> Int64? {
    answer.headers["upload-offset"].flatMap { Int64($0) }
  }

  private static func isComplete(_ answer: ServerAnswer) -> Bool { answer.headers["upload-complete"] == "?1" }

  private func question(_ method: String, _ blob: Blob, body: [UInt8] = []) -> ServerQuestion {
    ServerQuestion(method, "/v1/blobs/\(blob.digest.text)", body: body)
  }
}
