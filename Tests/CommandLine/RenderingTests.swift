import Assistant
import Catalog
import Foundations
import Terminal
import XCTest

@testable import CommandLine

final class RenderingTests: XCTestCase {
  private let output = Output(isJSON: false, isColoured: false, columns: 100) { _, _ in }

  func testWidthCountsChineseAsTwo() {
    XCTAssertEqual(Width.of("帮办"), 4)
    XCTAssertEqual(Width.of("帮办 bangban"), 12)
    XCTAssertEqual(Width.of("，（）"), 6)
    XCTAssertEqual(Width.of("e\u{301}"), 1)
    XCTAssertEqual(Width.of("≈2026"), 5)
    XCTAssertEqual(Width.of("𠀀"), 2)
  }

  func testCutAndWrapKeepWithinTheColumns() {
    XCTAssertEqual(Width.cut("新生儿出生一件事", to: 9), "新生儿出…")
    XCTAssertEqual(Width.cut("短", to: 9), "短")
    for line in Width.wrapped(String(repeating: "办件都已保存", count: 20), to: 31) {
      XCTAssertLessThanOrEqual(Width.of(line), 31)
    }
    XCTAssertEqual(Width.wrapped("一二三四五，六", to: 10), ["一二三四五，", "六"])
  }

  func testControlCharactersDoNotReachTheTerminal() {
    XCTAssertEqual(Width.clean("a\u{1B}[31mb\u{7}\u{202E}c\nd"), "a\u{FFFD}[31mb\u{FFFD}c d")
  }

  func testJSONDoesNotSteerTheTerminalEither() throws {
    let value: Value = ["text": "a\u{9B}2J\u{7F}\u{202E}b\u{1B}帮"]
    var told = ""
    Output(isJSON: true, isColoured: false, columns: 100) { _, text in told += text }.result(value) { [] }
    XCTAssertEqual(told, #"{"text":"a\u009b2J\u007f\u202eb\u001b帮"}"# + "\n")
    XCTAssertEqual(try JSONReader.read(Array(told.utf8)), value, "it says the same")
  }

  func testVeryManyProblemsAreCutOnTheScreenAndWholeForPrograms() {
    var problem = Problem(.fieldRequired)
    problem.others = Array(repeating: problem, count: Output.problemsMax + 9)
    for isJSON in [false, true] {
      var told = ""
      Output(isJSON: isJSON, isColoured: false, columns: 100) { stream, text in
        if stream == .error { told += text }
      }.problem(problem)
      XCTAssertEqual(told.components(separatedBy: "[\(problem.code)]").count - 1, isJSON ? 0 : Output.problemsMax)
      XCTAssertEqual(told.contains("还有 10 处"), !isJSON)
      if isJSON { XCTAssertEqual(told.components(separatedBy: problem.code).count - 1, Output.problemsMax + 10) }
    }
  }

  func testEveryKindOfThingToDoHasAChineseName() {
    let kinds =
      "attachment catalog certificate conflict consent correction deferral draft-old duplicate notice refused sync "
      + "tray waiting"
    for kind in kinds.split(separator: " ").map(String.init) {
      let lines = TodoSheet.lines(
        [["kind": .text(kind), "id": "", "text": "甲"]], today: CivilDate(dayNumber: 0), output)
      XCTAssertNil(lines.first?.unicodeScalars.first { $0.isASCII && $0.properties.isAlphabetic }, "\(lines)")
    }
  }

  func testTablesAlign() {
    var table = Table(["编号", "一件事", "状态"])
    table.add(["A1", "新生儿出生", "草稿"])
    table.add(["A1234", "灵活就业", "待补正"])
    let lines = table.lines(columns: 100)
    XCTAssertEqual(lines, ["编号   一件事      状态", "A1     新生儿出生  草稿", "A1234  灵活就业    待补正"])
    for line in table.lines(columns: 20) { XCTAssertLessThanOrEqual(Width.of(line), 24) }
  }

  func testWhatOtherCommandsNeedIsNeverCut() {
    var table = Table(["编号", "一件事"], whole: ["编号"])
    table.add(["L-610830100201-01-20260421-3", "新生儿出生一件事"])
    XCTAssertTrue(table.lines(columns: 30)[1].hasPrefix("L-610830100201-01-20260421-3 "))
  }

  func testDispatchesAreToldInWords() {
    for status in ["queued", "delivered", "unknown", "dead", "withdrawn"] {
      XCTAssertNotEqual(CaseWords.dispatch(status), status)
    }
  }

  func testStatusWordsAreThoseOfTheGlossary() {
    XCTAssertEqual(
      ["draft", "submitted", "inProgress", "correction", "closed", "withdrawn"].map(Words.status),
      ["草稿", "已提交", "办理中", "待补正", "已办结", "已撤回"])
  }

  func testWhatEndedWithNothingGrantedIsNotCalledDone() {
    for (denial, words) in [("rejected", "不予受理"), ("refused", "不予批准"), ("terminated", "已终止")] {
      XCTAssertEqual(Words.status(ofApplication: ["status": "closed", "denial": .text(denial)]), words)
    }
    XCTAssertEqual(Words.status(ofApplication: ["status": "closed"]), "已办结")
  }

  func testListsMaskTheApplicant() {
    XCTAssertEqual(Words.maskedApplicant(["kind": "person", "name": "李秀英"]), "李*英")
    XCTAssertEqual(Words.maskedApplicant(["kind": "organisation", "name": "清涧红枣公司"]), "清涧红枣公司")
    XCTAssertEqual(Words.maskedApplicant("李*英"), "李*英")
  }

  func testShowIsASheetToRead() {
    let application: Value = [
      "id": "a1", "code": "L-1", "matter": "m", "status": "correction", "version": 1, "sync": "partial",
      "applicant": ["kind": "person", "name": "李秀英", "phone": "13900000001"], "fields": ["phone": "13900000001"],
      "materials": ["m1": [["originals": 1, "copies": 2]]],
      "proceedings": [
        [
          "id": "a1.i01", "item": "户口登记", "window": "公安窗口", "status": "correction", "version": 1,
          "due": "2027-01-08", "statutoryDue": "2027-02-01", "estimates": ["due"], "until": "2026-12-01",
          "defects": [["field": "phone", "problem": "打不通", "remedy": "请重填"]],
        ]
      ],
      "correction": [
        "until": "2026-12-01",
        "lines": [
          ["who": "agent", "field": "phone", "problem": "打不通", "remedy": "请重填", "items": ["户口登记", "医保登记"]]
        ],
      ],
      "documents": [
        ["kind": "D06", "number": "清审补〔2026〕0001号", "title": "一次性补正告知书", "at": "2026-11-21T09:30:00+08:00"]
      ],
      "returns": [["text": "“身份证”过期，全县退回过 3 次"]],
      "conflicts": [
        [
          "field": "phone", "kind": "value", "token": "3f9a02c7",
          "candidates": [
            ["n": 1, "value": "13700000001", "by": "王小兰", "at": "2026-11-21T09:30:00+08:00"],
            ["n": 2, "value": "13800000002", "by": "李志强", "at": "2026-11-21T09:40:00+08:00"],
          ],
        ]
      ],
      "timeline": [["at": "2026-11-21T01:30:00Z", "kind": "create", "by": "王小兰", "text": "建立办件"]],
    ]
    let text = ApplicationSheet(application, matter: nil, output: output).lines.joined(separator: "\n")
    for part in [
      "待补正（第 1 版）", "部分待同步", "李秀英", "原件 1 份、复印件 2 份", "≈2027-01-08", "打不通", "2026-12-01 前", "1. 13700000001",
      "[帮办员改]", "户口登记、医保登记", "清审补〔2026〕0001号", "全县退回过 3 次", "bangban resolve L-1 phone --take 1 --of 3f9a02c7",
      "2026-11-21 09:30  王小兰  建立办件",
    ] { XCTAssertTrue(text.contains(part), part) }
  }

  func testASheetForPapersSaysWhatTheStationMayDo() {
    let told: [(level: String, has: [String], lacks: [String])] = [
      ("agent", ["代办受理单", "收取时间", "站点身份：", "代收", "不代表办理机关已经收件或受理"], ["收件凭证", "收件时间"]),
      ("receive", ["收件凭证", "收件时间", "站点身份：", "受委托收件", "不代表受理"], ["代办受理单"]),
      ("accept", ["收件凭证", "收件时间", "站点身份：", "授权受理", "收件即受理"], ["不代表受理"]),
    ]
    for (level, has, lacks) in told {
      let receipt: Value = [
        "code": "L-1", "receipt": "L-1", "version": 1, "submittedAt": "2026-11-23T09:00:00+08:00",
        "station": ["id": "s1", "name": "宽州站", "level": .text(level)], "agent": .null,
      ]
      let sheet = ReceiptSheet.receipt(receipt, output).joined(separator: "\n")
      for part in has { XCTAssertTrue(sheet.contains(part), "\(level) lacks \(part):\n\(sheet)") }
      for part in lacks { XCTAssertFalse(sheet.contains(part), "\(level) says \(part):\n\(sheet)") }
      XCTAssertFalse(sheet.contains("经办人"), "nobody here knows who it was")
      let answer = ReceiptSheet.submitted(receipt, level: ReceiptSheet.level(of: receipt), output)
      let submitted = answer.joined(separator: "\n")
      XCTAssertTrue(submitted.contains("\(has[0])：L-1（站点"), submitted)
      XCTAssertEqual(submitted.contains("收件即受理"), level == "accept", submitted)
    }
  }

  func testWhatCameAfterTheVersionIsSaidToBeMissingInItAndWhatHelps() {
    let answer: Value = ["id": "a1", "code": "L-1", "late": true, "version": 2, "canSubmit": true]
    let told = LateSheet.lines(answer, output).joined()
    for part in ["第 2 版里没有这些", "bangban submit L-1", "等窗口决定"] { XCTAssertTrue(told.contains(part), told) }
    var accepted = answer
    accepted["canSubmit"] = false
    XCTAssertFalse(LateSheet.lines(accepted, output).joined().contains("bangban submit"), "no version is taken now")
    XCTAssertEqual(LateSheet.lines(["id": "a1", "code": "L-1"], output), [])
    let again = ReceiptSheet.submitted(
      ["code": "L-1", "version": 2, "receipt": "L-1", "unchanged": true], level: nil, output)
    XCTAssertEqual(again, ["已经提交过，没有改动，仍是第 2 版，编号 L-1"])
    let line: Value = ["at": "2026-11-21T01:30:00Z", "kind": "write", "by": "王小兰", "text": "填写", "code": "late"]
    var open = line
    open["open"] = true
    let application: Value = [
      "code": "L-1", "status": "submitted", "version": 1, "fields": ["phone": "13900000001"],
      "late": [["fields": ["phone": "13800000002"]], ["fields": [:], "material": "m1"]], "timeline": [line, open],
    ]
    let shown = ApplicationSheet(application, matter: nil, output: output).lines.joined(separator: "\n")
    for part in ["提交以后又填：13800000002", "m1：提交以后又附上", "填写  提交以后才写的\n", "填写  提交以后才写的，等窗口决定"] {
      XCTAssertTrue(shown.contains(part), "\(part): \(shown)")
    }
    XCTAssertFalse(shown.contains("[late]") || shown.contains("未被接受"), shown)
  }

  func testATimeThatIsDoubtfulIsCalledSo() {
    func shown(_ members: Members) -> String {
      let proceeding = Value.object(members.merging(["item": "开店许可", "status": "dispatched"]) { $1 })
      return ApplicationSheet(["code": "L-1", "proceedings": [proceeding]], matter: nil, output: output)
        .lines.joined(separator: "\n")
    }
    XCTAssertTrue(shown(["receivedDoubtful": true, "captureDoubtful": true]).contains("开店许可：收到时间存疑"))
    XCTAssertTrue(shown(["captureDoubtful": true]).contains("开店许可：采集时间存疑"))
    XCTAssertFalse(shown([:]).contains("存疑"))
  }

  func testWhoIsKnownByAnIDAloneIsToldInWords() {
    XCTAssertEqual(Words.author("王小兰"), "王小兰")
    XCTAssertEqual(Words.author("system"), "县服务器")
    XCTAssertEqual(Words.author("p4k2m9q0x7h"), "同事（x7h）")
    XCTAssertEqual(Words.author("u4k2m9q0x7h"), "窗口人员（x7h）")
    XCTAssertEqual(Words.author("县医保局窗口"), "县医保局窗口")
  }

  func testWhatOnlyOptionalItemsAskForIsNotCalledNecessary() {
    let matter: Value = [
      "id": "x-1", "name": "一件事",
      "items": [["id": "i1", "optional": true], ["id": "i2", "optional": true], ["id": "i3", "optional": false]],
      "materials": [
        ["id": "m1", "name": "合同", "required": true, "items": ["i1", "i2"]],
        ["id": "m2", "name": "照片", "required": true, "items": ["i1", "i3"]],
        ["id": "m3", "name": "身份证", "required": true, "items": []],
      ],
    ]
    let lines = CatalogueSheet.matter(matter, output)
    func line(_ name: String) -> String { lines.first { $0.contains(name) } ?? "" }
    XCTAssertTrue(line("合同").contains("选办 i1、i2 时必须"), line("合同"))
    for name in ["照片", "身份证"] { XCTAssertTrue(line(name).contains("必须") && !line(name).contains("选办"), line(name)) }
  }

  func testAConflictIsPrintedWithItsNameAndItsTexts() {
    let outcome = ConflictSheet.lines(
      [
        [
          "id": "a1", "code": "L-1", "field": "w.edu", "name": "文化程度", "kind": "value", "token": "3f9a02c7",
          "candidates": [
            ["n": 1, "value": "20", "text": "大学本科", "by": "王小兰", "at": "2026-11-21T09:30:00+08:00"],
            ["n": 2, "value": nil, "text": "", "by": "李志强", "at": "2026-11-21T09:40:00+08:00"],
          ],
        ]
      ], output)
    XCTAssertEqual(outcome[0], "L-1  文化程度（w.edu）")
    XCTAssertTrue(outcome[1].hasPrefix("  1. 大学本科    王小兰"), outcome[1])
    XCTAssertTrue(outcome[2].hasPrefix("  2. （清空）    李志强"), outcome[2])
  }

  func testAHeldDraftIsSaidToStayHere() {
    let application: Value = [
      "id": "a1", "code": "L-1", "matter": "m", "status": "draft", "version": 0, "sync": "pending", "held": true,
      "consent": ["given": false, "at": "2026-11-21T09:30:00+08:00", "by": "王小兰"],
    ]
    func text(_ lines: [String]) -> String { lines.joined(separator: "\n") }
    let shown = text(ApplicationSheet(application, matter: nil, output: output).lines)
    let made = text(ReceiptSheet.created(["id": "a1", "code": "L-1", "missing": [], "held": true], output))
    for sheet in [shown, made] {
      for part in ["不会上传", "bangban consent L-1", "bangban withdraw L-1"] { XCTAssertTrue(sheet.contains(part), part) }
      XCTAssertFalse(sheet.contains("bangban submit"), "it could not be submitted")
    }
    XCTAssertTrue(shown.contains("草稿    等申请人同意"))
    XCTAssertFalse(shown.contains("申请人同意：2026"))
    var agreed = application
    agreed["held"] = false
    agreed["consent"]?["given"] = true
    let sheet = text(ApplicationSheet(agreed, matter: nil, output: output).lines)
    XCTAssertTrue(sheet.contains("草稿    待同步") && sheet.contains("申请人同意：2026-11-21 09:30  王小兰 登记"), sheet)
    XCTAssertTrue(text(SyncSheet.lines(["held": 2], output)).contains("另有 2 份草稿等申请人同意"))
    XCTAssertTrue(text(SyncSheet.proof(["held": 2], output)).contains("另有 2 份草稿等申请人同意"))
    XCTAssertFalse(text(SyncSheet.lines(["held": 0], output)).contains("同意"))
    XCTAssertTrue(ConsentSheet.withdrawn(["removed": true]).contains("删除"))
    XCTAssertFalse(ConsentSheet.withdrawn(["id": "a1"]).contains("删除"))
    XCTAssertTrue(ConsentSheet.withdrawn(["id": "a1"]).contains("窗口就会知道"))
    XCTAssertFalse(ConsentSheet.withdrawn(["id": "a1", "unsubmitted": true]).contains("窗口就会知道"), "none ever had it")
    let todo = TodoSheet.lines(
      [["kind": "consent", "id": "a1", "due": nil, "text": "还没有同意"]],
      today: CivilDate("2026-11-21") ?? CivilDate(dayNumber: 0), output)
    XCTAssertEqual(todo.first, "【待同意】a1  还没有同意")
  }

  func testARefusalAndAStopAreToldInWords() {
    let line: Value = [
      "at": "2026-11-21T01:30:00Z", "kind": "withdraw", "by": "王小兰", "text": "申请人撤回", "code": "withdraw.decided",
    ]
    let shown = ApplicationSheet(
      ["code": "L-1", "status": "inProgress", "timeline": [line]], matter: nil, output: output
    )
    .lines.joined(separator: "\n")
    XCTAssertTrue(shown.contains("未被接受：窗口已经作出决定，不能撤回"), shown)
    XCTAssertFalse(shown.contains("withdraw.decided"), shown)
    let examined = DoctorSheet.lines(["stopped": "sync.forked", "stoppedBecause": "有两台电脑用同一个身份写过"], output)
    XCTAssertTrue(examined.last?.hasPrefix("这台设备已停用：有两台电脑用同一个身份写过") == true, "\(examined)")
    XCTAssertFalse(examined.joined().contains("sync.forked"))
  }

  func testTodoPutsLateThingsInPlainSight() {
    let lines = TodoSheet.lines(
      [["kind": "correction", "id": "a1", "due": "2026-11-20", "text": "电话打不通"]],
      today: CivilDate("2026-11-21") ?? CivilDate(dayNumber: 0), output)
    XCTAssertEqual(lines.first, "【补正】a1  电话打不通  2026-11-20 已过期")
  }

  func testExampleMattersAreMarked() {
    let lines = CatalogueSheet.list(
      [["id": "q-04", "name": "新生儿出生", "level": "county", "items": [], "detail": "example"]], output)
    XCTAssertTrue(lines.joined().contains("示例，待县里确认"))
  }

  func testDurations() throws {
    XCTAssertEqual(try Duration.seconds("8h"), 28_800)
    XCTAssertEqual(try Duration.seconds("30m"), 1800)
    XCTAssertEqual(try Duration.seconds("8小时"), 28_800)
    XCTAssertEqual(Duration.text(1800), "30 分钟")
    for wrong in ["", "h", "0h", "-1h", "99999999999999999999h", "31d"] {
      XCTAssertThrowsError(try Duration.seconds(wrong), wrong)
    }
  }

  func testCompletionsKnowAllCommands() {
    for script in [Completions.bash(), Completions.zsh()] {
      for command in Commands.table.commands {
        for word in command.path { XCTAssertTrue(script.contains(word), word) }
        for option in command.options { XCTAssertTrue(script.contains(option.name), option.name) }
      }
    }
  }

  func testAssignments() throws {
    var harness = Harness()
    harness.input = "13851520000\n"
    let session = Session(
      globals: GlobalOptions(), output: output,
      input: Input(isTerminal: false) { _ throws(Problem) in [] }, variable: { _ in nil })
    XCTAssertEqual(try Commands.assignment("phone=1=2", session).content, .text("1=2"))
    XCTAssertEqual(try Commands.assignment("phone=", session).content, .clear)
    XCTAssertEqual(try Commands.assignment("n:=[1]", session).content, .value([1]))
    XCTAssertThrowsError(try Commands.assignment("=x", session))
    XCTAssertThrowsError(try Commands.assignment("n:=[1", session))
    XCTAssertTrue(try Commands.papers("originals=1,copies=2") == (1, 2))
    for wrong in ["", "originals", "originals=-1", "originals=1,originals=2", "paper=1"] {
      XCTAssertThrowsError(try Commands.papers(wrong), wrong)
    }
  }

  func testBase64() {
    for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
      XCTAssertEqual(Base64.text(Array(plain.utf8)), coded)
    }
  }
}
