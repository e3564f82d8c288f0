internal import Application
internal import Foundations
internal import Journal
internal import Replication

/// What a device may do with an attachment.
///
/// A digest is no oracle: *to whoever may not see an attachment it does not exist*, and to have it named proves
/// nothing. Others' bytes neither count as sent nor can be read before the device itself, or one of its station, has
/// sent them.
struct BlobAccess {
  private let reader: any JournalReader
  private let device: DeviceRow

  init(_ reader: any JournalReader, _ device: DeviceRow) {
    self.reader = reader
    self.device = device
  }

  /// Claims on applications that the device sees; of a revoked one, none.
  private func seen(_ digest: String) throws(Problem) -> [BlobClaim] {
    guard device.status == .active else { return [] }
    let scopes = Intake.scopes(device)
    var claims: [BlobClaim] = []
    for claim in try reader.blobClaims(digest)
    where try reader.scopes(claim.application).contains(where: scopes.contains) {
      claims.append(claim)
    }
    return claims
  }

  /// What the device may send it for: what its station named and it still sees, and what it named itself before it lost
  /// sight of it. What another station named, even in an application that both see, is for that station to send.
  private func own(_ digest: String) throws(Problem) -> [BlobClaim] {
    try seen(digest).filter { $0.station == device.station } + reader.expectedBlobs(digest, from: device.id)
  }

  /// How an upload by this device stands; nil where there is nothing it might send.
  /// - Parameters:
  ///   - total: how long it says it is. Whoever names a digest says a length, and one of them is right: somebody else's
  ///     mistake must not keep out what the digest will prove.
  ///   - received: how many bytes came from it.
  func standing(
    _ digest: String, total: Int64?, received: () throws(Problem) -> Int64
  ) throws(Problem) -> UploadStanding? {
    let own = try own(digest)
    let lengths = own.map(\.bytes)
    guard let largest = lengths.max() else { return nil }
    let isComplete = own.allSatisfy(\.arrived)
    let whole = isComplete ? try reader.blob(digest).flatMap { $0.complete ? $0.bytes : nil } : nil
    let bytes = whole ?? total.flatMap { lengths.contains($0) ? $0 : nil } ?? largest
    return UploadStanding(received: isComplete ? bytes : try received(), bytes: bytes, isComplete: isComplete)
  }

  /// Whether the device may read it.
  func reads(_ digest: String) throws(Problem) -> Bool { try seen(digest).contains(where: \.arrived) }

  /// Whether it need not be sent again when the device names it once more: it may read it, or sent it itself.
  func holds(_ digest: String) throws(Problem) -> Bool {
    if try reads(digest) { return true }
    return try reader.expectedBlobs(digest, from: device.id).contains(where: \.arrived)
  }

  /// Whether its author sent it under an identity that has ended, with what the operation was then: that lies in the
  /// review tray, and whoever names it by its digest has it.
  func sent(_ digest: String, before operation: Operation) throws(Problem) -> Bool {
    for former in Former.chain(in: operation.content) {
      guard let row = try reader.review(TrayEntry.id(of: former.digest)), row.operation.id == former.operation,
        case .file(digest, _, _, _)? = MaterialContent(row.operation.content)
      else { continue }
      if try reader.expectedBlobs(digest, from: former.operation.device).contains(where: \.arrived) { return true }
    }
    return false
  }

  /// The applications for which the device has now sent it.
  func applications(_ digest: String) throws(Problem) -> [ApplicationID] { try own(digest).map(\.application) }
}
