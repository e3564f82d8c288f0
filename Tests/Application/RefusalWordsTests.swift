import Application
import Foundations
import Replication
import XCTest

/// Whoever wrote what the county did not take in reads why, and never a code.
final class RefusalWordsTests: XCTestCase {
  /// Every code that judging, intake and the review tray give: `Judge`, `Version`, `Duplicates`, `MaterialContent`,
  /// `IntakeRules`, `SubmissionRules`, `WaitingDecision`, `Returning`, and why something waits.
  private static let codes = """
    operation.unreadable operation.kind-unknown operation.not-yours application.missing application.foreign-id
    application.exists application.refused application.erased application.closed application.joined parent.missing
    attachment.empty attachment.too-large material.not-there rate.not-closed proceeding.state withdraw.decided
    submit.accepted submit.version submit.conflict submit.digest submit.correction submit.items submit.not-deferrable
    submit.not-committable submit.commitment-signature submit.discredited item.together mandate.will duplicate.unknown
    duplicate.ended duplicate.behind duplicate.carries share.unknown share.too-many consent.missing matter.unknown
    create.station
    division.other-county tray.declined timeline.superseded form.unknown field.required field.type field.option
    field.id-number.checksum field.uscc.format field.phone.mobile field.bank-account.length field.division.format
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  private func check(_ code: String, line: UInt = #line) {
    let words = RefusalWords.words(code)
    XCTAssertFalse(words.contains(code) || words.contains("没有说明原因"), "\(code): \(words)", line: line)
    XCTAssertFalse(words.hasSuffix("。"), "it stands within a line: \(words)", line: line)
  }

  func testEveryRefusalIsToldInWords() {
    for code in Self.codes + [Scope.outside, Scope.left, Erasure.refusalCode] { check(code) }
    for code in [Disposition.admittedCode, Disposition.remintedCode] { check(code) }
    for action in LifeCycle.actions {
      for status in ProceedingStatus.allCases {
        if case .refused(let code) = LifeCycle.transition(action, from: status) { check(code) }
      }
    }
  }

  func testACodeOfANewerServerIsToldToAskAbout() {
    XCTAssertTrue(RefusalWords.words("fresh.reason").contains("请联系县里的管理员（fresh.reason）"))
    check("field.of-tomorrow")
  }

  func testOfASubmissionWithoutItsContentsNoNumberIsTold() {
    XCTAssertEqual(OperationKind.submit.words, "提交")
  }
}
