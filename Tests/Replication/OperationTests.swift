import Cryptography
import Foundations
import Replication
import TestValues
import Wire
import XCTest

final class OperationTests: XCTestCase {
  /// Stores and other programs hold digests: this one must never change.
  func testTheDigestOfAnOperationIsPinned() {
    let pinned = operation(
      alice, 3, application: ApplicationID("a0123456789abcdef"), ["set": ["name": "张三"]],
      parents: ["name": [OperationID(alice, 1), OperationID(bob, 2)]], saw: [bob: 2])
    XCTAssertEqual(
      pinned.digest.text, "sm3:09d4ca4e9ab004ce502c6ffabd50d81e50b615d008d7da0fd3aedc4cbb944ae6")
    XCTAssertEqual(
      Hexadecimal.text(CBOR.encode(OperationCoding.value(pinned.header))),
      "8967642d616c69636503716130313233343536373839616263646566627031657772697465a1646e616d6582018265642d626f6202"
        + "a165642d626f62021b000001a1fed5fc1800")
  }

  func testErasureKeepsTheDigestAndNothingElseOfThePayload() {
    let whole = operation(alice, 1)
    let gone = erased(whole)
    XCTAssertEqual(gone.digest, whole.digest)
    XCTAssertTrue(gone.isErased)
    XCTAssertEqual(gone.content, .null)
    XCTAssertEqual(gone.payload, [])
    XCTAssertNotEqual(gone, whole)
  }

  func testEveryPartOfAnOperationIsInItsDigest() {
    let variants = [
      operation(alice, 1), operation(bob, 1), operation(alice, 2), operation(alice, 1, application: ApplicationID("a")),
      operation(alice, 1, kind: "note"), operation(alice, 1, ["set": ["name": "李四"]]),
      operation(alice, 1, parents: ["name": []]), operation(alice, 1, parents: ["name": [OperationID(bob, 1)]]),
      operation(alice, 1, saw: [bob: 1]), operation(alice, 1, at: 0), operation(alice, 1, salt: 8),
    ]
    XCTAssertEqual(Set(variants.map(\.digest)).count, variants.count)
  }

  func testThePayloadOfAnOperationIsReadOnceAndOnlyInItsOneEncoding() {
    XCTAssertEqual(operation(alice, 1, ["a": 1]).content, ["a": 1])
    let header = operation(alice, 1).header
    XCTAssertEqual(Operation(header: header, salt: [1], payload: [0xB8, 0]).content, .null)
    XCTAssertEqual(Operation(header: header, salt: [1], payload: []).content, .null)
  }

  func testHeadersComeBackWithTheParentsOfOthers() throws {
    var generator = SeededGenerator(1)
    for operation in generator.operations(500) {
      let value = OperationCoding.value(operation.header)
      XCTAssertEqual(try OperationCoding.header(value), operation.header)
      XCTAssertEqual(try CBOR.decode(CBOR.encode(value)), value)
    }
    let header = operation(alice, 5, parents: ["n": [OperationID(alice, 2), OperationID(bob, 2)]]).header
    XCTAssertEqual(OperationCoding.value(header).array?[5], ["n": [2, ["d-bob", 2]]], "own ones by counter alone")
  }

  func testHeadersThatAreNoneAreRefused() throws {
    let good: [Value] = ["d", 1, nil, "p", "write", [:], [:], 0, 0]
    XCTAssertNoThrow(try OperationCoding.header(.array(good)))
    let long = Value.text(String(repeating: "x", count: 65))
    let wrong: [(Int, Value)] = [
      (0, ""), (0, 1), (0, long), (1, 0), (1, -1), (1, "1"), (2, ""), (2, 1), (2, long), (3, nil), (3, long), (4, 1),
      (4, long),
      (5, []), (5, ["n": 1]), (5, ["n": [0]]), (5, ["n": [["d"]]]), (5, ["n": [["d", 0]]]), (5, ["n": ["d:1"]]),
      (6, ["d": -1]),
      (6, ["d": "1"]), (6, nil), (7, "0"), (8, nil), (5, [String(repeating: "x", count: 300): []]),
    ]
    for (index, value) in wrong {
      var parts = good
      parts[index] = value
      XCTAssertNil(try? OperationCoding.header(.array(parts)), "\(index): \(JSON.text(value))")
    }
    XCTAssertNil(try? OperationCoding.header(.array(good + [0])))
    XCTAssertNil(try? OperationCoding.header(.null))
  }

  func testIdsAreReadInTheirOneForm() {
    XCTAssertEqual(OperationID(text: "d:12"), OperationID(DeviceID("d"), 12))
    for text in ["", "d", ":1", "d:", "d:0", "d:-1", "d:+1", "d:01", "d:1:2", "d: 1", "d:9223372036854775808", "d:１"] {
      XCTAssertNil(OperationID(text: text), text)
    }
    XCTAssertLessThan(OperationID(alice, 10), OperationID(bob, 2))
    XCTAssertLessThan(OperationID(alice, 2), OperationID(alice, 10))
  }

  func testDispositionsAreReadAsTheyAreWritten() {
    for disposition: Disposition in [
      .applied, .late, .refused("a.b"), .quarantined("a.b"), .refused("a:b"), .quarantined("x"),
    ] {
      XCTAssertEqual(Disposition(text: disposition.text), disposition)
    }
    for text in [
      "", "applied:", "applied:x", "late:", "refused", "refused:", "quarantined:", "Applied", ":", ":refused:x", "x:y",
    ] {
      XCTAssertNil(Disposition(text: text), text)
    }
  }

  func testNoTwoCreatorsGetOneApplication() {
    var seen: Set<ApplicationID> = []
    for device in [alice, bob] {
      for counter in 1...500 { seen.insert(ApplicationID(createdBy: OperationID(device, Int64(counter)))) }
    }
    XCTAssertEqual(seen.count, 1000)
    for device in [alice, bob] {
      for number in 1...500 { seen.insert(ApplicationID(heldBy: device, number: Int64(number))) }
    }
    XCTAssertEqual(seen.count, 2000, "a held draft's number is no counter")
    // Stores and servers hold these: they must never change.
    XCTAssertEqual(ApplicationID(createdBy: OperationID(alice, 1)).text, "atwencp3vphf3cw8j")
    XCTAssertEqual(ApplicationID(heldBy: alice, number: 1).text, "apxfkpenzy4h1xzzv")
  }
}
