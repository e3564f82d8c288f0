internal import Application
internal import CaptureStore
internal import Cryptography
package import Foundations
internal import Replication
internal import SQLite
internal import Synchronizer

/// The exchange with the server, and whether everything is in order.
extension Assistant {
  private func synchronizer() throws(Problem) -> Synchronizer {
    let store = try store()
    let (server, authorities) = try store.read { session throws(Problem) in
      (try session.setting("server"), try session.setting("authorities"))
    }
    return Synchronizer(
      store: store, line: line(server ?? "", (authorities ?? "").isEmpty ? nil : authorities),
      clock: environment.clock, random: environment.random, log: environment.log, sizes: environment.sizes)
  }

  /// Sends what is unsent and fetches what is new: `{pushed, pulled, refused, conflicts, attachmentBytes, requests,
  /// bytesSent, bytesReceived, upToDate, held}`; `station` where the device has been moved to another; `returned` where
  /// a server whose backup was put back got operations back from here; `damaged` where attachments cannot be sent since
  /// they are damaged here; `freed`, in bytes, where attachments of what has ended went from here, which the county's
  /// backups hold. `held` counts the drafts that wait here for their applicants' consent.
  /// - Throws: with exit status 4 where the network failed; `device.revoked`, `sync.…` where the server refused. What
  ///   was exchanged before stays.
  package func sync(progress: (SyncProgress) -> Void) throws(Problem) -> Value {
    let summary = try synchronizer().run { step in
      progress(
        SyncProgress(
          phase: step.isAttachments ? .attachments : .records, done: step.done, total: step.total,
          bytesSent: step.summary.bytesSent, bytesReceived: step.summary.bytesReceived))
    }
    return try value(of: summary)
  }

  /// Exchanges by ferry files: takes an answer from the county in, then writes a new file for it; either may be left
  /// out. As `sync`, of a file that was written what is in it, and `pages, oldPages, unreadable`.
  /// - Parameters:
  ///   - read: the next bytes of a file from the county, fewer than asked for only at its end.
  ///   - write: puts bytes at the end of a file for the county.
  /// - Throws: problems `ferry.…`, `sync.…`, and what the closures throw.
  package func ferry(
    from read: ((Int) throws(Problem) -> [UInt8])?, to write: (([UInt8]) throws(Problem) -> Void)?
  ) throws(Problem) -> Value {
    var total = FerrySummary()
    if let read { total = try synchronizer().readFerry(read: read) }
    if let write {
      let written = try synchronizer().writeFerry(write: write)
      total.exchange.pushed += written.exchange.pushed
      total.exchange.requests += written.exchange.requests
      total.exchange.attachmentBytes += written.exchange.attachmentBytes
      total.exchange.bytesSent += written.exchange.bytesSent
      total.unreadable = written.unreadable
    }
    var value = try value(of: total.exchange)
    value["pages"] = Value(total.pages)
    value["oldPages"] = Value(total.oldPages)
    value["unreadable"] = Value(total.unreadable)
    return value
  }

  /// What the ferry files that devices write begin with.
  package static var ferryMagic: [UInt8] { FerryFile.beginning(.toServer) }

  private func value(of summary: ExchangeSummary) throws(Problem) -> Value {
    let (conflicts, upToDate, held, damaged) = try store().read { session throws(Problem) in
      let conflicts = try session.conflictCount()
      let unsent = try session.unsentCount()
      let (blobs, damaged) = (try session.blobsToSend(), try session.damagedBlobs())
      return (
        conflicts, unsent == 0 && blobs.isEmpty && damaged.isEmpty,
        try session.heldDrafts().count, damaged.count
      )
    }
    var value: Value = [
      "pushed": .integer(summary.pushed), "pulled": .integer(summary.pulled), "refused": .integer(summary.refused),
      "conflicts": .integer(conflicts), "attachmentBytes": .integer(summary.attachmentBytes),
      "requests": .integer(summary.requests), "bytesSent": .integer(summary.bytesSent),
      "bytesReceived": .integer(summary.bytesReceived), "upToDate": .bool(upToDate),
      "held": Value(held),
    ]
    if damaged > 0 { value["damaged"] = Value(damaged) }
    if let station = summary.station { value["station"] = .text(station) }
    if summary.freedBytes > 0 { value["freed"] = .integer(summary.freedBytes) }
    if summary.returned > 0 { value["returned"] = .integer(summary.returned) }
    return value
  }

  /// Compares every shared application with the server's: `{applications, match, differ, behind, unsent, held}`; held
  /// drafts are not shared and only counted.
  package func prove() throws(Problem) -> Value {
    let proof = try synchronizer().prove()
    return [
      "applications": Value(proof.applications), "match": Value(proof.match),
      "differ": .array(proof.differ.map(Value.text)), "behind": Value(proof.behind), "unsent": .integer(proof.unsent),
      "held": Value(proof.held),
    ]
  }

  /// Examines the store, and the attachments that are still to be sent: `{ok, integrity, projections, chain, proof,
  /// unsent, held, inReview, tray, attachments, damaged, stopped?, stoppedBecause?}`; `tray` counts what of
  /// the county's tray stands in `todo`.
  package func doctor() throws(Problem) -> Value {
    let store = try store()
    let integrity = try Problem.storing { () throws(StorageError) in try store.connection.integrityCheck() }
    let damaged = try examineAttachments(store)
    store.removeAbandonedFiles()
    return try store.read { session throws(Problem) in
      let projections = try session.differingProjections().map(\.text)
      let chain = try session.chainBreak()
      let proof = try session.isProofTrue()
      var value: Value = [
        "ok": .bool(integrity.isEmpty && projections.isEmpty && chain == nil && proof && damaged.isEmpty),
        "integrity": .array(integrity.map(Value.text)), "projections": .array(projections.map(Value.text)),
        "chain": .bool(chain == nil), "proof": .bool(proof), "unsent": .integer(try session.unsentCount()),
        "held": Value(try session.heldDrafts().count), "inReview": .integer(try session.inReviewCount()),
        "tray": Value(try Self.inTray(session).count),
        "attachments": Value(try session.blobsToSend().count),
        "damaged": .array(damaged.map { .text($0.digest.text) }),
        "catalog": .text(try session.catalogVersion()),
      ]
      if let chain { value["chainBreak"] = .integer(chain) }
      if let stopped = try session.stopped() {
        value["stopped"] = .text(stopped.rawValue)
        value["stoppedBecause"] = .text(stopped.words)
      }
      return value
    }
  }

  /// Reads every attachment that is still to be sent, and notes which are damaged: after that it is told and not tried.
  private func examineAttachments(_ store: CaptureStore) throws(Problem) -> [Blob] {
    let (waiting, known) = try store.read { session throws(Problem) in
      (try session.blobsToExamine(), try session.damagedBlobs())
    }
    let fresh = waiting.filter { !store.isSound($0) }
    let healed = known.filter { store.isSound($0) }
    if !(fresh + healed).isEmpty {
      try store.change { session throws(Problem) in
        for blob in fresh { try session.setDamaged(blob, true) }
        for blob in healed { try session.setDamaged(blob, false) }
      }
    }
    return fresh + known.filter { !healed.contains($0) }
  }
}
