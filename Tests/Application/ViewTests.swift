import Application
import Foundations
import Replication
import XCTest

final class ViewTests: XCTestCase {
  private let secret = "机密内容"

  private func keys(_ value: Value?) -> Set<String> { Set(value?.object.map { Array($0.keys) } ?? []) }

  private func view(_ state: ApplicationState) -> Value {
    state.view(
      due: { _ in
        var due = DueView(due: CivilDate("2026-12-01"), statutoryDue: CivilDate("2026-12-31"))
        due.note(.statutoryDue, isEstimated: true)
        return due
      },
      name: { "人员\($0.text)" })
  }

  /// As `show` prints it.
  func testTheViewHasTheKeysOfTheContract() {
    let bench = Bench()
    bench.pull(bob)
    bench.attach(alice, "photo")
    bench.write(alice, "name", "甲")
    bench.write(bob, "phone", "138")
    bench.push(alice)
    bench.submit(alice)
    bench.push(alice)
    bench.route("i")
    bench.window(
      .correct, "i", ["until": "2026-12-01", "defects": [["field": "#bank", "problem": "x", "remedy": "y"]]])
    bench.push(bob)
    let view = view(bench.state)
    let expected: Set<String> = [
      "id", "code", "matter", "status", "version", "applicant", "fields", "materials", "proceedings", "conflicts",
      "timeline", "sync",
    ]
    XCTAssertTrue(keys(view).isSuperset(of: expected))
    let proceeding = view["proceedings"]?.array?.first
    XCTAssertTrue(
      keys(proceeding).isSuperset(of: ["id", "item", "window", "status", "version", "due", "statutoryDue", "estimated"])
    )
    XCTAssertEqual(proceeding?["due"], "2026-12-01")
    XCTAssertEqual(proceeding?["estimated"], true)
    XCTAssertEqual(proceeding?["defects"], [["field": "bank", "problem": "x", "remedy": "y"]])
    for line in view["timeline"]?.array ?? [] {
      XCTAssertTrue(keys(line).isSuperset(of: ["at", "kind", "by", "text"]))
      XCTAssertTrue(keys(line).isSubset(of: ["at", "kind", "by", "text", "code"]))
    }
    XCTAssertEqual(view["timeline"]?.array?.last?["code"], "late")
    XCTAssertEqual(view["timeline"]?.array?.first?["by"], "人员p-d-alice")
    XCTAssertEqual(view["late"]?.array?.first?["fields"], ["phone": "138"])
    XCTAssertEqual(view["materials"]?["photo"]?.array?.first?["originals"], 1)
    XCTAssertEqual(view["status"], "correction")
  }

  func testConflictsListTheirCandidates() {
    let bench = Bench(set: ["#bank": ["bank": "农行"]])
    bench.pull(bob)
    bench.write(alice, "#bank", ["bank": "工行"])
    bench.write(bob, "#bank", ["bank": "建行"])
    bench.push(alice)
    bench.push(bob)
    let conflict = view(bench.state)["conflicts"]?.array?.first
    XCTAssertEqual(keys(conflict), ["id", "field", "kind", "candidates", "token"])
    XCTAssertEqual(conflict?["token"]?.text?.count, 8)
    XCTAssertEqual(conflict?["field"], "bank")
    XCTAssertEqual(conflict?["kind"], "value")
    XCTAssertEqual(conflict?["candidates"]?.array?.map { $0["n"] }, [1, 2])
    XCTAssertEqual(conflict?["candidates"]?.array?.map { $0["value"] }, [["bank": "工行"], ["bank": "建行"]])
    XCTAssertEqual(keys(conflict?["candidates"]?.array?.first), ["n", "value", "by", "at"])
  }

  func testSyncSaysWhetherAllSomeOrNothingIsSent() {
    let bench = Bench()
    XCTAssertEqual(bench.seen(alice).syncState, "synced")
    bench.write(alice, "name", "甲")
    XCTAssertEqual(bench.seen(alice).syncState, "partial")
    let unsent = bench.sequenced.map { JudgedOperation($0.operation, nil) }
    XCTAssertEqual(ApplicationState.fold(unsent)?.syncState, "pending")
    XCTAssertEqual(ApplicationState.fold(unsent)?.lastSequence, 0)
  }

  func testNoSentenceOfATimelineHoldsAFieldsValue() {
    let bench = Bench(set: ["name": .text(secret), Register.applicant: ["name": .text(secret)]])
    bench.write(alice, "name", .text(secret + "二"))
    bench.write(alice, "#bank", ["account": .text(secret)])
    bench.record(
      alice, .attach,
      ["material": "photo", "digest": "sm3:00", "bytes": 1, "mediaType": "image/png", "name": .text(secret + ".png")])
    bench.record(alice, OperationKind("未知"), ["text": .text(secret)])
    bench.submit(alice)
    bench.push(alice)
    bench.route("i")
    bench.pull(alice)
    bench.write(alice, "name", .text(secret + "三"))
    bench.push(alice)
    bench.admit(bench.state.late[0])
    bench.window(.verify, "i", ["material": "photo", "result": .text(secret)])
    bench.window(.deliver, "i", ["receivedBy": .text(secret), "method": "窗口"])
    bench.window(.issue, "i", ["certificate": ["name": "证", "number": .text(secret)]])
    bench.record(alice, .rate, ["level": 5, "text": .text(secret)])
    bench.push(alice)
    let state = bench.state
    XCTAssertEqual(state.timeline.count, bench.sequenced.count, "every operation has its line")
    for line in state.timeline { XCTAssertFalse(line.text.contains(secret), line.text) }
  }

  func testEveryKnownKindHasASentence() {
    for kind in OperationKind.deviceKinds + OperationKind.windowActions + [.route, .dispatch] {
      let bench = Bench()
      bench.act(kind, ["proceeding": "x"])
      let text = bench.state.timeline.last?.text ?? ""
      XCTAssertFalse(text.isEmpty)
      XCTAssertFalse(text.utf8.contains { (0x61...0x7A).contains($0) }, "\(kind): \(text)")
    }
  }
}

final class SearchTermTests: XCTestCase {
  private func state(_ applicant: Value) -> ApplicationState { Bench(set: [Register.applicant: applicant]).state }

  private func finds(_ text: String, _ state: ApplicationState) -> Bool {
    !Set(SearchTerm.meant(by: text)).isDisjoint(with: SearchTerm.of(state))
  }

  func testAnApplicantIsFoundByWhatPeopleType() {
    let state = state([
      "kind": "person", "name": "欧阳小 明", "idNumber": "61083019991231988x", "phone": "139 1234 5678",
    ])
    for text in [
      "61083019991231988X", "61083019991231988x", "６１０８３０１９９９１２３１９８８Ｘ", "13912345678",
      " 139-1234-5678".replacing("-", with: " "),
      "988X", "5678", "欧", "欧阳", "欧阳小", "欧阳小明", "欧阳 小明", "　欧阳　",
    ] {
      XCTAssertTrue(finds(text, state), text)
    }
    for text in ["", " ", "阳", "小明", "610830", "1391234567", "678", "12345678", "李"] {
      XCTAssertFalse(finds(text, state), text)
    }
  }

  func testANumberIsNotFoundAsAName() {
    XCTAssertEqual(
      Set(SearchTerm.of(state(["uscc": "91610830MA00000000", "name": "甲"])).map(\.kind)),
      ["id", "tail", "name", "prefix"])
    XCTAssertFalse(finds("5678", state(["name": "12345678"])))
  }

  func testLongNamesAreFoundByTheirBeginningOrWhole() {
    let state = state(["name": "清涧县宽州镇第一便民商店"])
    XCTAssertTrue(finds("清涧县宽", state))
    XCTAssertTrue(finds("清涧县宽州镇第一便民商店", state))
    XCTAssertFalse(finds("清涧县宽州", state))
  }

  func testAnApplicationWithoutAnApplicantHasNoTerms() {
    XCTAssertEqual(SearchTerm.of(Bench().state), [])
    XCTAssertEqual(SearchTerm.of(state(["name": "", "phone": " ", "idNumber": 7])), [])
  }
}
