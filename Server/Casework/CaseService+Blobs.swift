internal import Application
internal import Cryptography
package import Foundations
package import Journal
internal import Replication

/// Attachments: who may send and read them, and what happens when one is whole.
extension CaseService {
  /// An attachment that belongs to an application in the device's scope, or to an entry of its own in the review tray.
  /// A digest alone opens nothing: to everyone else it does not exist.
  /// - Parameter sending: whether the device sends it, which it may do for what it named before it lost sight of it.
  package func blob(_ digest: String, device: DeviceRow, sending: Bool = false) throws(Problem) -> BlobRow {
    try journal.read { reader throws(Problem) in
      guard let row = try reader.blob(digest) else { throw Problem(.blobUnknown) }
      if sending, try reader.isExpected(digest, from: device.id) { return row }
      guard device.status == .active else { throw Problem(.deviceRevoked) }
      for application in try reader.blobApplications(digest) {
        if try reader.scopes(application).contains(where: Intake.scopes(device).contains) { return row }
      }
      throw Problem(.blobUnknown)
    }
  }

  /// An attachment that a proceeding of this window needs.
  package func blob(_ digest: String, actor: Actor) throws(Problem) -> BlobRow {
    try journal.read { reader throws(Problem) in
      guard let row = try reader.blob(digest), let window = actor.window else { throw Problem(.blobUnknown) }
      for application in try reader.blobApplications(digest) {
        guard let state = ApplicationState.fold(try reader.operations(application)) else { continue }
        let materials = state.proceedings.filter { $0.window == window }.flatMap(\.materials)
        let isNeeded = state.materials.contains { entry in
          guard case .file(digest, _, _, _) = entry.content else { return false }
          return materials.contains(entry.material)
        }
        if isNeeded { return row }
      }
      throw Problem(.blobUnknown)
    }
  }

  /// Records how much of an attachment has arrived; a whole one lets the proceedings go that waited for it.
  package func recordBlob(_ row: BlobRow) throws(Problem) {
    guard row.complete else {
      try journal.write { writer throws(Problem) in try writer.setBlob(row) }
      return
    }
    try transact { transaction throws(Problem) in
      try transaction.journal.setBlob(row)
      for application in try transaction.journal.blobApplications(row.digest) {
        transaction.touch(application)
      }
    }
  }
}

extension ProblemKind {
  package static let blobUnknown = ProblemKind(
    "blob.not-found", status: 404, "没有这个附件，或它不归您办的件。", remedy: "请先同步办件，再传附件。")
}
