package import Foundations

extension HTTPClient {
  /// One request.
  package struct Request {
    package var method: String
    /// An absolute `http` or `https` URL without user information.
    package var url: String
    /// Sent in this order; names as they are written.
    package var headers: [(name: String, value: String)] = []
    package var body: Body = .none
    package var destination: Destination = .memory(bytesMax: Limits.bodyBytesMax)
    package var patience = Patience()
    /// Whether the server may send the body in gzip's form; `destination` gets it, and bounds it, as it was before.
    package var takesPacked = false
    /// Whether it must not be sent a second time unless the caller says so; it gets a connection of its own.
    package var isSentOnce = false
    /// PEM file of the only authorities to trust; nil for the machine's.
    package var authoritiesFile: String?
    /// IP addresses to connect to instead of looking up the URL's name: the very ones that the caller has judged, since
    /// a second look-up may give others. Then no proxy is asked either. Empty: the name is looked up. Certificates are
    /// checked against the name.
    package var addresses: [String] = []

    package init(_ method: String, _ url: String) {
      self.method = method
      self.url = url
    }
  }

  /// What a request carries. Its length is known before it starts, so that the server can refuse it early.
  package enum Body {
    case none
    case bytes([UInt8])
    /// A part of an open file, read by position; the descriptor stays the caller's.
    case file(descriptor: Int32, offset: Int64, length: Int64)
    /// Bytes made on demand: `read(position, most)` returns at least one and at most `most` bytes. The same position
    /// may be asked for again, when a connection that had gone stale is replaced.
    case reader(length: Int64, read: (_ position: Int64, _ most: Int) throws(Problem) -> [UInt8])

    /// Bytes.
    package var length: Int64 {
      switch self {
      case .none: 0
      case .bytes(let bytes): Int64(bytes.count)
      case .file(_, _, let length), .reader(let length, _): length
      }
    }
  }

  /// Where the body of an answer goes.
  package enum Destination {
    case memory(bytesMax: Int)
    /// Gets the body of a 2xx answer piece by piece; the body of any other is kept in memory, up to
    /// `HTTPClient.refusalBytesMax`.
    case writer(bytesMax: Int64, write: ([UInt8]) throws(Problem) -> Void)
  }

  /// How long to wait. A slow village link is slow, not dead: what ends a request is that nothing moves.
  package struct Patience: Sendable {
    /// Name, TCP and TLS together.
    package var connectSecondsMax = Limits.connectSecondsMax
    /// Without a single byte in either direction.
    package var stallSecondsMax = 60
    /// The whole request; nil for no bound but the stall.
    package var totalSecondsMax: Int? = Limits.requestSecondsMax

    package init() {}

    /// For tests and for attachments.
    package init(connectSecondsMax: Int, stallSecondsMax: Int, totalSecondsMax: Int?) {
      self.connectSecondsMax = connectSecondsMax
      self.stallSecondsMax = stallSecondsMax
      self.totalSecondsMax = totalSecondsMax
    }
  }

  /// One answer, whatever its status.
  package struct Response: Sendable {
    package let status: Int
    /// Names in lower case; the values of a repeated header joined by `, `.
    package let headers: [String: String]
    /// Empty where the body went to a writer.
    package let body: [UInt8]
    /// Request line, headers and body; without TCP's and TLS's own.
    package let bytesSent: Int64
    /// Status line, headers and body; without TCP's and TLS's own.
    package let bytesReceived: Int64

    package init(
      status: Int, headers: [String: String], body: [UInt8], bytesSent: Int64 = 0, bytesReceived: Int64 = 0
    ) {
      self.status = status
      self.headers = headers
      self.body = body
      self.bytesSent = bytesSent
      self.bytesReceived = bytesReceived
    }

    package var isSuccess: Bool { (200...299).contains(status) }

    /// Seconds to wait before the next attempt, from `Retry-After` (RFC 9110, 10.2.3) as seconds or as a date; nil if
    /// there is none that makes sense. Never more than a day.
    package func retryAfterSeconds(now: Instant) -> Int? {
      guard let text = headers["retry-after"]?.trimmed, !text.isEmpty else { return nil }
      let dayMax = 86_400
      if text.utf8.allSatisfy({ 48...57 ~= $0 }) { return min(Int(text) ?? dayMax, dayMax) }
      guard let at = HTTPDate.instant(text) else { return nil }
      let (milliseconds, overflow) = at.milliseconds.subtractingReportingOverflow(now.milliseconds)
      return overflow ? nil : min(max(0, Int(clamping: (milliseconds + 999) / 1000)), dayMax)
    }

    /// The problem that a refusal tells (RFC 9457), with the server's own code and sentences; `server.storage` where it
    /// could not keep anything; `network.answer` for a refusal that does not carry any code, as a captive portal's.
    package var problem: Problem {
      guard let value = try? JSONReader.read(body), let code = value["code"]?.text, !code.isEmpty,
        code.utf8.count <= 100, code.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
      else { return ProblemKind.networkAnswer.with("HTTP \(status)") }
      // Its sentences are for whoever stands at the server; here they would be taken for this machine's own trouble.
      if code.hasPrefix("store.") || code == "blob.storage" { return ProblemKind.serverStorage.with(code) }
      let sentence = value["message"]?.text ?? value["detail"]?.text ?? value["title"]?.text ?? "HTTP \(status)"
      let kind = ProblemKind(
        code, status: status, exit: status >= 500 || status == 429 ? .offline : .refused, Self.bounded(sentence),
        remedy: Self.bounded(value["remedy"]?.text ?? ""))
      return Problem(kind, field: value["field"]?.text.map(Self.bounded))
    }

    /// A server's text is for a terminal: one line of bounded length without control characters.
    private static func bounded(_ text: String) -> String {
      String(
        String.UnicodeScalarView(text.unicodeScalars.prefix(500).filter { $0.properties.generalCategory != .control }))
    }
  }

  /// What is kept of the body of an answer that is no success, when a writer was to get it.
  package static let refusalBytesMax = 64 << 10
  /// All header lines of one answer.
  package static let headerBytesMax = 64 << 10
}

/// The preferred date format of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Nil for anything else, also for the two obsolete formats.
  static func instant(_ text: String) -> Instant? {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
      let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    let date = "\(parts[3])-\(padded(month + 1, 2))-\(parts[1])"
    return ChinaTime.instant("\(date)T\(parts[4])Z")
  }
}
