import Cryptography
import Foundations
import XCTest

final class SealerTests: XCTestCase {
  private let place = SealPlace("operation", 7, "payload")
  private let random = SeededRandom(3)

  private func sealer(_ seed: UInt64 = 1) throws -> Sealer { try Sealer(key: SeededRandom(seed).bytes(32)) }

  func testSM4AsInTheStandard() {
    // GB/T 32907-2016, appendix A.1: in counter mode, zeros encrypt to the encrypted counter.
    let block = hex("0123456789abcdeffedcba9876543210")
    XCTAssertEqual(
      SM4CTR.apply([UInt8](repeating: 0, count: 16), key: block, counter: block),
      hex("681edf34d206965e86b3e94f536e4246"))
    XCTAssertNil(SM4CTR.apply([1], key: Array(block.dropLast()), counter: block))
    XCTAssertNil(SM4CTR.apply([1], key: block, counter: block + [0]))
    XCTAssertEqual(SM4CTR.apply([], key: block, counter: block), [])
  }

  func testSM4CountsOnFromBlockToBlock() {
    let key = random.bytes(16)
    let counter = [UInt8](repeating: 0xFF, count: 15) + [0xFE]
    let stream = SM4CTR.apply([UInt8](repeating: 0, count: 48), key: key, counter: counter)
    let third = SM4CTR.apply([UInt8](repeating: 0, count: 16), key: key, counter: [UInt8](repeating: 0, count: 16))
    XCTAssertEqual(stream.map { Array($0.suffix(16)) }, third, "the counter wraps round")
  }

  /// RFC 8998, appendix A.1.
  func testSM4GCMAsPublished() {
    let cipher = SM4GCM(hex("0123456789abcdeffedcba9876543210"))
    let nonce = hex("00001234567800000000abcd")
    let context = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    let plain = [0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA].flatMap { [UInt8](repeating: $0, count: 8) }
    let expected = hex(
      "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        + "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec")
    var sealed: [UInt8] = []
    cipher.seal(plain, nonce: nonce[...], context: context, to: &sealed)
    XCTAssertEqual(sealed, expected)
    XCTAssertEqual(cipher.open(sealed[...], nonce: nonce[...], context: context), plain)
    XCTAssertNil(cipher.open(sealed[...], nonce: nonce[...], context: []))
  }

  /// What an earlier version sealed, put together here from its parts.
  func testBoxesOfTheFirstVersionOpen() throws {
    let sealer = try sealer()
    let key = SeededRandom(1).bytes(32)
    func derived(_ purpose: String) -> [UInt8] { HMACSM3.code(Array("bangban seal 1 \(purpose)".utf8), key: key) }
    var framed: [UInt8] = []
    for part in ["operation", "7", "payload"] { framed += [0, 0, 0, 0, 0, 0, 0, UInt8(part.utf8.count)] + part.utf8 }
    for plain in [[], Array("身份证号 522601".utf8)] {
      let nonce = random.bytes(16)
      let ciphertext = try XCTUnwrap(
        SM4CTR.apply(plain, key: Array(derived("encryption").prefix(16)), counter: nonce))
      let tag = HMACSM3.code([1] + framed + nonce + ciphertext, key: derived("authentication")).prefix(16)
      let box = [1] + nonce + ciphertext + tag
      XCTAssertEqual(try sealer.open(box, at: place), plain)
      for index in box.indices {
        let altered = flipped(box, at: index)
        XCTAssertEqual(problemCode { () throws(Problem) in _ = try sealer.open(altered, at: place) }, "seal.invalid")
      }
    }
  }

  func testManyThreadsSealWithOneKey() throws {
    let sealer = try sealer()
    let plain = (0..<200).map { [UInt8](repeating: UInt8($0), count: $0 * 7) }
    let boxes = Parallel.map(Array(plain.enumerated())) { index, plain in
      sealer.seal(plain, at: SealPlace("rows", Int64(index), "body"), random: SystemRandom())
    }
    for (index, box) in boxes.enumerated() {
      XCTAssertEqual(try sealer.open(box, at: SealPlace("rows", Int64(index), "body")), plain[index])
    }
  }

  func testSealedDataOpensInItsPlace() throws {
    let sealer = try sealer()
    for count in [0, 1, 15, 16, 17, 1000, 100_000] {
      let plain = random.bytes(count)
      let box = sealer.seal(plain, at: place, random: random)
      XCTAssertEqual(box.count, count + Sealer.overheadBytes)
      XCTAssertEqual(try sealer.open(box, at: place), plain)
    }
  }

  func testEqualDataGivesDifferentBoxes() throws {
    let sealer = try sealer()
    XCTAssertNotEqual(sealer.seal([1], at: place, random: random), sealer.seal([1], at: place, random: random))
  }

  func testEveryAlterationAndEveryLengthIsFound() throws {
    let sealer = try sealer()
    for plain in [[], Array("身份证号 522601".utf8)] {
      let box = sealer.seal(plain, at: place, random: random)
      let truncated = (0..<box.count).map { Array(box.prefix($0)) }
      let altered = box.indices.map { flipped(box, at: $0) }
      for other in truncated + altered + [box + [0], [0] + box, Array(box.dropFirst())] {
        XCTAssertEqual(problemCode { () throws(Problem) in _ = try sealer.open(other, at: place) }, "seal.invalid")
      }
    }
  }

  func testWrongPlaceAndWrongKeyAreFound() throws {
    let sealer = try sealer()
    let box = sealer.seal([1, 2, 3], at: place, random: random)
    let others = [
      SealPlace("operation", 8, "payload"), SealPlace("operation", 7, "salt"), SealPlace("draft", 7, "payload"),
      // The same letters, divided otherwise.
      SealPlace("operation7", "", "payload"), SealPlace("operation", "7payload", ""),
      SealPlace("", "operation7", "payload"),
    ]
    for other in others {
      XCTAssertEqual(problemCode { () throws(Problem) in _ = try sealer.open(box, at: other) }, "seal.invalid")
    }
    let stranger = try self.sealer(2)
    XCTAssertEqual(problemCode { () throws(Problem) in _ = try stranger.open(box, at: place) }, "seal.invalid")
  }

  func testProblemDoesNotNameTheRow() throws {
    let sealer = try sealer()
    do {
      _ = try sealer.open([], at: SealPlace("person", "张三", "name"))
      XCTFail("nothing was thrown")
    } catch {
      XCTAssertFalse(error.message.contains("张三"))
      XCTAssertEqual(error.kind.exit, .storage)
    }
  }

  func testKeyOfAnotherLengthIsRefused() {
    for count in [0, 16, 31, 33] {
      let key = [UInt8](repeating: 1, count: count)
      XCTAssertEqual(problemCode { () throws(Problem) in _ = try Sealer(key: key) }, "key.invalid")
    }
  }

  func testPassphraseWrapsTheStoreKey() throws {
    let key = random.bytes(32)
    let salt = random.bytes(16)
    let place = SealPlace("key", "store", "passphrase")
    let wrapping = try Sealer(key: PassphraseKey.derive(passphrase: "对的口令", salt: salt, rounds: 10))
    let box = wrapping.seal(key, at: place, random: random)
    XCTAssertEqual(try wrapping.open(box, at: place), key)
    let wrong = try Sealer(key: PassphraseKey.derive(passphrase: "错的口令", salt: salt, rounds: 10))
    XCTAssertEqual(problemCode { () throws(Problem) in _ = try wrong.open(box, at: place) }, "seal.invalid")
  }

  func testKeyedIndexSeparatesKindsValuesAndKeys() {
    let index = KeyedIndex(key: [1])
    XCTAssertEqual(index.term("idno", "522601"), KeyedIndex(key: [1]).term("idno", "522601"))
    let terms = [
      index.term("idno", "522601"), index.term("name", "522601"), index.term("idno", "522602"),
      index.term("idno5", "22601"),
      index.term("idno", ""), KeyedIndex(key: [2]).term("idno", "522601"),
    ]
    XCTAssertEqual(Set(terms).count, terms.count)
  }
}
