internal import Cryptography
package import Foundations
internal import Journal
internal import Replication

/// Where the bytes of attachments lie. What has not arrived whole is kept apart by sender: what one has sent says
/// nothing about, and does nothing to, what another sends.
package protocol AttachmentStore {
  /// How many bytes of an attachment `sm3:…` have come from a device.
  func received(_ digest: String, from device: DeviceID) throws(Problem) -> Int64
  /// Appends bytes at an offset, which must be what has come from that device.
  /// - Throws: `blob.offset` where somebody else has appended meanwhile.
  func append(_ bytes: [UInt8], to digest: String, from device: DeviceID, at offset: Int64) throws(Problem)
  /// Returns when what has been appended is on the disk.
  func flush(_ digest: String, from device: DeviceID) throws(Problem)
  /// Keeps what a device has sent as the attachment itself, if it has the digest; else drops it.
  func keep(_ digest: String, from device: DeviceID) throws(Problem) -> AttachmentKeeping
  /// Whether an attachment is here with all the bytes it is named by.
  func isWhole(_ digest: String) throws(Problem) -> Bool
  /// Removes an attachment, and what any of these devices has sent of it.
  func drop(_ digest: String, senders: [DeviceID]) throws(Problem)
}

/// What became of what a device has sent of an attachment.
package enum AttachmentKeeping: Sendable, Hashable {
  /// It is the attachment, of so many bytes.
  case whole(bytes: Int64)
  /// It had another digest and was dropped.
  case damaged
  /// Nothing is here that this device has sent: another process was faster with it, or it was never there.
  case nothing
}

/// Takes attachments out of a ferry file, piece by piece, whatever of them is here already.
struct AttachmentIntake {
  let service: CaseService
  let device: DeviceRow
  let store: any AttachmentStore
  private(set) var bytes: Int64 = 0
  private var current: (digest: Digest, standing: UploadStanding?)?

  init(service: CaseService, device: DeviceRow, store: any AttachmentStore) {
    self.service = service
    self.device = device
    self.store = store
  }

  /// Takes a piece; one that nobody waits for is passed over, and so is one before which something is missing.
  mutating func take(_ part: FerryPart) throws(Problem) {
    guard let standing = try standing(part.digest), !standing.isComplete else { return }
    let digest = part.digest.text
    let received = try store.received(digest, from: device.id)
    let end = part.offset + Int64(part.bytes.count)
    guard part.offset <= received, end <= standing.bytes else { return }
    if end > received {
      let fresh = Array(part.bytes.dropFirst(Int(received - part.offset)))
      try store.append(fresh, to: digest, from: device.id, at: received)
      bytes += Int64(fresh.count)
    }
    if end == standing.bytes { try finish(digest) }
  }

  private mutating func standing(_ digest: Digest) throws(Problem) -> UploadStanding? {
    if let current, current.digest == digest { return current.standing }
    var standing: UploadStanding?
    do throws(Problem) {
      let (store, device) = (store, device)
      standing = try service.upload(digest.text, from: device) { () throws(Problem) in
        try store.received(digest.text, from: device.id)
      }
    } catch {
      // The operation that names it was refused, or is still to come; a revoked device sends what its unsent work
      // names.
      guard error.kind == .blobUnknown || error.kind == .deviceRevoked else { throw error }
    }
    current = (digest, standing)
    return standing
  }

  private mutating func finish(_ digest: String) throws(Problem) {
    try store.flush(digest, from: device.id)
    // Bytes that are not those of the digest, from whichever way: the next file begins again.
    if case .whole(let bytes) = try store.keep(digest, from: device.id) {
      try service.blobArrived(digest, bytes: bytes, from: device.id)
    }
    current = nil
  }
}
