import Cryptography
import Dispatch
import Foundations
import XCTest

final class HashingTests: XCTestCase {
  func testSM3AsInTheStandard() {
    // GB/T 32905-2016, appendix A.
    XCTAssertEqual(
      SM3.digest(Array("abc".utf8)), hex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"))
    XCTAssertEqual(
      SM3.digest(Array(String(repeating: "abcd", count: 16).utf8)),
      hex("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"))
    XCTAssertEqual(SM3.digest([]), hex("1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"))
  }

  func testPiecesGiveTheDigestOfTheWhole() {
    let whole = SeededRandom(1).bytes(1000)
    for pieceBytes in [1, 63, 64, 65, 999] {
      var hasher = SM3.Hasher()
      for start in stride(from: 0, to: whole.count, by: pieceBytes) {
        hasher.update(whole[start..<min(whole.count, start + pieceBytes)])
      }
      hasher.update([])
      let digest = hasher.finish()
      XCTAssertEqual(digest, SM3.digest(whole))
    }
  }

  func testSHA256AndItsHMACAsInTheStandards() {
    XCTAssertEqual(
      SHA256.digest(Array("abc".utf8)), hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    // RFC 4231, test cases 2 and 6: a short key, and one longer than a block.
    XCTAssertEqual(
      HMACSHA256.code(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)),
      hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
    XCTAssertEqual(
      HMACSHA256.code(
        Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        key: [UInt8](repeating: 0xAA, count: 131)),
      hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"))
  }

  func testHMACSM3AgreesWithItsDefinition() {
    let random = SeededRandom(2)
    for keyBytes in [0, 1, 32, 63, 64, 65, 200] {
      let key = random.bytes(keyBytes)
      let message = random.bytes(keyBytes * 3)
      var block = keyBytes > 64 ? SM3.digest(key) : key
      block += [UInt8](repeating: 0, count: 64 - block.count)
      let inner = SM3.digest(block.map { $0 ^ 0x36 } + message)
      let expected = SM3.digest(block.map { $0 ^ 0x5C } + inner)
      XCTAssertEqual(HMACSM3.code(message, key: key), expected)
      let prepared = HMACSM3.Key(key)
      XCTAssertEqual([prepared.code(message), prepared.code(message)], [expected, expected])
    }
  }

  func testHMACSM3MatchesOpenSSLsTool() {
    // openssl mac -macopt digest:SM3 -macopt key:Jefe HMAC
    XCTAssertEqual(
      HMACSM3.code(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)),
      hex("2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"))
  }

  func testOneKeyServesManyThreads() {
    let key = HMACSM3.Key([1, 2, 3])
    let expected = key.code(Array("abc".utf8))
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<2000 where key.code(Array("abc".utf8)) != expected { XCTFail("another code") }
    }
  }

  func testDigestKeepsItsBytesTextAndOrder() {
    let digest = Digest(of: Array("abc".utf8))
    XCTAssertEqual(digest.text, "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
    XCTAssertEqual(Digest(digest.text), digest)
    XCTAssertEqual(Digest(bytes: digest.bytes), digest)
    let many = (0..<50).map { Digest(of: [UInt8($0)]) }
    XCTAssertEqual(many.sorted().map(\.text), many.map(\.text).sorted())
    XCTAssertEqual(Set(many).count, 50)
  }

  func testOtherTextIsNoDigest() {
    let text = Digest(of: []).text
    let others = [
      "", "sm3:", String(text.dropLast()), text + "0", "sm2" + text.dropFirst(3), text.uppercased(), text + "\n",
    ]
    for other in others + ["sm3:" + String(repeating: "g", count: 64), String(text.dropLast(2)) + "é"] {
      XCTAssertNil(Digest(other), other)
    }
    XCTAssertNil(Digest(bytes: [UInt8](repeating: 0, count: 31)))
    XCTAssertNil(Digest("sm3:" + text.dropFirst(4).uppercased()))
  }

  func testConstantTimeEqual() {
    XCTAssertTrue(constantTimeEqual([UInt8](), []))
    XCTAssertTrue(constantTimeEqual([1, 2, 3], [1, 2, 3]))
    for other: [UInt8] in [[], [1, 2], [1, 2, 4], [0, 2, 3], [1, 2, 3, 4]] {
      XCTAssertFalse(constantTimeEqual([1, 2, 3], other))
    }
  }

  func testPassphraseDerivationMatchesOpenSSLsTool() {
    // openssl kdf -keylen 32 -kdfopt digest:SM3 -kdfopt pass:口令 -kdfopt salt:0123456789abcdef -kdfopt iter:1000 PBKDF2
    XCTAssertEqual(
      PassphraseKey.derive(passphrase: "口令", salt: Array("0123456789abcdef".utf8), rounds: 1000),
      hex("bed5ca7da7afd0b45464b2be042d7762214cef0db3992e8d7c36c3d6f03f2472"))
    XCTAssertEqual(PassphraseKey.derive(passphrase: "", salt: [], rounds: 0).count, 32)
    XCTAssertNotEqual(
      PassphraseKey.derive(passphrase: "a", salt: [1], rounds: 2),
      PassphraseKey.derive(passphrase: "a", salt: [1], rounds: 3))
  }

  func testMachineHasTheNationalAlgorithms() {
    XCTAssertNil(problemCode { () throws(Problem) in try NationalAlgorithms.check() })
  }
}
