import Application
import Catalog
import Foundations
import Replication
import XCTest

/// The hard requirements R1 to R22 of section 0.1, as far as one matter and one application show them. R4, R5 and R18
/// are proved at length elsewhere under their number.
final class RequirementRules: XCTestCase {
  private func guidance(_ answers: [String: String] = [:], items: [String]? = nil) -> Guidance {
    Guidance(Rules.matter, answers: answers, named: items?.map { ItemID($0) })
  }

  func testR01OneFormAndOneSetOfPapersForAllItems() {
    let both = guidance(items: ["i", "j"])
    XCTAssertEqual(both.form.entries.filter { $0.members.contains("p.phone") }.count, 1, "asked once for two items")
    XCTAssertEqual(both.materials.entries.filter { $0.members.contains("m2") }.count, 1, "brought once for two items")
    XCTAssertGreaterThan(both.form.printed, both.form.entries.count)
    XCTAssertGreaterThan(both.materials.printed, both.materials.entries.count)
  }

  func testR02TheAnswersMakeTheListOfItemsFieldsAndPapers() {
    XCTAssertEqual(guidance().items.map(\.text), ["i"])
    let more = guidance(["q1": "做"])
    XCTAssertEqual(more.items.map(\.text), ["i", "j"])
    XCTAssertTrue(more.form.entries.contains { $0.members == ["p.size"] && $0.isRequired })
    XCTAssertFalse(
      guidance(["q1": "不做"]).form.entries.contains { $0.members == ["p.size"] }, "nothing that no item needs")
  }

  func testR03WhatTheGovernmentHasIsNotBrought() {
    let set = guidance().materials
    XCTAssertEqual(set.exempt.map(\.requirement.id), ["m3"])
    XCTAssertFalse(set.own.contains { $0.requirement.id == "m3" })
    XCTAssertEqual(set.sharingRate, 33)
  }

  func testR06TheFirstDepartmentLeadsAndWhatWaitsIsSaid() {
    XCTAssertEqual(Rules.matter.authority(of: ItemID("j")), "县审批局", "whoever leads, where an item names nobody")
    let plan = guidance(items: ["i", "j"]).timePlan
    XCTAssertEqual(plan.path.first?.text, "i")
  }

  func testR07OnlyWhatWaitsForAnotherResultIsPreviewed() {
    XCTAssertEqual(LifeCycle.transition(.preview, from: .waiting), .to(.preReview))
    for status in ProceedingStatus.allCases where status != .waiting {
      XCTAssertFalse(LifeCycle.transition(.preview, from: status).fits, status.rawValue)
    }
  }

  func testR10TakingPapersInIsAcceptanceWhereTheItemSaysSo() {
    let taken = Case()
    taken.submit()
    taken.route(level: .receive, ["receiveMeansAccept": true]).window(.accept, ["by": "receipt"])
    XCTAssertEqual(taken.proceeding.manner, .receipt)
    XCTAssertEqual(taken.proceeding.acceptedAt, taken.proceeding.receivedAt)
    XCTAssertText(taken.text(.receipt), has: ["收件即受理"])
  }

  func testR11AnInspectionHasItsOwnDays() {
    let inspected = Case()
    inspected.submit()
    inspected.route(level: .receive, ["inspection": ["name": "联合勘验", "workingDays": 3]]).window(.accept)
    XCTAssertEqual(inspected.due?.inspectionDue?.text, "2026-11-26")
  }

  func testR13OnlyTheListMayBePutOffAndNeverTheMainPaper() {
    let set = guidance().materials
    XCTAssertEqual(set.entries.filter(\.isDeferrable).map(\.requirement.id), ["m2"])
    XCTAssertEqual(set.entry(of: "m1")?.isDeferrable, false)
  }

  func testR14TheStationsLevelDecidesWhenPapersAreReceived() {
    XCTAssertEqual(StationLevel.allCases.map(\.receives), [false, true, true])
    let times = [StationLevel.agent, .receive].map { level -> Instant? in
      let case_ = Case()
      case_.submit()
      case_.wait(days: 2)
      return case_.route(level: level).proceeding.receivedAt
    }
    XCTAssertLessThan(times[1] ?? Instant(milliseconds: 0), times[0] ?? Instant(milliseconds: 0))
  }

  func testR15TheElderlyGoFirst() {
    let old = Case(applicant: [
      "kind": "person", "name": "白德贵", "idNumber": "612731195801019803", "phone": "13912345678",
    ])
    XCTAssertEqual(GreenChannel(old.state, matter: Rules.matter, today: Rules.today), .elderly)
    XCTAssertNil(GreenChannel(Case().state, matter: Rules.matter, today: Rules.today))
  }

  func testR19TheLeadChangesWithWhoApplies() throws {
    for name in ["030-ganyu-30", "033-ganyu-33", "034-ganyu-34"] {
      let leads = try Rules.builtIn("ganyu", name).lead
      XCTAssertTrue(leads.contains { $0.subject == .enterprise && $0.authority.contains("行政审批局") }, name)
      XCTAssertTrue(leads.contains { $0.subject == .individual && $0.authority.contains("市场监管局") }, name)
    }
  }

  func testR20TheFileIsKeptAsOneElectronicSet() {
    let ended = Case()
    ended.laptop(.attach, ["material": "m1", "digest": .text("sm3:" + String(repeating: "0", count: 64)), "bytes": 3])
    ended.submit()
    ended.route().window(.reject, ["reason": "不符"], issuing: [.archiveList])
    XCTAssertText(ended.text(.archiveList), has: ["电子文件单套归档", "场所照片", "sm3:", "过程日志"])
  }

  func testR21TheResultMayBeMailed() {
    let mailed = Case()
    mailed.submit()
    mailed.route().window(.accept).window(.decide, ["outcome": "approve"])
    mailed.window(.deliver, ["method": "邮寄", "receivedBy": "王小明", "waybill": "EMS1"], issuing: [.delivery])
    XCTAssertText(mailed.text(.delivery), has: ["邮寄", "EMS1"])
  }

  func testR22AtTheVillageStationItIsHandedInWithoutTheCounty() {
    let village = Case()
    village.laptop(.attach, ["material": "m1", "originals": 1, "copies": 0])
    XCTAssertEqual(village.submit(), .applied)
    XCTAssertEqual(village.state.status, .submitted)
    XCTAssertText(village.text(.agencySlip), has: ["场所照片", "以县里的正式编号为准"])
    XCTAssertEqual(village.text(.receipt), "", "nobody has received it")
    village.stationLevel = .receive
    XCTAssertText(village.text(.receipt), has: ["场所照片", "以县里的正式编号为准"])
  }
}
