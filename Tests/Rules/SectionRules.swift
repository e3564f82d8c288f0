import Application
import Catalog
import Cryptography
import Foundations
import XCTest

/// Sections 1.4, 1.6 and 1.7, the vectors of section 2, and what of sections 4 to 6 is not proved elsewhere under its
/// number.
final class SectionRules: XCTestCase {
  private func codes(_ kind: CodeKind, _ values: [String]) -> [String?] {
    values.map { CodeCheck.check(kind: kind, value: $0, today: Rules.today).code }
  }

  private func accepts(_ kind: CodeKind, _ values: [String], line: UInt = #line) {
    for value in values {
      XCTAssertNil(CodeCheck.check(kind: kind, value: value, today: Rules.today).code, value, line: line)
    }
  }

  private func refuses(_ kind: CodeKind, _ values: [String], line: UInt = #line) {
    for value in values {
      XCTAssertNotNil(CodeCheck.check(kind: kind, value: value, today: Rules.today).code, value, line: line)
    }
  }

  func testSection14AYearWithoutAnArrangementIsVisible() throws {
    let start = try XCTUnwrap(CivilDate("2026-12-30"))
    XCTAssertThrowsError(try Rules.calendar.adding(workingDays: 5, to: start)) {
      XCTAssertEqual(($0 as? Problem)?.code, "calendar.missing")
    }
    XCTAssertTrue(Rules.calendar.estimating.adding(workingDays: 5, to: start).text.hasPrefix("≈"))
  }

  func testSection16WhatIsDoneOnTheSpotIsDueTheSameDayAndStillHasItsAcceptance() {
    let case_ = Case()
    case_.submit()
    case_.route(level: .receive, ["promised": 0]).window(.accept)
    XCTAssertEqual(case_.due?.due?.text, "2026-11-23")
    case_.window(.decide, ["outcome": "approve"])
    XCTAssertNotNil(case_.proceeding.acceptedAt, "the time of acceptance is kept")
  }

  func testSection17TheFileHoldsPapersVersionsAndDocumentsWithTheirDigests() {
    let ended = Case()
    ended.submit()
    ended.route().window(.reject, ["reason": "不符"], issuing: [.rejection, .archiveList])
    XCTAssertText(ended.text(.archiveList), has: ["不予受理通知书", "第1版", "sm3:", "保管期限"])
  }

  // MARK: Section 2

  func testSection21IdentityNumbers() {
    accepts(
      .idNumber,
      [
        "32083019870412980X", "362133196506159814", "320826200002299818", "612731195801019803", "320707202001019831",
        "61083019991231988X", "320830195001019803", "320826194510019810", "320707197005059829", "36073219850615980X",
      ])
    refuses(
      .idNumber,
      [
        "320830198704129800", "320826200102299807", "000830198704129805", "32083019870412980", "3208301987O412980X",
        "320830198713049801", "320830209912319801",
      ])
  }

  func testSection22UnifiedSocialCreditCodes() {
    accepts(
      .uscc,
      [
        "91320826MACXXX025T", "92360732MACTEX01X6", "93320707MACFFF03XL", "54610830ME1AAA047D", "11320830MB00EX015K",
        "11440232MB2D06811W", "12441500196720244T", "91110000600037341L", "N2320830MF1BBB058R",
      ])
    refuses(
      .uscc,
      ["91320826MACXXX0250", "91320826IACXXX025T", "91320826MACXXX025", "913208Z6MACXXX025T", "91320826MCAXXX025T"])
  }

  func testSection23ResidencePermitsOfHongKongMacauAndTaiwan() {
    accepts(.idNumber, ["810000199408230021", "830000199201300022"])
    refuses(.idNumber, ["810000199408230022"])
  }

  func testSection24PermanentResidenceOldAndNew() {
    accepts(
      .idNumber,
      ["932840198001019805", "936392199012319819", "KAZ110090123105", "USA320880010101", "JPN360790123112"])
    refuses(.idNumber, ["961843197506159829", "KAZ110090123106"])
  }

  func testSection25OtherNumbers() {
    accepts(.phone, ["13912345678", "19212345678", "0517-81234567"])
    refuses(.phone, ["1391234567", "12912345678"])
    accepts(.bankAccount, ["6222020200112233446"])
    refuses(.bankAccount, ["6222020200112233445"])
    accepts(.birthCertificate, ["A123456789"])
    accepts(.marriageCertificate, ["J610830-2026-000123"])
    accepts(.foodLicence, ["JY23208300000012"])
    refuses(.foodLicence, ["JY23208300000013"])
  }

  func testSection26Divisions() {
    accepts(.division, ["320830", "610830100", "610830100201"])
    refuses(.division, ["6108301", "610830ABC"])
  }

  func testSection27TaskCodesAndCaseNumbers() {
    accepts(.taskCode, ["11440232MB2D06811W4000117051000"])
    accepts(.projectNumber, ["11440232MB2D06811W4000117051000202010200008"])
    refuses(.taskCode, ["11440232MB2D06811W8000117051000"])
    refuses(.projectNumber, ["11440232MB2D06811W4000117051000202010200000"])
  }

  func testSection28CertificateIdentifiers() {
    accepts(
      .certificateID,
      [
        "1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003.Y",
        "1.2.156.3005.2.11100000000013338W011.11320830MB00EX015K.JY23208300000012.001.T",
      ])
    refuses(.certificateID, ["1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003.X"])
  }

  // MARK: Sections 4 and 5

  func testSection41WhatIsPutOffIsStillOwedAndWhatIsCommittedToIsNot() {
    let deferred = Case()
    deferred.submit(deferring: ["m2"])
    XCTAssertEqual(deferred.state.deferredOpen, ["m2"])
    XCTAssertEqual(deferred.state.version?.commitments.count, 0)
    let committed = Case()
    committed.submit(committing: ["m2"])
    XCTAssertEqual(committed.state.deferredOpen, [])
    XCTAssertEqual(committed.state.version?.commitments.map(\.material), ["m2"])
  }

  func testSection54WhatIsPersonalIsShownInParts() {
    XCTAssertEqual(Masking.idNumber("32083019870412980X"), "320830********980X")
    XCTAssertEqual(
      ["王明", "王小明", "欧阳小明", "阿依·古丽"].map(Masking.name), ["王*", "王*明", "欧阳*明", "阿依·*"])
    XCTAssertEqual(Masking.phone("13812345678"), "138****5678")
    let case_ = Case()
    case_.submit()
    case_.stationLevel = .receive
    XCTAssertText(case_.text(.receipt), has: ["王*明"])
    XCTAssertFalse(case_.text(.receipt).contains("王小明"), "what lies about on a table says no whole name")
  }

  func testSection54OnlyWhatTheChosenItemsNeedIsAsked() {
    let form = Guidance(Rules.matter, answers: [:], named: [ItemID("i")]).form
    XCTAssertFalse(form.entries.contains { $0.members.contains("p.size") })
  }

  func testSection55TheVectorOfTheNationalDigest() {
    XCTAssertEqual(
      Digest.sm3(Array("abc".utf8)).text, "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
  }

  // MARK: Section 6

  func testSection61AMatterMayBelongToOneDepartmentAndItsItemsMayBeChosenApart() throws {
    let alone = try Rules.builtIn("ganyu", "002-ganyu-02")
    XCTAssertEqual(alone.lead.count, 1)
    XCTAssertTrue(alone.cooperating.isEmpty)
    XCTAssertEqual(Guidance(Rules.matter, answers: [:], named: [ItemID("j")]).items.map(\.text), ["j"])
  }

  func testSection62TheLeadChangesWithTheStage() throws {
    let fishing = try Rules.builtIn("ganyu", "001-ganyu-01")
    XCTAssertTrue(fishing.lead.contains { !$0.items.isEmpty })
    let leads = Set(fishing.items.compactMap { fishing.authority(of: $0.id) })
    XCTAssertGreaterThan(leads.count, 1)
  }
}
