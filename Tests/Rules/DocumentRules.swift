import Application
import Catalog
import Foundations
import Replication
import XCTest

/// The documents D02 to D23 of section 1.2: each with every element that the county's handbook requires. Those that are
/// looked at from end to end elsewhere under their number (D01 to D06, D08, D09, D21, D22) are not repeated here.
final class DocumentRules: XCTestCase {
  private func accepted(_ changes: Value = [:]) -> Case {
    let case_ = Case()
    case_.submit()
    return case_.route(level: .receive, changes).window(.accept, issuing: [.acceptance])
  }

  func testD02TheDayToFetchItIsThatOfTheChosenItemsChain() {
    var matter = Rules.matter
    // Neither of the others was chosen.
    for index in [1, 2] { matter.items[index].limit = matter.items[0].limit }
    matter.items[1].limit?.promised = 90
    matter.items[2].limit?.promised = nil
    let carried = Case(matter)
    carried.submit()
    XCTAssertText(carried.text(.agencySlip), has: ["预计递交日：2026-11-24", "预计取件日：2026-12-01"])
    matter.items[0].limit?.promised = 14
    matter.items[0].limit?.unit = .naturalDays
    let natural = Case(matter)
    natural.submit()
    XCTAssertText(natural.text(.agencySlip), has: ["预计取件日：2026-12-08"])
  }

  /// Received at the window on a Saturday: that of the Monday after it (rules 1.3, 6).
  func testOneDayOfReceiptAndOneOfAcceptanceStandOnAllPapers() {
    func handedIn(_ changes: Value = [:]) -> Case {
      let case_ = Case(at: "2026-11-21T09:00:00+08:00")
      case_.submit(deferring: ["m2"])
      return case_.route(changes)
    }
    let correct: Value = ["defects": [["field": "p.phone", "problem": "打不通", "remedy": "换"]], "until": "2026-12-08"]
    let rejected = handedIn().window(.reject, ["reason": "材料虚假", "ground": "falsehood"], issuing: [.rejection])
    XCTAssertText(rejected.text(.rejection), has: ["收到日：2026-11-23"])
    XCTAssertText(
      handedIn().window(.correct, correct, issuing: [.correction]).text(.correction), has: ["收到日期：2026-11-23"])
    let back = handedIn(["givesBack": true])
    var givenBack = correct
    givenBack["givenBack"] = true
    XCTAssertText(back.window(.correct, givenBack, issuing: [.givenBack]).text(.givenBack), has: ["收到日期：2026-11-23"])
    let taken = handedIn(["receiveMeansAccept": true])
    taken.window(.accept, ["by": "receipt"], issuing: [.acceptance, .deferralNotice])
    XCTAssertText(taken.text(.acceptance), has: ["收到日：2026-11-23", "受理日：2026-11-23"])
    XCTAssertText(taken.text(.deferralNotice), has: ["受理日：2026-11-23"])
    taken.window(.decide, ["outcome": "refuse", "reason": "面积不够"], issuing: [.refusal])
    taken.window(.deliver, ["method": "窗口", "receivedBy": "王小明"], issuing: [.completion])
    XCTAssertText(taken.text(.refusal), has: ["于2026-11-23受理"])
    XCTAssertText(taken.text(.completion), has: ["受理日：2026-11-23"])
  }

  func testTheTimeOfAReceiptThatIsDoubtfulIsCalledSoOnPapersAndInViewsAndChangesNothingElse() {
    func handedIn(_ level: StationLevel, doubtful: Bool) -> Case {
      let case_ = Case()
      (case_.isClockDoubtful, case_.stationLevel) = (doubtful, level)
      case_.submit()
      return case_.route(level: level).window(.accept, issuing: [.acceptance])
    }
    func shown(_ case_: Case) -> Value? {
      case_.state.view(due: { _ in nil }, name: { $0.text })["proceedings"]?.array?.first
    }
    let (doubtful, sure) = (handedIn(.receive, doubtful: true), handedIn(.receive, doubtful: false))
    for kind in [DocumentKind.receipt, .acceptance] {
      XCTAssertText(doubtful.text(kind), has: ["2026-11-23", "存疑"])
      XCTAssertFalse(sure.text(kind).contains("存疑"), sure.text(kind))
    }
    XCTAssertEqual(shown(doubtful)?["receivedDoubtful"], true)
    XCTAssertNil(shown(sure)?["receivedDoubtful"])
    XCTAssertNil(shown(sure)?["captureDoubtful"])
    XCTAssertEqual(doubtful.state.fingerprint, sure.state.fingerprint, "programs of before compare it")
    XCTAssertEqual(doubtful.state.version?.digest, sure.state.version?.digest)
    // What a station only carried is received where it arrives; only when it was captured is doubtful.
    let carried = handedIn(.agent, doubtful: true)
    XCTAssertNil(shown(carried)?["receivedDoubtful"])
    XCTAssertEqual(shown(carried)?["captureDoubtful"], true)
    XCTAssertText(carried.text(.agencySlip), has: ["收取时间：2026-11-23", "存疑"])
    XCTAssertFalse(carried.text(.receipt).contains("存疑"), carried.text(.receipt))
  }

  func testD08TheDayOfTheApplicationIsThatOfTheFirstVersion() {
    let changed = Case()
    changed.submit()
    changed.route(level: .receive)
    changed.wait(days: 1)
    changed.laptop(.write, ["set": ["p.phone": "13887654321"]], register: "p.phone")
    XCTAssertEqual(changed.submit(), .applied)
    changed.county(.dispatch, ["states": [changed.item.text: "dispatched"]])
    changed.window(.accept, issuing: [.acceptance])
    XCTAssertText(changed.text(.acceptance), has: ["申请日：2026-11-23", "受理日：2026-11-24"])
  }

  func testD07TheReceiptForWhatWasPutRightStartsTheJudgingAnew() {
    let returned = Case()
    returned.submit()
    returned.route().window(
      .correct, ["defects": [["field": "p.phone", "problem": "打不通", "remedy": "换"]], "until": "2026-12-08"],
      issuing: [.correction])
    returned.laptop(.write, ["set": ["p.phone": "13887654321"]], register: "p.phone")
    returned.submit()
    returned.county(
      .dispatch,
      [
        "states": [returned.item.text: "dispatched"],
        "documents": [["kind": "D07", "number": "清审补收1", "proceeding": .text(returned.item.text)]],
      ])
    XCTAssertText(returned.text(.correctionReceipt), has: ["对应的补正告知书：清审〔2026〕D06号", "2026-11-23", "重新起算", "收件人"])
  }

  func testD10ThePromiseNamesWhatIsOwedByWhenAndWhatFollows() {
    let deferred = Case()
    deferred.submit(deferring: ["m2"])
    XCTAssertText(
      deferred.text(.deferralPromise),
      has: ["王*明", "健康证明", "补齐形式", "补齐期限", "终止办理", "失信", "受托人（附授权委托书）", "受理人"])
  }

  func testD11TheNoticeOfADeferralNamesTheDay() {
    let deferred = Case()
    deferred.laptop(.attach, ["material": "m1", "originals": 1, "copies": 0])
    deferred.submit(deferring: ["m2"])
    deferred.route(level: .receive).window(
      .accept,
      [
        "documents": [
          ["kind": "D11", "number": "清审容受1", "proceeding": .text(deferred.item.text), "due": "2026-11-26"]
        ]
      ])
    XCTAssertText(
      deferred.text(.deferralNotice),
      has: ["已交主件：场所照片", "健康证明", "补齐截止日：2026-11-26", "终止办理", "信用", "修复前", "签名", "专用印章"])
  }

  func testD12TheCommitmentHasBothHalvesOfTheStateCouncilsRules() {
    let committed = Case()
    committed.submit(committing: ["m2"])
    XCTAssertText(
      committed.text(.commitment),
      has: [
        "证明内容：健康证明", "承诺方式", "民事责任", "行政责任", "刑事责任", "核查权力", "是否公开", "已经知晓", "已经符合", "愿意承担", "真实意思", "代办员不得代签",
      ])
  }

  func testD13ThePreviewsOpinionSaysThatItIsNoAcceptance() {
    let waiting = Case()
    waiting.submit()
    waiting.route(level: .agent, status: "waiting", ["after": [["j"]]]).window(.preview)
    waiting.window(.clear, ["opinion": "材料齐全"], issuing: [.previewOpinion])
    XCTAssertText(waiting.text(.previewOpinion), has: ["材料齐全", "招牌备案", "预审不是受理", "内部使用"])
  }

  func testD14WhoeverIsConcernedIsToldOfTheRightToBeHeard() {
    let told = accepted().window(.notify, ["parties": "邻居李某", "content": "采光"], issuing: [.partiesNotice])
    XCTAssertText(told.text(.partiesNotice), has: ["邻居李某", "采光", "第三十六条", "陈述和申辩", "签收"])
  }

  func testD15ASpecialProcedureIsAnnouncedInWritingWithItsDays() {
    let stopped = accepted().window(
      .suspend, ["procedure": "检验", "reason": "设备要检验", "workingDays": 3], issuing: [.specialProcedure])
    XCTAssertText(
      stopped.text(.specialProcedure),
      has: ["程序种类：检验", "设备要检验", "第四十五条", "开始日：2026-11-23", "3个工作日", "扣除说明", "配合事项"])
  }

  func testD16AnExtensionNamesTheOldDayTheNewOneTheReasonAndWhoGrantedIt() {
    let extended = accepted().window(
      .extend,
      [
        "days": 10, "reason": "情形复杂", "approver": "县审批局局长",
        "documents": [["kind": "D16", "number": "清审延1", "due": "2026-12-14"]],
      ])
    extended.county(
      .document,
      ["documents": [["kind": "D16", "number": "清审延2", "proceeding": .text(extended.item.text), "due": "2026-12-14"]]])
    XCTAssertText(
      extended.text(.extension), has: ["原期限：2026-11-30", "10个工作日", "情形复杂", "县审批局局长", "新的截止日：2026-12-14"])
  }

  func testD08AndD16NaturalDaysAreCalledSo() {
    let natural = accepted(["natural": true, "promised": 30, "statutory": 60])
    let notice = natural.text(.acceptance)
    XCTAssertText(notice, has: ["法定期限：60日（自然日）", "按自然日计算", "休假结束的次日"])
    XCTAssertFalse(notice.contains("不含法定节假日"), notice)
    natural.window(.extend, ["days": 30, "reason": "交通不便", "approver": "局长"], issuing: [.extension])
    XCTAssertText(natural.text(.extension), has: ["原期限：2026-12-23", "延长：30日（自然日），只延长一次"])
    XCTAssertText(accepted().text(.acceptance), has: ["法定期限：20个工作日", "不含法定节假日"])
  }

  func testD16AReprintAfterALaterProcedureNamesTheSameOldDay() {
    let extended = accepted().window(
      .extend, ["days": 10, "reason": "情形复杂", "approver": "局长"], issuing: [.extension])
    let issued = extended.text(.extension)
    XCTAssertText(issued, has: ["原期限：2026-11-30"])
    extended.wait(days: 1)
    extended.window(.suspend, ["procedure": "检验", "reason": "设备要检验", "workingDays": 15])
    extended.wait(days: 21)
    extended.window(.resume)
    XCTAssertEqual(extended.text(.extension), issued)
  }

  func testD17AGrantSaysWhatWasGrantedAndByWhenTheCertificateComes() {
    let granted = accepted().window(.decide, ["outcome": "approve"], issuing: [.approval])
    XCTAssertText(granted.text(.approval), has: ["准予行政许可", "决定日：2026-11-23", "十个工作日", "县审批局", "专用印章"])
    let benefit = accepted(["type": "05"]).window(.decide, ["outcome": "approve"], issuing: [.approval])
    XCTAssertText(benefit.text(.approval), has: ["批准（核定）"])
  }

  func testD18ARefusalNamesFactsReasonBasisAndRemedies() {
    let refused = accepted().window(.decide, ["outcome": "refuse", "reason": "面积不够"], issuing: [.refusal])
    XCTAssertText(refused.text(.refusal), has: ["认定事实", "理由：面积不够", "依据：某条例第九条", "60日内", "6个月内"])
  }

  func testD19DeliveryIsProvedWithWhoHowAndWhen() {
    let delivered = accepted().window(.decide, ["outcome": "approve"], issuing: [.approval])
    delivered.window(.deliver, ["method": "邮寄", "receivedBy": "王小明", "waybill": "EMS1"], issuing: [.delivery])
    XCTAssertText(
      delivered.text(.delivery),
      has: [
        "准予决定书 清审〔2026〕D17号", "受送达人：王*明", "送达方式：邮寄", "签收人：王小明", "关系和证件", "签收时间：2026-11-23", "运单号：EMS1", "代领", "见证人",
      ])
  }

  func testD20TheEndKeepsDecisionAndDeliveryApart() {
    let ended = accepted().window(.decide, ["outcome": "approve"])
    ended.wait(days: 1)
    ended.window(.deliver, ["method": "窗口", "receivedBy": "王小明"], issuing: [.completion])
    XCTAssertText(ended.text(.completion), has: ["办结时间：2026-11-23", "送达时间：2026-11-24", "办理结果：准予", "不得代评"])
  }

  func testD23ATerminationNamesTheReasonGivesThePapersBackAndLetsOneApplyAgain() {
    let ended = accepted().window(.terminate, ["reason": "标的消失", "credit": "容缺承诺未履行：健康证明"], issuing: [.termination])
    XCTAssertText(ended.text(.termination), has: ["终止原因：标的消失", "信用记录：容缺承诺未履行", "退还", "重新申请", "60日内", "6个月内"])
  }
}
