package import Casework
package import Foundations

/// Keeps no attachments, and tells which it was to lose.
package final class NoAttachments: AttachmentStore {
  package private(set) var dropped: [String] = []
  /// What removing a file meets; nil where it goes.
  package var failure: Problem?

  package init() {}

  package func received(_ digest: String, from device: DeviceID) throws(Problem) -> Int64 { 0 }
  package func append(_ bytes: [UInt8], to digest: String, from device: DeviceID, at offset: Int64) throws(Problem) {}
  package func flush(_ digest: String, from device: DeviceID) throws(Problem) {}
  /// None is.
  package func isWhole(_ digest: String) throws(Problem) -> Bool { false }
  package func keep(_ digest: String, from device: DeviceID) throws(Problem) -> AttachmentKeeping { .whole(bytes: 1) }
  package func drop(_ digest: String, senders: [DeviceID]) throws(Problem) {
    if let failure { throw failure }
    dropped.append(digest)
  }
}
