internal import Foundations

/// Which captured fields say which facts, by the field's id: ids never change their meaning (`BuiltIn/README.md`).
enum FactTable {
  /// What a field says.
  struct Entry: Sendable {
    /// Whose fact it is: a role, or nil for the household.
    let role: String?
    let read: @Sendable (Value, CivilDate) -> [(Fact, FactValue)]
  }

  /// A word, or a number.
  enum FactValue: Equatable, Sendable {
    case word(String)
    case number(Int)
  }

  static func entry(_ field: String) -> Entry? { table[field] }

  private static let table: [String: Entry] = [
    // 扶残助困
    "d.level": word("d", .disabilityLevel), "d.category": words("d", .disabilityKind),
    "d.job": mapped("d", .work, ["1": "employed", "2": "unemployed", "4": "student", "5": "none"]),
    "d.marital": word("d", .marital), "p.tekun": flag("d", .extremePoverty), "p.orphan": flag("d", .orphan),
    "p.kind": Entry(role: nil) { value, _ in
      value.text.map { [(.subsistenceAllowance, .word($0 == "1" ? "true" : "false"))] } ?? []
    },
    // 居民养老、职工退休、灵活就业
    "p.otherPension": flag("p", .receivesPension),
    "p.payYears": fixed("p", .pensionInsurance, "resident"),
    "r.payMonths": fixed("r", .pensionInsurance, "employee"),
    "w.prevInsure": mapped("w", .pensionInsurance, ["1": "none", "2": "employee", "3": "resident"]),
    "w.form": fixed("w", .work, "flexible"), "w.hard": flag("w", .hardToEmploy),
    // 毕业生、退役军人、驾驶证、社保卡
    "job.status": mapped("applicant", .work, ["1": "employed", "2": "unemployed", "4": "student"]),
    "grad.date": days("applicant", .daysSinceGraduation), "mil.out": days("applicant", .daysSinceDischarge),
    "dl.end": Entry(role: "applicant") { value, today in
      day(value).map { [(.daysToLicenceEnd, .number($0.dayNumber - today.dayNumber))] } ?? []
    },
    "ss.card": flag("emp", .socialSecurityCard), "c.oldCard": fixed("c", .socialSecurityCard, "true"),
    // 家里的事
    "nb.birthTime": days(nil, .daysSinceBirth), "de.deathTime": days(nil, .daysSinceDeath),
    "y.date": days(nil, .daysSinceMarriage), "deal.first": fixed("applicant", .boughtHome, "true"),
    "applicant.marital": word("applicant", .marital),
    "job.wage": fixed("emp", .pensionInsurance, "employee"),
    "fam.kind": mapped("stu", .pupilInNeed, ["1": "true", "2": "true", "3": "true", "4": "false"]),
  ]

  /// Fields that say that the person of a role is dead: nobody suggests anything to them.
  static let deathOf = ["de.deathTime": "de"]

  // MARK: Kinds of entry

  private static func word(_ role: String?, _ fact: Fact) -> Entry {
    Entry(role: role) { value, _ in value.text.map { [(fact, .word($0))] } ?? [] }
  }

  private static func words(_ role: String?, _ fact: Fact) -> Entry {
    Entry(role: role) { value, _ in (value.array ?? []).compactMap(\.text).map { (fact, .word($0)) } }
  }

  private static func flag(_ role: String?, _ fact: Fact) -> Entry {
    Entry(role: role) { value, _ in value.bool.map { [(fact, .word($0 ? "true" : "false"))] } ?? [] }
  }

  private static func fixed(_ role: String?, _ fact: Fact, _ word: String) -> Entry {
    Entry(role: role) { value, _ in value.isBlank ? [] : [(fact, .word(word))] }
  }

  private static func mapped(_ role: String?, _ fact: Fact, _ words: [String: String]) -> Entry {
    Entry(role: role) { value, _ in value.text.flatMap { words[$0] }.map { [(fact, .word($0))] } ?? [] }
  }

  /// Days since the day; one that is still to come says nothing.
  private static func days(_ role: String?, _ fact: Fact) -> Entry {
    Entry(role: role) { value, today in
      guard let day = day(value), day <= today else { return [] }
      return [(fact, .number(today.dayNumber - day.dayNumber))]
    }
  }

  /// A date, or the day of a time.
  private static func day(_ value: Value) -> CivilDate? { value.text.flatMap { CivilDate(String($0.prefix(10))) } }
}
