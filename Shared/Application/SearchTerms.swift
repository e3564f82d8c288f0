package import Foundations

/// One thing an application can be found by. Stores keep only a keyed index of it, never the text.
package struct SearchTerm: Sendable, Hashable {
  /// `id`, `tail`, `phone`, `name`, `prefix`, `credit`: the same text of two kinds is two terms.
  package let kind: String
  package let value: String

  package init(_ kind: String, _ value: String) {
    self.kind = kind
    self.value = value
  }

  /// How many characters of a name are indexed as beginnings.
  private static let prefixCharactersMax = 4

  /// The terms of an application: its applicant's whole number, last four digits, phone, name and the name's
  /// beginnings.
  package static func of(_ state: ApplicationState) -> [SearchTerm] {
    let applicant = state.value(Register.applicant) ?? .null
    var terms: [SearchTerm] = []
    for key in ["idNumber", "uscc", "phone"] {
      guard let number = applicant[key]?.text.map(normalised), !number.isEmpty else { continue }
      terms.append(SearchTerm(key == "phone" ? "phone" : "id", number))
      terms.append(SearchTerm("tail", String(number.suffix(4))))
    }
    if let name = applicant["name"]?.text.map(normalised), !name.isEmpty {
      terms.append(SearchTerm("name", name))
      for count in 1...prefixCharactersMax where name.count >= count {
        terms.append(SearchTerm("prefix", String(name.prefix(count))))
      }
    }
    if !state.openCredit.isEmpty, let person = identity(applicant) { terms.append(credit(of: person)) }
    return terms
  }

  /// By which an applicant's promises that were not kept are found; never by what is typed into a search.
  package static func credit(of identity: SearchTerm) -> SearchTerm { SearchTerm("credit", identity.value) }

  /// What tells one applicant from every other: the identity number or the unified social credit code. Nil where there
  /// is neither: a name alone is nobody's.
  package static func identity(_ applicant: Value) -> SearchTerm? {
    let number = ["idNumber", "uscc"].compactMap { applicant[$0]?.text.map(normalised) }.first { !$0.isEmpty }
    return number.map { SearchTerm("id", $0) }
  }

  /// The terms that a text typed into a search may mean; an application with any of them is found.
  package static func meant(by text: String) -> [SearchTerm] {
    let text = normalised(text)
    guard !text.isEmpty else { return [] }
    var terms = [SearchTerm("id", text), SearchTerm("phone", text), SearchTerm("name", text)]
    if text.count == 4 { terms.append(SearchTerm("tail", text)) }
    if text.count <= prefixCharactersMax { terms.append(SearchTerm("prefix", text)) }
    return terms
  }

  private static func normalised(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0.isPlainlyVisible && !(0x61...0x7A ~= $0.value) }
    return isPlain ? text : String(text.halfWidth.uppercased().filter { !$0.isWhitespace })
  }
}
