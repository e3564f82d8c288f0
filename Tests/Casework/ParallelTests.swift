import Application
import Casework
import Catalog
import Cryptography
import Foundations
import Journal
import Replication
import SQLite
import TestSupport
import XCTest

/// Deferral, commitment and what stands side by side: sections 4, 6.3, 6.6 and 6.8.
final class ParallelTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  /// Publishes a matter that was changed.
  private func publish(_ id: String, _ change: (inout Matter) -> Void) throws -> Matter {
    var matter = try bench.matter(id)
    matter.version += 1
    change(&matter)
    return try publish(MatterEncoder.text(matter), id)
  }

  private func publish(_ text: String, _ id: String) throws -> Matter {
    let bytes = Array(text.utf8)
    let digest = Digest.sm3(bytes).text
    let now = bench.clock.now()
    try bench.journal.write { writer throws(Problem) in
      var manifest = try writer.catalogManifest("v1") ?? [:]
      manifest[id] = digest
      try writer.publishCatalog(version: "v2", manifest: manifest, files: [digest: bytes], at: now.adding(seconds: 1))
      try County.touch(writer)
    }
    return try XCTUnwrap(MatterDecoder.published(CatalogFile(name: id, bytes: bytes)))
  }

  private func submit(
    _ device: BenchDevice, _ id: ApplicationID, deferring: [String] = [], commit: Value? = nil
  ) throws -> Disposition? {
    let state = try device.state(id)
    var payload: Value = [
      "version": .integer(Int64(state.versions.count) + 1),
      "digest": .bytes(state.currentSnapshot.digest(deferred: deferring).bytes),
    ]
    if !deferring.isEmpty { payload["defer"] = .array(deferring.map(Value.text)) }
    if let commit { payload["commit"] = commit }
    device.write(.submit, payload, id, saw: state.known.filter { $0.key != device.id })
    try device.sync()
    return try bench.journal.read { reader throws(Problem) in
      try reader.operation(OperationID(device.id, device.counter))?.judgement?.disposition
    }
  }

  private func act(_ proceeding: ProceedingState, _ body: Value) throws {
    var body = body
    body["version"] = .integer(proceeding.version)
    _ = try bench.service.act(proceeding.id, body: body, actor: bench.actor(proceeding))
  }

  private func code(_ proceeding: ProceedingState, _ body: Value) -> String? {
    bench.refusal { try act(proceeding, body) }?.code
  }

  /// One that waits only for what lies with windows now.
  private func nextInLine(_ id: ApplicationID) throws -> ProceedingState {
    let state = try bench.state(id)
    return try XCTUnwrap(
      state.proceedings.first { waiting in
        waiting.status == .waiting
          && waiting.after.allSatisfy { state.proceeding(ProceedingID(id, $0[0]))?.status == .dispatched }
      })
  }

  private func finish(_ proceeding: ProceedingState) throws {
    try act(proceeding, ["action": "accept"])
    try act(proceeding, ["action": "decide", "outcome": "approve"])
  }

  // MARK: Deferral

  /// An application that is accepted although one paper is still to come.
  private func accepted(
    _ change: (inout Matter) -> Void = { _ in }
  ) throws -> (device: BenchDevice, id: ApplicationID, proceeding: ProceedingState) {
    let matter = try publish("qingjian-04") { matter in
      change(&matter)
      for index in matter.materials.indices where matter.materials[index].id == "m02" {
        matter.materials[index].deferrable = true
        matter.materials[index].main = false
        matter.materials[index].items = []
      }
    }
    let device = try bench.device()
    let id = device.create(matter)
    XCTAssertEqual(try submit(device, id, deferring: ["m02"]), .applied)
    let proceeding = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    try act(proceeding, ["action": "accept"])
    return (device, id, proceeding)
  }

  func testSection43OnlySidePapersOfTheListMayFollowLater() throws {
    let matter = try publish("qingjian-04") { matter in
      for index in matter.materials.indices {
        matter.materials[index].deferrable = matter.materials[index].id == "m02"
        matter.materials[index].main = false
      }
    }
    let device = try bench.device()
    XCTAssertEqual(
      try submit(device, device.create(matter), deferring: ["m01"]), .refused("submit.not-deferrable"))
    XCTAssertEqual(
      try submit(device, device.create(matter), deferring: ["no-such"]), .refused("submit.not-deferrable"))
    XCTAssertEqual(try submit(device, device.create(matter), deferring: ["m02"]), .applied)
  }

  /// What the row of a proceeding says of deferred papers.
  private func awaitsDeferred(_ proceeding: ProceedingState) throws -> Bool? {
    try bench.journal.read { reader throws(Problem) in try reader.proceeding(proceeding.id)?.awaitsDeferred }
  }

  func testSection43WhatIsOwedIsNotGrantedAndComesInTime() throws {
    let (device, id, proceeding) = try accepted()
    XCTAssertEqual(try awaitsDeferred(proceeding), true)
    XCTAssertEqual(code(proceeding, ["action": "decide", "outcome": "approve"]), "decide.deferred")
    let letters = try bench.state(id).documents.map(\.kind)
    XCTAssertTrue(letters.contains(.deferralPromise))
    XCTAssertTrue(letters.contains(.deferralNotice))
    let notice = try XCTUnwrap(try bench.service.document(of: id.text, "D11")["text"]?.text)
    for element in ["已交主件", "容缺的材料", "补齐截止日", "补齐形式", "终止办理", "信用", "附授权", "受理人"] {
      XCTAssertTrue(notice.contains(element), element)
    }
    let promise = try XCTUnwrap(try bench.service.document(of: id.text, "D10")["text"]?.text)
    for element in ["缺的材料", "补齐期限", "终止办理", "附授权委托书", "签名"] { XCTAssertTrue(promise.contains(element), element) }
    device.write(.attach, ["material": "m02", "originals": 1, "copies": 0], id)
    try device.sync()
    XCTAssertEqual(try awaitsDeferred(proceeding), false)
    XCTAssertNil(code(proceeding, ["action": "decide", "outcome": "approve"]))
    try bench.assertVerifies()
  }

  func testSection43WhatWasPhotographedIsNotGrantedUponBeforeItHasArrived() throws {
    let (device, id, proceeding) = try accepted()
    let digest = Digest.sm3([1]).text
    device.write(
      .attach,
      ["material": "m02", "digest": .text(digest), "bytes": 10, "mediaType": "image/jpeg", "name": "a.jpg"], id)
    try device.sync()
    XCTAssertEqual(code(proceeding, ["action": "decide", "outcome": "approve"]), "decide.deferred")
    bench.clock.advance(seconds: 60 * 86_400)
    XCTAssertEqual(try bench.service.passDay().ended, 0, "who brought it in time has kept the promise")
    try bench.service.blobArrived(digest, bytes: 10, from: device.id)
    XCTAssertNil(code(proceeding, ["action": "decide", "outcome": "approve"]))
    try bench.assertVerifies()
  }

  func testSection43WhatAnEarlierProgramDidNotNoteEndsAllTheSame() throws {
    let (_, id, proceeding) = try accepted()
    try Connection(path: bench.folder + "/journal.db", mode: .readWrite).execute(
      "UPDATE proceedings SET deferred = NULL")
    XCTAssertNil(try awaitsDeferred(proceeding))
    try bench.assertVerifies()
    bench.clock.advance(seconds: 40 * 86_400)
    XCTAssertGreaterThanOrEqual(try bench.service.passDay().ended, 1)
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .terminated)
    try bench.assertVerifies()
  }

  /// In December the law's day lies in a year without a calendar, and the papers' day does not.
  func testSection43ACertainDayEndsItThoughTheLawsDayIsAGuess() throws {
    bench.clock.advance(seconds: 16 * 86_400)
    let (_, id, proceeding) = try accepted { matter in
      for index in matter.items.indices {
        matter.items[index].limit?.statutory = 20
        matter.items[index].limit?.promised = 10
      }
    }
    let state = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    let county = try bench.journal.read { reader throws(Problem) in try County.load(reader) }
    let due = try XCTUnwrap(ProceedingClock.due(state, calendar: county.calendar, now: bench.clock.now()))
    XCTAssertEqual(due.estimates, [DueView.Day.statutoryDue])
    let day = try XCTUnwrap(due.deferralDue)
    let days = day.dayNumber - ChinaTime.date(bench.clock.now()).dayNumber
    bench.clock.advance(seconds: Int64(days) * 86_400)
    XCTAssertEqual(try bench.service.passDay().ended, 0)
    bench.clock.advance(seconds: 86_400)
    XCTAssertGreaterThanOrEqual(try bench.service.passDay().ended, 1)
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .terminated)
  }

  func testSection43WhatDoesNotComeEndsWithANoticeAndACreditNote() throws {
    let (device, id, proceeding) = try accepted()
    bench.clock.advance(seconds: 40 * 86_400)
    let report = try bench.service.passDay()
    XCTAssertGreaterThanOrEqual(report.ended, 1)
    let ended = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    XCTAssertEqual(ended.status, .terminated)
    XCTAssertTrue(try XCTUnwrap(ended.creditNote).contains("容缺承诺未履行"))
    XCTAssertNotNil(try bench.state(id).document(.termination, of: proceeding.id))
    XCTAssertEqual(try bench.service.passDay(), .nothing)
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  /// What counts as accepted counts from its receipt; nobody can keep a day that was over before they were told of it.
  func testSection43WhoseAcceptanceIsDeemedHasTheDaysForTheirPapersFromThen() throws {
    try bench.setLevel("receive")
    let matter = try publish("qingjian-04") { matter in
      for index in matter.materials.indices where matter.materials[index].id == "m02" {
        (matter.materials[index].deferrable, matter.materials[index].main) = (true, false)
      }
      for index in matter.items.indices { matter.items[index].limit?.promised = 3 }
    }
    let device = try bench.device()
    let id = device.create(matter)
    XCTAssertEqual(try submit(device, id, deferring: ["m02"]), .applied)
    bench.clock.advance(seconds: 8 * 86_400)
    let report = try bench.service.passDay()
    XCTAssertGreaterThanOrEqual(report.deemed, 1)
    XCTAssertEqual(report.ended, 0)
    let deemed = try XCTUnwrap(
      try bench.state(id).proceedings.first { $0.manner == .deemed && $0.materials.contains("m02") })
    XCTAssertEqual(deemed.status, .accepted)
    let today = ChinaTime.date(bench.clock.now())
    let view = try bench.service.proceeding(deemed.id, actor: bench.actor(deemed))
    let due = view["materials"]?.array?.first { $0["id"] == "m02" }?["deferredUntil"]?.text
    XCTAssertGreaterThan(try XCTUnwrap(due.flatMap { CivilDate($0) }), today)
    XCTAssertEqual(try bench.state(id).document(.deferralNotice, of: deemed.id)?.due, due)
    XCTAssertEqual(try bench.service.passDay(), .nothing)
    var ended = 0
    for _ in 0..<4 {
      bench.clock.advance(seconds: 86_400)
      ended += try bench.service.passDay().ended
    }
    XCTAssertGreaterThanOrEqual(ended, 1)
    XCTAssertNotNil(try bench.state(id).proceeding(deemed.id)?.creditNote)
    try bench.assertVerifies()
  }

  /// Who could not reach the county could bring nothing 不可抗力顺延.
  func testSection43NothingEndsAsSoonAsTheServerIsBack() throws {
    let (device, id, proceeding) = try accepted()
    _ = try bench.service.passDay()
    bench.clock.advance(seconds: 40 * 86_400)
    for day in 0..<3 {
      XCTAssertEqual(try bench.service.passDay().ended, 0, "day \(day)")
      try device.sync()
      XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .accepted)
      bench.clock.advance(seconds: 86_400)
    }
    XCTAssertGreaterThanOrEqual(try bench.service.passDay().ended, 1)
    // A day's pause between two looks is none.
    bench.clock.advance(seconds: 86_400)
    XCTAssertEqual(try bench.service.passDay(), .nothing)
    try bench.assertVerifies()
  }

  /// Days that only a clock that ran ahead has seen are none.
  func testSection43AClockThatRanAheadKeepsNothingOpenWhenItGoesRightAgain() throws {
    let (_, id, proceeding) = try accepted()
    let ahead: Int64 = 150 * 86_400
    _ = try bench.service.passDay()
    bench.clock.advance(seconds: ahead)
    XCTAssertEqual(try bench.service.passDay().ended, 0, "it seems to have been away")
    bench.clock.advance(seconds: 86_400 - ahead)
    for _ in 0..<39 {
      _ = try bench.service.passDay()
      bench.clock.advance(seconds: 86_400)
    }
    _ = try bench.service.passDay()
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .terminated)
    try bench.assertVerifies()
  }

  func testSection43ARefusalNeedsNoMorePapers() throws {
    let (_, _, proceeding) = try accepted()
    XCTAssertNil(code(proceeding, ["action": "decide", "outcome": "refuse", "reason": "条件不符"]))
  }

  // MARK: Commitment

  func testSection42APromiseStandsInThePlaceOfAProofOnlyWhereTheListSaysSo() throws {
    let matter = try publish("qingjian-04") { matter in
      for index in matter.materials.indices { matter.materials[index].commitment = matter.materials[index].id == "m03" }
    }
    let device = try bench.device()
    func disposition(_ commitment: Value) throws -> Disposition? {
      try submit(device, device.create(matter), commit: [commitment])
    }
    XCTAssertEqual(
      try disposition(["material": "m01", "signedBy": "applicant"]), .refused("submit.not-committable"))
    XCTAssertEqual(
      try disposition(["material": "m03", "signedBy": "agent"]), .refused("submit.commitment-signature"))
    XCTAssertEqual(
      try disposition(["material": "m03", "signedBy": "agent", "mandate": "代为递交材料"]),
      .refused("submit.commitment-signature"))
    XCTAssertEqual(
      try disposition(["material": "m03", "signedBy": "agent", "mandate": "代为递交材料，代为作出承诺"]), .applied)
    let id = device.create(matter)
    XCTAssertEqual(try submit(device, id, commit: [["material": "m03", "signedBy": "applicant"]]), .applied)
    XCTAssertEqual(try bench.state(id).deferredOpen, [], "it is not owed any more")
    let letter = try XCTUnwrap(try bench.service.document(of: id.text, "D12")["text"]?.text)
    for element in [
      "事项名称", "设定依据", "证明内容", "承诺方式", "民事责任", "行政责任", "刑事责任", "核查权力", "是否公开", "已经知晓", "已经符合", "愿意承担", "真实意思",
      "申请人本人签署",
    ] {
      XCTAssertTrue(letter.contains(element), element)
    }
  }

  // MARK: Side by side

  func testSection63WhatTheLawJoinsIsNotTakenApart() throws {
    let matter = try publish("qingjian-04") { matter in
      for index in matter.items.indices.prefix(2) { matter.items[index].together = true }
    }
    let device = try bench.device()
    let items = matter.defaultItems
    let apart = device.create(matter, items: [items[0]])
    guard case .refused(let code)? = try submit(device, apart) else { return XCTFail("it was taken") }
    XCTAssertEqual(code, ProblemKind.itemTogether.code)
    XCTAssertEqual(try submit(device, device.create(matter, items: items)), .applied)
  }

  func testSection66APreviewComesBeforeTheResultAndStartsNoClock() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    XCTAssertEqual(try submit(device, id), .applied)
    let waiting = try nextInLine(id)
    try act(waiting, ["action": "preview"])
    try act(waiting, ["action": "clear", "opinion": "齐全"])
    let previewed = try XCTUnwrap(try bench.state(id).proceeding(waiting.id))
    XCTAssertEqual(previewed.status, .preReview)
    XCTAssertTrue(previewed.isPreviewed)
    XCTAssertNil(previewed.receivedAt, "it is no receipt")
    let opinion = try XCTUnwrap(try bench.service.document(of: id.text, "D13")["text"]?.text)
    XCTAssertTrue(opinion.contains("预审不是受理"))
    bench.clock.advance(seconds: 86_400)
    for alternatives in waiting.after {
      try finish(try XCTUnwrap(try bench.state(id).proceeding(ProceedingID(id, alternatives[0]))))
    }
    let received = try XCTUnwrap(try bench.state(id).proceeding(waiting.id))
    XCTAssertEqual(received.status, .dispatched)
    XCTAssertEqual(received.receivedAt, bench.clock.now(), "from here its clock runs")
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  func testSection66ADefectFoundInAPreviewGoesIntoTheOneNotice() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    XCTAssertEqual(try submit(device, id), .applied)
    let out = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    let waiting = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .waiting })
    let body: Value = [
      "action": "correct", "until": "2026-12-08", "defects": [["field": "mo.phone", "problem": "打不通", "remedy": "换"]],
    ]
    try act(out, body)
    try act(waiting, ["action": "preview"])
    try act(waiting, body)
    XCTAssertEqual(try bench.state(id).documents.filter { $0.kind == .correction }.count, 1)
    XCTAssertEqual(try bench.state(id).openCorrection?.proceedings.count, 2)
    try device.sync()
    try device.edit(id, "mo.phone", "13887654321")
    try device.submit(id)
    try device.sync()
    XCTAssertEqual(try bench.state(id).proceeding(waiting.id)?.status, .waiting, "it waits for the result again")
    XCTAssertEqual(try bench.state(id).proceeding(out.id)?.status, .dispatched)
  }

  func testSection66AFailureBeforeEndsWhatWaitsWhateverItsStatus() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    XCTAssertEqual(try submit(device, id), .applied)
    let waiting = try nextInLine(id)
    try act(waiting, ["action": "preview"])
    let upstream = try XCTUnwrap(try bench.state(id).proceeding(ProceedingID(id, waiting.after[0][0])))
    try act(upstream, ["action": "reject", "reason": "王某提供虚假材料", "ground": "falsehood"])
    let ended = try XCTUnwrap(try bench.state(id).proceeding(waiting.id))
    XCTAssertEqual(ended.status, .terminated)
    XCTAssertEqual(ended.cascadeFrom, upstream.id.item)
    XCTAssertTrue(try XCTUnwrap(ended.reason).contains(upstream.itemName))
    XCTAssertFalse(try XCTUnwrap(ended.reason).contains("王某"), "another window's reasons are not its business")
    let notice = try XCTUnwrap(
      try bench.state(id).document(.termination, of: waiting.id).map {
        try bench.service.document(of: id.text, $0.number)["text"]?.text ?? ""
      })
    XCTAssertTrue(notice.contains("没有通过的前置事项：\(upstream.itemName)"))
  }

  func testSection68TakingPapersInIsAcceptanceWhereTheItemSaysSo() throws {
    let matter = try publish("qingjian-04") { matter in
      for index in matter.items.indices { matter.items[index].receiveMeansAccept = true }
    }
    let device = try bench.device()
    let id = device.create(matter)
    XCTAssertEqual(try submit(device, id), .applied)
    let first = try XCTUnwrap(try bench.state(id).proceedings.first { $0.after.isEmpty })
    XCTAssertEqual(first.status, .accepted)
    XCTAssertEqual(first.manner, .receipt)
    XCTAssertEqual(
      code(
        first,
        [
          "action": "correct", "until": "2026-12-08",
          "defects": [["field": "mo.phone", "problem": "x", "remedy": "y"]],
        ]), "correct.after-acceptance", "whoever took it in may not send it back")
  }

  func testSectionC56AnInspectionHasItsOwnClockAndStopsNone() throws {
    var file = try JSONReader.document(Array(MatterEncoder.text(try bench.matter("qingjian-04")).utf8))
    file["items"] = .array(
      (file["items"]?.array ?? []).map { item in
        var item = item
        item["inspection"] = ["name": "联合勘验", "workingDays": 3]
        return item
      })
    let matter = try publish(JSON.text(file), "qingjian-04")
    let device = try bench.device()
    let id = device.create(matter)
    XCTAssertEqual(try submit(device, id), .applied)
    let first = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    try act(first, ["action": "accept"])
    func shown() throws -> Value {
      try XCTUnwrap(
        try bench.service.application(id.text)["proceedings"]?.array?.first { $0["id"]?.text == first.id.text })
    }
    let due = try shown()["due"]
    XCTAssertEqual(try shown()["inspection"]?["due"], "2026-11-26")
    XCTAssertEqual(code(first, ["action": "inspect", "finding": "合格", "by": ["王甲"]]), "action.field", "two at least")
    try act(first, ["action": "inspect", "finding": "合格", "by": ["王甲", "李乙"]])
    XCTAssertEqual(try shown()["inspection"]?["finding"], "合格")
    XCTAssertEqual(try shown()["due"], due)
  }
}
