package import Foundations

/// A person's name as certificates print it.
package enum PersonName {
  /// Characters in a name at most.
  package static let charactersMax = 50

  /// The name in its normal form: one kind of interpunct `·` (U+00B7), no spaces between Chinese characters.
  /// - Throws: `field.name.format` for an empty or overlong one, digits or signs.
  package static func normalise(_ input: String) throws(Problem) -> String {
    if isPlainlyChinese(input) { return input }
    let dotted = String(input.trimmed.map { "•・‧･．●".contains($0) ? "·" : $0 })
    let words = dotted.halfWidth.split(whereSeparator: \.isWhitespace)
    // Lists align two-character names by a space in the middle; Latin names need theirs.
    let isChinese = !dotted.contains { $0.isASCII && $0.isLetter }
    let name = words.joined(separator: isChinese ? "" : " ")
    let allowed = name.allSatisfy { $0.isLetter || "· '-.".contains($0) }
    guard 1...charactersMax ~= name.count, name.unicodeScalars.count <= charactersMax * 4, allowed,
      name.first?.isLetter == true
    else { throw Problem(.nameFormat) }
    return name
  }

  /// Whether a name is a few common Chinese characters, as most are: letters each, of which none joins another.
  private static func isPlainlyChinese(_ name: String) -> Bool {
    1...charactersMax * 3 ~= name.utf8.count && name.unicodeScalars.allSatisfy { 0x4E00...0x9FFF ~= $0.value }
  }
}

extension ProblemKind {
  /// Empty, too long, or with digits or signs.
  package static let nameFormat = ProblemKind(
    "field.name.format", "姓名不对", remedy: "姓名与证件一致，最多 50 个字，不含数字和符号；少数民族姓名的间隔号写“·”。")
}
