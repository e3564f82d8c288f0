package import Foundations

/// What checking a form gave.
package struct FormOutcome: Sendable, Equatable {
  /// Normal forms of everything that was sound; `.null` where a field is to be cleared.
  package var values: Members = [:]
  /// Everything that is wrong, in the form's order.
  package var problems: [Problem] = []
  /// What is unusual, without being wrong.
  package var warnings: [FieldWarning] = []
  /// Fields that were given and that none of the chosen items needs (最小必要, PIPL 6): to be left out or asked about.
  package var notNeeded: [String] = []

  /// All problems as one to throw; nil if there is none.
  package var problem: Problem? {
    guard var first = problems.first else { return nil }
    first.others = Array(problems.dropFirst())
    return first
  }
}

/// The rules of a matter's form.
package struct FormValidator: Sendable {
  /// All fields of the matter, in the form's order.
  package let fields: [Field]
  /// The chosen items; fields of others are not needed. Nil: all.
  package let items: Set<ItemID>?
  private let byID: [String: Field]
  /// The fields again, each behind one reference: a field has twenty parts, and what passes it on counts them all.
  private let rules: [FieldReference]
  /// The expressions of the form, read once.
  private let patterns: [String: Pattern]

  /// A form of these fields, for the chosen items; nil for all.
  package init(fields: [Field], items: Set<ItemID>?) {
    self.fields = fields
    self.items = items
    rules = fields.map(FieldReference.init)
    byID = Dictionary(fields.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let expressions = Set((fields + fields.flatMap(\.columns)).compactMap(\.pattern))
    patterns = Dictionary(
      expressions.compactMap { expression in (try? Pattern(expression)).map { (expression, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// The field of this id.
  package func field(_ id: String) -> Field? { byID[id] }

  /// Whether the chosen items ask for a field.
  package func isNeeded(_ field: Field) -> Bool {
    guard let items else { return true }
    return field.items.isEmpty || !items.isDisjoint(with: field.items)
  }

  /// Checks all values at once; missing ones are `MergedForm.missing`'s business.
  /// - Parameter today: the legal day in China.
  package func validate(_ values: Members, today: CivilDate) -> FormOutcome {
    var outcome = FormOutcome()
    var rule = FieldRule(today: today) { patterns[$0] }
    outcome.values.reserveCapacity(values.count)
    var known = 0
    for reference in rules {
      let id = reference.field.id
      guard let value = values[id] else { continue }
      known += 1
      if let normal = rule.normalise(value, as: reference.field, at: id) { outcome.values[id] = normal }
      if items != nil, !isNeeded(reference.field), !value.isBlank { outcome.notNeeded.append(id) }
    }
    outcome.problems = rule.problems
    if known < values.count { outcome.problems += values.keys.filter { byID[$0] == nil }.sorted().map(unknown) }
    outcome.warnings = rule.warnings
    return outcome
  }

  /// Checks one value.
  /// - Returns: its normal form, `.null` for a blank one.
  /// - Throws: `field.unknown`, or what is wrong with the value, with all further problems in `others`.
  package func normalise(_ value: Value, field id: String, today: CivilDate) throws(Problem) -> Value {
    let outcome = validate([id: value], today: today)
    if let problem = outcome.problem { throw problem }
    return outcome.values[id] ?? .null
  }

  /// `field.unknown` with the nearest field that there is.
  package func unknown(_ id: String) -> Problem {
    let shown = id.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "（无法显示）" : id.prefix(40)
    let near = fields.first { $0.name == id } ?? Nearest.match(id, among: fields.map(\.id)).flatMap { byID[$0] }
    let hint = near.map { "，是不是 \($0.id)（\($0.name)）？" } ?? ""
    return ProblemKind.fieldUnknown.with("\(shown)\(hint)", field: String(id.prefix(80)))
  }
}

/// A field that is passed on without being copied.
private final class FieldReference: Sendable {
  let field: Field
  init(_ field: Field) { self.field = field }
}

extension Field {
  /// The register that this field is written with as a whole: edits of one register replace each other, never mix
  /// (a bank and an account number of two authors would name an account that nobody has).
  package var register: String { group ?? id }
}

/// The nearest word, for "did you mean".
package enum Nearest {
  /// Characters that are compared; longer words are cut.
  private static let charactersMax = 64

  /// The known word at the least edit distance (Levenshtein 1966), if it is near: at most a third of its length, and
  /// two. Case does not count.
  package static func match(_ word: String, among known: some Sequence<String>) -> String? {
    var best: (word: String, distance: Int)?
    let wanted = Array(word.lowercased().prefix(charactersMax))
    for candidate in known {
      let letters = Array(candidate.lowercased().prefix(charactersMax))
      let bound = min(best.map { $0.distance - 1 } ?? Int.max, max(2, letters.count / 3))
      guard abs(letters.count - wanted.count) <= bound else { continue }
      let distance = distance(wanted, letters)
      if distance <= bound { best = (candidate, distance) }
    }
    return best?.word
  }

  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let replaced = diagonal + (character == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }
}
