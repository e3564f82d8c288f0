internal import Application
internal import Catalog
internal import Cryptography
internal import Forwarding
internal import Foundations
internal import Replication
internal import TestValues
internal import Transport
internal import Webhook

extension Decoder {
  private static let codes = [
    "610830199605209824", "91350100M000100Y43", "13900000001", "6222021234567890128", "610830100201",
  ]

  /// What people type.
  static let texts: [Decoder] = [
    Decoder("codes", texts: codes) { text in
      _ = Masking.idNumber(text) + Masking.name(text) + Masking.phone(text) + Masking.address(text)
      _ = Masking.bankAccount(text)
      _ = SearchTerm.meant(by: text)
      let results = CodeKind.allCases.map { CodeCheck.check(kind: $0, value: text, today: today) }
      return results.contains(where: \.isValid)
    },
    Decoder("field-text", texts: ["张三", "66", "男", "A123456789", "610830100201 东街9号", "4500.00", "2025-03-01"]) {
      text in
      form.contains { (try? FieldText.parse(text, as: $0, today: today)) != nil }
    },
    Decoder("pattern", texts: ["^[A-Z]\\d{9}$", "^[A-Z0-9X]{2,5}-?\\d$"]) { text in
      (try? Pattern(text)).map { !$0.matches("\n\u{0}\u{FFFF}") } ?? false
    },
    Decoder("times", texts: ["2026-11-23T09:00:00+08:00", "2026-11-23", "4500.00"]) { text in
      let date = CivilDate(text).map { ChinaTime.text(ChinaTime.start(of: $0)) }
      let time = ChinaTime.instant(text).map { ChinaTime.text($0) + ChinaTime.date($0).text }
      return date != nil || time != nil || DecimalText(text) != nil
    },
    Decoder("ids", texts: ["d-alice:4", Digest.sm3([1]).text, "refused:a.b", "applied", "00ff", "4k2m9q0v"]) { text in
      OperationID(text: text) != nil || Digest(text) != nil || Disposition(text: text) != nil
        || Hexadecimal.bytes(text) != nil || Nearest.match(text, among: ["list", "show"]) != nil || text.utf8.count == 8
    },
  ]

  /// What comes over the network outside the messages, and where it comes from.
  static let addresses: [Decoder] = [
    Decoder("web-address", texts: ["https://example.org:8443/a?b", "http://[::1]:80/", "http://127.0.0.1"]) { text in
      (try? WebAddress(text)) != nil
    },
    Decoder("network-address", texts: ["127.0.0.1", "::ffff:10.1.2.3", "fe80::1", "2001:db8::8:800:200c:417a"]) {
      text in
      NetworkAddress(text) != nil
    },
    Decoder("problem-answer", json: [["code": "sync.gap", "message": "中间缺少", "remedy": "再试", "field": "a"]]) { value in
      let answer = HTTPClient.Response(
        status: 409, headers: ["retry-after": value["code"]?.text ?? ""], body: JSON.bytes(value))
      _ = answer.retryAfterSeconds(now: Instant(milliseconds: 0))
      return answer.problem.code == value["code"]?.text
    },
    Decoder("retry-after", texts: ["120", "Sun, 06 Nov 1994 08:49:37 GMT"]) { text in
      let answer = HTTPClient.Response(status: 503, headers: ["retry-after": text], body: [])
      return answer.retryAfterSeconds(now: Instant(milliseconds: 784_111_770_000)) != nil
    },
    Decoder("webhook", texts: [signed]) { text in
      let parts = text.split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 4 else { return false }
      let headers = ["webhook-id": parts[0], "webhook-timestamp": parts[1], "webhook-signature": parts[2]]
      return (try? StandardWebhook.verify(headers: headers, body: Array(parts[3].utf8), key: webhookKey, now: sent))
        != nil
    },
    Decoder("webhook-key", texts: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]) { text in
      (try? WebhookKey(text)) != nil
    },
  ]

  private static let webhookKey = WebhookKey(bytes: secret)
  private static let sent = Instant(milliseconds: 1_795_276_799_000)
  private static let signed: String = {
    let body = "{\"type\":\"proceeding.dispatched\"}"
    let headers = StandardWebhook.headers(id: "msg_1", now: sent, body: Array(body.utf8), key: webhookKey)
    let values = ["webhook-id", "webhook-timestamp", "webhook-signature"].map { name in
      headers.first { $0.name.lowercased() == name }?.value ?? ""
    }
    return (values + [body]).joined(separator: "\n")
  }()
}
