import Catalog
import Foundations
import XCTest

/// Which lists a county sees, and how a matter is found in them.
final class MatterCatalogTests: XCTestCase {
  private func lists(_ division: String) throws -> [String: Int] {
    Dictionary(grouping: try BuiltIn.catalog().visible(to: division)) { String($0.id.text.prefix { $0 != "-" }) }
      .mapValues(\.count)
  }

  func testACountySeesItsOwnListsAndThoseAboveIt() throws {
    XCTAssertEqual(try lists("320830"), ["xuyi": 21, "huaian": 20, "jiangsu": 26, "national": 13])
    XCTAssertEqual(try lists("320826"), ["huaian": 20, "jiangsu": 26, "national": 13])
    XCTAssertEqual(try lists("320707"), ["ganyu": 40, "jiangsu": 26, "national": 13])
    XCTAssertEqual(try lists("360732"), ["national": 13])
    XCTAssertEqual(try lists("610830"), ["qingjian": 25, "national": 13])
    XCTAssertEqual(try lists("610830100201"), ["qingjian": 25, "national": 13], "a village belongs to its county")
    XCTAssertEqual(try BuiltIn.catalog().visible(to: "").count, 145)
  }

  func testTheNearestListComesFirst() throws {
    let ids = try BuiltIn.catalog().visible(to: "320830").map(\.id.text)
    XCTAssertEqual(ids.first, "xuyi-01")
    XCTAssertEqual(ids.last, "national-13")
    XCTAssertEqual(ids.dropFirst(21).first, "huaian-01")
  }

  func testFindsByIdAndByUnambiguousName() throws {
    let catalog = try BuiltIn.catalog()
    XCTAssertEqual(catalog.find("qingjian-04"), .one(try catalog.need("qingjian-04")))
    XCTAssertEqual(catalog.find("开龙虾店"), .one(try catalog.need("xuyi-09")))
    XCTAssertEqual(catalog.find("教育资助"), .one(try catalog.need("qingjian-19")), "the ending 一件事 may be left out")
    XCTAssertEqual(catalog.find("新生儿出生一件事", visibleTo: "610830").count, 2, "county and nation print it both")
    XCTAssertEqual(catalog.find("新生儿出生", visibleTo: "360732"), .one(try catalog.need("national-06")))
    let shortened = catalog.find("新生儿出生", visibleTo: "610830")
    XCTAssertEqual(shortened.count, 2, "the nation prints it so; the county's own is not passed over")
    XCTAssertEqual(catalog.find("没有这件事"), .none)
  }

  func testSearchLooksAtNamesItemsAndAuthorities() throws {
    let catalog = try BuiltIn.catalog()
    XCTAssertEqual(catalog.search("龙虾").map(\.id.text), ["xuyi-09"])
    XCTAssertTrue(catalog.search("烟草专卖零售").map(\.id.text).contains("ganyu-32"))
    XCTAssertTrue(catalog.search("国网清涧供电公司").map(\.id.text) == ["qingjian-02"])
    XCTAssertEqual(catalog.search("  "), [])
    XCTAssertTrue(catalog.search("公积金", visibleTo: "610830").first?.name.contains("公积金") == true)
  }

  func testTwoFilesWithOneIdAreRefused() throws {
    let file = try XCTUnwrap(BuiltIn.files.first)
    let twin = CatalogFile(name: "z.json", bytes: file.bytes)
    guard case .refused(let issues) = MatterCatalog.read([file, twin], version: "") else { return XCTFail() }
    XCTAssertEqual(issues.map(\.code), ["catalog.duplicate"])
    XCTAssertEqual(issues.map(\.file), ["z.json"])
    XCTAssertEqual(issues.map(\.line), [2])
  }
}

extension MatterMatch {
  fileprivate var count: Int {
    switch self {
    case .none: 0
    case .one: 1
    case .several(let matters): matters.count
    }
  }
}
