package import Foundations
package import Replication

/// A request for correction 补正 by one window: what to put right.
package struct Defect: Sendable, Hashable {
  /// A field's register, or nil where it is about a material.
  package let field: String?
  package let material: String?
  package let problem: String
  package let remedy: String
}

/// A stretch in which the legal clock stands still.
package struct SuspensionSpan: Sendable, Hashable {
  package let procedure: String
  package let reason: String
  package let from: Instant
  package var until: Instant?
  /// Working days announced to the applicant.
  package let announcedWorkingDays: Int64
}

/// One item of one application, at one window, with its own clock.
package struct ProceedingState: Sendable, Hashable {
  package let id: ProceedingID
  package let itemName: String
  /// Nil while nothing matched: it stands in the unrouted queue.
  package var window: WindowID?
  package var windowName: String
  package var authority: String
  package var status: ProceedingStatus
  /// The version this proceeding is judged by.
  package var version: Int64
  /// Proceedings that must be decided first; each entry a set of alternatives.
  package var after: [[ItemID]]
  /// What the server said of `awaits` last.
  var awaited: [String] = []
  /// Of what it needs, the materials whose attachments have not arrived whole; only while it waits for them.
  package var awaits: [String] { status == .awaitingAttachments ? awaited : [] }
  /// Materials this proceeding needs.
  package var materials: [String]
  /// Fields this proceeding needs: each authority gets its own and nothing more.
  package var fields: [String]
  /// Days promised and allowed by law, and how they are counted.
  package var promisedDays: Int64?
  package var statutoryDays: Int64?
  package var naturalDays: Bool
  package var receivedAt: Instant?
  package var acceptedAt: Instant?
  package var suspensions: [SuspensionSpan] = []
  package var extendedDays: Int64 = 0
  package var defects: [Defect] = []
  package var correctionUntil: String?
  /// `approve` or `refuse`.
  package var outcome: String?
  package var reason: String?
  package var certificate: Value?
  package var delivery: Value?
  package var verified: [String: String] = [:]
  package var decidedAt: Instant?
  /// The last window operation: an action that has not seen it does not fit any more.
  package var lastOperation: OperationID?
  /// Where a rejecting window says it belongs.
  package var redirectTo: String?
}

/// A pinned version: what the applicant submitted, exactly.
package struct PinnedVersion: Sendable, Hashable {
  package let number: Int64
  package let digest: String
  package let operation: OperationID
  package internal(set) var at: Instant
  /// Values of all registers as the submitting device saw them.
  package let values: [String: Value]
  package let materials: [MaterialEntry]
  /// Materials that follow later 容缺.
  package let deferred: [String]
  /// The proceedings this version answers a correction of; empty for a first submission.
  package let answers: [ProceedingID]
}
