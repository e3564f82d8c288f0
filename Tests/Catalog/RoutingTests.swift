import Catalog
import Foundations
import XCTest

/// Where proceedings go.
final class RoutingTests: XCTestCase {
  private func demo(_ code: String) throws -> DemoCounty {
    let county = try XCTUnwrap(try BuiltIn.counties().first { $0.place.code == code })
    return DemoCounty(
      county: county.place, towns: county.towns, matters: try BuiltIn.catalog().visible(to: code))
  }

  private func route(
    _ item: String, of matter: String, _ kind: SubjectKind = .person, _ organisation: OrganisationKind? = nil,
    in division: String = "610830100201", windows: [WindowDescription]? = nil
  ) throws -> RoutingDecision {
    Router.route(
      item: ItemID(item), matter: try BuiltIn.catalog().need(matter), applicantKind: kind,
      organisationKind: organisation, division: division,
      windows: try windows ?? demo(String(division.prefix(6))).windows)
  }

  func testEveryProceedingOfEveryMatterHasAWindowInItsCounty() throws {
    let catalog = try BuiltIn.catalog()
    for county in try BuiltIn.counties() {
      let matters = catalog.visible(to: county.place.code)
      let windows = DemoCounty(county: county.place, towns: county.towns, matters: matters).windows
      let division = try XCTUnwrap(county.towns.first).code + "201"
      for matter in matters {
        for item in matter.proceedingItems {
          for kind in matter.subjects {
            let decision = Router.route(
              item: item, matter: matter, applicantKind: kind, organisationKind: nil, division: division,
              windows: windows)
            XCTAssertNotNil(decision.window, "\(county.place.name) \(matter.id) \(item): \(decision.because)")
          }
        }
      }
    }
  }

  func testItemsGoToTheCounterOfTheirAuthority() throws {
    XCTAssertEqual(try route("i01", of: "qingjian-04").window?.text, "w-610830-wj")
    XCTAssertEqual(try route("i04", of: "qingjian-04").window?.text, "w-610830-ga")
    XCTAssertEqual(try route("i03", of: "qingjian-02").window?.text, "w-610830-gd", "the power company")
    XCTAssertEqual(try route("i03", of: "qingjian-17").window?.text, "w-610830-ga", "县交警队 sits with 公安")
    XCTAssertEqual(try route("i02", of: "qingjian-18").window?.text, "w-610830-kfs", "no department, but on the list")
    XCTAssertEqual(try route("i02", of: "qingjian-19").window?.text, "w-610830-jy", "县中小学后勤服务中心")
    XCTAssertEqual(try route("i01", of: "qingjian-21", .organisation).window?.text, "w-610830-rs")
  }

  func testTownItemsGoToTheTownsCentre() throws {
    XCTAssertEqual(try route("x3", of: "national-06").window?.text, "w-610830100", "落户地派出所")
    XCTAssertEqual(try route("f2", of: "national-09").window?.text, "w-610830100", "乡镇受理/残联审核/民政审定")
    XCTAssertEqual(try route("x3", of: "national-06", in: "610830").window?.text, "w-610830-ga", "no town known")
    XCTAssertEqual(try route("x1", of: "national-06").window?.text, "w-610830-wj", "助产机构/县卫健局")
    XCTAssertEqual(try route("x5", of: "national-06").window?.text, "w-610830-rs", "县人社局+合作银行")
  }

  func testWithoutAnAuthorityTheLeadDecides() throws {
    let division = "320707100201"
    XCTAssertEqual(
      try route("i01", of: "ganyu-30", .organisation, .enterprise, in: division).window?.text, "w-320707-sp")
    XCTAssertEqual(
      try route("i01", of: "ganyu-30", .organisation, .individual, in: division).window?.text, "w-320707-scjg")
    XCTAssertEqual(try route("i01", of: "ganyu-30", .person, in: division).window?.text, "w-320707-scjg")
    XCTAssertEqual(
      try route("i04", of: "ganyu-01", .organisation, .individual, in: division).window?.text, "w-320707-scjg")
    XCTAssertEqual(
      try route("i06", of: "ganyu-01", .organisation, .enterprise, in: division).window?.text, "w-320707-nyny",
      "fishing boats are of the other stage")
  }

  func testAMatterWithoutItemsGoesWholeToTheComprehensiveWindow() throws {
    let decision = try route("matter", of: "xuyi-09", in: "320830101201")
    XCTAssertEqual(decision.window?.text, "w-320830-zh")
    XCTAssertTrue(decision.because.contains("综合窗口"))
    XCTAssertNil(try route("matter", of: "qingjian-04").window, "a matter with items is never handled whole")
  }

  private func window(
    _ id: String, _ authorities: [String], _ division: String, level: HandlingLevel = .county, matters: [String] = []
  ) -> WindowDescription {
    WindowDescription(
      id: WindowID(id), name: id, level: level, authorities: authorities, divisions: [division],
      matters: matters.map { MatterID($0) })
  }

  func testTheMostSpecificWindowWins() throws {
    let county = window("b", ["县公安局"], "610830")
    XCTAssertEqual(try route("i03", of: "qingjian-17", windows: [county]).window?.text, "b")
    let police = window("c", ["清涧县交警大队"], "610830")
    XCTAssertEqual(try route("i03", of: "qingjian-17", windows: [county, police]).window?.text, "c")
    let named = window("d", ["公安局"], "610830", matters: ["qingjian-17"])
    XCTAssertEqual(try route("i03", of: "qingjian-17", windows: [county, police, named]).window?.text, "d")
    let near = window("e", ["公安局"], "610830100")
    XCTAssertEqual(try route("i03", of: "qingjian-17", windows: [county, police, named, near]).window?.text, "e")
    let twin = window("a", ["公安局"], "610830")
    XCTAssertEqual(try route("i03", of: "qingjian-17", windows: [county, twin]).window?.text, "a", "ties by id")
  }

  func testNobodyReceivesWhatNoWindowStandsFor() throws {
    let elsewhere = window("a", ["县公安局"], "320830")
    let decision = try route("i03", of: "qingjian-17", windows: [elsewhere])
    XCTAssertNil(decision.window)
    XCTAssertTrue(decision.because.contains("县交警队"))
    let organisations = WindowDescription(
      id: WindowID("a"), name: "a", level: .county, authorities: ["公安局"], divisions: ["610830"],
      subjects: [.organisation])
    XCTAssertNil(try route("i03", of: "qingjian-17", windows: [organisations]).window)
    XCTAssertNil(try route("i99", of: "qingjian-17").window)
  }

  func testOneDepartmentByItsManyNames() {
    let groups = [
      ["县卫健局", "区卫健委", "县卫生健康局", "卫健", "清涧县卫生健康委员会"], ["县人社局", "人社局", "人力资源和社会保障局", "县人社局(居保)", "人社12333"],
      ["县审批局", "区行政审批局", "行政审批服务局"], ["县医保局", "医疗保障局"], ["区市场监管局", "县市场监督管理局"],
      ["县住房公积金中心", "县公积金中心"], ["县消防救援局", "区消防救援大队"], ["区自然资源局", "县自然资源和规划局"], ["各商业银行", "合作银行"],
    ]
    for names in groups {
      XCTAssertEqual(Set(names.map { Department($0).code }).count, 1, "\(names)")
      XCTAssertNotNil(Department(names[0]).code)
    }
    XCTAssertEqual(Department("县交警队").root, Department("县公安局"))
    XCTAssertEqual(Department("市场监管局").code, "scjg", "市场 is no prefix")
    XCTAssertNil(Department("县某某办公室").code)
  }

  func testDemoCountyHasACentreAndASampleStationForEveryTown() throws {
    for county in try BuiltIn.counties() {
      let demo = try demo(county.place.code)
      XCTAssertEqual(demo.stations.count, county.towns.count)
      XCTAssertEqual(demo.windows.filter { $0.level == .town }.count, county.towns.count)
      XCTAssertEqual(Set(demo.windows.map(\.id)).count, demo.windows.count)
      XCTAssertEqual(demo.windows.filter { $0.comprehensive && $0.level == .county }.count, 1)
      XCTAssertTrue(demo.windows.allSatisfy { $0.id.text.utf8.allSatisfy { $0 < 128 } })
      XCTAssertTrue(demo.stations.allSatisfy { $0.name.hasSuffix("示例站点") })
    }
  }
}
