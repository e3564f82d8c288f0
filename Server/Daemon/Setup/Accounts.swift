internal import Cryptography
internal import Foundations
internal import Journal

/// Accounts of the web pages.
enum Accounts {
  /// What an account may do.
  enum Role: String, CaseIterable {
    case clerk, supervisor, administrator

    var label: String {
      switch self {
      case .clerk: "窗口人员"
      case .supervisor: "监督人员"
      case .administrator: "管理员"
      }
    }
  }

  private static let saltBytes = 16
  /// 75 bits: nobody guesses it, and it can still be typed from paper.
  private static let passwordCharacters = 15

  /// Fifteen characters in groups of five.
  static func newPassword(_ random: any RandomSource) -> String {
    Base32.grouped(Base32.text(random.bytes(10)).prefix(passwordCharacters), by: 5)
  }

  /// An account with a password; only what PBKDF2 makes of it is kept.
  static func user(
    _ name: String, role: Role, window: WindowID?, password: String, random: any RandomSource
  ) -> UserRow {
    let salt = random.bytes(saltBytes)
    return UserRow(
      id: UserRow.newID(random), name: name, role: role.rawValue, window: window, disabled: false,
      secret: PassphraseKey.derive(passphrase: password, salt: salt, rounds: Limits.passphraseRounds), salt: salt)
  }
}
