package import Foundations

/// What comes in from standard input: lines for a wizard, one whole text for `-`. Tests hand in a source of their own.
package final class Input {
  /// One line that a person types, or one value.
  package static let lineBytesMax = 1 << 20

  /// Gives the next bytes, at most so many; none at the end.
  private let source: (Int) throws(Problem) -> [UInt8]
  private var buffer: [UInt8] = []
  private var ended = false
  private var taken = false
  /// Whether a person can be asked.
  package let isTerminal: Bool

  /// - Parameter source: gives the next bytes, at most so many; none at the end.
  package init(isTerminal: Bool, source: @escaping (Int) throws(Problem) -> [UInt8]) {
    self.isTerminal = isTerminal
    self.source = source
  }

  /// The next line without its line feed; nil at the end.
  /// - Throws: `input.line`, `input.encoding`: the line is passed over, and the next call gives the next one.
  package func line() throws(Problem) -> String? {
    // What was looked through is not looked through again: a pipe may give one byte at a time.
    var seen = 0
    while true {
      if let end = buffer[seen...].firstIndex(of: 0x0A) {
        let line = buffer[..<end]
        buffer.removeSubrange(...end)
        return try Self.text(line.last == 0x0D ? line.dropLast() : line)
      }
      if ended {
        guard !buffer.isEmpty else { return nil }
        defer { buffer = [] }
        return try Self.text(buffer[...])
      }
      guard buffer.count < Self.lineBytesMax else {
        try passOver()
        throw Problem(.inputLine)
      }
      seen = buffer.count
      try fill()
    }
  }

  /// Drops everything up to the next line.
  private func passOver() throws(Problem) {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        buffer.removeSubrange(...end)
        return
      }
      buffer = []
      guard !ended else { return }
      try fill()
    }
  }

  /// Everything up to the end.
  /// - Throws: `document.too-large` beyond `Limits.documentBytesMax`, `argument.stdin-twice` when asked again.
  package func all() throws(Problem) -> [UInt8] {
    if taken { throw UsageFault.inputTwice.problem }
    taken = true
    while !ended {
      guard buffer.count <= Limits.documentBytesMax else {
        throw ProblemKind.documentTooLarge.with("最多 \(Limits.documentBytesMax >> 20) MB")
      }
      try fill()
    }
    defer { buffer = [] }
    return buffer
  }

  /// Everything up to the end as one value: the line feed that ends it is no part of it.
  package func value() throws(Problem) -> String {
    var bytes = try all()[...]
    if bytes.last == 0x0A { bytes = bytes.dropLast() }
    if bytes.last == 0x0D { bytes = bytes.dropLast() }
    return try Self.text(bytes)
  }

  private func fill() throws(Problem) {
    let more = try source(64 << 10)
    if more.isEmpty { ended = true } else { buffer += more }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) throws(Problem) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem(.inputEncoding) }
    return text
  }
}

extension ProblemKind {
  /// What was read is no text.
  package static let inputEncoding = ProblemKind(
    "input.encoding", status: 400, "读到的内容不是 UTF-8 文字", remedy: "请把文件另存为 UTF-8 编码后再试。")
  /// One line of more than 1 MiB.
  package static let inputLine = ProblemKind(
    "input.line", status: 413, "一行超过 1 MB", remedy: "请检查文件是不是少了换行。")
  /// A file, or standard input, that cannot be read; the detail names it and says why.
  package static let inputUnreadable = ProblemKind(
    "input.unreadable", status: 400, "读不了：{}", remedy: "请检查文件名和权限。")
}
