import Application
import Casework
import Catalog
import Dispatch
import Documents
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Section 1.2: the documents of a life cycle, their numbers and what must stand on each.
final class DocumentTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func submitted(_ level: String = "receive") throws -> (device: BenchDevice, id: ApplicationID) {
    try bench.setLevel(level)
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    device.write(.attach, ["material": "m01", "originals": 1, "copies": 2], id)
    try device.submit(id)
    try device.sync()
    return (device, id)
  }

  private func first(_ id: ApplicationID, _ status: ProceedingStatus = .dispatched) throws -> ProceedingState {
    try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == status })
  }

  private func act(_ proceeding: ProceedingState, _ body: Value, in other: CountyBench? = nil) throws {
    var body = body
    body["version"] = .integer(proceeding.version)
    _ = try (other ?? bench).service.act(proceeding.id, body: body, actor: bench.actor(proceeding))
  }

  private func text(_ id: ApplicationID, _ kind: String) throws -> String {
    try XCTUnwrap(try bench.service.document(of: id.text, kind)["text"]?.text)
  }

  private func assertSays(
    _ id: ApplicationID, _ kind: String, _ elements: [String], file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let text = try text(id, kind)
    for element in elements {
      XCTAssertTrue(text.contains(element), "\(kind) lacks \(element):\n\(text)", file: file, line: line)
    }
  }

  private func numbers(_ state: ApplicationState, _ kind: DocumentKind) -> [String] {
    state.documents.filter { $0.kind == kind }.map(\.number)
  }

  private let correction: Value = [
    "action": "correct", "until": "2026-12-08",
    "defects": [["field": "mo.phone", "problem": "号码打不通", "remedy": "请换一个号码"]],
  ]

  // MARK: What stands on them

  func testD02AnAgentsSlipSaysThatNothingWasReceived() throws {
    let (_, id) = try submitted("agent")
    try assertSays(
      id, "D02",
      ["代办受理单", "委托人", "代办员", "事项", "是否收取原件：是", "预计递交日", "预计取件日", "联系电话", "不收取任何费用", "责任边界", "不代表办理机关已经收件"])
    XCTAssertEqual(try bench.state(id).documents.first?.kind, .agencySlip)
  }

  func testD03TheReceiptSaysWhoReceivedWhatToTheMinute() throws {
    let (_, id) = try submitted("receive")
    XCTAssertNil(try bench.state(id).document(.agencySlip), "a receiving station gives no slip")
    try assertSays(
      id, "D03",
      [
        "收件凭证", "清审收〔2026〕0001号", "收到时间：2026-11-23 09:00", "受委托收件", "原件", "复印件", "｜1｜2｜", "收件人工号", "查询码", "不代表受理",
        "视为提交",
      ])
    XCTAssertFalse(try text(id, "D03").contains("61083019991231988X"), "masked")
  }

  func testD03WhereReceivingIsAcceptingTheReceiptSaysSo() throws {
    let (_, id) = try submitted("accept")
    try assertSays(id, "D03", ["授权受理", "收件即受理"])
    XCTAssertFalse(try bench.state(id).documents.filter { $0.kind == .acceptance }.isEmpty, "with its notice")
  }

  func testD06TheCorrectionNoticeHasEveryElement() throws {
    let (device, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, correction)
    try assertSays(
      id, "D06",
      [
        "清审补〔2026〕0001号", "收到日期：2026-11-23", "告知日期：2026-11-23", "号码打不通", "请换一个号码", "可替代方式", "2026-12-08", "提交渠道",
        "逾期处理", "联系人", "申请人签收", "短信", "专用印章", proceeding.itemName,
      ])
    try device.sync()
    try device.edit(id, "mo.phone", "13887654321")
    try device.submit(id)
    try device.sync()
    try assertSays(id, "D06", ["号码打不通"])
    try assertSays(id, "D07", ["补正材料收件凭证", "清审补〔2026〕0001号", "重新起算"])
  }

  func testD08AcceptanceD15StopD16ExtensionD17DecisionD19DeliveryD20End() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    let due = try XCTUnwrap(try bench.state(id).document(.acceptance)?.due)
    try assertSays(id, "D08", ["受理通知书", "申请日", "收到日", "受理日：2026-11-23", "法定期限", "承诺期限", due, "费用", "取件方式", "专用印章"])
    try act(proceeding, ["action": "notify", "parties": "邻居李某", "content": "可以陈述申辩"])
    try assertSays(id, "D14", ["利害关系人", "邻居李某", "可以陈述申辩", "五日内"])
    try act(proceeding, ["action": "suspend", "procedure": "鉴定", "reason": "需要亲子鉴定", "workingDays": 10])
    try assertSays(id, "D15", ["程序种类：鉴定", "需要亲子鉴定", "行政许可法第四十五条", "开始日", "10个工作日", "扣除说明", "配合事项"])
    try act(proceeding, ["action": "resume"])
    try act(proceeding, ["action": "extend", "days": 5, "reason": "情况复杂", "approver": "王局长"])
    try assertSays(id, "D16", ["原期限", "延长：5个工作日", "情况复杂", "批准人：王局长", "新的截止日"])
    try act(proceeding, ["action": "decide", "outcome": "approve", "number": "清卫准字第9号"])
    try assertSays(id, "D17", ["准予决定书", "清卫准字第9号", "决定日"])
    try act(proceeding, ["action": "issue", "certificate": ["name": "出生医学证明", "number": "X610000001"]])
    try act(proceeding, ["action": "deliver", "method": "邮寄", "receivedBy": "张三", "waybill": "SF123"])
    try assertSays(id, "D19", ["送达回证", "受送达人", "送达方式：邮寄", "签收人：张三", "关系和证件", "签收时间", "SF123", "代领", "见证人", "出生医学证明"])
    try assertSays(id, "D20", ["办结单", "办结时间", "送达时间", "准予"])
  }

  func testD05RejectionAndD18RefusalNameFactsReasonsAndRemedies() throws {
    let (_, id) = try submitted()
    let dispatched = try bench.state(id).proceedings.filter { $0.status == .dispatched }
    try act(dispatched[0], ["action": "reject", "reason": "不属于本机关职权", "redirectTo": "县民政局"])
    try assertSays(
      id, "D05", ["不予受理", "认定事实", "不属于本机关职权", "依据", "县民政局", "60日内", "清涧县人民政府", "6个月内", "清涧县人民法院", "专用印章", "日期"])
    try act(dispatched[1], ["action": "accept"])
    try act(dispatched[1], ["action": "decide", "outcome": "refuse", "reason": "条件不符"])
    try assertSays(id, "D18", ["不予决定书", "认定事实", "理由：条件不符", "依据", "60日内", "6个月内"])
  }

  func testD04WhatNeedsNoPermissionHasItsOwnNotice() throws {
    let (_, id) = try submitted()
    try act(try first(id), ["action": "reject", "reason": "本地已取消这一事项", "ground": "notNeeded"])
    try assertSays(id, "D04", ["不受理告知书", "依法不需要", "本地已取消这一事项"])
    XCTAssertNil(try bench.state(id).document(.rejection))
  }

  func testD09WhatCountsAsAcceptedIsOnRecordAndTheNoticeFollows() throws {
    let (_, id) = try submitted()
    bench.clock.advance(seconds: 9 * 86_400)
    _ = try bench.service.passDay()
    try assertSays(id, "D09", ["视为受理记录", "收到日：2026-11-23", "受理日：同收到日", "行政许可法第三十二条"])
    try assertSays(id, "D08", ["受理日：2026-11-23", "自收到申请材料之日起即为受理"])
  }

  func testD22WithdrawalAndD23TerminationEndAnApplication() throws {
    let (device, id) = try submitted()
    device.write(.withdraw, ["why": "不办了"], id)
    try device.sync()
    try assertSays(id, "D22", ["撤回申请书", "不办了", "申请人签名"])
    try assertSays(id, "D23", ["终止办理通知书", "终止原因", "材料退还", "重新申请", "60日内"])
    let operations = try bench.state(id).operations
    device.write(.note, ["text": "再说"], id)
    try device.sync()
    XCTAssertEqual(try bench.state(id).operations, operations + 1, "once")
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  func testD21TheArchiveListComesWithTheLastEnd() throws {
    let (_, id) = try submitted()
    for _ in 0..<8 where try bench.state(id).status != .closed {
      for proceeding in try bench.state(id).proceedings where proceeding.status == .dispatched {
        try act(proceeding, ["action": "reject", "reason": "材料虚假", "ground": "falsehood"])
      }
    }
    XCTAssertEqual(try bench.state(id).status, .closed)
    XCTAssertEqual(numbers(try bench.state(id), .archiveList), ["清审档〔2026〕0001号"])
    try assertSays(id, "D21", ["归档目录", "清审不受〔2026〕0001号", "单套归档", "sm3:", "保管期限"])
    try assertSays(id, "D23", ["前置事项“", "没有通过的前置事项"])
  }

  // MARK: Numbers

  func testSectionA2NumbersHaveNoGapsAndNoRepeats() throws {
    try bench.setLevel("receive")
    let matter = try bench.matter("qingjian-04")
    let devices = [try bench.device(), try bench.device(at: 1)]
    var ids: [ApplicationID] = []
    for round in 0..<3 {
      for device in devices {
        for _ in 0...round { ids.append(device.create(matter)) }
        for id in ids
        where id.text.isEmpty == false && device.own.values.contains(where: { $0.header.application == id }) {
          if try device.state(id).versions.isEmpty { try device.submit(id) }
        }
      }
      for device in devices { try device.sync() }
    }
    let receipts = try ids.flatMap { numbers(try bench.state($0), .receipt) }
    XCTAssertEqual(receipts.sorted(), (1...ids.count).map { "清审收〔2026〕\(padded($0, 4))号" })
    // A refused action uses up none.
    let proceedings = try ids.prefix(3).map { try first($0) }
    try act(proceedings[0], ["action": "accept"])
    XCTAssertThrowsError(try act(proceedings[0], ["action": "accept"]))
    try act(proceedings[1], ["action": "accept"])
    XCTAssertEqual(numbers(try bench.state(ids[1]), .acceptance), ["清审受〔2026〕0002号"])
    try bench.assertVerifies()
  }

  func testSectionA2TwoProgramsAtOneJournalShareTheRow() throws {
    let (_, one) = try submitted()
    let (_, two) = try submitted()
    let beside = CaseService(
      journal: try SQLiteJournal(path: bench.folder + "/journal.db", key: CountyBench.storeKey, random: SystemRandom()),
      signingKey: bench.signingKey, clock: bench.clock, random: SystemRandom(), log: .silent)
    let proceedings = [one, two].flatMap { id in
      ((try? bench.state(id).proceedings) ?? []).filter { $0.status == .dispatched }
    }
    let services = [bench.service, beside]
    let actors = proceedings.map { bench.actor($0) }
    DispatchQueue.concurrentPerform(iterations: proceedings.count) { index in
      let proceeding = proceedings[index]
      _ = try? services[index % 2].act(
        proceeding.id, body: ["action": "accept", "version": .integer(proceeding.version)], actor: actors[index])
    }
    let given = try [one, two].flatMap { numbers(try bench.state($0), .acceptance) }
    XCTAssertEqual(given.sorted(), (1...proceedings.count).map { "清审受〔2026〕\(padded($0, 4))号" })
  }

  /// Whatever the registry was called on a log that is lost, nobody takes a later one for it.
  func testTheSameBackupPutBackTwiceGivesTheRegistryNoRevisionTwice() throws {
    let backup = bench.folder + "/backup.db"
    try bench.journal.backup(to: backup)
    func revision(_ bench: CountyBench) throws -> Int64 {
      try bench.journal.read { reader throws(Problem) in try County.revision(reader) }
    }
    let first = try CountyBench(bench, restoring: backup)
    for _ in 0..<3 { try first.journal.write { writer throws(Problem) in try County.touch(writer) } }
    let lost = try revision(first)
    first.clock.advance(seconds: 60)
    XCTAssertGreaterThan(try revision(CountyBench(first, restoring: backup)), lost)
  }

  /// A station that was added after the backup is added once more: its laptops' numbers have been given out already.
  func testAStationAddedAgainAfterARestoreNumbersNoLaptopAsBefore() throws {
    let backup = bench.folder + "/backup.db"
    try bench.journal.backup(to: backup)
    let station = StationRow(
      id: StationID("s-new"), name: "新站", division: "610830100201", level: "agent", sample: false)
    func laptops(_ count: Int, in bench: CountyBench) throws -> [String] {
      try bench.journal.write { writer throws(Problem) in try writer.setStation(station) }
      return try (0..<count).map { _ in
        let (id, _) = try bench.service.inviteDevice(station: station.id, name: "电脑", actor: "test")
        return try bench.journal.read { reader throws(Problem) in try reader.device(id)?.number } ?? ""
      }
    }
    let before = try laptops(3, in: bench)
    let restored = try CountyBench(bench, restoring: backup)
    let after = try laptops(3, in: restored)
    XCTAssertEqual(Set(before).intersection(after), [])
    // The same backup once more, where what has been given out since can be read.
    let former = try restored.journal.read { reader throws(Problem) in try FormerRegistry(reader) }
    let again = try CountyBench(bench, restoring: backup)
    let added = try again.journal.write { writer throws(Problem) in try former.carryOver(to: writer) }
    XCTAssertEqual(added.stations, [station.id.text])
    XCTAssertEqual(Set(before + after).intersection(try laptops(3, in: again)), [])
  }

  func testSectionA2ARestoredServerGivesNoNumberTwice() throws {
    let (device, id) = try submitted()
    let backup = bench.folder + "/backup.db"
    try bench.journal.backup(to: backup)
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    try device.sync()
    XCTAssertEqual(numbers(try device.state(id), .acceptance), ["清审受〔2026〕0001号"], "printed and handed out")
    let restored = try CountyBench(bench, restoring: backup)
    let other = try XCTUnwrap(try restored.state(id).proceedings.last { $0.status == .dispatched })
    try act(other, ["action": "accept"], in: restored)
    XCTAssertEqual(numbers(try restored.state(id), .acceptance), ["清审受〔2026〕复1123-0001号"])
    // The same backup once more, and nobody can tell what was given out meanwhile.
    restored.clock.advance(seconds: 86_400)
    let again = try CountyBench(restored, restoring: backup)
    let third = try XCTUnwrap(try again.state(id).proceedings.last { $0.status == .dispatched })
    try act(third, ["action": "accept"], in: again)
    XCTAssertEqual(numbers(try again.state(id), .acceptance), ["清审受〔2026〕复1124-0001号"])
  }

  func testSectionA2ADeviceWithoutTheCountySaysThatItsNumberIsProvisional() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    let state = try device.state(id)
    let around = DocumentSurroundings(
      county: "清涧县", station: "宽州站", level: .agent, agent: "李帮办", calendar: WorkingCalendar(years: [:]))
    let writer = DocumentWriter(state, matter: try bench.matter("qingjian-04"), around: around)
    let slip = try XCTUnwrap(writer.provisional(.agencySlip, now: bench.clock.now()))
    XCTAssertTrue(slip.isProvisional)
    XCTAssertTrue(slip.text.contains("临时凭证号 \(state.code)-D02（以县里的正式编号为准）"), slip.text)
    XCTAssertNil(
      writer.provisional(.acceptance, now: bench.clock.now()), "what an authority issues comes from it alone")
    XCTAssertEqual(
      bench.refusal { _ = try writer.find("D08", now: bench.clock.now()) }?.code,
      "document.authority")
    XCTAssertEqual(
      bench.refusal { _ = try writer.find("D99", now: bench.clock.now()) }?.code, "document.unknown")
  }

  func testSection12ADeviceAndTheCountyPrintTheSameWords() throws {
    let (device, id) = try submitted()
    try act(try first(id), ["action": "accept"])
    try act(try first(id), correction)
    try device.sync()
    let matter = try bench.matter("qingjian-04")
    let calendar = try bench.journal.read { reader throws(Problem) in try County.load(reader).calendar }
    let around = DocumentSurroundings(county: "清涧县", station: "站", level: nil, agent: "人", calendar: calendar)
    let (here, there) = (
      DocumentWriter(try device.state(id), matter: matter, around: around),
      DocumentWriter(try bench.state(id), matter: matter, around: around)
    )
    let documents = try bench.state(id).documents
    XCTAssertEqual(try device.state(id).documents, documents)
    XCTAssertFalse(documents.isEmpty)
    for document in documents { XCTAssertEqual(here.write(document), there.write(document)) }
  }

  func testSection12APageFetchesNothingAndLetsNobodyWriteMarkup() throws {
    let (_, id) = try submitted()
    try act(
      try first(id), ["action": "reject", "reason": "<script>alert(1)</script>&\"", "ground": "other"])
    let html = try XCTUnwrap(try bench.service.document(of: id.text, "D05")["html"]?.text)
    XCTAssertFalse(html.contains("<script"))
    XCTAssertTrue(html.contains("&lt;script&gt;"))
    for word in ["http:", "https:", "src=", "href=", "url("] { XCTAssertFalse(html.contains(word), word) }
    XCTAssertTrue(html.contains("20pt"))
  }
}
