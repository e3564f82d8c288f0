import Foundation
import Foundations
import Webhook
import XCTest

final class StandardWebhookTests: XCTestCase {
  /// The example of the specification's reference libraries.
  private let vectorID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
  private let vectorSeconds: Int64 = 1_614_265_330
  private let vectorBody = Array(#"{"test": 2432232314}"#.utf8)
  private let vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
  private var now: Instant { Instant(milliseconds: vectorSeconds * 1000) }

  private func vectorKey() throws -> WebhookKey { try WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n") }

  private func headers(_ signature: String, id: String? = nil, seconds: String? = nil) -> [String: String] {
    [
      "webhook-id": id ?? vectorID, "webhook-timestamp": seconds ?? String(vectorSeconds),
      "webhook-signature": signature,
    ]
  }

  private func assertRefused(
    _ headers: [String: String], body: [UInt8]? = nil, at now: Instant? = nil, _ code: String, line: UInt = #line
  ) throws {
    let key = try vectorKey()
    XCTAssertThrowsError(
      try StandardWebhook.verify(headers: headers, body: body ?? vectorBody, key: key, now: now ?? self.now), line: line
    ) { XCTAssertEqual(($0 as? Problem)?.code, code, line: line) }
  }

  func testReferenceVectorIsSignedAndAccepted() throws {
    let key = try vectorKey()
    XCTAssertEqual(
      StandardWebhook.signature(id: vectorID, timestampSeconds: vectorSeconds, body: vectorBody, key: key),
      vectorSignature)
    XCTAssertEqual(
      try StandardWebhook.verify(headers: headers(vectorSignature), body: vectorBody, key: key, now: now), vectorID)
  }

  func testOwnHeadersAreAccepted() throws {
    let key = WebhookKey(random: SystemRandom())
    XCTAssertEqual(try WebhookKey(key.text), key)
    let pairs = StandardWebhook.headers(id: "sm3:ab", now: now, body: [1, 2], key: key)
    let headers = Dictionary(pairs.map { ($0.name, $0.value) }) { $1 }
    XCTAssertEqual(try StandardWebhook.verify(headers: headers, body: [1, 2], key: key, now: now), "sm3:ab")
  }

  func testOneOfSeveralSignaturesIsEnough() throws {
    let key = try vectorKey()
    for list in ["v1,AAAA \(vectorSignature)", "\(vectorSignature) v1,AAAA", "v1a,x \(vectorSignature) v2,="] {
      XCTAssertEqual(
        try StandardWebhook.verify(headers: headers(list), body: vectorBody, key: key, now: now), vectorID)
    }
  }

  func testTamperingIsRefused() throws {
    try assertRefused(headers(vectorSignature), body: vectorBody + [0x20], "webhook.signature")
    try assertRefused(headers(vectorSignature, id: "msg_other"), "webhook.signature")
    try assertRefused(headers(vectorSignature, seconds: String(vectorSeconds + 1)), "webhook.signature")
    try assertRefused(headers("v1,"), "webhook.signature")
    try assertRefused(headers(String(vectorSignature.dropFirst(3))), "webhook.signature")
    try assertRefused(headers("v2," + vectorSignature.dropFirst(3)), "webhook.signature")
    try assertRefused(headers(vectorSignature.replacingOccurrences(of: "g0", with: "h0")), "webhook.signature")
  }

  func testOldAndFutureMessagesAreRefused() throws {
    for seconds in [301, -301, 1_000_000_000] as [Int64] {
      try assertRefused(headers(vectorSignature), at: now.adding(seconds: seconds), "webhook.stale")
    }
    let key = try vectorKey()
    for seconds in [300, -300] as [Int64] {
      XCTAssertNoThrow(
        try StandardWebhook.verify(
          headers: headers(vectorSignature), body: vectorBody, key: key, now: now.adding(seconds: seconds)))
    }
  }

  func testHeadersThatCannotBeReadAreRefused() throws {
    for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
      try assertRefused(headers(vectorSignature).filter { $0.key != missing }, "webhook.malformed")
    }
    for seconds in ["", "x", "-1", "99999999999999999999", "1.5"] {
      try assertRefused(headers(vectorSignature, seconds: seconds), "webhook.malformed")
    }
    // "a.1" at 2 and "a" at "1.2" would be signed alike.
    try assertRefused(headers(vectorSignature, id: "a.1"), "webhook.malformed")
    try assertRefused(headers(String(repeating: "v1,AAAA ", count: 17)), "webhook.malformed")
  }

  func testSecretsOutOfShapeAreRefused() {
    for text in ["", "whsec_", "whsec_!!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"] {
      XCTAssertThrowsError(try WebhookKey(text)) { XCTAssertEqual(($0 as? Problem)?.code, "webhook.secret") }
    }
  }
}
