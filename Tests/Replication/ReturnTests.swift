import Cryptography
import Foundations
import Replication
import TestValues
import Wire
import XCTest

/// What devices bring back to a server, and the server's word that stands behind it.
final class ReturnTests: XCTestCase {
  private func judgement(_ sequence: Int64) -> Judgement {
    Judgement(
      sequence: sequence, disposition: .applied, receivedAt: Instant(milliseconds: sequence * 10),
      capturedAt: Instant(milliseconds: sequence * 9), captureDoubtful: false)
  }

  private func page(_ count: Int, key: SigningKey) throws -> ReturnPage {
    var generator = SeededGenerator(11)
    let operations = generator.operations(count)
    let judgements = operations.indices.map { judgement(Int64($0) + 100) }
    let leaves = zip(operations, judgements).flatMap { Attestation.leaf($0.id, $0.digest, $1).bytes }
    let signature = try key.sign(Attestation.message(timeline: "t1", leaves: leaves))
    return ReturnPage(
      attestations: count == 0 ? [] : [Attestation(timeline: "t1", leaves: leaves, signature: signature)],
      operations: zip(operations, judgements).enumerated().map { index, pair in
        ReturnedOperation(pair.0, pair.1, attestation: 0, place: index)
      }, continues: count > 5)
  }

  func testPagesComeBackAndAreProved() throws {
    let key = try SigningKey(random: SystemRandom())
    for count in [0, 1, 20] {
      let page = try page(count, key: key)
      let back = try ReturnPage.read(page.bytes(dictionary: nil)) { _ in nil }
      XCTAssertEqual(back, page)
      for returned in back.operations {
        XCTAssertTrue(back.proves(returned) { back.attestations[$0].isSigned(by: key.verifyingKey) })
        XCTAssertFalse(back.proves(returned) { _ in false })
      }
    }
  }

  func testNothingElseIsProved() throws {
    let key = try SigningKey(random: SystemRandom())
    let page = try page(3, key: key)
    let first = page.operations[0]
    let others = [
      ReturnedOperation(first.operation, first.judgement, attestation: 0, place: 1),
      ReturnedOperation(first.operation, first.judgement, attestation: 0, place: 3),
      ReturnedOperation(first.operation, first.judgement, attestation: 1, place: 0),
      ReturnedOperation(first.operation, judgement(7), attestation: 0, place: 0),
      ReturnedOperation(page.operations[1].operation, first.judgement, attestation: 0, place: 0),
    ]
    for other in others { XCTAssertFalse(page.proves(other) { _ in true }, "\(other.place)") }
    XCTAssertFalse(page.attestations[0].isSigned(by: try SigningKey(random: SystemRandom()).verifyingKey))
  }

  func testReceiptsComeBack() {
    let receipt = ReturnReceipt(
      lineage: Lineage(past: [Lineage.Past(timeline: "a", through: 3)], current: "b"), taken: 4, known: 5, unproved: 6,
      missing: [.sm3([1]), .sm3([2])])
    XCTAssertEqual(ReturnReceipt(receipt.bytes), receipt)
  }

  func testNoDamagedPageOrReceiptCrashesOrProvesAnything() throws {
    let key = try SigningKey(random: SystemRandom())
    let page = try page(6, key: key)
    let bytes = page.bytes(dictionary: nil)
    let receipt = ReturnReceipt(lineage: Lineage(current: "b"), taken: 4, missing: [.sm3([1])]).bytes
    var generator = SeededGenerator(12)
    var read = 0
    for round in 0..<10_000 {
      _ = ReturnReceipt(generator.damaged(receipt))
      guard let back = try? ReturnPage.read(generator.damaged(bytes), dictionary: { _ in nil }) else { continue }
      read += 1
      // The check of a signature is what takes time here.
      guard round.isMultiple(of: 8) else { continue }
      let signed = back.attestations.map { $0.isSigned(by: key.verifyingKey) }
      for returned in back.operations where back.proves(returned, isSigned: { signed[$0] }) {
        XCTAssertTrue(
          page.operations.contains { $0.operation == returned.operation && $0.judgement == returned.judgement })
      }
    }
    XCTAssertLessThan(read, 5000)
  }
}
