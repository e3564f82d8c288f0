internal import FoundationEssentials
internal import Glibc

/// A temporary folder; it goes when this does.
final class Scratch {
  let folder: String

  /// - Parameter parent: nil for the system's folder of temporary files.
  init(in parent: String? = nil) throws {
    folder = (parent ?? FileManager.default.temporaryDirectory.path) + "/bangban-benchmark-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The place of a file in it.
  func path(_ name: String) -> String { folder + "/" + name }

  /// Writes a file of the owner's alone and returns its place.
  @discardableResult
  static func write(_ bytes: some Sequence<UInt8>, to path: String) throws -> String {
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
    else { throw Failure("cannot write \(path)") }
    return path
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure("cannot read \(path)") }
    return [UInt8](data)
  }
}

/// The programs that are measured.
enum Programs {
  /// One of ours: built with the same settings, so beside this one.
  static func ours(_ name: String) throws -> String {
    let path = try folder() + "/" + name
    guard unsafe access(path, X_OK) == 0 else { throw Failure("\(name) is not beside this program; build it first") }
    return path
  }

  /// One of the system's, by `PATH`.
  static func system(_ name: String) throws -> String {
    for folder in (Spawn.variable("PATH") ?? "/usr/bin:/bin").split(separator: ":") {
      let path = "\(folder)/\(name)"
      if unsafe access(path, X_OK) == 0 { return path }
    }
    throw Failure("\(name) is not installed")
  }

  /// This program's own file.
  static func own() throws -> String {
    let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return path
  }

  private static func folder() throws -> String {
    try "/" + own().split(separator: "/").dropLast().joined(separator: "/")
  }
}
