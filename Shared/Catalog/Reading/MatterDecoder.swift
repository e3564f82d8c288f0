internal import Foundations

/// One catalogue file as bytes: its name only appears in messages. Reading folders is the caller's affair.
package struct CatalogFile: Sendable, Hashable {
  package let name: String
  package let bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// What reading one file gave: a matter, or everything that is wrong with the file.
package enum MatterReading: Sendable {
  case matter(Matter)
  /// Never empty; in the order of lines.
  case refused([CatalogIssue])
}

/// Reads one catalogue file into one matter, strictly (`BuiltIn/README.md` describes the format).
package enum MatterDecoder {
  /// Reads and checks one file. Every fault of the file is reported, not just the first.
  package static func decode(_ file: CatalogFile) -> MatterReading {
    if let issue = surfaceIssue(of: file) { return .refused([issue]) }
    do throws(JSONReader.Failure) {
      let value = try JSONReader.read(file.bytes)
      let log = IssueLog()
      let matter = MatterReader.matter(value, log)
      // References and examples of a half-read matter would only echo the first fault.
      if log.entries.isEmpty { MatterChecks.check(matter, log) }
      if log.entries.isEmpty { return .matter(matter) }
      let lines = try JSONReader.readWithLines(file.bytes).lines
      return .refused(log.issues(file: file.name, lines: lines))
    } catch {
      let detail = "第 \(error.line) 行第 \(error.column) 列，\(error.reason)"
      return .refused([
        CatalogIssue(file: file.name, line: error.line, path: "", kind: .catalogSyntax, detail: detail)
      ])
    }
  }

  /// Reads a file that was checked when it was published: references and examples are not checked again, which takes as
  /// long as the reading. Days are cut to the most that a file may say today: some are out from before there was a
  /// bound, and what is printed is to be what is counted.
  /// - Returns: nil for a file this program cannot read, as of a newer format.
  package static func published(_ file: CatalogFile) -> Matter? {
    guard surfaceIssue(of: file) == nil, let value = try? JSONReader.read(file.bytes) else { return nil }
    let log = IssueLog()
    let matter = MatterReader.matter(value, log)
    return log.entries.isEmpty ? matter.bounded : nil
  }

  /// Too large, or not UTF-8: nothing inside can be read then.
  static func surfaceIssue(of file: CatalogFile) -> CatalogIssue? {
    if file.bytes.count > Limits.documentBytesMax {
      let detail = "\(file.bytes.count) 字节，最多 \(Limits.documentBytesMax) 字节"
      return CatalogIssue(file: file.name, line: 1, path: "", kind: .catalogTooLarge, detail: detail)
    }
    guard String(validating: file.bytes, as: UTF8.self) == nil else { return nil }
    let lines = file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let line = 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
    return CatalogIssue(file: file.name, line: line, path: "", kind: .catalogEncoding, detail: "第 \(line) 行")
  }
}
