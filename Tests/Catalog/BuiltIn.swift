import Catalog
import FoundationEssentials
import Foundations
import XCTest

/// The committed catalogue, and the printed lists it was made from where they lie beside the repository.
enum BuiltIn {
  static let root: URL = {
    var url = URL(filePath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url
  }()

  static let folder = root.appending(path: "Shared/Catalog/BuiltIn")

  /// Every matter's file, named as below `BuiltIn`.
  static let files: [CatalogFile] = {
    let matters = folder.appending(path: "matters")
    let names = FileManager.default.enumerator(atPath: matters.path)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
      let data = try? Data(contentsOf: matters.appending(path: name))
      return data.map { CatalogFile(name: "matters/\(name)", bytes: Array($0)) }
    }
  }()

  static let reading = MatterCatalog.read(files, version: "test")

  static func catalog() throws -> MatterCatalog {
    switch reading {
    case .catalog(let catalog): return catalog
    case .refused(let issues): throw try XCTUnwrap(issues.first)
    }
  }

  static func facts() throws -> FactRegister {
    try FactsDocument.read(
      CatalogFile(name: "facts.json", bytes: Array(try Data(contentsOf: folder.appending(path: "facts.json")))))
  }

  /// What lies beside the matters.
  static func documents() throws -> (sharing: SharingRegister, targets: [CountyTargets]) {
    func file(_ name: String) throws -> CatalogFile {
      CatalogFile(name: name, bytes: Array(try Data(contentsOf: folder.appending(path: name))))
    }
    return (try SharingDocument.read(file("sharing.json")), try TargetsDocument.read(file("targets.json")))
  }

  static func json(_ url: URL) throws -> Value { try JSONReader.read(Array(try Data(contentsOf: url))) }

  struct County {
    let place: DemoCounty.Place
    let towns: [DemoCounty.Place]
  }

  static func counties() throws -> [County] {
    try json(folder.appending(path: "divisions.json"))["counties"]?.array.map { counties in
      counties.map { County(place: place($0), towns: $0["towns"]?.array?.map(place) ?? []) }
    } ?? []
  }

  private static func place(_ value: Value) -> DemoCounty.Place {
    DemoCounty.Place(code: value["code"]?.text ?? "", name: value["name"]?.text ?? "")
  }

  /// The folder of printed lists; nil on a machine that only has the repository.
  static let lists: URL? = ["../shared/facts/catalogs", "../../shared/facts/catalogs"]
    .map { root.appending(path: $0).standardized }
    .first { FileManager.default.fileExists(atPath: $0.path) }
}

extension MatterCatalog {
  func need(_ id: String, file: StaticString = #filePath, line: UInt = #line) throws -> Matter {
    try XCTUnwrap(self[MatterID(id)], "no matter \(id)", file: file, line: line)
  }
}
