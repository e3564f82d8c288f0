import Cryptography
import Dispatch
import Foundations
import XCTest

final class SM2Tests: XCTestCase {
  private let random = SeededRandom(5)
  private let message = Array("张三的低保申请".utf8)

  func testSignatureIsValidForItsMessageAndKeyOnly() throws {
    let key = try SM2.SigningKey(random: random)
    let other = try SM2.SigningKey(random: random).verifyingKey
    for message in [[], message, random.bytes(10_000)] {
      let signature = try key.sign(message)
      XCTAssertEqual(signature.count, SM2.signatureBytes)
      XCTAssertTrue(key.verifyingKey.isValid(signature, for: message))
      XCTAssertFalse(key.verifyingKey.isValid(signature, for: message + [0]))
      XCTAssertFalse(other.isValid(signature, for: message))
    }
  }

  func testSignatureMadeByOpenSSLsToolIsValid() throws {
    // openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678, then r and s taken out of the DER.
    let key = try SM2.VerifyingKey(
      publicBytes: hex(
        "04366f59328de51889e144c4e0104570c95a6a3d4932130a26e4aa1350cce2f108"
          + "9807df9994e90cae70b26ded66aab9342aa484354be7743387eea0333f7eb156"))
    let signature = hex(
      "ebe8a18d96ee8a7f964cbad63fb5f279ddb6e982f3507ab9f9fd03b0c96614c1"
        + "69b00d638cd5a68751c99835368a5dc0f9b558ff4add095706486bfcf8ea3af4")
    XCTAssertTrue(key.isValid(signature, for: Array("bangban".utf8)))
    XCTAssertFalse(key.isValid(signature, for: Array("bangbam".utf8)))
    let signing = try SM2.SigningKey(
      privateBytes: hex("95d27c61d00aa95b9727582ef95f593e1684edb0c0351fe080bd7d737e38587b"))
    XCTAssertEqual(signing.verifyingKey.publicBytes, key.publicBytes)
  }

  func testEveryAlterationOfASignatureIsFound() throws {
    let key = try SM2.SigningKey(random: random)
    let signature = try key.sign(message)
    let zero = [UInt8](repeating: 0, count: 32)
    let ones = [UInt8](repeating: 0xFF, count: 32)
    let half = Array(signature.prefix(32))
    var others =
      (0..<signature.count).map { Array(signature.prefix($0)) } + signature.indices.map { flipped(signature, at: $0) }
    others += [signature + [0], zero + zero, ones + ones, half + zero, zero + half, ones + half, half + ones]
    for other in others { XCTAssertFalse(key.verifyingKey.isValid(other, for: message)) }
  }

  func testSignaturesWithLeadingZerosSurvive() throws {
    let key = try SM2.SigningKey(random: random)
    var seen = 0
    for _ in 0..<1500 where seen < 2 {
      let signature = try key.sign(message)
      guard signature[0] == 0 || signature[32] == 0 else { continue }
      seen += 1
      XCTAssertTrue(key.verifyingKey.isValid(signature, for: message))
    }
    XCTAssertGreaterThan(seen, 0)
  }

  func testKeysComeBackFromTheirBytes() throws {
    let key = try SM2.SigningKey(random: random)
    let again = try SM2.SigningKey(privateBytes: key.privateBytes)
    XCTAssertEqual(again.verifyingKey.publicBytes, key.verifyingKey.publicBytes)
    XCTAssertEqual([key.privateBytes.count, key.verifyingKey.publicBytes.count], [32, 65])
    XCTAssertTrue(
      try SM2.VerifyingKey(publicBytes: key.verifyingKey.publicBytes).isValid(again.sign(message), for: message))
    let decryption = try SM2.DecryptionKey(random: random)
    XCTAssertEqual(
      try SM2.DecryptionKey(privateBytes: decryption.privateBytes).encryptionKey.publicBytes,
      decryption.encryptionKey.publicBytes)
  }

  func testKeysFromASeedAreTheSame() throws {
    XCTAssertEqual(
      try SM2.SigningKey(random: SeededRandom(9)).privateBytes, try SM2.SigningKey(random: SeededRandom(9)).privateBytes
    )
  }

  func testPrivateKeysOutsideTheRangeAreRefused() throws {
    // GB/T 32918.5-2017: the order n of the base point.
    let order = hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123")
    var greatest = order
    greatest[31] -= 2
    XCTAssertNil(problemCode { () throws(Problem) in _ = try SM2.SigningKey(privateBytes: greatest) })
    var tooGreat = order
    tooGreat[31] -= 1
    let zero = [UInt8](repeating: 0, count: 32)
    for bytes in [tooGreat, order, zero, [UInt8](repeating: 0xFF, count: 32), [], [1], zero + [1]] {
      XCTAssertEqual(problemCode { () throws(Problem) in _ = try SM2.SigningKey(privateBytes: bytes) }, "key.invalid")
      XCTAssertEqual(
        problemCode { () throws(Problem) in _ = try SM2.DecryptionKey(privateBytes: bytes) }, "key.invalid")
    }
  }

  func testPointsOffTheCurveAreRefused() throws {
    let good = try SM2.SigningKey(random: random).verifyingKey.publicBytes
    var bad = good.indices.map { flipped(good, at: $0) } + (0..<65).map { Array(good.prefix($0)) }
    bad += [good + [0], [4] + [UInt8](repeating: 0, count: 64), [4] + [UInt8](repeating: 0xFF, count: 64)]
    for bytes in bad {
      XCTAssertEqual(problemCode { () throws(Problem) in _ = try SM2.VerifyingKey(publicBytes: bytes) }, "key.invalid")
      XCTAssertEqual(problemCode { () throws(Problem) in _ = try SM2.EncryptionKey(publicBytes: bytes) }, "key.invalid")
    }
  }

  func testBrokenRandomSourceIsReported() {
    struct Zeros: RandomSource {
      func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
    }
    XCTAssertEqual(
      problemCode { () throws(Problem) in _ = try SM2.SigningKey(random: Zeros()) }, "cryptography.failed")
  }

  func testOneKeyServesManyThreads() throws {
    let key = try SM2.SigningKey(random: random)
    let message = message
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<50 {
        let isValid = (try? key.sign(message)).map { key.verifyingKey.isValid($0, for: message) }
        XCTAssertEqual(isValid, true)
      }
    }
  }

  func testEnvelopeOpensForItsRecipientAndPurposeOnly() throws {
    let recipient = try SM2.DecryptionKey(random: random)
    for plain in [[], random.bytes(32), random.bytes(5000)] {
      let envelope = try Envelope.seal(plain, to: recipient.encryptionKey, purpose: "recovery", random: random)
      XCTAssertEqual(try Envelope.open(envelope, with: recipient, purpose: "recovery"), plain)
      let stranger = try SM2.DecryptionKey(random: random)
      for (key, purpose) in [(stranger, "recovery"), (recipient, "ferry")] {
        XCTAssertEqual(
          problemCode { () throws(Problem) in _ = try Envelope.open(envelope, with: key, purpose: purpose) },
          "envelope.invalid")
      }
    }
  }

  func testEveryAlterationAndEveryLengthOfAnEnvelopeIsFound() throws {
    let recipient = try SM2.DecryptionKey(random: random)
    let envelope = try Envelope.seal([1, 2, 3], to: recipient.encryptionKey, purpose: "recovery", random: random)
    let others =
      (0..<envelope.count).map { Array(envelope.prefix($0)) } + envelope.indices.map { flipped(envelope, at: $0) }
    for other in others + [envelope + [0], [UInt8](repeating: 0xFF, count: 300), [UInt8](repeating: 1, count: 300)] {
      XCTAssertEqual(
        problemCode { () throws(Problem) in _ = try Envelope.open(other, with: recipient, purpose: "recovery") },
        "envelope.invalid")
    }
  }

  func testGarbageDoesNotDecrypt() throws {
    let key = try SM2.DecryptionKey(random: random)
    for count in [0, 1, 50, 97, 1000] {
      XCTAssertEqual(
        problemCode { () throws(Problem) in _ = try key.decrypt(random.bytes(count)) }, "envelope.invalid")
    }
  }
}
