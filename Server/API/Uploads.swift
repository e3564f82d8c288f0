internal import Casework
internal import Foundations
internal import HTTP
internal import Journal
internal import Replication
internal import Synchronization

/// Uploads that are under way, at most one for each sender of each attachment.
///
/// A laptop that lost its line begins anew while the server still waits for the rest of the request before. *A newer
/// request ends the older one*: that neither holds up anything nor appends any more, and the newer one is told how
/// much is here, at once. (draft-ietf-httpbis-resumable-upload, "Concurrency".)
final class Uploads: Sendable {
  struct Key: Sendable, Hashable {
    let digest: String
    let device: DeviceID
  }

  private let running = Mutex<[Key: UploadSink]>([:])

  /// Ends what is under way. When this returns, nothing of it is appended any more, and what was is on the disk.
  func end(_ key: Key) { running.withLock { $0.removeValue(forKey: key) }?.end() }

  /// Notes that an upload is under way, and ends one that came before it.
  func begin(_ sink: UploadSink) {
    running.withLock { running in
      defer { running[sink.key] = sink }
      return running[sink.key]
    }?.end()
  }

  /// An upload has ended by itself.
  func forget(_ sink: UploadSink) {
    running.withLock { if $0[sink.key] === sink { $0[sink.key] = nil } }
  }
}

/// Keeps the bytes of one request as they come, so that a cut loses none that were here.
final class UploadSink: BodySink {
  let key: Uploads.Key
  let device: DeviceRow
  let headers: UploadHeaders
  /// What the whole attachment has.
  let bytes: Int64

  private struct State {
    var offset: Int64
    var isOver = false
    var line: BodyLine?
  }

  private let state: Mutex<State>
  private let blobs: BlobFiles
  private let uploads: Uploads

  /// - Parameter offset: how much is here, and where the request goes on.
  init(
    _ digest: String, from device: DeviceRow, headers: UploadHeaders, at offset: Int64, of bytes: Int64,
    blobs: BlobFiles, uploads: Uploads
  ) {
    key = Uploads.Key(digest: digest, device: device.id)
    self.device = device
    self.headers = headers
    self.bytes = bytes
    self.blobs = blobs
    self.uploads = uploads
    state = Mutex(State(offset: offset))
  }

  func begin(_ line: BodyLine) { state.withLock { $0.line = line } }

  func receive(_ piece: [UInt8]) throws {
    try state.withLock { state in
      guard !state.isOver else { throw Problem(.blobTakenOver) }
      guard state.offset + Int64(piece.count) <= bytes else { throw Problem(.blobTooLarge) }
      try blobs.append(piece, to: key.digest, from: key.device, at: state.offset)
      state.offset += Int64(piece.count)
    }
  }

  func abandon() {
    state.withLock { stop(&$0) }
    uploads.forget(self)
  }

  /// A newer request takes over.
  func end() {
    state.withLock { state in
      stop(&state)
      return state.line
    }?.cut()
  }

  private func stop(_ state: inout State) {
    guard !state.isOver else { return }
    state.isOver = true
    // An offset that was told must not fall behind again, not even by a power cut.
    try? blobs.flush(key.digest, from: key.device)
  }

  /// The request is complete. A newer one waits meanwhile, so that it is told what became of this one.
  /// - Parameter settle: what to do with what is here now, given as its number of bytes.
  func finish<Result>(_ settle: (Int64) throws(Problem) -> Result) throws(Problem) -> Result {
    defer { uploads.forget(self) }
    return try state.withLock { state throws(Problem) in
      guard !state.isOver else { throw Problem(.blobTakenOver) }
      state.isOver = true
      try blobs.flush(key.digest, from: key.device)
      return try settle(state.offset)
    }
  }
}
