package import Cryptography
internal import Foundations

/// What the server holds of one author.
package struct AuthorRecord: Sendable, Hashable {
  /// The highest counter held.
  package var counter: Int64
  /// The running digest at `counter`.
  package var running: Digest
  /// The last request number seen.
  package var number: Int64
  /// The digest of that request's bytes; nil before the first.
  package var request: Digest?

  package init(counter: Int64, running: Digest, number: Int64, request: Digest?) {
    self.counter = counter
    self.running = running
    self.number = number
    self.request = request
  }
}

/// What a signed request is to the server.
package enum IntakeVerdict: Sendable, Hashable {
  /// The operations from this index on are new to the author's chain; those before it are held already, byte for byte.
  case take(from: Int)
  /// The latest number repeated byte for byte: the same acknowledgement, nothing else changes.
  case repeated
  /// An older number, or the latest with other bytes: no page.
  case stale(latest: Int64)
  /// Operations are missing in between.
  case gap(expected: Int64)
  /// Another digest at a counter that is held: a clone, or a device restored from a backup.
  case forked(Fork)
}

/// Where two histories of one device part.
package struct Fork: Sendable, Hashable {
  /// The counter at which another digest is held.
  package let at: Int64
  /// Whether the histories are known to agree before that counter: what is before it is acknowledged.
  package let isFirst: Bool

  package init(at: Int64, isFirst: Bool) {
    self.at = at
    self.isFirst = isFirst
  }
}

/// The server's half of the exchange, before anything is judged: a pure decision.
package enum IntakeMachine {
  /// Decides what a request is.
  ///
  /// A request in a ferry file may be older than the last one seen, since the network is faster than a stick: its
  /// number is not asked about. The number is there so that nobody who repeats a request that he overheard is told
  /// anything; the answer to a ferry file is sealed to the device's own key, so that whoever repeats one learns
  /// nothing. What is written is the same at every repetition by counters and digests alone.
  ///
  /// That the device knows of fewer operations than are held is not decided here: a retry may send fewer than before,
  /// and a file may have brought more. The device decides it, by the acknowledgement (`DeviceMachine`).
  /// - Parameters:
  ///   - requestDigest: SM3 over the request's bytes.
  ///   - record: what is held of the author.
  ///   - isFerried: whether it came in a ferry file.
  ///   - held: the digest and the running digest held at a counter of this author.
  ///   - adoptedThrough: the highest counter of this author's operations that were brought back by whoever had them,
  ///     after the server had lost them; 0 where there are none.
  ///   - reviewed: the running digests at a counter of those branches of this author that lie in the review tray.
  package static func verdict(
    _ request: SyncRequest, requestDigest: Digest, record: AuthorRecord, isFerried: Bool = false,
    adoptedThrough: Int64 = 0,
    held: (_ counter: Int64) throws -> (digest: Digest, running: Digest?)?,
    reviewed: (_ counter: Int64) throws -> [Digest]
  ) rethrows -> IntakeVerdict {
    if request.number == record.number, record.request == requestDigest { return .repeated }
    guard isFerried || request.number > record.number else { return .stale(latest: record.number) }
    guard request.acknowledged <= record.counter else {
      // A branch that is longer than what is held goes on.
      let isBranch = try reviewed(request.acknowledged).contains { request.continues($0) }
      return isBranch
        ? .forked(Fork(at: request.acknowledged, isFirst: false)) : .gap(expected: record.counter + 1)
    }
    let runningHeld =
      request.acknowledged == 0 ? Chain.start(request.device) : try held(request.acknowledged)?.running
    guard let runningHeld, request.continues(runningHeld) else {
      return .forked(Fork(at: request.acknowledged, isFirst: false))
    }
    var known = 0
    // What nobody has brought back, if anything: it is not here, though others after it may be.
    var missing: Int64?
    for operation in request.operations {
      let counter = operation.id.counter
      guard counter <= max(record.counter, adoptedThrough) else { break }
      let other = try held(counter)?.digest
      // Of what was brought back, anything may be missing in between.
      guard other == operation.digest || (other == nil && counter > record.counter) else {
        return .forked(Fork(at: missing ?? counter, isFirst: true))
      }
      if other == nil { missing = missing ?? counter }
      if counter <= record.counter { known += 1 }
    }
    return .take(from: known)
  }
}
