package import Cryptography
package import Foundations
package import Replication

/// An operation that was received and acknowledged, and waits for a parent, or for its contents, to be judged.
package struct WaitingRow: Sendable, Hashable {
  package let operation: Operation
  /// Its author's running digest with it.
  package let running: Digest
  package let receivedAt: Instant
  /// Legal capture time, reckoned at receipt.
  package let capturedAt: Instant
  package let captureDoubtful: Bool
  /// The assignment its author knew itself to have; nil for one that was kept before this was noted.
  package let assignment: Int64?

  package init(
    operation: Operation, running: Digest, receivedAt: Instant, capturedAt: Instant, captureDoubtful: Bool,
    assignment: Int64?
  ) {
    self.operation = operation
    self.running = running
    self.receivedAt = receivedAt
    self.capturedAt = capturedAt
    self.captureDoubtful = captureDoubtful
    self.assignment = assignment
  }
}

/// An operation that was signed and received but is not part of the log: kept whole until a person has decided.
package struct ReviewRow: Sendable, Hashable {
  package let operation: Operation
  /// Why it is no part of the log: `sync.forked`, `device.revoked`; of one of the log, why it was not applied.
  package let reason: String
  package let receivedAt: Instant
  /// Legal capture time, reckoned at receipt.
  package let capturedAt: Instant
  package let captureDoubtful: Bool
  /// The running digest of its branch; nil where the branch's beginning is not known here.
  package var running: Digest?
  package var status: ReviewStatus
  package var settledAt: Instant?
  /// The server's operation that stands for it, once admitted; itself where it had waited for a parent.
  package var admitted: OperationID?
  /// Why it was set aside; a person's words, sealed.
  package var note: String?

  package init(
    operation: Operation, reason: String, receivedAt: Instant, capturedAt: Instant, captureDoubtful: Bool,
    running: Digest?, status: ReviewStatus = .open, settledAt: Instant? = nil, admitted: OperationID? = nil,
    note: String? = nil
  ) {
    self.operation = operation
    self.reason = reason
    self.receivedAt = receivedAt
    self.capturedAt = capturedAt
    self.captureDoubtful = captureDoubtful
    self.running = running
    self.status = status
    self.settledAt = settledAt
    self.admitted = admitted
    self.note = note
  }

  /// Its name in listings; the same bytes have the same name however often they come.
  package var id: String { TrayEntry.id(of: operation.digest) }
}
