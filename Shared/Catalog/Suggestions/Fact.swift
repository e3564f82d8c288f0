/// A fact of a person or of somebody in the household, by which matters are suggested 免申即享.
package enum Fact: String, Sendable, CaseIterable {
  /// Years, from the identity number.
  case age
  /// `1` male, `2` female (GB/T 2261.1).
  case sex
  /// `true` where the household register is in this county.
  case localHousehold
  /// `1` to `4`, of the disability certificate.
  case disabilityLevel
  /// `1` to `7`, of the disability certificate.
  case disabilityKind
  /// `true` where the household receives the subsistence allowance 低保.
  case subsistenceAllowance
  /// `true` for a person in extreme poverty 特困.
  case extremePoverty
  /// `true` for a child without support 孤儿 or in fact without support.
  case orphan
  /// `none`, `resident` 居民养老, `employee` 职工养老.
  case pensionInsurance
  /// `true` where a pension is paid already.
  case receivesPension
  /// `employed`, `flexible`, `unemployed`, `student`, `none`.
  case work
  /// `true` where employment service has found it hard to find work 就业困难人员.
  case hardToEmploy
  /// `10` single … `40` divorced (GB/T 2261.2).
  case marital
  /// Days since a child was born into the household.
  case daysSinceBirth
  /// Days since somebody of the household died.
  case daysSinceDeath
  /// Days since the marriage was registered.
  case daysSinceMarriage
  /// Days since leaving the armed forces.
  case daysSinceDischarge
  /// Days since graduation from a university or college.
  case daysSinceGraduation
  /// Days until the driving licence ends; negative once it has.
  case daysToLicenceEnd
  /// `true` for a pupil or student of a family in difficulty.
  case pupilInNeed
  /// `true` where a home was bought with a housing fund account.
  case boughtHome
  /// `true` for somebody who has a social security card.
  case socialSecurityCard

  /// Whether it is a number with bounds, and not one of some values.
  package var isNumber: Bool {
    switch self {
    case .age, .daysSinceBirth, .daysSinceDeath, .daysSinceMarriage, .daysSinceDischarge, .daysSinceGraduation,
      .daysToLicenceEnd:
      true
    default: false
    }
  }
}
