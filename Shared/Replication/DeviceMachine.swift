package import Cryptography
package import Foundations

/// What a device holds that its half of the exchange depends on.
package struct DeviceRecord: Sendable, Hashable {
  /// The highest counter taken.
  package var counter: Int64
  /// The highest counter the server has acknowledged.
  package var acknowledged: Int64
  package var cursor: Cursor
  /// How many operations a page may have; halved after a failure, doubled after a success.
  package var pageMax: Int

  package init(counter: Int64, acknowledged: Int64, cursor: Cursor, pageMax: Int) {
    self.counter = counter
    self.acknowledged = acknowledged
    self.cursor = cursor
    self.pageMax = pageMax
  }
}

/// What the device does with an answer, all of it in one transaction.
package struct DeviceStep: Sendable, Hashable {
  package var acknowledged: Int64
  package var cursor: Cursor
  package var pageMax: Int
  /// The device takes its new station now: all it wrote as one of the former is acknowledged.
  package var moves: Bool
  /// Another request follows at once: there is a further page, or more to send.
  package var goOn: Bool
}

/// Why a device must stop.
package enum DeviceHalt: Error, Sendable, Hashable {
  /// The server acknowledged more than this device ever wrote: the device's store is an older copy.
  case restored(held: Int64)
  /// What the server acknowledged is not what this device wrote: a twin of it wrote there.
  case forked(at: Int64)
  /// The server speaks of another timeline.
  case timeline(String)
  /// The answer contradicts itself.
  case malformed
}

/// The device's half of the exchange: pure decisions on what was received.
package enum DeviceMachine {
  package static let pageMin = 5
  package static let pageStart = 200

  /// How many operations a request may carry, and how many bytes of payloads, while pages have this size: what does not
  /// get through halves both ways, and a page that is small carries little.
  /// - Parameters:
  ///   - operationsMax: the most that is ever sent.
  ///   - bytesMax: likewise; pages of the size they start with may be as large.
  package static func requestBounds(
    pageMax: Int, operationsMax: Int, bytesMax: Int
  ) -> (operations: Int, bytes: Int) {
    (max(1, min(operationsMax, pageMax)), min(bytesMax, bytesMax / pageStart * max(1, pageMax)))
  }

  /// What an answer changes.
  ///
  /// Invariant: *a device believes only an acknowledgement of its own history.* The counter alone would not do: while a
  /// request is under way, a restored device may write as far as its twin had.
  /// What others brought back of it, after a server had lost it, comes to it as well, until it has sent it again: that
  /// is how one that does not have it any more learns so.
  /// - Parameters:
  ///   - device: who it is.
  ///   - sentThrough: the last counter of the request.
  ///   - record: as it is now; its counter may have grown since the request was built.
  ///   - running: the device's own running digest at the counter acknowledged; nil where it never wrote so far.
  package static func step(
    _ answer: SyncAnswer, of device: DeviceID, sentThrough: Int64, record: DeviceRecord, running: Digest?
  ) throws(DeviceHalt) -> DeviceStep {
    guard answer.acknowledged <= record.counter, let running else { throw .restored(held: answer.acknowledged) }
    let own = answer.operations.lazy.filter { $0.operation.id.device == device }.map(\.operation.id.counter).max()
    if let own, own > record.counter { throw .restored(held: own) }
    guard running.bytes.starts(with: answer.running) else { throw .forked(at: answer.acknowledged) }
    guard record.cursor.timeline.isEmpty || record.cursor.timeline == answer.cursor.timeline else {
      throw .timeline(answer.cursor.timeline)
    }
    let moved = (answer.cursor.position, answer.cursor.sequence)
    guard moved >= (record.cursor.position, record.cursor.sequence), answer.acknowledged >= record.acknowledged else {
      throw .malformed
    }
    // A further page that begins where this one did would be asked for for ever.
    guard !answer.more || moved > (record.cursor.position, record.cursor.sequence) else { throw .malformed }
    let moves = answer.assignment != nil && answer.acknowledged == record.counter
    return DeviceStep(
      acknowledged: answer.acknowledged, cursor: answer.cursor,
      pageMax: min(record.pageMax * 2, Limits.operationsPerPageMax), moves: moves,
      goOn: moves || answer.more || (answer.acknowledged < record.counter && answer.acknowledged >= sentThrough))
  }

  /// Where the device will stand once it has written a page, so that it may ask for the next one already.
  ///
  /// Invariant: *a request reports nothing that is not on the disk.* Where the page changes anything else that a
  /// request reports, the next one waits until it is written; and whoever has something to send sends it after that.
  /// - Parameters:
  ///   - step: what the page changes.
  ///   - record: as it is now.
  /// - Returns: nil where the next request waits.
  package static func ahead(_ answer: SyncAnswer, _ step: DeviceStep, record: DeviceRecord) -> DeviceRecord? {
    guard answer.more, answer.servesAhead, answer.catalog == nil, answer.assignment == nil, answer.tray == nil,
      step.acknowledged == record.acknowledged, record.counter == record.acknowledged
    else { return nil }
    return DeviceRecord(
      counter: record.counter, acknowledged: record.acknowledged, cursor: step.cursor, pageMax: step.pageMax)
  }

  /// Where a device stands after a server's backup was put back.
  /// - Parameters:
  ///   - sequence: the last one that both have.
  ///   - firstLost: the first own counter that the server has judged after it; nil where there is none.
  package static func rewound(
    _ record: DeviceRecord, to sequence: Int64, timeline: String, firstLost: Int64?
  ) -> DeviceRecord {
    var rewound = record
    if let firstLost { rewound.acknowledged = min(record.acknowledged, firstLost - 1) }
    // Everything that came up to there, or entered the scope, was received.
    rewound.cursor =
      record.cursor.position > sequence
      ? Cursor(timeline: timeline, position: sequence, sequence: sequence)
      : Cursor(timeline: timeline, position: record.cursor.position, sequence: record.cursor.sequence)
    return rewound
  }

  /// The page size after a failed exchange.
  package static func pageAfterFailure(_ pageMax: Int) -> Int { max(pageMin, pageMax / 2) }
}
