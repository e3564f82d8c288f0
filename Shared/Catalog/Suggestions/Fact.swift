internal import Foundations

/// A fact of a person or of somebody in the household, by which matters are suggested 免申即享. Which facts there are,
/// how one asks for them and which fields say them, the county's `facts.json` says.
package struct Fact: Sendable, Hashable {
  package let id: String
  /// How one asks for it.
  package let question: String
  /// Whether it is a number with bounds, and not one of some values.
  package let isNumber: Bool
  /// Whether it is of the household, not of one person.
  package let isShared: Bool

  /// Years, from the identity number.
  static let age = "age"
  /// `1` male, `2` female (GB/T 2261.1), from the identity number.
  static let sex = "sex"
  /// `true` where the household register is in this county, from its address.
  static let localHousehold = "localHousehold"
  /// Facts that no field need say: the program reads them off what every form has.
  package static let own: Set<String> = [age, sex, localHousehold]
}

/// What a captured field says of a fact.
package struct FactSource: Sendable, Equatable {
  /// How the field's value is read.
  package enum Reading: String, Sendable, CaseIterable {
    /// The value itself, of a choice or text.
    case word
    /// Each value of several choices.
    case words
    /// `true` or `false`, of a boolean.
    case flag
    /// `word`, where there is any value.
    case present
    /// What `map` makes of the value; else `otherwise`, else nothing.
    case map
    /// A whole number.
    case number
    /// Days since a date; one that is still to come says nothing.
    case daysSince
    /// Days until a date; negative once it has passed.
    case daysUntil

    /// Whether it gives a number.
    var isNumber: Bool { [.number, .daysSince, .daysUntil].contains(self) }

    /// The types of fields that it can read.
    var types: Set<FieldType> {
      switch self {
      case .word, .map: [.choice, .text]
      case .words: [.choices]
      case .flag: [.boolean]
      case .number: [.integer]
      case .daysSince, .daysUntil: [.date, .datetime]
      case .present: Set(FieldType.allCases)
      }
    }
  }

  package let field: String
  package let fact: String
  /// Whose fact it is: a role of the form; nil for the household.
  package let role: String?
  package let reading: Reading
  let word: String?
  let map: [String: String]
  let otherwise: String?
  /// The role of somebody whom the field says to be dead: nobody suggests anything to them.
  package let dead: String?

  /// A word, or a number.
  enum Content: Equatable, Sendable {
    case word(String)
    case number(Int)
  }

  /// What a value says; empty where it says nothing.
  func read(_ value: Value, today: CivilDate) -> [Content] {
    switch reading {
    case .word: return value.text.map { [.word($0)] } ?? []
    case .words: return (value.array ?? []).compactMap(\.text).map { .word($0) }
    case .flag: return value.bool.map { [.word($0 ? "true" : "false")] } ?? []
    case .present: return word.map { [.word($0)] } ?? []
    case .map: return value.text.flatMap { map[$0] ?? otherwise }.map { [.word($0)] } ?? []
    case .number: return value.integer.map { [.number(Int(clamping: $0))] } ?? []
    case .daysSince, .daysUntil:
      guard let day = value.text.flatMap({ CivilDate(String($0.prefix(10))) }) else { return [] }
      if reading == .daysUntil { return [.number(day.dayNumber - today.dayNumber)] }
      return day > today ? [] : [.number(today.dayNumber - day.dayNumber)]
    }
  }
}

/// The facts that a county knows, and which fields say them.
package struct FactRegister: Sendable, Equatable {
  package let facts: [Fact]
  package let sources: [FactSource]
  private let byID: [String: Fact]
  private let byField: [String: [FactSource]]

  /// - Parameters:
  ///   - facts: each id once (`FactsDocument` refuses other files).
  package init(facts: [Fact] = [], sources: [FactSource] = []) {
    self.facts = facts
    self.sources = sources
    byID = Dictionary(facts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    byField = Dictionary(grouping: sources, by: \.field)
  }

  /// The fact of an id; nil where the county knows none.
  package subscript(id: String) -> Fact? { byID[id] }

  /// What a field says, by its id: ids never change their meaning.
  func sources(of field: String) -> [FactSource] { byField[field] ?? [] }
}
