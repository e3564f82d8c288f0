internal import CaptureStore
internal import Cryptography
internal import Foundations

/// Attachments go after structured data, small before large, and go on where they were cut off.
extension Synchronizer {
  func uploadAttachments(progress: (ExchangeProgress) -> Void) throws(Problem) {
    let blobs = try store.read { session throws(Problem) in try session.blobsToSend() }
    guard !blobs.isEmpty else { return }
    let signature = try DeviceSignature(store, clock: clock, random: random)
    var failed: Problem?
    for (index, blob) in blobs.enumerated() {
      do throws(Problem) {
        try upload(blob, signature)
      } catch {
        // Without a network the others would fail too; a refusal of one must not hold up the rest.
        if error.kind.exit == .offline { throw error }
        failed = failed ?? error
      }
      progress(ExchangeProgress(isAttachments: true, done: index + 1, total: blobs.count, summary: summary))
    }
    if let failed { throw failed }
  }

  private func upload(_ blob: Blob, _ signature: DeviceSignature) throws(Problem) {
    var missing = try missing(of: blob, signature)
    var asked = false
    // The last part may be empty: all bytes have come, and the server stopped before it had looked at the whole.
    while let offset = missing {
      let part = try store.read(blob, at: offset, count: Int(min(sizes.partBytesMax, blob.bytes - offset)))
      let end = offset + Int64(part.count)
      var question = question("PATCH", blob, body: part)
      question.headers += [
        ("Content-Type", "application/partial-upload"), ("Upload-Offset", String(offset)),
        ("Upload-Complete", end == blob.bytes ? "?1" : "?0"),
      ]
      let answer = try line.ask(try signature.sign(question))
      summary.count(answer)
      if answer.isSuccess {
        summary.attachmentBytes += Int64(part.count)
        missing = end < blob.bytes ? end : nil
        try note(blob, end)
      } else if answer.status == 404 {
        // The server refused the operation that named it (it stands in `todo`): nobody waits for the file.
        return try store.change { session throws(Problem) in
          // Under a new identity it may be waited for again.
          guard try session.stopped() == nil else { return }
          try session.setUploaded(blob, offset, complete: true)
        }
      } else if answer.status == 409, !asked {
        // The server stands elsewhere than we thought: ask it once, then go on from there.
        asked = true
        missing = try self.missing(of: blob, signature)
      } else {
        throw answer.problem
      }
    }
    try note(blob, blob.bytes)
  }

  private func note(_ blob: Blob, _ offset: Int64) throws(Problem) {
    try store.change { session throws(Problem) in
      try session.setUploaded(blob, offset, complete: offset == blob.bytes)
    }
  }

  /// From where on the server lacks it; nil where it says that it has the whole.
  private func missing(of blob: Blob, _ signature: DeviceSignature) throws(Problem) -> Int64? {
    let answer = try line.ask(try signature.sign(question("HEAD", blob)))
    summary.count(answer)
    if answer.status == 404 { return 0 }
    guard answer.isSuccess else {
      // An answer to HEAD has no body and so tells no problem of its own.
      let kind = ProblemKind.syncAnswer
      throw answer.body.isEmpty && answer.status < 500 ? kind.with("HEAD \(answer.status)") : answer.problem
    }
    if answer.headers["upload-complete"] == "?1" { return nil }
    return min(Self.offset(answer) ?? 0, blob.bytes)
  }

  private static func offset(_ answer: ServerAnswer) -> Int64? {
    answer.headers["upload-offset"].flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
  }

  private func question(_ method: String, _ blob: Blob, body: [UInt8] = []) -> ServerQuestion {
    ServerQuestion(
      method, "/v1/blobs/\(blob.digest.text)",
      headers: [("Bangban-Application", blob.application.text), ("Bangban-Length", String(blob.bytes))], body: body)
  }
}
