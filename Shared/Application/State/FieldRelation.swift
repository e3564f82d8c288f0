package import Foundations

/// What must hold between two fields of a form, whatever each of them says by itself.
///
/// An application keeps the relations of the form it was opened with, so that every replica finds the same ones broken,
/// whichever catalogue it holds. Two people may each have written something sound that cannot both be true: a relation
/// that is broken is a conflict of the kind `rule`, and nothing is submitted while it stands.
package struct FieldRelation: Sendable, Hashable {
  /// How the fields stand to each other.
  package enum Kind: String, Sendable, CaseIterable {
    /// The first is a time that is not after the second; compared as exactly as both of them are.
    case notAfter
    /// They are not the same: two people cannot have one number.
    case different
  }

  package let kind: Kind
  /// Fields' ids.
  package let first: String
  package let second: String

  package init(_ kind: Kind, _ first: String, _ second: String) {
    self.kind = kind
    self.first = first
    self.second = second
  }

  /// The array [kind, first, second].
  package var value: Value { [.text(kind.rawValue), .text(first), .text(second)] }

  /// Reads what `value` writes; nil for anything else, as a kind of a later program.
  package init?(_ value: Value) {
    guard let parts = value.array, parts.count == 3, let kind = parts[0].text.flatMap(Kind.init(rawValue:)),
      let first = parts[1].text, let second = parts[2].text
    else { return nil }
    self.init(kind, first, second)
  }

  /// Whether it holds; where one of the fields says nothing, or nothing that can be compared, it does.
  package func holds(_ values: Members) -> Bool {
    guard let left = values[first]?.text, let right = values[second]?.text, !left.isEmpty, !right.isEmpty else {
      return true
    }
    switch kind {
    case .different: return left.uppercased() != right.uppercased()
    case .notAfter:
      let (left, right) = (Self.inChina(left), Self.inChina(right))
      let common = min(left.utf8.count, right.utf8.count)
      return !right.utf8.prefix(common).lexicographicallyPrecedes(left.utf8.prefix(common))
    }
  }

  /// A date, a month, or a time as it is called in China: each is the beginning of what is more exact.
  private static func inChina(_ text: String) -> String { ChinaTime.instant(text).map { ChinaTime.text($0) } ?? text }
}

extension ApplicationState {
  /// What must hold between fields, as the form says that somebody sees it has.
  private func relations(_ values: Members) -> [FieldRelation] {
    guard let form = values[Register.form], !form.isNull else { return openingRelations }
    return (form["rules"]?.array ?? []).compactMap { FieldRelation($0) }
  }

  /// The registers whose values break a relation of the form.
  /// - Parameter values: by register, as somebody sees them.
  func registersBreakingRelations(_ values: Members) -> [String] {
    let relations = relations(values)
    guard !relations.isEmpty else { return [] }
    let fields = Self.fieldValues(values)
    let broken = relations.filter { !$0.holds(fields) }
    return broken.flatMap { [$0.first, $0.second] }.compactMap { field in
      values[field] != nil ? field : values.first { Register.isGroup($0.key) && $0.value[field] != nil }?.key
    }
  }

  /// The other fields that a register stands in a broken relation to, in the order of the form.
  package func standsAgainst(_ register: String) -> [String] {
    let values = relatedValues
    let fields = Self.fieldValues(values)
    let own = Register.isGroup(register) ? Set((values[register]?.object ?? [:]).keys) : [register]
    var others: [String] = []
    for relation in relations(values) where !relation.holds(fields) {
      let other = own.contains(relation.first) ? relation.second : own.contains(relation.second) ? relation.first : nil
      if let other, !others.contains(other) { others.append(other) }
    }
    return others
  }
}
