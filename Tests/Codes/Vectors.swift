import Foundations
import TestValues

/// A day on which all vectors hold.
let today = CivilDate(dayNumber: 20_778)  // 2026-11-21

extension SeededGenerator {
  /// Text of the kinds that break readers: digits, letters, full-width twins, Chinese, emoji, combining marks,
  /// controls.
  mutating func codeText(lengthMax: Int) -> String {
    let pool = Array("0123456789012345678901234567890123456789XABCHMLJY-. .０９ｘ张村组·😀e\u{301}\u{0}\u{200B}\u{FEFF}\n")
    return String(
      (0..<Int.random(in: 0...lengthMax, using: &self)).compactMap { _ in pool.randomElement(using: &self) })
  }
}

/// Copied from the domain facts' vectors.json.
enum Vectors {
  static let identity = [
    "32083019870412980X", "362133196506159814", "320826200002299818", "612731195801019803", "320707202001019831",
    "61083019991231988X",
  ]
  static let identityRefused = [
    "320830198704129800": "checksum", "320826200102299807": "date", "000830198704129805": "area",
    "32083019870412980": "length", "3208301987O412980X": "format", "320830198713049801": "date",
    "320830209912319801": "future",
  ]
  /// Other programs refuse these elderly people's numbers.
  static let identityElderly = ["320830195001019803", "320826194510019810"]
  /// Accepted, with a remark.
  static let identityUnusual = ["320707197005059829", "36073219850615980X"]
  static let residencePermits = ["810000199408230021", "830000199201300022", "820000198511119812"]
  static let permanentResidence = [
    "932840198001019805", "936392199012319819", "KAZ110090123105", "USA320880010101", "JPN360790123112",
  ]
  static let permanentResidenceRefused = ["961843197506159829": "country", "932840198001019804": "checksum"]
  static let socialCredit = [
    "91320826MACXXX025T", "92360732MACTEX01X6", "93320707MACFFF03XL", "54610830ME1AAA047D", "11320830MB00EX015K",
    "11440232MB2D06811W", "12441500196720244T", "91110000600037341L", "N2320830MF1BBB058R",
  ]
  static let socialCreditRefused = [
    "91320826MACXXX0250": "checksum", "91320826IACXXX025T": "format", "91320826MACXXX025": "length",
    "913208Z6MACXXX025T": "format", "91320826MCAXXX025T": "checksum",
  ]
  static let taskCodes = [
    "11440232MB2D06811W4000117051000", "12441500196720244T3442199806003", "11370800MB285591843370117002011",
  ]
  static let projectNumber = "11440232MB2D06811W4000117051000202010200008"
  static let certificateIDs = [
    "1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003.Y",
    "1.2.156.3005.2.11100000000013338W011.11320830MB00EX015K.JY23208300000012.001.T",
  ]
}
