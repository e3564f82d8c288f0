internal import Catalog
internal import Foundations

/// Newer documents over the ones that are held: what the newer does not speak of stays as it is.
enum DocumentMerge {
  /// Years, and each region's years. Both may have their years at the top or under `years`.
  static func calendar(_ newer: Value, over held: Value) -> Value {
    var years = self.years(held)
    years.merge(self.years(newer)) { _, new in new }
    var regions = held["regions"]?.object ?? [:]
    for (region, value) in newer["regions"]?.object ?? [:] {
      let old = regions[region]?.object ?? [:]
      regions[region] = .object(old.merging(value.object ?? [:]) { _, new in new })
    }
    var merged: Value = ["years": .object(years)]
    if !regions.isEmpty { merged["regions"] = .object(regions) }
    return merged
  }

  private static func years(_ document: Value) -> Members {
    document["years"]?.object ?? (document.object ?? [:]).filter { $0.key.utf8.count == 4 && Int($0.key) != nil }
  }

  /// Counties by their code, each member of its own: a list of towns leaves the villages alone.
  static func divisions(_ newer: Value, over held: Value) -> Value {
    var counties = byCode(held)
    for (code, county) in byCode(newer) {
      counties[code] = .object((counties[code]?.object ?? [:]).merging(county.object ?? [:]) { _, new in new })
    }
    return document(counties)
  }

  /// Villages, each under its county; one of the same code replaces the older one.
  static func villages(_ villages: [Village], into held: Value) -> Value {
    var counties = byCode(held)
    for (code, added) in Dictionary(grouping: villages, by: { String($0.code.prefix(6)) }) {
      guard var county = counties[code] else { continue }
      var entries = Dictionary(
        (county["villages"]?.array ?? []).map { ($0["code"]?.text ?? "", $0) }, uniquingKeysWith: { _, last in last })
      for village in added {
        var entry: Value = ["code": .text(village.code), "name": .text(village.name)]
        if let type = village.type { entry["type"] = .text(type) }
        entries[village.code] = entry
      }
      county["villages"] = .array(entries.sorted { $0.key < $1.key }.map(\.value))
      counties[code] = county
    }
    return document(counties)
  }

  private static func byCode(_ document: Value) -> Members {
    guard let list = document["counties"]?.array else { return document.object ?? [:] }
    return Members(list.map { ($0["code"]?.text ?? "", $0) }, uniquingKeysWith: { _, last in last })
  }

  private static func document(_ counties: Members) -> Value {
    [
      "counties": .array(
        counties.sorted { $0.key < $1.key }.map { code, county in
          var county = county
          county["code"] = .text(code)
          return county
        })
    ]
  }
}

/// A list of villages: `code12,name,type,parent9`.
enum VillageImport {
  private static let columns = ["code12", "name", "type", "parent9"]

  /// - Throws: every bad row by its line; problems of the table.
  static func read(_ bytes: [UInt8], registry: DivisionRegistry) throws(Problem) -> [Village] {
    let cells: [[String]]
    let lines: [Int]
    if Rows.isJSON(bytes) {
      let rows = try Rows.read(bytes, columns: columns, required: ["code12", "name"]).rows
      cells = rows.map { row in columns.map(row.text) }
      lines = rows.map(\.line)
    } else {
      let rows = try CSV.read(bytes)
      cells = rows.map(\.cells)
      lines = rows.map(\.line)
    }
    let (villages, faults) = VillageRows.read(cells, registry: registry)
    guard var problem = faults.prefix(Rows.faultsMax).map({ located($0, lines) }).first else {
      guard !villages.isEmpty else { throw ProblemKind.tableEmpty.with(columns.joined(separator: ",")) }
      return villages
    }
    problem.others = faults.prefix(Rows.faultsMax).dropFirst().map { located($0, lines) }
    throw problem
  }

  private static func located(_ fault: VillageRows.Fault, _ lines: [Int]) -> Problem {
    let line = lines.indices.contains(fault.row - 1) ? lines[fault.row - 1] : fault.row
    return fault.problem.kind.with("第 \(line) 行，\(fault.problem.detail ?? "")")
  }
}
