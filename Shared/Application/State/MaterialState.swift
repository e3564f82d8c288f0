package import Foundations
package import Replication

/// One entry of a material: a file, or a note that paper travels. Materials are add-wins sets.
package struct MaterialEntry: Sendable, Hashable {
  package let operation: OperationID
  package let material: String
  package let content: MaterialContent
  package let person: PersonID
  package let at: Instant
}

/// What evidences a material.
package enum MaterialContent: Sendable, Hashable {
  /// An attachment, named by the digest of its bytes.
  case file(digest: String, bytes: Int64, mediaType: String, name: String)
  /// Paper that travels: how many originals and copies.
  case paper(originals: Int64, copies: Int64)

  /// Reads the payload of an `attach` operation.
  package init?(_ payload: Value) {
    if let digest = payload["digest"]?.text {
      guard let bytes = payload["bytes"]?.integer, bytes >= 0 else { return nil }
      self = .file(
        digest: digest, bytes: bytes, mediaType: payload["mediaType"]?.text ?? "application/octet-stream",
        name: payload["name"]?.text ?? "")
    } else {
      guard let originals = payload["originals"]?.integer, let copies = payload["copies"]?.integer,
        (0...999).contains(originals), (0...999).contains(copies), originals + copies > 0
      else { return nil }
      self = .paper(originals: originals, copies: copies)
    }
  }

  /// The attachment's digest; nil for paper.
  package var digest: String? { if case .file(let digest, _, _, _) = self { digest } else { nil } }

  /// The code with which an attachment is refused that nobody could send; nil for any other, and for paper.
  /// Reading does not ask for it: what was judged before stays in the log.
  package var refusalCode: String? {
    guard case .file(_, let bytes, _, _) = self else { return nil }
    if bytes < 1 { return "attachment.empty" }
    return bytes > Int64(Limits.attachmentBytesMax) ? "attachment.too-large" : nil
  }

  /// `{digest, bytes, mediaType, name}` or `{originals, copies}`.
  package var value: Value {
    switch self {
    case .file(let digest, let bytes, let mediaType, let name):
      ["digest": .text(digest), "bytes": .integer(bytes), "mediaType": .text(mediaType), "name": .text(name)]
    case .paper(let originals, let copies):
      ["originals": .integer(originals), "copies": .integer(copies)]
    }
  }
}

extension ApplicationState {
  /// The materials that count for a version: what was handed in, what windows admitted since, and what has come since
  /// of what it deferred 容缺. What was taken out again is not among them.
  package func materials(of version: PinnedVersion) -> [MaterialEntry] {
    let deferred = Set(version.deferred)
    let here = materials
    let present = Set(here.map(\.operation))
    let own = (version.materials + version.admitted).filter { entry in
      !version.released.contains(entry.operation)
        && (!deferred.contains(entry.material) || present.contains(entry.operation))
    }
    let known = Set(own.map(\.operation))
    return own + here.filter { deferred.contains($0.material) && !known.contains($0.operation) }
  }

  /// The entries whose attachments a proceeding's window may open: of the materials that its item needs, what is there,
  /// what its version has, and what came late and waits for its word.
  package func readableMaterials(of proceeding: ProceedingState) -> [MaterialEntry] {
    let pinned = versions.filter { $0.number == proceeding.version }.flatMap(materials(of:))
    return (materials + pinned + late(for: proceeding).compactMap(\.material)).filter {
      proceeding.materials.contains($0.material)
    }
  }
}

/// A note, a share, anything said once and kept.
package struct Remark: Sendable, Hashable {
  package let operation: OperationID
  package let text: String
  package let person: PersonID
  package let at: Instant
}
