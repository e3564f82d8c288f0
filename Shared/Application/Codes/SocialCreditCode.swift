package import Foundations

/// A unified social credit code 统一社会信用代码 (GB 32100-2015): 18 characters, the last one their check.
package struct SocialCreditCode: Sendable, Hashable {
  /// 18 characters, upper case.
  package let text: String
  /// What is unusual, without being wrong.
  package let warnings: [ProblemKind]

  /// The alphabet leaves out I, O, S, V and Z; a character's value is its place.
  private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)
  /// 3^i mod 31.
  private static let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
  private static let registrars = Set("123456789ANY".utf8)

  /// Reads a code as people type it.
  /// - Throws: `field.uscc.length`, `format` or `checksum`, the first that applies.
  package init(_ input: String) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    guard normalised.count == 18 else { throw ProblemKind.usccLength.with(CodeText.length(normalised)) }
    let values = characters.compactMap { Self.alphabet.firstIndex(of: $0) }
    guard values.count == 18, characters.count == 18, Self.registrars.contains(characters[0]),
      CodeText.isDigits(characters[2..<8])
    else { throw Problem(.usccFormat) }
    let sum = zip(values, Self.weights).reduce(0) { $0 + $1.0 * $1.1 }
    guard values[17] == (31 - sum % 31) % 31 else { throw Problem(.usccChecksum) }
    text = normalised
    // Codes carried over from before 2015 do not always keep GB 11714's check.
    let body = CheckDigit.organisation(characters[8..<16]) == characters[16]
    // `10` stands for registration with the central government.
    let area = Province.isKnown(characters[2..<4]) || CodeText.number(characters[2..<4]) == 10
    warnings = (body ? [] : [.usccBody]) + (area ? [] : [.usccArea])
  }

  /// Division of the registering authority; `100000` is the nation.
  package var area: String { String(text.dropFirst(2).prefix(6)) }

  /// What the first two characters say, for a person; nil for combinations that the standard leaves open.
  package var kindName: String? {
    switch text.prefix(2) {
    case "11": "机关"
    case "12": "事业单位"
    case "13": "群团组织"
    case "51": "社会团体"
    case "52": "民办非企业单位"
    case "53": "基金会"
    case "54": "村民委员会"
    case "55": "居民委员会"
    case "91": "企业"
    case "92": "个体工商户"
    case "93": "农民专业合作社"
    case "N1": "组级集体经济组织"
    case "N2": "村级集体经济组织"
    case "N3": "乡镇级集体经济组织"
    default: nil
    }
  }
}
