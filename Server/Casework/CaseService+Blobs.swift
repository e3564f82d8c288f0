internal import Application
internal import Cryptography
package import Foundations
package import Journal
package import Replication

/// Attachments: who may send and read them, and what happens when one is whole.
extension CaseService {
  /// How an upload by a device stands.
  /// - Parameters:
  ///   - total: how long the device says it is; nil where it does not.
  ///   - received: how many bytes came from this device.
  /// - Throws: `blob.not-found` where nothing that it may send has this digest; `device.revoked` where it is revoked,
  ///   and none of its unsent work names it.
  package func upload(
    _ digest: String, from device: DeviceRow, total: Int64? = nil, received: () throws(Problem) -> Int64
  ) throws(Problem) -> UploadStanding {
    try journal.read { reader throws(Problem) in
      if let standing = try BlobAccess(reader, device).standing(digest, total: total, received: received) {
        return standing
      }
      throw Problem(device.status == .active ? .blobUnknown : .deviceRevoked)
    }
  }

  /// Notes that a device has sent an attachment whole; lets the proceedings go that waited for it.
  package func blobArrived(_ digest: String, bytes: Int64, from device: DeviceID) throws(Problem) {
    try transact { transaction throws(Problem) in
      let device = try Self.enrolledDevice(device, transaction.journal)
      try transaction.journal.setBlob(BlobRow(digest: digest, bytes: bytes, complete: true))
      let applications = try BlobAccess(transaction.journal, device).applications(digest)
      try transaction.journal.setArrived(digest, from: device, applications: applications)
      for application in applications { transaction.touch(application) }
    }
  }

  /// Whether a device may read an attachment.
  /// - Throws: `blob.not-found` where not, or where it has not arrived; `device.revoked`.
  package func checkReading(_ digest: String, device: DeviceRow) throws(Problem) {
    guard device.status == .active else { throw Problem(.deviceRevoked) }
    let reads = try journal.read { reader throws(Problem) in try BlobAccess(reader, device).reads(digest) }
    guard reads else { throw Problem(.blobUnknown) }
  }

  /// Whether an attachment has arrived that a proceeding of this window needs, one that came late among them: nobody is
  /// to admit what he cannot open.
  /// - Throws: `blob.not-found` where not.
  package func checkReading(_ digest: String, actor: Actor) throws(Problem) {
    try journal.read { reader throws(Problem) in
      guard let window = actor.window else { throw Problem(.blobUnknown) }
      for claim in try reader.blobClaims(digest) where claim.arrived {
        guard let state = ApplicationState.fold(try reader.operations(claim.application)) else { continue }
        let own = state.proceedings.filter { $0.window == window }
        if own.flatMap(state.readableMaterials).contains(where: { $0.content.digest == digest }) { return }
      }
      throw Problem(.blobUnknown)
    }
  }
}

extension ProblemKind {
  package static let blobUnknown = ProblemKind(
    "blob.not-found", status: 404, "没有这个附件，或它不归您办的件。", remedy: "请先同步办件，再传附件。")
}
