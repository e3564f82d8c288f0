internal import Cryptography
internal import FoundationEssentials
package import Foundations

/// Signing and checking of webhooks after Standard Webhooks 1.0.0, with its symmetric scheme `v1`: Base64 of the
/// HMAC-SHA256 (RFC 2104) over `id.timestamp.body`.
///
/// Pure: the clock is an argument.
package enum StandardWebhook {
  package static let idHeader = "webhook-id"
  package static let timestampHeader = "webhook-timestamp"
  package static let signatureHeader = "webhook-signature"
  /// How far the two clocks may be apart, either way.
  package static let toleranceSeconds: Int64 = 300
  /// A header with more signatures is none of ours; while a key is being changed there are two.
  package static let signaturesMax = 16
  private static let scheme = "v1,"

  /// The value of `webhook-signature` with one signature.
  /// - Parameters:
  ///   - id: without a full stop, which separates the signed parts.
  ///   - timestampSeconds: since 1970.
  package static func signature(id: String, timestampSeconds: Int64, body: [UInt8], key: WebhookKey) -> String {
    scheme + Data(code(id, String(timestampSeconds), body, key)).base64EncodedString()
  }

  /// The three headers of one message.
  package static func headers(
    id: String, now: Instant, body: [UInt8], key: WebhookKey
  ) -> [(name: String, value: String)] {
    let seconds = now.seconds
    return [
      (idHeader, id), (timestampHeader, String(seconds)),
      (signatureHeader, signature(id: id, timestampSeconds: seconds, body: body, key: key)),
    ]
  }

  /// Checks a message that came in.
  ///
  /// Invariant: *the time a check takes does not tell how much of a signature is right.*
  /// - Parameter headers: names in lower case.
  /// - Returns: the message's id, the same for each repetition of it.
  /// - Throws: `webhook.malformed`, `webhook.stale`, `webhook.signature`.
  package static func verify(
    headers: [String: String], body: [UInt8], key: WebhookKey, now: Instant
  ) throws(Problem) -> String {
    guard let id = headers[idHeader], !id.isEmpty, !id.contains(".") else {
      throw ProblemKind.webhookMalformed.with(idHeader)
    }
    guard let timestamp = headers[timestampHeader], let seconds = Int64(timestamp), seconds >= 0 else {
      throw ProblemKind.webhookMalformed.with(timestampHeader)
    }
    let signatures = (headers[signatureHeader] ?? "").split(separator: " ")
    guard (1...signaturesMax).contains(signatures.count) else {
      throw ProblemKind.webhookMalformed.with(signatureHeader)
    }
    // The signature first: only who has the key is told anything about our clock.
    let expected = code(id, timestamp, body, key)
    var isRight = false
    for signature in signatures where signature.hasPrefix(scheme) {
      let given = Data(base64Encoded: String(signature.dropFirst(scheme.count))) ?? Data()
      // Every one is compared, so that the time does not tell which of them was right.
      isRight = constantTimeEqual(given, expected) || isRight
    }
    guard isRight else { throw Problem(.webhookSignature) }
    guard now.seconds.subtractingReportingOverflow(seconds).partialValue.magnitude <= toleranceSeconds.magnitude else {
      throw Problem(.webhookStale)
    }
    return id
  }

  private static func code(_ id: String, _ timestamp: String, _ body: [UInt8], _ key: WebhookKey) -> [UInt8] {
    HMACSHA256.code(Array("\(id).\(timestamp).".utf8) + body, key: key.bytes)
  }
}

extension Instant {
  /// Whole seconds since 1970, rounded down.
  fileprivate var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }
}
