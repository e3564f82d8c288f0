package import Foundations

/// A matter that somebody of a household is likely entitled to 免申即享, and why. A person decides to apply.
package struct Suggestion: Sendable, Equatable {
  package let matter: MatterID
  package let name: String
  /// Whom it is for; nil: the household.
  package let person: String?
  package let reason: String
  package let basis: String?
  /// What nobody has written down yet and has to be asked first; empty where all of it is known.
  package let toAsk: [Fact]

  /// The reason with whom it is for, and what is still to be asked.
  package var because: String {
    let whom = person.map { "\($0)：" } ?? ""
    let ask = toAsk.isEmpty ? "" : "；还要问：\(toAsk.map(\.question).joined(separator: "、"))"
    return whom + reason + ask
  }

  /// Of one condition at most may nothing be known: more would be guessing.
  private static let unknownMax = 1

  /// What the households may be told, in the order of the catalogue's matters, then of the people; what is known comes
  /// before what has to be asked.
  /// - Parameters:
  ///   - matters: those that hold in the county, the nearest list first; of one matter on several lists the first.
  ///   - county: six digits.
  ///   - facts: which field says what.
  package static func all(
    for households: [Household], matters: [Matter], county: String, facts: FactRegister, today: CivilDate
  ) -> [Suggestion] {
    var offered: [Matter] = []
    for matter in matters where !matter.entitlements.isEmpty && !offered.contains(where: { $0.isSame(as: matter) }) {
      offered.append(matter)
    }
    let found = households.flatMap { household -> [Suggestion] in
      let (people, shared) = household.known(county: county, facts: facts, today: today)
      return offered.flatMap { suggestions($0, household, people, shared, facts, today) }
    }
    return found.filter(\.toAsk.isEmpty) + found.filter { !$0.toAsk.isEmpty }
  }

  private static func suggestions(
    _ matter: Matter, _ household: Household, _ people: [KnownPerson], _ shared: KnownPerson, _ facts: FactRegister,
    _ today: CivilDate
  ) -> [Suggestion] {
    let isShared = matter.entitlements.contains { $0.when.allSatisfy { facts[$0.fact]?.isShared == true } }
    if isShared {
      guard !household.has(matter, person: nil, today: today) else { return [] }
      return best(matter, nil, shared, shared, facts).map { [$0] } ?? []
    }
    return people.compactMap { person in
      guard !person.isDead, !household.has(matter, person: person.identity, today: today) else { return nil }
      return best(matter, person.name ?? "", person, shared, facts)
    }
  }

  /// The first entitlement of which all is known, else the first of which little is unknown.
  private static func best(
    _ matter: Matter, _ name: String?, _ person: KnownPerson, _ shared: KnownPerson, _ facts: FactRegister
  ) -> Suggestion? {
    let judged = matter.entitlements.compactMap { entitlement -> (Entitlement, [Fact])? in
      unknown(entitlement, person, shared, facts).map { (entitlement, $0) }
    }
    guard let (entitlement, toAsk) = judged.first(where: \.1.isEmpty) ?? judged.first else { return nil }
    return Suggestion(
      matter: matter.id, name: matter.name, person: name.flatMap { $0.isEmpty ? nil : $0 }, reason: entitlement.reason,
      basis: entitlement.basis, toAsk: toAsk)
  }

  /// The facts that nobody knows; nil where one does not hold, or too little is known.
  private static func unknown(
    _ entitlement: Entitlement, _ person: KnownPerson, _ shared: KnownPerson, _ facts: FactRegister
  ) -> [Fact]? {
    var unknown: [Fact] = []
    for condition in entitlement.when {
      // What nobody could be asked for is not suggested by.
      guard let fact = facts[condition.fact] else { return nil }
      if let number = person.numbers[fact.id] ?? shared.numbers[fact.id] {
        if let min = condition.min, number < min { return nil }
        if let max = condition.max, number > max { return nil }
      } else if let words = person.words[fact.id] ?? shared.words[fact.id] {
        if words.isDisjoint(with: condition.values) { return nil }
      } else {
        unknown.append(fact)
      }
    }
    let isGuess = unknown.count > unknownMax || unknown.count == entitlement.when.count
    return isGuess ? nil : unknown
  }
}
