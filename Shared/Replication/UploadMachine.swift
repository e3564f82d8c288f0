/// How large the parts of uploads are: half as large after a cut, twice as large after each success.
///
/// The server keeps what arrives as it arrives, so that a cut mostly costs only what was on its way. What was on its
/// way is in nobody's hands, though: buffers of the kernel hold some hundred kilobytes, and a proxy before the
/// server may hold back a request until it has the whole of it. Only the part's size bounds it for sure. Parts of up
/// to 1 MiB cost as much as 355 KB for a single cut between two programs on one machine; a part of 128 KiB costs a
/// kilobyte of headers and one round trip, a second's worth of bytes at 1 Mbit/s.
package struct UploadPace: Sendable, Hashable {
  /// On a line that breaks again and again.
  package static let partBytesMin: Int64 = 16 << 10

  private let partBytesMax: Int64
  private(set) var partBytes: Int64

  /// - Parameter partBytesMax: what a cut may cost at most; each exchange begins with it.
  package init(partBytesMax: Int64) {
    self.partBytesMax = max(1, partBytesMax)
    partBytes = self.partBytesMax
  }

  fileprivate mutating func grow() { partBytes = min(partBytes * 2, partBytesMax) }

  fileprivate mutating func shrink() { partBytes = min(max(Self.partBytesMin, partBytes / 2), partBytesMax) }
}

/// When an attachment's turn is: cases that go first before others 绿色通道, then small before large.
package struct UploadTurn: Sendable, Hashable, Comparable {
  private let isGreen: Bool
  private let bytes: Int64

  package init(isGreen: Bool, bytes: Int64) {
    self.isGreen = isGreen
    self.bytes = bytes
  }

  package static func < (left: UploadTurn, right: UploadTurn) -> Bool {
    left.isGreen != right.isGreen ? left.isGreen : left.bytes < right.bytes
  }
}

/// A contiguous piece of an attachment, as one request carries it.
package struct UploadPart: Sendable, Hashable {
  package let offset: Int64
  package let count: Int64
  /// Whether it ends the attachment (`Upload-Complete: ?1`).
  package let completes: Bool

  package init(offset: Int64, count: Int64, completes: Bool) {
    self.offset = offset
    self.count = count
    self.completes = completes
  }
}

/// What a device does next for one attachment.
package enum UploadStep: Sendable, Hashable {
  /// Ask how much of it the server has (`HEAD`).
  case ask
  /// Send this (`PATCH`).
  case send(UploadPart)
  /// Look whether the device's own bytes still have the digest.
  case inspect
  case end(UploadOutcome)
}

/// How an upload ended.
package enum UploadOutcome: Sendable, Hashable {
  /// The server has the whole and has found it to have its digest.
  case whole
  /// Nobody there waits for it: the operation that named it was refused.
  case unneeded
  /// The device's own bytes are not those of the digest: only a person can help.
  case damagedHere
  /// It arrived damaged twice although the device's own bytes are sound; the next exchange tries again.
  case damagedOnTheWay
  /// The line broke again and again without a byte getting through.
  case interrupted
  /// The server refused, for a reason that another attempt does not change.
  case refused
}

/// What came of a step.
package enum UploadEvent: Sendable, Hashable {
  /// The answer to `ask`.
  case standing(offset: Int64, isComplete: Bool)
  /// A part was taken, up to this offset.
  case appended(through: Int64, isComplete: Bool)
  /// The server stands elsewhere than the part began.
  case mismatch
  /// The server has the whole already.
  case completed
  /// The whole has another digest; the server begins anew.
  case damaged
  /// The server knows of no such attachment.
  /// - Parameter isSure: whether it was our server that said so, and not something on the way with a 404 of its own.
  case unknown(isSure: Bool)
  /// There was no whole answer to a part.
  case cut
  case inspected(isSound: Bool)
  case refused
}

/// The device's half of the upload of one attachment (draft-ietf-httpbis-resumable-upload): events in, the next step
/// out.
package struct UploadMachine: Sendable, Hashable {
  /// Cuts and corrections in a row without a byte of progress.
  package static let stallsMax = 3

  private let bytes: Int64
  /// Goes on with the next attachment.
  package private(set) var pace: UploadPace
  private var furthest: Int64 = -1
  private var stalls = 0
  private var isRepeated = false

  /// - Parameter bytes: the attachment's size.
  package init(bytes: Int64, pace: UploadPace) {
    self.bytes = bytes
    self.pace = pace
  }

  /// What to do after an event; begins with `ask`.
  package mutating func step(after event: UploadEvent) -> UploadStep {
    switch event {
    case .standing(_, true), .completed, .appended(_, true): return .end(.whole)
    case .standing(let offset, false): return take(offset)
    case .appended(let offset, false):
      pace.grow()
      return take(offset)
    case .mismatch: return stalled()
    case .cut:
      pace.shrink()
      return stalled()
    case .damaged: return .inspect
    case .inspected(false): return .end(.damagedHere)
    case .inspected(true):
      guard !isRepeated else { return .end(.damagedOnTheWay) }
      isRepeated = true
      furthest = -1
      return .ask
    case .unknown(true): return .end(.unneeded)
    // An answer to HEAD has no body that could tell who gave it: a part without bytes gets one.
    case .unknown(false): return .send(UploadPart(offset: 0, count: 0, completes: false))
    case .refused: return .end(.refused)
    }
  }

  private mutating func take(_ offset: Int64) -> UploadStep {
    let offset = min(max(0, offset), bytes)
    if offset > furthest {
      furthest = offset
      stalls = 0
    } else {
      stalls += 1
      guard stalls <= Self.stallsMax else { return .end(.interrupted) }
    }
    let count = min(pace.partBytes, bytes - offset)
    // The last part may be empty: all bytes have come, and the server stopped before it had looked at the whole.
    return .send(UploadPart(offset: offset, count: count, completes: offset + count == bytes))
  }

  private mutating func stalled() -> UploadStep {
    stalls += 1
    return stalls <= Self.stallsMax ? .ask : .end(.interrupted)
  }
}
