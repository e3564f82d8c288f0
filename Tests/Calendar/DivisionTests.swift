import Catalog
import Foundations
import XCTest

final class DivisionTests: XCTestCase {
  private func registry() throws -> DivisionRegistry { try DivisionRegistry(Documents.value(Documents.regions)) }

  func testNamesOfAllLevels() throws {
    var registry = try registry()
    registry.add([Village(code: "320830101201", name: "旧街村", type: "220")])
    XCTAssertEqual(registry.name(of: "320830"), "盱眙县")
    XCTAssertEqual(registry.name(of: "320830000000"), "盱眙县")
    XCTAssertEqual(registry.name(of: "320830101"), "马坝镇")
    XCTAssertEqual(registry.name(of: "320830101000"), "马坝镇")
    XCTAssertEqual(registry.name(of: "320830101201"), "旧街村")
    XCTAssertEqual(registry.fullName(of: "320830101201"), "江苏省淮安市盱眙县马坝镇旧街村")
    XCTAssertEqual(registry.fullName(of: "320830101999"), "江苏省淮安市盱眙县马坝镇")
    XCTAssertNil(registry.name(of: "110101"))
    XCTAssertNil(registry.fullName(of: "马坝"))
  }

  func testFormerCodesLeadToThePresentCounty() throws {
    let registry = try registry()
    let codes = [
      "322231": "320830", "322227": "320826", "320721": "320707", "322128": "320707", "362133": "360732",
      "612731": "610830",
    ]
    for (old, present) in codes { XCTAssertEqual(registry.presentCode(of: old), present) }
    XCTAssertEqual(registry.name(of: "320721"), "赣榆区")
    XCTAssertNil(registry.name(of: "320721100"))
    XCTAssertEqual(registry.county(of: "360732100")?.name, "兴国县")
  }

  func testBothShapesOfDocumentsSayTheSame() throws {
    let document: Value = [
      "counties": [
        [
          "code": "320707", "name": "赣榆区", "path": ["江苏省", "连云港市"],
          "oldCodes": [
            ["code": "320721", "from": 1983, "until": 2014, "name": "赣榆县"], ["code": "322128", "until": 1983],
          ],
          "towns": [["code": "320707100", "name": "青口镇"]],
        ]
      ]
    ]
    let keyed: Value = [
      "320707": [
        "name": "赣榆区", "path": "江苏省/连云港市", "old": ["320721": "1983-2014赣榆县", "322128": "-1983"],
        "towns": ["100": "青口镇"],
      ]
    ]
    XCTAssertEqual(try DivisionRegistry(document), try DivisionRegistry(keyed))
  }

  func testChildrenAndSearch() throws {
    let registry = try registry()
    XCTAssertEqual(registry.children(of: "610830").map(\.name).first, "宽州镇")
    XCTAssertEqual(registry.children(of: "360732").count, 26)
    XCTAssertEqual(registry.search("马坝"), ["320830101"])
    XCTAssertEqual(registry.search(" "), [])
  }

  func testAPlaceIsMissingOnlyWhereItsNeighboursAreKnown() throws {
    var registry = try registry()
    XCTAssertEqual(registry.absence(of: "610830999"), "610830")
    XCTAssertEqual(registry.absence(of: "610830999201"), "610830")
    for there in ["610830", "610830100", "610830100000", "610830000000", "610830100299", "110101001", "x"] {
      XCTAssertNil(registry.absence(of: there), there)
    }
    registry.add([Village(code: "610830100201", name: "柳树村", type: nil)])
    XCTAssertNil(registry.absence(of: "610830100201"))
    XCTAssertEqual(registry.absence(of: "610830100299"), "610830100")
    XCTAssertNil(registry.absence(of: "610830101299"), "that town's villages are not known")
  }

  func testVillagesAreTakenFromATable() throws {
    let registry = try registry()
    let (villages, faults) = VillageRows.read(
      [
        ["code12", "name", "type", "parent9"], ["320830101201", " 旧街村 ", "220", "320830101"], ["320830101202", "新村"],
        ["", ""], ["320830101201", "又一个", "", ""], ["320830101203", "别处村", "", "320830102"], ["320830999201", "无镇村"],
        ["32083010120", "短"], ["320830101204", ""], ["320830101000", "镇"],
      ], registry: registry)
    XCTAssertEqual(villages.map(\.name), ["旧街村", "新村"])
    XCTAssertEqual(faults.map(\.row), [5, 6, 7, 8, 9, 10])
  }

  func testListsThatContradictThemselvesAreRefused() {
    let documents: [Value] = [
      nil, [:], ["counties": []], ["counties": [["code": "320830"]]],
      ["counties": [["code": "320830", "name": "甲"], ["code": "320830", "name": "乙"]]],
      ["320830": ["name": "甲", "towns": [["code": "320826100", "name": "乙"]]]],
      ["320830": ["name": "甲", "old": ["3208": "-1983"]]], ["32083": ["name": "x"]], ["320800": ["name": "x"]],
      ["320830": [:]],
      ["320830": ["name": "盱眙县", "towns": ["1": "x"]]],
      ["320830": ["name": "盱眙县", "towns": ["101": "马坝镇"], "villages": ["320830102201": "x"]]],
    ]
    for document in documents { XCTAssertThrowsError(try DivisionRegistry(document), JSON.text(document)) }
  }
}
