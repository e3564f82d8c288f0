internal import Foundations
internal import Replication

/// Sealed files that somebody carries: they come late, never, twice, and in any order.
final class Mail {
  /// A file from the county for one identity.
  struct Answer {
    let device: DeviceID
    /// What the county held of that identity when it was written.
    let acknowledged: Int64
    /// The end of the log when it was written.
    let cursor: Cursor
    let bytes: [UInt8]
  }

  /// Files for the county.
  var requests: [[UInt8]] = []
  /// Files from the county.
  var answers: [Answer] = []
}
