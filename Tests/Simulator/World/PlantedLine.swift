internal import CaptureStore
internal import Foundations
internal import Replication
internal import Synchronizer

/// What a line with a planted bug makes of the answers it carries.
struct PlantedLine {
  let plant: Plant
  let device: SimulatedDevice

  /// The answer as it arrives at the device.
  /// - Parameter isRepeat: the request came for the second time.
  func altered(_ answer: ServerAnswer, isRepeat: Bool) -> ServerAnswer {
    if plant == .branchAcknowledged, answer.problem.code == "sync.forked" { return acknowledgement() ?? answer }
    guard answer.isSuccess, var page = device.read(answer.body) else { return answer }
    switch plant {
    case .pageSkipped:
      guard page.operations.count > 2 else { return answer }
      page.operations = []
    case .repeatSkips:
      guard isRepeat else { return answer }
      page.operations = []
    case .judgedAgain:
      page.operations = page.operations.map { judged in
        guard let judgement = judged.judgement, judgement.disposition == .late else { return judged }
        return JudgedOperation(
          judged.operation,
          Judgement(
            sequence: judgement.sequence, disposition: .applied, receivedAt: judgement.receivedAt,
            capturedAt: judgement.capturedAt, captureDoubtful: judgement.captureDoubtful))
      }
    default: return answer
    }
    // A server with such a bug would sign what it sends; without a signature it passes for an older one.
    page.attestation = nil
    return SimulatedLine.answer(answer, body: page.bytes(dictionary: nil))
  }

  /// A request was lost on its way; nil where nobody answers.
  func answeredByNobody(_ question: ServerQuestion) -> ServerAnswer? {
    guard plant == .acknowledgedTooMuch, question.path == "/v1/sync" else { return nil }
    return acknowledgement()
  }

  /// An answer that acknowledges everything the device has; nil before its first one.
  private func acknowledgement() -> ServerAnswer? {
    guard
      let (record, running) = try? device.store().read({ session throws(Problem) in
        let record = try session.record()
        return (record, try session.running(at: record.counter))
      }), !record.cursor.timeline.isEmpty
    else { return nil }
    let page = SyncAnswer(
      acknowledged: record.counter, running: running, now: device.clock.now(), cursor: record.cursor, more: false)
    return ServerAnswer(
      status: 200, headers: [:], body: page.bytes(dictionary: nil), bytesSent: 0, bytesReceived: 0,
      problem: Problem(.unexpected))
  }

  /// What a server says that takes nothing back and claims to; nil for every other question.
  func swallowed(_ question: ServerQuestion, _ lineage: Lineage) -> ServerAnswer? {
    guard plant == .returnedDropped || plant == .remainderDropped, question.path == "/v1/return" else { return nil }
    let known = try? device.store().read { session throws(Problem) in try session.dictionary() }
    guard let page = try? ReturnPage.read(question.body, dictionary: { $0 == known?.id ? known : nil }),
      !page.operations.isEmpty, plant == .returnedDropped || page.operations.allSatisfy(\.operation.isErased)
    else { return nil }
    let receipt = ReturnReceipt(lineage: lineage, taken: Int64(page.operations.count))
    return ServerAnswer(
      status: 200, headers: [:], body: receipt.bytes, bytesSent: 0, bytesReceived: 0, problem: Problem(.unexpected))
  }

  /// An answer was lost on its way.
  func lost(_ answer: ServerAnswer) {
    guard plant == .cursorBeforePage, let page = device.read(answer.body) else { return }
    try? device.store().change { session throws(Problem) in
      var record = try session.record()
      record.cursor = page.cursor
      try session.setRecord(record)
    }
  }
}

extension SimulatedDevice {
  /// An answer to a sync as this device reads it; nil for anything else.
  func read(_ body: [UInt8]) -> SyncAnswer? {
    let known = try? store().read { session throws(Problem) in try session.dictionary() }
    return try? SyncAnswer.read(body) { $0 == known?.id ? known : nil }
  }
}
