import Foundations
import TestValues
import Wire
import XCTest

final class DeflateTests: XCTestCase {
  private func failure(_ bytes: [UInt8], dictionary: [UInt8] = [], bytesMax: Int = 1 << 20) -> Deflate.Failure? {
    do {
      _ = try Deflate.decompress(bytes, dictionary: dictionary, bytesMax: bytesMax)
      return nil
    } catch { return error }
  }

  func testBytesComeBackWithAndWithoutADictionary() throws {
    var generator = SeededGenerator(1951)
    for dictionary in [[], Array("姓名身份证号码".utf8), generator.bytes(40_000)] {
      for count in [0, 1, 100, 65_535, 65_536, 65_537, 200_000] {
        for input in [generator.bytes(count), [UInt8](repeating: 65, count: count)] {
          let packed = try Deflate.compress(input, dictionary: dictionary)
          XCTAssertEqual(try Deflate.decompress(packed, dictionary: dictionary, bytesMax: count), input)
        }
      }
    }
  }

  /// RFC 1952: ten bytes before what deflate made, the length at the end.
  func testGzipIsDeflateBetweenItsMarks() throws {
    var generator = SeededGenerator(1952)
    for count in [0, 1, 70_000] {
      let input = generator.bytes(count)
      let packed = try Deflate.gzip(input)
      XCTAssertEqual(packed.prefix(3), [0x1F, 0x8B, 8])
      let inner = Array(packed.dropFirst(10).dropLast(8))
      XCTAssertEqual(try Deflate.decompress(inner, bytesMax: count), input)
      XCTAssertEqual(packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }, count)
    }
  }

  func testADictionaryMakesItSmaller() throws {
    let words = Array("申请人姓名、公民身份号码、联系电话、户籍所在地详细地址".utf8)
    let with = try Deflate.compress(words, dictionary: words).count
    XCTAssertLessThan(with, try Deflate.compress(words).count / 3)
  }

  func testTheWrongDictionaryNeverGivesTheRightBytes() throws {
    let words = Array("申请人姓名、公民身份号码、联系电话、户籍所在地详细地址".utf8)
    let packed = try Deflate.compress(words, dictionary: words)
    XCTAssertNotNil(failure(packed), "it looks back before its beginning")
    let other = try? Deflate.decompress(packed, dictionary: words.reversed(), bytesMax: 1000)
    XCTAssertNotEqual(other, words)
  }

  func testABombIsRefusedAtItsBound() throws {
    let bomb = try Deflate.compress([UInt8](repeating: 0, count: 64 << 20))
    XCTAssertLessThan(bomb.count, 100_000)
    XCTAssertEqual(failure(bomb), .tooLarge)
    XCTAssertEqual(failure(bomb, bytesMax: 0), .tooLarge)
    XCTAssertEqual(failure(bomb, bytesMax: (64 << 20) - 1), .tooLarge)
    XCTAssertNil(failure(bomb, bytesMax: 64 << 20))
  }

  func testEveryTruncationIsNoticed() throws {
    var generator = SeededGenerator(1952)
    for input in [[], generator.bytes(50), Array("张三李四张三李四张三李四".utf8), [UInt8](repeating: 0, count: 70_000)] {
      let packed = try Deflate.compress(input)
      for count in 0..<packed.count { XCTAssertEqual(failure(Array(packed.prefix(count))), .malformed) }
    }
  }

  func testTrailingBytesAreNoticed() throws {
    let packed = try Deflate.compress(Array("张三".utf8))
    XCTAssertEqual(failure(packed + [0]), .malformed)
    XCTAssertEqual(failure(packed + packed), .malformed)
  }

  func testNoDamageCrashesOrOutgrowsItsBound() throws {
    var generator = SeededGenerator(1953)
    let packed = try Deflate.compress(Array(String(repeating: "申请人姓名13912345678", count: 50).utf8))
    for _ in 0..<5000 {
      if let output = try? Deflate.decompress(generator.damaged(packed), bytesMax: 5000) {
        XCTAssertLessThanOrEqual(output.count, 5000)
      }
      _ = failure(generator.bytes(generator.number(0...40)))
    }
  }
}
