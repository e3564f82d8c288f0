internal import Foundations

/// The legal retirement age as it rises step by step (decision of 13 September 2024, in force since 2025-01-01;
/// rules.md A.3). Employees only: the residents' pension stays at sixty.
package struct Retirement: Sendable, Equatable {
  /// Whose age it is, by what it was before.
  package enum Group: String, Sendable, CaseIterable {
    case men
    /// Women whose age was fifty-five.
    case women55
    /// Women whose age was fifty.
    case women50

    fileprivate var rule: (age: Int, baseYear: Int, step: Int, monthsMax: Int) {
      switch self {
      case .men: (60, 1965, 4, 36)
      case .women55: (55, 1970, 4, 36)
      case .women50: (50, 1975, 2, 60)
      }
    }

    /// The group's name on screen.
    package var label: String {
      switch self {
      case .men: "男（原六十岁）"
      case .women55: "女（原五十五岁）"
      case .women50: "女（原五十岁）"
      }
    }
  }

  /// Age in years and months.
  package let years: Int
  package let months: Int
  /// The year and the month (1 to 12) of retirement.
  package let year: Int
  package let month: Int
  /// Months of contributions that are needed at least: 180 until 2029, six more every year from 2030, at most 240.
  package let contributionMonths: Int

  /// - Parameters:
  ///   - birthYear, birthMonth: of birth; months count from 1.
  /// - Returns: nil for a month that is none, or a year that nobody alive was born in.
  package init?(birthYear: Int, birthMonth: Int, group: Group) {
    guard (1...12).contains(birthMonth), (1890...2200).contains(birthYear) else { return nil }
    let rule = group.rule
    let since = (birthYear - rule.baseYear) * 12 + birthMonth - 1
    let delay = since < 0 ? 0 : min(rule.monthsMax, since / rule.step + 1)
    let age = rule.age * 12 + delay
    let end = birthYear * 12 + birthMonth - 1 + age
    years = age / 12
    months = age % 12
    year = end / 12
    month = end % 12 + 1
    contributionMonths = year < 2030 ? 180 : min(240, 186 + (year - 2030) * 6)
  }

  /// The month of retirement, `YYYY-MM`.
  package var text: String { String(CivilDate(year: year, month: month, day: 1)?.text.prefix(7) ?? "") }
}
