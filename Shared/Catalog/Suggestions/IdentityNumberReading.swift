internal import Application
internal import Foundations

/// What the number of a certificate says of its holder.
struct IdentityNumberReading {
  let text: String
  let age: Int
  /// `1` male, `2` female (GB/T 2261.1).
  let sex: String

  /// Nil for a number that is none, or that tells neither.
  static func read(_ text: String, today: CivilDate) -> IdentityNumberReading? {
    guard let number = CertificateNumber.known(text, today: today), let age = number.age(on: today),
      let sex = number.sex
    else { return nil }
    return IdentityNumberReading(text: number.text, age: age, sex: sex.rawValue)
  }
}
