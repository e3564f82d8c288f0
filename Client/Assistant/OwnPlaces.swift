internal import Application
internal import CaptureStore
internal import Catalog
internal import Foundations

/// Places of the own county: this device holds their list, and a code that is not on it was typed wrongly. Of other
/// counties nothing is known, and nothing is refused.
struct OwnPlaces {
  /// Six digits.
  let county: String
  /// The list, read only where a place of the county is named at all; nil where there is none.
  private let list: () -> DivisionRegistry?
  /// How many places a refusal names.
  private static let namedMax = 12

  init(county: String, list: @escaping () -> DivisionRegistry?) {
    self.county = county
    self.list = list
  }

  init(_ session: StoreSession) {
    self.init(county: session.identity.countyDivision) { Assistant.divisions(session) }
  }

  /// A division of this county.
  /// - Throws: `field.division.format`, `division.other-county`, `division.unknown`.
  func division(_ text: String) throws(Problem) -> String {
    let code = try DivisionCode(text)
    guard code.text.hasPrefix(county) else { throw ProblemKind.divisionOtherCounty.with(code.text) }
    if let problem = problem(code.text, of: nil) { throw problem }
    return code.text
  }

  /// Fields that name a place of this county which there is not.
  /// - Parameter values: by field, in normal form.
  func problems(_ values: Members, of matter: Matter) -> [Problem] {
    matter.fields.flatMap { field in
      (values[field.id].map { Self.codes($0, field) } ?? []).compactMap { problem($0, of: field) }
    }
  }

  private static func codes(_ value: Value, _ field: Field) -> [String] {
    switch field.type {
    case .division: [value.text].compactMap(\.self)
    case .address: [value["division"]?.text].compactMap(\.self)
    case .list:
      (value.array ?? []).flatMap { row in
        field.columns.flatMap { column in row[column.id].map { codes($0, column) } ?? [] }
      }
    default: []
    }
  }

  private func problem(_ code: String, of field: Field?) -> Problem? {
    guard code.hasPrefix(county), code.utf8.count > county.utf8.count, let registry = list(),
      let among = registry.absence(of: code)
    else { return nil }
    let known = registry.children(of: among).prefix(Self.namedMax + 1).map { "\($0.code) \($0.name)" }
    let more = known.count > Self.namedMax ? "……" : ""
    let label = field.map { "“\($0.name)”" } ?? ""
    let detail = "\(label)\(code)，可以写 \(known.prefix(Self.namedMax).joined(separator: "、"))\(more)"
    return ProblemKind.divisionUnknown.with(detail, field: field?.id ?? "division")
  }
}
