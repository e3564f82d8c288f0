import Application
import Foundations
import Replication
import XCTest

/// Section 1.1: the white list of transitions, every action in every status.
final class LifeCycleTests: XCTestCase {
  /// What each action makes of each status, written out by hand from the rules, not derived from the code:
  /// a letter is the next status, `·` a plain refusal, `!` a refusal with a name of its own.
  ///
  /// Columns: waiting, awaitingAttachments, preReview, dispatched, accepted, rejected, correction, suspended, decided,
  /// issued, delivered, closed, terminated.
  private static let matrix: [(action: OperationKind, row: String)] = [
    (.accept, "···a·········"), (.reject, "···r·········"), (.correct, "··cc!··!!!···"),
    (.suspend, "····s··!·····"), (.resume, "·······a·····"), (.extend, "····a········"),
    (.verify, "··pda········"), (.decide, "····D········"), (.issue, "········i····"),
    (.deliver, "········LL···"), (.admit, "·npda·csDi···"), (.decline, "·npda·csDi···"),
    (.terminate, "ttt!t·t!!!···"), (.preview, "p············"), (.clear, "··p··········"),
    (.inspect, "····a········"), (.notify, "····a········"), (.deem, "···a·········"),
    (.rectify, "···d·········"), (.discredit, "····ar·sDiLxt"), (.repair, "····ar·sDiLxt"),
    (.reroute, "ccc···c······"),
    (.submit, "wwww!!w!!!!!!"), (.withdraw, "tttttrtt!!!!t"),
  ]

  private static let letters: [Character: ProceedingStatus] = [
    "w": .waiting, "n": .awaitingAttachments, "p": .preReview, "d": .dispatched, "a": .accepted, "r": .rejected,
    "c": .correction, "s": .suspended, "D": .decided, "i": .issued, "L": .delivered, "t": .terminated,
    "x": .closed,
  ]

  private static let columns: [ProceedingStatus] = [
    .waiting, .awaitingAttachments, .preReview, .dispatched, .accepted, .rejected, .correction, .suspended, .decided,
    .issued, .delivered, .closed, .terminated,
  ]

  func testSection11EveryActionInEveryStatusHasANextStatusOrANamedRefusal() {
    XCTAssertEqual(Set(Self.matrix.map(\.action)), Set(LifeCycle.actions), "no action is forgotten")
    XCTAssertEqual(Set(Self.columns), Set(ProceedingStatus.allCases), "no status is forgotten")
    for (action, row) in Self.matrix {
      XCTAssertEqual(row.count, Self.columns.count, action.text)
      for (letter, status) in zip(row, Self.columns) {
        let found = LifeCycle.transition(action, from: status)
        switch letter {
        case "·": XCTAssertEqual(found, .refused("proceeding.state"), "\(action.text) in \(status)")
        case "!":
          guard case .refused(let code) = found else { return XCTFail("\(action.text) in \(status) fits") }
          XCTAssertNotEqual(code, "proceeding.state", "\(action.text) in \(status)")
        default:
          XCTAssertEqual(found, Self.letters[letter].map { .to($0) }, "\(action.text) in \(status)")
        }
      }
    }
  }

  func testSection11NothingLeavesAnEndAndNothingIsAcceptedTwice() {
    for action in LifeCycle.actions {
      for status in ProceedingStatus.allCases where status.isFinal {
        if case .to(let next) = LifeCycle.transition(action, from: status) { XCTAssertEqual(next, status, action.text) }
      }
    }
    XCTAssertFalse(LifeCycle.transition(.accept, from: .accepted).fits)
  }

  func testSection11TheFoldGoesWhereTheTableSays() throws {
    for (action, _) in Self.matrix where OperationKind.windowActions.contains(action) || action == .deem {
      for status in ProceedingStatus.allCases {
        guard case .to(let next) = LifeCycle.transition(action, from: status),
          let bench = Self.bench(in: status)
        else { continue }
        bench.window(action, "i", Self.payload(action))
        XCTAssertEqual(bench.state.proceedings.first?.status, next, "\(action.text) in \(status)")
      }
    }
  }

  func testSection11EveryNamedRefusalHasItsSentence() {
    for action in OperationKind.windowActions {
      for status in ProceedingStatus.allCases {
        guard case .refused(let code) = LifeCycle.transition(action, from: status), code != "proceeding.state" else {
          continue
        }
        XCTAssertNotNil(ProblemKind.refusal(code), code)
      }
    }
  }

  /// An application with one proceeding that has come into a status by the actions that lead there.
  private static func bench(in status: ProceedingStatus) -> Bench? {
    let ways: [ProceedingStatus: [OperationKind]] = [
      .dispatched: [], .accepted: [.accept], .rejected: [.reject], .correction: [.correct],
      .suspended: [.accept, .suspend], .decided: [.accept, .decide], .issued: [.accept, .decide, .issue],
      .delivered: [.accept, .decide, .deliver], .terminated: [.accept, .terminate],
    ]
    let bench = Bench()
    bench.submit(alice)
    bench.push(alice)
    bench.route("i")
    if let way = ways[status] {
      for action in way { bench.window(action, "i", payload(action)) }
    } else if [.waiting, .awaitingAttachments, .preReview].contains(status) {
      bench.act(.dispatch, ["states": [bench.proceeding("i").text: .text(status.rawValue)]])
    } else {
      return nil
    }
    XCTAssertEqual(bench.state.proceedings.first?.status, status, "the way leads there")
    return bench
  }

  private static func payload(_ action: OperationKind) -> Members {
    switch action {
    case .correct: ["defects": [["field": "phone", "problem": "缺", "remedy": "补"]], "until": "2026-12-01"]
    case .decide: ["outcome": "approve"]
    case .suspend: ["procedure": "听证", "reason": "要听证", "workingDays": 5]
    case .extend: ["days": 5, "reason": "复杂", "approver": "局长"]
    default: [:]
    }
  }
}
