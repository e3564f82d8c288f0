internal import Application
internal import Foundations

/// What an identity number says of its holder.
struct IdentityNumberReading {
  let text: String
  let age: Int
  /// `1` male, `2` female (GB/T 2261.1).
  let sex: String

  /// Nil for a number that is none.
  static func read(_ text: String, today: CivilDate) -> IdentityNumberReading? {
    guard let number = try? IdentityNumber(text, today: today) else { return nil }
    return IdentityNumberReading(
      text: number.text, age: number.age(on: today), sex: number.sex == .male ? "1" : "2")
  }
}
