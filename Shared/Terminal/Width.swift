/// How wide text is in a terminal: Chinese characters take two columns (Unicode Standard Annex 11).
package enum Width {
  /// Blocks whose characters are wide or full-width, in order.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x23E9...0x23EC, 0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653,
    0x26A1...0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26D4...0x26D4, 0x2705...0x2705,
    0x270A...0x270B, 0x2728...0x2728, 0x274C...0x274C, 0x2753...0x2755, 0x2757...0x2757, 0x2795...0x2797,
    0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55, 0x2E80...0x303E,
    0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]

  /// Columns of one line of text.
  package static func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + of($1) } }

  /// Columns of one character: that of its first scalar; what only combines takes none.
  package static func of(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    let value = scalar.value
    if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) ? 0 : 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: return wide.contains { $0.contains(value) } ? 2 : 1
    }
  }

  /// The text filled up with blanks to a number of columns.
  package static func padded(_ text: String, to columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - of(text)))
  }

  /// The text cut to a number of columns, with `…` where something is missing.
  package static func cut(_ text: String, to columns: Int) -> String {
    guard of(text) > columns else { return text }
    var (output, used) = ("", 0)
    for character in text {
      let width = of(character)
      if used + width > columns - 1 { break }
      output.append(character)
      used += width
    }
    return output + "…"
  }

  /// Lines no wider than a number of columns. Chinese may break anywhere, but a line never begins with a closing mark.
  package static func wrapped(_ text: String, to columns: Int) -> [String] {
    var (lines, line, used) = ([String](), "", 0)
    for character in text {
      if character.isNewline {
        lines.append(line)
        (line, used) = ("", 0)
        continue
      }
      let width = of(character)
      if used + width > max(8, columns), !"，。；：、？！）】”》".contains(character) {
        lines.append(line)
        (line, used) = ("", 0)
        if character == " " { continue }
      }
      line.append(character)
      used += width
    }
    return lines + [line]
  }

  /// The text in one line without control characters: what people and servers wrote must not steer a terminal.
  package static func clean(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if !steers(scalar) {
        scalars.append(scalar)
      } else if scalar.properties.generalCategory == .control {
        scalars.append(scalar == "\n" || scalar == "\t" ? " " : "\u{FFFD}")
      }
    }
    return String(scalars)
  }

  /// Whether a character steers a terminal, or turns the direction of writing: it can make one number look like
  /// another.
  static func steers(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || (0x202A...0x202E).contains(scalar.value)
      || (0x2066...0x2069).contains(scalar.value)
  }
}
