internal import Application
package import Foundations

/// A county with its towns and villages, under its present code.
package struct County: Sendable, Equatable {
  /// Six digits.
  package let code: String
  /// The present name, without the names of what it lies in.
  package let name: String
  /// Names of province and city: `江苏省/淮安市`.
  package let path: [String]
  /// Former codes by their six digits.
  package let formerCodes: [String: FormerCode]
  /// Names by nine digits.
  package internal(set) var towns: [String: String]
  /// Names by twelve digits.
  package internal(set) var villages: [String: Village] = [:]
}

/// A code that a county had before, which elderly people's identity numbers begin with.
package struct FormerCode: Sendable, Hashable {
  /// First year, where it is known.
  package let from: Int?
  /// Last year, where it is known.
  package let until: Int?
  /// What the county was called, where it was something else.
  package let name: String?
}

/// A village 村 or community 社区.
package struct Village: Sendable, Hashable {
  /// Twelve digits.
  package let code: String
  /// The present name, without the names of what it lies in.
  package let name: String
  /// Urban-rural classification 城乡分类代码 or a word, as the county's list has it.
  package let type: String?

  /// A village whose code has been checked (`VillageRows`).
  package init(code: String, name: String, type: String?) {
    self.code = code
    self.name = name
    self.type = type
  }
}

/// The divisions that this installation knows by name. Codes of other places are valid all the same: people come from
/// anywhere, so that a missing name is never a refusal.
package struct DivisionRegistry: Sendable, Equatable {
  /// The counties by their six digits.
  package private(set) var counties: [String: County]

  init(counties: [String: County]) { self.counties = counties }

  /// Reads a document of divisions (`DivisionDocument`).
  /// - Throws: `division.invalid` for the first fault, with all further ones in `others`.
  package init(_ document: Value) throws(Problem) {
    self = try DivisionDocument.read(document)
  }

  /// The county that a code of 6, 9 or 12 digits lies in, by its present code or a former one.
  package func county(of code: String) -> County? {
    let prefix = String(code.prefix(6))
    return counties[prefix] ?? counties.values.first { $0.formerCodes[prefix] != nil }
  }

  /// The present six digits of a county that changed its code; the same for a present code; nil for one unknown.
  package func presentCode(of code: String) -> String? { county(of: code)?.code }

  /// The place's own name: 盱眙县, 马坝镇, 旧街村; nil where it is not known.
  package func name(of code: String) -> String? {
    guard let division = try? DivisionCode(code) else { return nil }
    let short = division.canonical.text
    // A former code names the county as a whole; what its towns were called is not known.
    guard let county = counties[String(short.prefix(6))] else {
      return short.count == 6 ? self.county(of: short)?.name : nil
    }
    switch short.count {
    case 6: return county.name
    case 9: return county.towns[short]
    default: return county.villages[short]?.name
    }
  }

  /// The name as one writes it in an address: 江苏省淮安市盱眙县马坝镇; as far down as is known, nil if not even the county.
  package func fullName(of code: String) -> String? {
    guard let county = county(of: code) else { return nil }
    let short = (try? DivisionCode(code))?.canonical.text ?? code
    let parts =
      county.path
      + [county.name, county.towns[String(short.prefix(9))], county.villages[short]?.name]
      .compactMap { $0 }
    return parts.joined()
  }

  /// Codes that may be meant by a name, for a person who knows no codes: all whose own name contains the text.
  /// - Parameter county: the six digits of the county whose places come first.
  /// - Returns: at most `limit` codes in order, counties before towns before villages.
  package func search(_ text: String, firstIn county: String = "", limit: Int = 20) -> [String] {
    let wanted = text.trimmed
    guard !wanted.isEmpty else { return [] }
    let names =
      counties.values.map { ($0.code, $0.name) } + counties.values.flatMap { $0.towns.map { ($0.key, $0.value) } }
      + counties.values.flatMap { $0.villages.values.map { ($0.code, $0.name) } }
    let found = names.filter { $0.1.contains(wanted) }.map(\.0)
    func rank(_ code: String) -> (Int, Int, String) { (code.hasPrefix(county) ? 0 : 1, code.count, code) }
    return Array(found.sorted { rank($0) < rank($1) }.prefix(limit))
  }

  /// Towns of a county, or villages of a town, in order of their codes.
  package func children(of code: String) -> [(code: String, name: String)] {
    guard let county = counties[String(code.prefix(6))], let division = try? DivisionCode(code) else { return [] }
    let parent = division.canonical
    let names =
      parent.level == .county
      ? county.towns : county.villages.filter { $0.key.hasPrefix(parent.text) }.mapValues(\.name)
    return names.sorted { $0.key < $1.key }.map { (code: $0.key, name: $0.value) }
  }

  /// Where a place is missing, if it is: the county whose towns, or the town whose villages, are known and do not have
  /// it.
  /// - Parameter code: of 9 or 12 digits; one that names a town or the whole county by zeros means that.
  /// - Returns: nil for a place that is there, and where the list does not say.
  package func absence(of code: String) -> String? {
    guard let place = try? DivisionCode(code).canonical.text, place.utf8.count > 6,
      let county = counties[String(place.prefix(6))], !county.towns.isEmpty
    else { return nil }
    let town = String(place.prefix(9))
    guard county.towns[town] != nil else { return county.code }
    guard place.utf8.count > 9, county.villages[place] == nil else { return nil }
    return county.villages.keys.contains { $0.hasPrefix(town) } ? town : nil
  }

  /// Takes villages in; one of the same code replaces the older one.
  /// - Parameter villages: checked by `VillageRows.read`.
  package mutating func add(_ villages: [Village]) {
    for village in villages { counties[String(village.code.prefix(6))]?.villages[village.code] = village }
  }
}

extension ProblemKind {
  /// A place of the own county that its list does not have.
  package static let divisionUnknown = ProblemKind(
    "division.unknown", "本县的区划里没有这个乡镇或村：{}",
    remedy: "请核对，按地名查代码：bangban catalog places；确实有这个地方的，请县里的管理员补进区划数据，同步以后再填。")

  /// A list of divisions that is wrong in itself; the detail says where.
  package static let divisionInvalid = ProblemKind(
    "division.invalid", "区划数据有错：{}", remedy: "请改正后再导入；原有区划没有改动。")
}
