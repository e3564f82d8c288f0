internal import Cryptography
internal import Foundations
internal import HTTP
internal import Synchronization

/// A whole attachment while it is sent piece by piece.
///
/// Invariant: *no byte is sent of an attachment that does not have its digest.* All of it is looked at before the first
/// one, and each piece must then still be what it was: a disk may fail while a slow reader is being served.
final class BlobReading: BodySource {
  /// How many bytes the whole attachment has.
  let bytes: Int64
  private let digest: String
  private let blobs: BlobFiles
  private let pieces: [[UInt8]]
  private let latest: Mutex<Latest>

  private struct Latest {
    var index: Int
    var piece: [UInt8]
  }

  /// - Throws: `blob.damaged`.
  init(_ digest: String, in blobs: BlobFiles) throws(Problem) {
    var pieces: [[UInt8]] = []
    var last: [UInt8] = []
    bytes = try blobs.inspect(digest) { piece in
      pieces.append(SM3.digest(piece))
      last = piece
    }
    // The most are of one piece, and are not read twice.
    latest = Mutex(Latest(index: pieces.count - 1, piece: last))
    self.digest = digest
    self.blobs = blobs
    self.pieces = pieces
  }

  func read(at place: Int64, most: Int) throws -> [UInt8] {
    try latest.withLock { latest in
      let index = Int(place / Int64(BlobFiles.pieceBytes))
      guard pieces.indices.contains(index) else { throw Problem(.blobDamaged) }
      let start = Int64(index) * Int64(BlobFiles.pieceBytes)
      if index != latest.index {
        let count = Int(min(Int64(BlobFiles.pieceBytes), bytes - start))
        let piece = try blobs.bytes(of: digest, at: start, count: count)
        guard SM3.digest(piece) == pieces[index] else { throw Problem(.blobDamaged) }
        (latest.index, latest.piece) = (index, piece)
      }
      return Array(latest.piece.dropFirst(Int(place - start)).prefix(most))
    }
  }
}

/// What of an attachment follows a byte.
struct BlobRest: BodySource {
  let reading: BlobReading
  let start: Int64

  func read(at place: Int64, most: Int) throws -> [UInt8] { try reading.read(at: start + place, most: most) }
}
