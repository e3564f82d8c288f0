internal import Cryptography
package import Foundations
internal import Journal
internal import Replication

/// Where the bytes of attachments lie.
package protocol AttachmentStore {
  /// How many bytes of an attachment `sm3:…` have arrived.
  func received(_ digest: String) throws(Problem) -> Int64
  /// Appends bytes at an offset, which must be what has arrived.
  /// - Throws: `blob.offset` where somebody else has appended meanwhile.
  func append(_ bytes: [UInt8], to digest: String, at offset: Int64) throws(Problem)
  /// Whether all bytes together have the digest.
  func isWhole(_ digest: String) throws(Problem) -> Bool
  /// Drops what has arrived.
  func drop(_ digest: String) throws(Problem)
}

/// Takes attachments out of a ferry file, piece by piece, whatever of them is here already.
struct AttachmentIntake {
  let service: CaseService
  let device: DeviceRow
  let store: any AttachmentStore
  private(set) var bytes: Int64 = 0
  private var current: (digest: Digest, row: BlobRow?)?

  init(service: CaseService, device: DeviceRow, store: any AttachmentStore) {
    self.service = service
    self.device = device
    self.store = store
  }

  /// Takes a piece; one that nobody waits for is passed over, and so is one before which something is missing.
  mutating func take(_ part: FerryPart) throws(Problem) {
    guard let row = try row(part.digest), !row.complete else { return }
    let received = try store.received(row.digest)
    let end = part.offset + Int64(part.bytes.count)
    guard part.offset <= received, end <= row.bytes else { return }
    if end > received {
      let fresh = Array(part.bytes.dropFirst(Int(received - part.offset)))
      try store.append(fresh, to: row.digest, at: received)
      bytes += Int64(fresh.count)
    }
    if end == row.bytes { try finish(row) }
  }

  private mutating func row(_ digest: Digest) throws(Problem) -> BlobRow? {
    if let current, current.digest == digest { return current.row }
    var row: BlobRow?
    do throws(Problem) {
      row = try service.blob(digest.text, device: device)
    } catch {
      // The operation that names it was refused, or is still to come.
      guard error.kind == .blobUnknown else { throw error }
    }
    current = (digest, row)
    return row
  }

  private mutating func finish(_ row: BlobRow) throws(Problem) {
    var row = row
    row.complete = try store.isWhole(row.digest)
    row.received = row.complete ? row.bytes : 0
    // Bytes that are not those of the digest, from whichever way: the next file begins again.
    if !row.complete { try store.drop(row.digest) }
    try service.recordBlob(row)
    current = nil
  }
}
