import Foundations
import XCTest

@testable import Catalog

/// Guidance 智能导引 and the one-time notice (rules.md 6, requirements R018, R052).
final class GuidanceTests: XCTestCase {
  private let branching = Depth.matter(
    items: [Depth.item("a"), Depth.item("b", .conditional), Depth.item("c", .optional)],
    guidance: [
      Depth.question("q1", [Depth.answer("婚生"), Depth.answer("非婚", add: ["b"]), Depth.answer("外省", stop: true)]),
      Depth.question(
        "q2", [Depth.answer("随父", fields: ["f"]), Depth.answer("随母")],
        when: [AnswerCondition(question: "q1", answers: ["非婚"])]),
      Depth.question("q3", [Depth.answer("要", add: ["c"]), Depth.answer("不要")]),
    ])

  func testR018QuestionsBranchOnEarlierAnswers() {
    XCTAssertEqual(Guidance(branching, answers: [:]).open.map(\.id), ["q1", "q3"])
    XCTAssertEqual(Guidance(branching, answers: ["q1": "婚生"]).open.map(\.id), ["q3"])
    let other = Guidance(branching, answers: ["q1": "2", "q2": "随父"])
    XCTAssertEqual(other.open.map(\.id), ["q3"])
    XCTAssertEqual(other.requiredFields, ["f"])
    // An answer to a question that is not asked any more has no effect, and is not kept.
    let back = Guidance(branching, answers: ["q1": "婚生", "q2": "随父"])
    XCTAssertEqual(back.answers, ["q1": "婚生"])
    XCTAssertEqual(back.requiredFields, [])
    XCTAssertTrue(back.problems.isEmpty)
  }

  func testAStopEndsTheQuestionsWithItsReason() {
    let guidance = Guidance(branching, answers: ["q1": "外省", "q3": "要"])
    XCTAssertEqual(guidance.stops, ["因为外省"])
    XCTAssertTrue(guidance.open.isEmpty)
    XCTAssertEqual(guidance.answers, ["q1": "外省"])
    XCTAssertEqual(notice(guidance).sections.first?.lines, ["因为外省"])
    XCTAssertFalse(notice(guidance).sections.contains { $0.title.contains("要带") }, "no list of papers beside a stop")
  }

  func testWhatIsUnknownIsNamed() {
    let problems = Guidance(branching, answers: ["q9": "x", "q1": "4"]).problems
    XCTAssertEqual(Set(problems.map(\.code)), ["guide.question-unknown", "guide.answer-unknown"])
  }

  func testEveryInclusionSaysWhy() throws {
    let guidance = Guidance(branching, answers: ["q1": "非婚", "q2": "随母", "q3": "要"])
    XCTAssertEqual(guidance.items.map(\.text), ["a", "b", "c"])
    XCTAssertEqual(guidance.reasons(item: ItemID("a")), ["这件事都要办的事项"])
    XCTAssertEqual(guidance.reasons(item: ItemID("b")), ["您的回答“问q1：非婚”"])
    for matter in try BuiltIn.catalog().matters {
      let guidance = Guidance(matter, answers: [:])
      for item in guidance.items { XCTAssertFalse(guidance.reasons(item: item).isEmpty, "\(matter.id) \(item)") }
      for material in guidance.requirements {
        XCTAssertFalse(guidance.reasons(material: material).isEmpty, "\(matter.id) \(material.id)")
      }
      for entry in guidance.form.entries {
        XCTAssertFalse(guidance.reasons(field: entry.field).isEmpty, "\(matter.id) \(entry.field.id)")
      }
    }
  }

  func testR4ItemsThatTheLawJoinsCannotBeLeftOut() {
    let matter = Depth.matter(
      items: [Depth.item("a", together: true), Depth.item("b"), Depth.item("c", .conditional, together: true)],
      guidance: [
        Depth.question("q", [Depth.answer("有", remove: ["a"]), Depth.answer("要", add: ["c"])])
      ])
    func codes(_ answers: [String: String], _ named: [String]) -> [String] {
      Guidance(matter, answers: answers, named: named.map { ItemID($0) }).problems.map(\.code)
    }
    XCTAssertEqual(codes([:], ["b"]), ["item.together"])
    XCTAssertEqual(codes([:], ["a"]), [], "all others may be left out")
    XCTAssertEqual(codes(["q": "有"], ["b"]), [], "what an answer takes away is not left out")
    XCTAssertEqual(codes(["q": "要"], ["a", "b"]), ["item.together"])
  }

  private func notice(_ guidance: Guidance) -> Notice {
    Notice(guidance, forecast: guidance.forecast(accepted: Depth.today, calendar: WorkingCalendar(years: [:])))
  }

  /// All ways through a matter's questions, up to a bound; what lies beyond is walked by every seventh answer.
  private func walk(_ matter: Matter, _ visit: (Guidance) -> Void) {
    var open: [[String: String]] = [[:]]
    var visited = 0
    while let answers = open.popLast() {
      let guidance = Guidance(matter, answers: answers)
      guard let next = guidance.open.first else {
        visit(guidance)
        continue
      }
      visited += 1
      let labels = next.answers.map(\.label)
      let taken = visited < 60 ? labels : [labels[visited % labels.count]]
      for label in taken { open.append(answers.merging([next.id: label]) { $1 }) }
    }
  }

  func testNoPathEndsWithoutANoticeOrAReasonedStop() throws {
    var paths = 0
    for matter in try BuiltIn.catalog().matters {
      walk(matter) { guidance in
        paths += 1
        let notice = notice(guidance)
        XCTAssertTrue(guidance.problems.isEmpty, "\(matter.id) \(guidance.answers)")
        if guidance.stops.isEmpty {
          XCTAssertFalse(guidance.items.isEmpty, "\(matter.id) \(guidance.answers)")
          XCTAssertTrue(notice.sections.contains { $0.title.hasPrefix("一次办好") }, "\(matter.id) \(guidance.answers)")
        } else {
          XCTAssertFalse(guidance.stops.contains { $0.trimmed.isEmpty }, "\(matter.id) \(guidance.answers)")
        }
        XCTAssertFalse(notice.sections.contains { $0.title.hasPrefix("还有问题") }, "\(matter.id) \(guidance.answers)")
      }
    }
    XCTAssertGreaterThan(paths, 1_000)
  }

  func testWhatIsNotConfirmedSaysSo() throws {
    for matter in try BuiltIn.catalog().matters {
      XCTAssertEqual(notice(Guidance(matter, answers: [:])).isConfirmed, matter.detail == .full)
    }
  }
}
