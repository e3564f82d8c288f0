import Foundations
import TestValues
import Wire
import XCTest

final class MessageCodingTests: XCTestCase {
  private let templates = MessageTemplates([
    ["name", "phone", "idNumber"], ["a", "b", "c", "d", "e", "f", "g", "h", "i"], ["a"], ["é", "x"], ["K", "y"],
  ])

  private func assertComesBack(_ value: Value, file: StaticString = #filePath, line: UInt = #line) {
    for templates in [templates, .none] {
      let streams = MessageCoding.encode(value, templates: templates)
      let back = try? MessageCoding.decode(streams, templates: templates)
      XCTAssertEqual(back.map(CBOR.encode), CBOR.encode(value), file: file, line: line)
    }
  }

  func testBodiesComeBackByteForByte() {
    var generator = SeededGenerator(2026)
    for _ in 0..<5000 { assertComesBack(generator.value()) }
    for value: Value in [
      ["name": "张三", "phone": "13912345678"], ["name": nil], ["a": 1, "i": 2], ["a": 1, "z": 2], ["": ""], "张三", "张a",
      "2026-11-21T09:30:00+08:00", "61083019991231988X", "123", "1234", "😀张三李四王五", .bytes([]),
      .bytes([UInt8](repeating: 7, count: 128)), .bytes([UInt8](repeating: 7, count: 129)), .double(.nan),
      .double(-0.0),
    ] {
      assertComesBack(value)
    }
  }

  func testKeysThatSwiftTakesForOthersKeepTheirBytes() {
    assertComesBack(["e\u{301}": 1, "x": 2])
    assertComesBack(["é": 1, "x": 2])
    assertComesBack(["\u{212A}": 1, "y": 2])
  }

  func testNoDamageCrashesTheReader() {
    var generator = SeededGenerator(1215)
    var read = 0
    for _ in 0..<10_000 {
      var streams = MessageCoding.encode(
        ["body": generator.value(), "name": "张三", "phone": "13912345678", "salt": .bytes(generator.bytes(12))],
        templates: templates)
      switch generator.number(0...3) {
      case 0: streams.structure = generator.damaged(streams.structure)
      case 1: streams.random = generator.damaged(streams.random)
      case 2: streams.digits = generator.damaged(streams.digits)
      default: streams.wide = generator.damaged(streams.wide)
      }
      if (try? MessageCoding.decode(streams, templates: templates)) != nil { read += 1 }
    }
    XCTAssertGreaterThan(read, 100)
  }

  func testNestedCountsReserveNothing() {
    var structure: [UInt8] = []
    for _ in 0..<40 { structure += [0x9A, 0x00, 0x1F, 0x00, 0x00] }
    structure += [UInt8](repeating: 0xF6, count: 0x1F_0000)
    XCTAssertNil(try? MessageCoding.decode(.init(structure: structure), templates: .none))
    let deep = [UInt8](repeating: 0x81, count: 1 << 20)
    XCTAssertNil(try? MessageCoding.decode(.init(structure: deep), templates: .none))
    let many = [0x9A, 0x00, 0x30, 0x00, 0x00] + [UInt8](repeating: 0xF6, count: 0x30_0000)
    XCTAssertNil(try? MessageCoding.decode(.init(structure: many), templates: .none))
  }

  func testStreamsThatAreNotUsedUpAreRefused() {
    XCTAssertNil(try? MessageCoding.decode(.init(structure: [0xF6], random: [1]), templates: .none))
    XCTAssertNil(try? MessageCoding.decode(.init(structure: [0xF6], digits: [1]), templates: .none))
    XCTAssertNil(try? MessageCoding.decode(.init(structure: [0xF6], wide: [1]), templates: .none))
    XCTAssertNil(try? MessageCoding.decode(.init(structure: [0xF6, 0xF6]), templates: .none))
    XCTAssertNil(try? MessageCoding.decode(.init(), templates: .none))
  }

  func testStreamsComeBackHoweverTheyArePacked() throws {
    var generator = SeededGenerator(16)
    for count in [0, 1, 2, 3, 50, 51, 5000] {
      let codes = (0..<count).map { _ in UInt8(generator.number(0...15)) }
      XCTAssertEqual(try StreamPacking.unpack(StreamPacking.packNibbles(codes), bytesMax: 5000), codes)
      let bytes = generator.bytes(count)
      XCTAssertEqual(try StreamPacking.unpack(StreamPacking.packBytes(bytes), bytesMax: 5000), bytes)
      let dull = [UInt8](repeating: 3, count: count)
      XCTAssertEqual(try StreamPacking.unpack(StreamPacking.packNibbles(dull), bytesMax: 5000), dull)
      XCTAssertEqual(try StreamPacking.unpack(StreamPacking.packBytes(dull), bytesMax: 5000), dull)
    }
  }

  func testStreamsOverTheirBoundAreRefusedHoweverTheyArePacked() {
    var generator = SeededGenerator(17)
    let codes = (0..<5001).map { _ in UInt8(generator.number(0...15)) }
    for packed in [
      StreamPacking.packNibbles(codes), StreamPacking.packBytes(generator.bytes(5001)),
      StreamPacking.packBytes([UInt8](repeating: 0, count: 5001)),
    ] {
      XCTAssertThrowsError(try StreamPacking.unpack(packed, bytesMax: 4999)) {
        XCTAssertEqual($0 as? Deflate.Failure, .tooLarge)
      }
    }
    XCTAssertThrowsError(try StreamPacking.unpack([9, 1], bytesMax: 10))
    XCTAssertEqual(try StreamPacking.unpack([2], bytesMax: 10), [])
  }
}
