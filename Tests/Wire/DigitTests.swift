import Foundations
import TestValues
import Wire
import XCTest

/// Texts of digits, packed by what stands where.
final class DigitTests: XCTestCase {
  private let templates = MessageTemplates([["name", "phone", "idNumber"]])

  /// The streams as they arrive: digits packed, their lengths unsaid.
  private func sent(_ streams: MessageCoding.Streams) -> MessageCoding.Streams {
    let packed = StreamPacking.packDigits(streams.digits, lengths: streams.digitLengths)
    guard let probable = StreamPacking.probableDigits(packed) else { return streams }
    var sent = MessageCoding.Streams(structure: streams.structure, random: streams.random, wide: streams.wide)
    sent.packedDigits = probable
    return sent
  }

  private func people(_ count: Int, _ generator: inout SeededGenerator) -> Value {
    .array(
      (0..<count).map { index in
        let year = generator.number(1950...2004)
        let (month, day) = (padded(generator.number(1...12), 2), padded(generator.number(1...28), 2))
        return [
          "idNumber": .text("610830\(year)\(month)\(day)\(padded(generator.number(0...9999), 4))"),
          "phone": .text("139\(padded(generator.number(0...99_999_999), 8))"), "name": .text("第\(index)人"),
        ]
      })
  }

  func testTextsOfDigitsComeBack() throws {
    var generator = SeededGenerator(404)
    for count in [0, 1, 2, 50, 400] {
      let texts = (0..<count).map { _ in
        Value.text(
          String(
            decoding: (0..<generator.number(4...100)).map { _ in
              Array("0123456789-:T+LX".utf8)[generator.number(0...15)]
            },
            as: UTF8.self))
      }
      for value in [Value.array(texts), people(count, &generator)] {
        let streams = MessageCoding.encode(value, templates: templates)
        XCTAssertEqual(try MessageCoding.decode(sent(streams), templates: templates), value)
      }
    }
  }

  func testNumbersThatAreAlikeTakeLittleRoom() {
    var generator = SeededGenerator(405)
    let streams = MessageCoding.encode(people(50, &generator), templates: templates)
    let packed = StreamPacking.packDigits(streams.digits, lengths: streams.digitLengths)
    XCTAssertLessThan(packed.count * 10, StreamPacking.packNibbles(streams.digits).count * 7)
    XCTAssertNotNil(StreamPacking.probableDigits(packed))
  }

  func testLongPagesArePackedTheWayThatIsSmallerForTheirBeginning() throws {
    var generator = SeededGenerator(407)
    let alike = MessageCoding.encode(people(1000, &generator), templates: templates)
    // The same over and over: deflate sees that, and probabilities of single places do not.
    let numbers = (0..<7).map { _ in Value.text(padded(generator.number(0...999_999_999), 18)) }
    let repeated = MessageCoding.encode(.array((0..<1000).map { numbers[$0 % 7] }), templates: .none)
    for (streams, isProbable) in [(alike, true), (repeated, false)] {
      let packed = StreamPacking.packDigits(streams.digits, lengths: streams.digitLengths)
      XCTAssertGreaterThan(streams.digits.count, 10_000)
      XCTAssertEqual(StreamPacking.probableDigits(packed) != nil, isProbable)
      XCTAssertLessThanOrEqual(packed.count, StreamPacking.packNibbles(streams.digits).count)
    }
    XCTAssertEqual(try MessageCoding.decode(sent(alike), templates: templates).array?.count, 1000)
    XCTAssertEqual(try MessageCoding.decode(sent(repeated), templates: .none).array?.first, numbers[0])
  }

  func testDamageIsNeverMoreThanOtherDigits() {
    var generator = SeededGenerator(406)
    var refused = 0
    for _ in 0..<3000 {
      var streams = sent(MessageCoding.encode(people(generator.number(1...8), &generator), templates: templates))
      if generator.number(0...1) == 0 {
        streams.structure = generator.damaged(streams.structure)
      } else {
        streams.packedDigits = generator.damaged(streams.packedDigits ?? [])
      }
      if (try? MessageCoding.decode(streams, templates: templates)) == nil { refused += 1 }
    }
    XCTAssertGreaterThan(refused, 100)
  }

  func testAFewBytesDoNotBecomeAThousandDigits() {
    // A text of 10,000 digits, of which four bytes were sent.
    var streams = MessageCoding.Streams(structure: [0xD9, 0x4E, 0x20])
    streams.packedDigits = [1, 2, 3, 4]
    XCTAssertThrowsError(try MessageCoding.decode(streams, templates: .none)) {
      XCTAssertEqual($0 as? CBOR.Failure, .truncated)
    }
    // What is as dull as that is packed otherwise, and comes back.
    let dull = Value.array((0..<4000).map { _ in "0000000000000000" })
    let whole = MessageCoding.encode(dull, templates: .none)
    XCTAssertEqual(try? MessageCoding.decode(sent(whole), templates: .none), dull)
  }

  func testBytesThatAreNotUsedUpAreRefused() {
    var streams = MessageCoding.Streams(structure: [0xF6])
    streams.packedDigits = [1, 2, 3, 4, 5, 6]
    XCTAssertNil(try? MessageCoding.decode(streams, templates: .none))
  }
}
