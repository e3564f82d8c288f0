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
  package static func all(
    for households: [Household], matters: [Matter], county: String, today: CivilDate
  ) -> [Suggestion] {
    var offered: [Matter] = []
    for matter in matters where !matter.entitlements.isEmpty && !offered.contains(where: { $0.isSame(as: matter) }) {
      offered.append(matter)
    }
    let found = households.flatMap { household -> [Suggestion] in
      let (people, shared) = household.known(county: county, today: today)
      return offered.flatMap { suggestions($0, household, people, shared, today) }
    }
    return found.filter(\.toAsk.isEmpty) + found.filter { !$0.toAsk.isEmpty }
  }

  private static func suggestions(
    _ matter: Matter, _ household: Household, _ people: [KnownPerson], _ shared: KnownPerson, _ today: CivilDate
  ) -> [Suggestion] {
    let isShared = matter.entitlements.contains { $0.when.allSatisfy { Fact(rawValue: $0.fact)?.isShared == true } }
    if isShared {
      guard !household.has(matter, person: nil, today: today) else { return [] }
      return best(matter, nil, shared, shared).map { [$0] } ?? []
    }
    return people.compactMap { person in
      guard !person.isDead, !household.has(matter, person: person.identity, today: today) else { return nil }
      return best(matter, person.name ?? "", person, shared)
    }
  }

  /// The first entitlement of which all is known, else the first of which little is unknown.
  private static func best(
    _ matter: Matter, _ name: String?, _ person: KnownPerson, _ shared: KnownPerson
  ) -> Suggestion? {
    let judged = matter.entitlements.compactMap { entitlement -> (Entitlement, [Fact])? in
      unknown(entitlement, person, shared).map { (entitlement, $0) }
    }
    guard let (entitlement, toAsk) = judged.first(where: \.1.isEmpty) ?? judged.first else { return nil }
    return Suggestion(
      matter: matter.id, name: matter.name, person: name.flatMap { $0.isEmpty ? nil : $0 }, reason: entitlement.reason,
      basis: entitlement.basis, toAsk: toAsk)
  }

  /// The facts that nobody knows; nil where one does not hold, or too little is known.
  private static func unknown(_ entitlement: Entitlement, _ person: KnownPerson, _ shared: KnownPerson) -> [Fact]? {
    var unknown: [Fact] = []
    for condition in entitlement.when {
      guard let fact = Fact(rawValue: condition.fact) else { return nil }
      if let number = person.numbers[fact] ?? shared.numbers[fact] {
        if let min = condition.min, number < min { return nil }
        if let max = condition.max, number > max { return nil }
      } else if let words = person.words[fact] ?? shared.words[fact] {
        if words.isDisjoint(with: condition.values) { return nil }
      } else {
        unknown.append(fact)
      }
    }
    let isGuess = unknown.count > unknownMax || unknown.count == entitlement.when.count
    return isGuess ? nil : unknown
  }
}

extension Fact {
  /// Whether it is of the household, not of one person.
  var isShared: Bool {
    [.daysSinceBirth, .daysSinceDeath, .daysSinceMarriage, .subsistenceAllowance].contains(self)
  }

  /// How one asks for it.
  package var question: String {
    switch self {
    case .age: "多大年纪"
    case .sex: "性别"
    case .localHousehold: "户籍是不是在本县"
    case .disabilityLevel: "残疾等级"
    case .disabilityKind: "残疾类别"
    case .subsistenceAllowance: "是不是低保家庭"
    case .extremePoverty: "是不是特困供养"
    case .orphan: "是不是孤儿"
    case .pensionInsurance: "参加哪种养老保险"
    case .receivesPension: "是不是已经在领养老金"
    case .work: "现在做什么"
    case .hardToEmploy: "是不是就业困难人员"
    case .marital: "婚姻状况"
    case .daysSinceBirth: "孩子哪天出生"
    case .daysSinceDeath: "哪天去世"
    case .daysSinceMarriage: "哪天结婚"
    case .daysSinceDischarge: "哪天退役"
    case .daysSinceGraduation: "哪天毕业"
    case .daysToLicenceEnd: "驾驶证哪天到期"
    case .pupilInNeed: "学生家里是不是困难"
    case .boughtHome: "是不是买了房"
    case .socialSecurityCard: "有没有社保卡"
    }
  }
}
