package import Foundations

/// One person of a household, and what is known of them.
struct KnownPerson {
  let identity: String
  var name: String?
  /// By the fact's id.
  var words: [String: Set<String>] = [:]
  var numbers: [String: Int] = [:]
  var isDead = false
}

/// People who stand in one application, or in applications that share somebody: who lives together, as far as papers
/// say.
package struct Household: Sendable {
  /// The applications, in the order in which they were handed in.
  let cases: [CapturedCase]
  /// Their places among all that were handed in.
  package let places: [Int]

  /// Parts applications into households; the order of both follows the order of the applications.
  package static func all(_ cases: [CapturedCase], today: CivilDate) -> [Household] {
    var groups: [(people: Set<String>, cases: [Int])] = []
    for (index, captured) in cases.enumerated() {
      var people = Set(captured.people(today: today).map(\.identity))
      var members = [index]
      groups.removeAll { group in
        guard !group.people.isDisjoint(with: people) else { return false }
        people.formUnion(group.people)
        members += group.cases
        return true
      }
      groups.append((people, members.sorted()))
    }
    return groups.sorted { $0.cases[0] < $1.cases[0] }.map { group in
      Household(cases: group.cases.map { cases[$0] }, places: group.cases)
    }
  }

  /// What the applications say of everybody, and of the household as a whole.
  /// - Parameter county: six digits; whose register a household is in.
  func known(
    county: String, facts: FactRegister, today: CivilDate
  ) -> (people: [KnownPerson], shared: KnownPerson) {
    var people: [String: KnownPerson] = [:]
    var shared = KnownPerson(identity: "")
    for captured in cases {
      for (identity, name) in captured.people(today: today) {
        var person = people[identity] ?? KnownPerson(identity: identity)
        person.name = person.name ?? name
        if let reading = IdentityNumberReading.read(identity, today: today) {
          person.numbers[Fact.age] = reading.age
          person.words[Fact.sex] = [reading.sex]
        }
        people[identity] = person
      }
      for field in captured.matter.fields {
        guard let value = captured.values[field.id], !value.isBlank else { continue }
        if field.elementID == "hukouAddr", let division = value["division"]?.text,
          let identity = captured.identity(of: field.roleID, today: today)
        {
          people[identity]?.words[Fact.localHousehold] = [division.hasPrefix(county) ? "true" : "false"]
        }
        for source in facts.sources(of: field.id) {
          if let role = source.dead, let identity = captured.identity(of: role, today: today) {
            people[identity]?.isDead = true
          }
          let said = source.read(value, today: today)
          if let role = source.role {
            guard let identity = captured.identity(of: role, today: today) else { continue }
            people[identity]?.learn(source.fact, said)
          } else {
            shared.learn(source.fact, said)
          }
        }
      }
    }
    return (people.values.sorted { $0.identity < $1.identity }, shared)
  }

  /// Whether somebody has this matter already, under any list that prints it; nil person: anybody of the household.
  func has(_ matter: Matter, person: String?, today: CivilDate) -> Bool {
    cases.contains { captured in
      guard captured.matter.isSame(as: matter) else { return false }
      guard let person else { return true }
      return captured.people(today: today).contains { $0.identity == person }
    }
  }
}

extension KnownPerson {
  /// Words of one reading belong together; a later application knows better than an earlier one.
  mutating func learn(_ fact: String, _ said: [FactSource.Content]) {
    var fresh: Set<String> = []
    for content in said {
      switch content {
      case .word(let word): fresh.insert(word)
      case .number(let number): numbers[fact] = number
      }
    }
    if !fresh.isEmpty { words[fact] = fresh }
  }
}

extension Matter {
  /// Whether it is the same matter under another list: worked out alike, or called alike.
  func isSame(as other: Matter) -> Bool {
    id == other.id || source.worked != nil && source.worked == other.source.worked && source.worked != "KD"
      || name.bareMatterName == other.name.bareMatterName
  }
}
