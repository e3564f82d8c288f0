internal import Foundations
internal import Terminal

/// The server that a restore takes the place of. It is moved aside and never deleted: it may be the only copy of
/// something.
///
/// *Before its first piece is moved, a note says where all of them go.* A restore that was interrupted and is repeated
/// finds the former database there, and with it whom that had shut out, instead of a home in which nothing was.
struct FormerHome {
  static let prefix = "before-restore-"
  /// Its database first: without it nothing passes for a server, and whatever lies beside it in a log goes with it.
  private static let pieces = ["journal.db", "journal.db-wal", "journal.db-shm", "keys", "blobs"]

  private let home: ServerHome
  /// Where it goes.
  private let aside: ServerHome
  private var isAside = false

  /// Looks where it is; what an interrupted restore had not moved any more follows now, and what that one had put in
  /// its place is dropped.
  init(_ home: ServerHome, random: any RandomSource) throws(Problem) {
    self.home = home
    if let note = Self.note(home) {
      let folder = ServerHome(path: home.path + "/" + note.folder)
      if !home.isInitialised {
        aside = folder
        try finish(note.pieces)
        isAside = true
        return
      }
      // It had not begun to move anything, or had moved everything and come to its end.
      HomeFiles.removeEmpty(folder.path)
      HomeFiles.remove(home.restoringPath)
    }
    aside = ServerHome(path: home.path + "/" + Self.prefix + Base32.text(random.bytes(5)))
  }

  /// Where it can be read now.
  var present: ServerHome { isAside ? aside : home }

  /// Moves everything of it aside.
  mutating func moveAside() throws(Problem) {
    guard !isAside else { return }
    let pieces = Self.pieces.filter { Machine.exists(home.path + "/" + $0) }
    let note = ([aside.path.dropFirst(home.path.count + 1)] + pieces.map { $0[...] }).joined(separator: "\n") + "\n"
    try HomeFiles.write(Array(note.utf8), to: home.restoringPath)
    try move(pieces)
    isAside = true
  }

  /// The folder it was moved to; nil where nothing was there.
  var folder: String? { isAside && Machine.exists(aside.path) ? aside.path : nil }

  /// Gives the recovery key its place in the server that takes this one's place: no backup has it, and nowhere else on
  /// this machine should it stay.
  func handOverRecoveryKey() throws(Problem) {
    guard isAside, Machine.exists(aside.recoveryKeyPath) else { return }
    try HomeFiles.move(aside.recoveryKeyPath, to: home.recoveryKeyPath)
  }

  /// The server that takes its place is whole.
  func forget() { HomeFiles.remove(home.restoringPath) }

  private func move(_ pieces: [String]) throws(Problem) {
    guard !pieces.isEmpty else { return }
    try HomeFiles.makeFolder(aside.path)
    for piece in pieces { try HomeFiles.move(home.path + "/" + piece, to: aside.path + "/" + piece) }
  }

  /// - Parameter pieces: what was there when the interrupted restore began to move.
  private func finish(_ pieces: [String]) throws(Problem) {
    let present = Self.pieces.filter { Machine.exists(home.path + "/" + $0) }
    func isFormer(_ piece: String) -> Bool {
      pieces.contains(piece) && !Machine.exists(aside.path + "/" + piece)
    }
    try move(present.filter(isFormer))
    for piece in present where Machine.exists(home.path + "/" + piece) {
      // What was copied out of the backup; but the recovery key is nobody's copy.
      if Machine.exists(home.recoveryKeyPath), !Machine.exists(aside.recoveryKeyPath) {
        try HomeFiles.makeFolder(aside.keysPath)
        try HomeFiles.move(home.recoveryKeyPath, to: aside.recoveryKeyPath)
      }
      HomeFiles.remove(home.path + "/" + piece)
    }
  }

  /// The note of a restore that was interrupted.
  private static func note(_ home: ServerHome) -> (folder: String, pieces: [String])? {
    guard let bytes = try? Machine.file(home.restoringPath, bytesMax: 4096) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard let folder = lines.first, folder.hasPrefix(prefix), !folder.contains("/") else { return nil }
    return (folder, lines.dropFirst().filter(pieces.contains))
  }
}
