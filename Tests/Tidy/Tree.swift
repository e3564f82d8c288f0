import Foundation

/// The files of the project as the rules see them: each read once, Swift taken apart once.
struct Tree: Sendable {
  /// In order of their paths.
  let files: [SourceFile]
  private let paths: Set<String>
  /// Every folder that holds a file, from the root.
  private let folders: Set<String>

  init(_ files: [SourceFile]) {
    self.files = files.sorted { $0.path < $1.path }
    paths = Set(files.map(\.path))
    var folders: Set<String> = []
    for file in files {
      var folder = file.folder
      while !folder.isEmpty, folders.insert(folder).inserted { folder = parent(of: folder) }
    }
    self.folders = folders
  }

  /// A tree made up for an example.
  init(_ files: [String: String], executables: Set<String> = []) {
    self.init(
      files.map { SourceFile(path: $0.key, bytes: Array($0.value.utf8), isExecutable: executables.contains($0.key)) })
  }

  /// Whether a file or a folder stands at this path.
  func contains(_ path: String) -> Bool { paths.contains(path) || folders.contains(path) }

  func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

  /// Swift files of the product and its tests, without the manifest.
  var sources: [SourceFile] { files.filter { $0.swift != nil && $0.path != Manifest.path } }

  /// Swift files of what is shipped.
  var product: [SourceFile] { sources.filter { ["Client", "Server", "Shared"].contains($0.top) } }

  /// Reads the tree round this file, leaving out what git does not keep.
  static func here() throws -> Tree {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let ignored = Ignored(try String(contentsOf: root.appending(path: ".gitignore"), encoding: .utf8))
    var files: [SourceFile] = []
    var waiting = [""]
    while let folder = waiting.popLast() {
      let url = folder.isEmpty ? root : root.appending(path: folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: url.path) where !ignored.matches(name) {
        let path = folder.isEmpty ? name : "\(folder)/\(name)"
        let place = root.appending(path: path)
        let values = try place.resourceValues(forKeys: [.isDirectoryKey])
        if values.isDirectory == true {
          waiting.append(path)
        } else {
          let bytes = [UInt8](try Data(contentsOf: place))
          let isExecutable = FileManager.default.isExecutableFile(atPath: place.path)
          files.append(SourceFile(path: path, bytes: bytes, isExecutable: isExecutable))
        }
      }
    }
    return Tree(files)
  }
}

/// The folder a path stands in; empty for the root.
func parent(of path: String) -> String {
  path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
}

/// The part of .gitignore's language that ours uses: names, `*.ending`, a closing slash.
private struct Ignored {
  private var names: Set<String> = [".git", ".swiftpm"]
  private var endings: [String] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let pattern = line.hasSuffix("/") ? line.dropLast() : line
      if pattern.hasPrefix("*") { endings.append(String(pattern.dropFirst())) } else { names.insert(String(pattern)) }
    }
  }

  func matches(_ name: String) -> Bool { names.contains(name) || endings.contains { name.hasSuffix($0) } }
}

/// One file of the tree.
struct SourceFile: Sendable {
  /// From the root, with slashes.
  let path: String
  let bytes: [UInt8]
  private let data: Data
  let isExecutable: Bool
  /// What the file says as Swift; nil for every other kind of file.
  let swift: SwiftSource?

  init(path: String, bytes: [UInt8], isExecutable: Bool = false) {
    self.path = path
    self.bytes = bytes
    data = Data(bytes)
    self.isExecutable = isExecutable
    swift = path.hasSuffix(".swift") ? SwiftSource(bytes) : nil
  }

  /// What the file imports, if it is Swift.
  var imports: [Import] { swift?.imports ?? [] }

  var folder: String { parent(of: path) }

  /// The first component of the path.
  var top: String { String(path.prefix { $0 != "/" }) }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The line of a byte, from 1.
  func line(of offset: Int) -> Int {
    bytes[..<min(offset, bytes.count)].reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
  }

  /// Where a text stands in the file, every time.
  func occurrences(of needle: String) -> [Int] {
    var found: [Int] = []
    let wanted = Data(needle.utf8)
    // Foundation's search is compiled with optimization; a loop here over every byte of the tree would take seconds
    // in a debug build.
    var rest = 0..<data.count
    while let hit = data.range(of: wanted, in: rest) {
      found.append(hit.lowerBound)
      rest = hit.upperBound..<data.count
    }
    return found
  }

  /// Where a text stands in the file as a whole word: no letter, digit or underscore touches it.
  func words(_ needle: String) -> [Int] {
    let length = needle.utf8.count
    return occurrences(of: needle).filter { start in
      let before = start > 0 ? bytes[start - 1] : 0
      let after = start + length < bytes.count ? bytes[start + length] : 0
      return !isWord(before) && !isWord(after)
    }
  }
}

/// Whether a byte can stand in a Swift name; every byte of a letter beyond ASCII counts as one.
func isWord(_ byte: UInt8) -> Bool {
  switch byte {
  case 48...57, 65...90, 95, 97...122, 128...255: true
  default: false
  }
}
