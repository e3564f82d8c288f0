internal import CKeyring
package import Foundations
internal import Glibc

/// Keeps small secrets of the user who is logged in, until they expire or the machine goes down: what `unlock` leaves
/// for the commands after it.
///
/// The kernel's keyring is first choice: nothing is written anywhere, and the kernel itself forgets in time. Where it
/// refuses (containers, hardened kernels), a file of mode 0600 in memory takes its place (`MemoryFile`).
package enum KernelKeyring {
  /// Where secrets are kept.
  package enum Place: Sendable, Hashable {
    /// The kernel, else the first folder in memory that will do.
    case automatic
    /// Only files, only in this folder: for tests and for machines where the keyring is known to be cut off.
    case files(folder: String)
  }

  /// A stored secret: one derived key and its circumstances.
  package static let secretBytesMax = 4096

  /// Stores a secret under a name, in place of an older one of that name.
  /// - Parameters:
  ///   - name: at most 64 ASCII letters, digits, `.`, `-`, `_`.
  ///   - seconds: how long it lives; at least 1.
  /// - Throws: `unlock.no-place` if neither the kernel nor a folder in memory takes it.
  package static func store(
    _ name: String, _ bytes: [UInt8], seconds: Int, in place: Place = .automatic
  ) throws(Problem) {
    guard isName(name), !bytes.isEmpty, bytes.count <= secretBytesMax, seconds >= 1 else {
      throw ProblemKind.unexpected.with("keyring \(name)")
    }
    drop(name, in: place)
    if place == .automatic, storeInKernel(name, bytes, seconds) { return }
    for folder in folders(place) {
      if MemoryFile(folder: folder, name: name)?.write(bytes, seconds: seconds) == true { return }
    }
    throw Problem(.unlockNoPlace)
  }

  /// The secret of this name; nil if there is none, it has expired, or what stands in its place cannot be trusted.
  package static func load(_ name: String, in place: Place = .automatic) -> [UInt8]? {
    guard isName(name) else { return nil }
    if place == .automatic, let bytes = loadFromKernel(name) { return bytes }
    for folder in folders(place) {
      if let bytes = MemoryFile(folder: folder, name: name)?.read() { return bytes }
    }
    return nil
  }

  /// Forgets the secret of this name, wherever it is. Nothing happens if there is none.
  package static func drop(_ name: String, in place: Place = .automatic) {
    guard isName(name) else { return }
    if place == .automatic, let key = find(name) { _ = bangban_key_unlink(key) }
    for folder in folders(place) { MemoryFile(folder: folder, name: name)?.remove() }
  }

  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  private static func description(_ name: String) -> String { "bangban:\(name)" }

  private static func find(_ name: String) -> Int32? {
    bangban_keyring_reach()
    let key = unsafe bangban_key_search(description(name))
    return key > 0 ? key : nil
  }

  /// Only what can be read back counts as stored: some kernels take a key and then deny it to the one who gave it.
  private static func storeInKernel(_ name: String, _ bytes: [UInt8], _ seconds: Int) -> Bool {
    bangban_keyring_reach()
    let key = unsafe bytes.withUnsafeBytes { unsafe bangban_key_add(description(name), $0.baseAddress, $0.count) }
    guard key > 0 else { return false }
    if bangban_key_expire(key, UInt32(clamping: seconds)) == 0, loadFromKernel(name) == bytes { return true }
    _ = bangban_key_unlink(key)
    return false
  }

  private static func loadFromKernel(_ name: String) -> [UInt8]? {
    guard let key = find(name) else { return nil }
    var buffer = [UInt8](repeating: 0, count: secretBytesMax)
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe bangban_key_read(key, $0.baseAddress, $0.count) }
    return (1...secretBytesMax).contains(count) ? Array(buffer.prefix(count)) : nil
  }

  private static func folders(_ place: Place) -> [String] {
    if case .files(let folder) = place { return [folder] }
    let session = unsafe getenv("XDG_RUNTIME_DIR").map { unsafe String(cString: $0) }
    return [session, "/run/user/\(geteuid())", "/dev/shm"].compactMap { $0 }.filter { $0.hasPrefix("/") }
  }
}

extension ProblemKind {
  /// Neither the kernel nor a folder in memory keeps a secret here.
  package static let unlockNoPlace = ProblemKind(
    "unlock.no-place", status: 503, "这台电脑没有可以临时存放解锁钥匙的安全位置",
    remedy: "请在每条命令中用 --passphrase-file 或 BANGBAN_PASSPHRASE 解锁。")
}
