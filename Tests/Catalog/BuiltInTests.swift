import Catalog
import FoundationEssentials
import Foundations
import XCTest

/// The committed catalogue holds every matter of the six printed lists, exactly as printed.
final class BuiltInTests: XCTestCase {
  func testEveryFileIsSound() {
    if case .refused(let issues) = BuiltIn.reading {
      for issue in issues { XCTFail("\(issue.file):\(issue.line) \(issue.path) \(issue.code) \(issue.reason)") }
    }
  }

  func testCountsAreThoseOfTheLists() throws {
    let catalog = try BuiltIn.catalog()
    XCTAssertEqual(catalog.matters.count, 145)
    let byList = Dictionary(grouping: catalog.matters) { $0.id.text.prefix { $0 != "-" } }.mapValues(\.count)
    XCTAssertEqual(byList, ["national": 13, "jiangsu": 26, "huaian": 20, "xuyi": 21, "ganyu": 40, "qingjian": 25])
    let printed = catalog.matters.filter { ["320707", "610830"].contains($0.source.division) }.flatMap(\.items)
    XCTAssertEqual(printed.count, 256)
    XCTAssertEqual(printed.filter { $0.choice == .optional }.count, 14)
    let standIns = catalog.matters.filter { ["000000", "320000"].contains($0.source.division) }.flatMap(\.items)
    XCTAssertEqual(standIns.count, 2 * (8 + 4 + 6 + 6 + 11 + 6 + 13 + 13))
    XCTAssertEqual(catalog.coverage().full, 0)
    XCTAssertEqual(catalog.coverage().example, 44)
    XCTAssertEqual(catalog.coverage().outline, 101)
  }

  /// One line a matter and one a printed item; what the lists print and nothing else.
  private func printedText(_ catalog: MatterCatalog) -> String {
    var text = ""
    for matter in catalog.matters {
      text += "\(matter.source.division)/\(matter.source.number)/\(matter.name)/\(matter.deadline ?? "-")\n"
      guard matter.source.level == "county" else { continue }
      for lead in matter.lead { text += "  >\(lead.authority)/\(lead.when ?? "-")\n" }
      for item in matter.items {
        text += "  \(item.name)/\(item.printedName ?? "-")/\(item.authority ?? "-")/\(item.choice == .optional)\n"
      }
    }
    return text
  }

  func testPrintedTextIsUnchanged() throws {
    let digest = printedText(try BuiltIn.catalog()).utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    XCTAssertEqual(digest, 0x22f3_f9ac_50a1_a8c4)
  }

  func testNamesAreThoseOfTheListsBesideTheRepository() throws {
    guard let folder = BuiltIn.lists else { throw XCTSkip("the lists are not on this machine") }
    let catalog = try BuiltIn.catalog()
    let lists = [
      "000000": "000-national", "320000": "000-jiangsu", "320800": "000-huaian", "320830": "000-xuyi",
      "320707": "003-ganyu", "610830": "004-qingjian",
    ]
    for (division, name) in lists {
      let list = try BuiltIn.json(folder.appending(path: "\(name).json"))
      let matters = catalog.matters.filter { $0.source.division == division }
      let things = try XCTUnwrap(list["things"]?.array)
      XCTAssertEqual(matters.map { Value($0.source.number) }, things.map { $0["no"] })
      for (matter, thing) in zip(matters, things) {
        XCTAssertEqual(Array(matter.name.utf8), Array((thing["name"]?.text ?? "").utf8), matter.id.text)
        XCTAssertEqual(matter.source.title, list["printedTitle"]?.text)
        XCTAssertEqual(matter.deadline, thing["deadline"]?.text)
        let items = thing["items"]?.array ?? []
        guard !items.isEmpty else { continue }
        XCTAssertEqual(matter.items.map(\.name), items.map { $0["name"]?.text })
        XCTAssertEqual(matter.items.map(\.printedName), items.map { $0["printed"]?.text })
        XCTAssertEqual(matter.items.map(\.authority), items.map { $0["dept"]?.text })
        XCTAssertEqual(matter.items.map { $0.choice == .optional }, items.map { $0["optional"]?.bool })
        XCTAssertEqual(matter.lead.map(\.authority), thing["lead"]?.array?.map { $0["dept"]?.text })
        XCTAssertEqual(matter.lead.map(\.when), thing["lead"]?.array?.map { $0["when"]?.text })
        XCTAssertEqual(matter.cooperating, thing["cooperating"]?.array?.compactMap(\.text))
      }
    }
  }

  func testWorkedMattersAreJoinedToTheirListedNames() throws {
    let catalog = try BuiltIn.catalog()
    let disability = try catalog.need("qingjian-12")
    XCTAssertEqual(disability.items.map(\.worked), [["f1"], ["f2", "f3"], ["f4"], ["f5"]])
    XCTAssertEqual(disability.items[1].prerequisites.map(\.anyOf), [[ItemID("i01")]], "both worked items wait for f1")
    let business = try catalog.need("qingjian-05")
    XCTAssertEqual(business.items.filter { $0.worked == ["k3"] }.map(\.name), ["税务登记", "发票领用"])
    let taxpayer = try XCTUnwrap(business.fields.first { $0.id == "tx.acct" })
    XCTAssertEqual(taxpayer.items.map(\.text), ["i05", "i06"])
    let restaurant = try catalog.need("qingjian-07")
    XCTAssertEqual(restaurant.items.map(\.worked), [["k6"], ["k7"], ["k7"], ["k8"]])
    let licence = try XCTUnwrap(restaurant.materials.first { $0.id == "m06" })
    XCTAssertEqual(licence.source, .certificate, "the licence is no result of this matter, so it is fetched")
    let afterlife = try catalog.need("qingjian-15")
    XCTAssertEqual(afterlife.items[2].prerequisites[0].anyOf.map(\.text), ["i01", "i02"])
    XCTAssertFalse(try catalog.need("qingjian-04").fields.contains { $0.id == "pay.bankNo" }, "x7 is not on that list")
    XCTAssertEqual(try catalog.need("national-06").items.map(\.id.text), (1...8).map { "x\($0)" })
    XCTAssertTrue(catalog.matters.allSatisfy { $0.source.worked == nil || $0.detail == .example })
  }

  func testEncodingGivesTheCommittedBytes() throws {
    for file in BuiltIn.files {
      guard case .matter(let matter) = MatterDecoder.decode(file) else { continue }
      XCTAssertTrue(Array(MatterEncoder.text(matter).utf8) == file.bytes, file.name)
      XCTAssertTrue(file.name.hasSuffix("-\(matter.id).json"), file.name)
    }
  }

  func testGuidanceHasEveryQuestionOfTheWorkedMatters() throws {
    let questions = ["XSE": 8, "HY": 6, "FC": 6, "TX": 6, "JM": 5, "SH": 7, "SK": 4, "LH": 6, "KD": 8]
    for matter in try BuiltIn.catalog().matters {
      let asked = Set(matter.guidance.map(\.id))
      guard let worked = matter.source.worked else {
        XCTAssertEqual(asked.isEmpty, matter.detail == .outline, matter.id.text)
        continue
      }
      // A list that does not print an item is not asked about it (清涧 05 sells no food).
      let wanted = (1...(questions[worked] ?? 0)).map { "q\($0)" }.filter { id in
        !["qingjian-05", "qingjian-07", "qingjian-10", "qingjian-15", "qingjian-04"].contains(matter.id.text)
          || asked.contains(id)
      }
      XCTAssertTrue(asked.isSuperset(of: wanted), "\(matter.id) \(asked.sorted())")
      XCTAssertFalse(asked.isEmpty)
    }
  }

  /// All 25 of 清涧 can be worked with: every item says how long, for how much, what comes of it and on what ground.
  func testEveryMatterOfQingjianIsWorkedOut() throws {
    let matters = try BuiltIn.catalog().matters.filter { $0.source.division == "610830" }
    XCTAssertEqual(matters.count, 25)
    for matter in matters {
      XCTAssertEqual(matter.detail, .example, matter.id.text)
      XCTAssertFalse(matter.conditions.isEmpty || matter.guidance.isEmpty || matter.roles.isEmpty, matter.id.text)
      XCTAssertNotNil(matter.overall?.promised, matter.id.text)
      XCTAssertTrue((10...40).contains(matter.fields.count), "\(matter.id) \(matter.fields.count) fields")
      XCTAssertTrue((5...16).contains(matter.materials.count), "\(matter.id) \(matter.materials.count) materials")
      for item in matter.items {
        XCTAssertNotNil(item.limit?.promised, "\(matter.id) \(item.id)")
        XCTAssertTrue(
          item.fee != nil && item.result != nil && item.basis != nil && item.agency != nil, "\(matter.id) \(item.id)")
      }
    }
  }

  func testEveryMatterCanBeFiled() throws {
    for matter in try BuiltIn.catalog().matters {
      XCTAssertTrue(matter.fields.contains { $0.type == .phone && $0.required }, matter.id.text)
      XCTAssertTrue(matter.fields.contains { $0.type == .idNumber || $0.type == .uscc }, matter.id.text)
      XCTAssertFalse(matter.subjects.isEmpty)
    }
  }

  func testTheExampleOfTheReadmeIsSound() throws {
    let url = BuiltIn.folder.appending(path: "README.md")
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let block = try XCTUnwrap(text.split(separator: "```json\n").dropFirst().first?.split(separator: "```").first)
    switch MatterDecoder.decode(CatalogFile(name: "README.md", bytes: Array(block.utf8))) {
    case .matter(let matter): XCTAssertEqual(MatterEncoder.text(matter), String(block), "laid out as Bangban writes")
    case .refused(let issues): XCTFail("\(issues)")
    }
  }

  func testDivisionsAndCalendarAreRead() throws {
    let divisions = try BuiltIn.json(BuiltIn.folder.appending(path: "divisions.json"))
    XCTAssertNoThrow(try DivisionDocument.read(divisions))
    let calendar = try BuiltIn.json(BuiltIn.folder.appending(path: "calendar.json"))
    XCTAssertNoThrow(try CalendarDocument.read(calendar))
    XCTAssertEqual(try BuiltIn.counties().map(\.towns.count), [15, 16, 18, 26, 9])
  }
}
