internal import Catalog
internal import Foundations
internal import Glibc

/// What a clerk waits for after each change of the catalogue: all files read, checked and looked over for what is
/// probably wrong.
enum CatalogBenchmark {
  private static let millisecondsMax = 1000.0

  static func validation(rounds: Int) throws -> Figure {
    let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Shared/Catalog/BuiltIn"
    let files = try names(below: folder + "/matters").map { path in
      CatalogFile(name: path, bytes: try bytes(at: path))
    }
    let sharing = try SharingDocument.read(
      CatalogFile(name: "sharing.json", bytes: try bytes(at: folder + "/sharing.json")))
    let context = LintContext(sharing: sharing, compression: ["320707": 50])
    var matters = 0
    let seconds = try (0..<rounds).map { _ in
      try Measure.seconds {
        matters = 0
        for file in files {
          guard case .matter(let matter) = MatterDecoder.decode(file) else {
            throw Failure("\(file.name) is not sound")
          }
          _ = CatalogLint.check(matter, in: file, context)
          matters += 1
        }
      }
    }
    let milliseconds = Measure.median(seconds) * 1000
    return Figure(
      what: "validating the whole catalogue with all warnings, \(matters) matters", reach: "≤ 1 s",
      value: "\(rounded(milliseconds, 0)) ms", reached: milliseconds <= millisecondsMax && matters > 0)
  }

  private static func names(below folder: String) throws -> [String] {
    guard let stream = unsafe opendir(folder) else { throw Failure("no folder \(folder)") }
    defer { _ = unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name.hasPrefix(".") { continue }
      let path = folder + "/" + name
      names += name.hasSuffix(".json") ? [path] : try self.names(below: path)
    }
    return names.sorted()
  }

  private static func bytes(at path: String) throws -> [UInt8] {
    guard let file = unsafe fopen(path, "rb") else { throw Failure("cannot read \(path)") }
    defer { _ = unsafe fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe fread(&piece, 1, piece.count, file)
      guard count > 0 else { return bytes }
      bytes += piece.prefix(count)
    }
  }
}
