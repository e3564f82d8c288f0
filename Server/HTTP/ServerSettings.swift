/// How a server listens and what it bears. Every bound has a default that suits a county: some hundreds of stations,
/// most of them asleep.
package struct ServerSettings: Sendable {
  /// A host name or address; `[::1]` and `::1` are the same.
  package var host = "127.0.0.1"
  /// 0 lets the system pick one.
  package var port: UInt16 = 0
  /// PEM texts of the certificate chain and its key; nil for plain HTTP behind a proxy or on the machine itself.
  package var tls: (certificate: String, key: String)?
  /// Each open connection holds one thread; further ones wait in the listening socket's queue.
  package var connectionsMax = 512
  /// For one IP address; 0 for no bound, which is needed behind a reverse proxy.
  package var connectionsPerAddressMax = 64
  /// A connection on which nothing moves is closed.
  package var idleSecondsMax = 30
  /// From the connection, or the previous answer, to the end of the headers, however steadily they trickle.
  package var headerSecondsMax = 60
  /// Within a body or an answer, the sender or reader must keep up this pace, after a grace of `headerSecondsMax`.
  package var bytesPerSecondMin: Int64 = 512
  /// For each connection: all headers and one piece of a body.
  package var memoryBytesMax = 64 << 10
  /// Of a body that is refused: read to its end before the answer, since a sender that is cut off in the middle of a
  /// small body would see a broken connection and not the refusal.
  package var discardBytesMax: Int64 = 1 << 20
  /// `stop()` waits this long for requests that are being answered.
  package var drainSecondsMax = 30

  package init() {}
}

/// One answered or broken request, as it may be logged: never query, path values or body.
package struct RequestRecord: Sendable {
  /// `other` where HTTP has none of that name: it is then any text of the caller's.
  package let method: String
  /// The route's pattern, `-` where there is none.
  package let route: String
  /// 0 if the connection broke before an answer was made.
  package let status: Int
  /// From the request line to the last byte of the answer.
  package let milliseconds: Int64
  /// Of the bodies.
  package let bytesReceived: Int64
  package let bytesSent: Int64

  /// Of RFC 9110 and RFC 5789.
  private static let methods: Set<String> = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
  ]

  /// A method as it may be logged and counted.
  static func method(_ text: String) -> String { methods.contains(text) ? text : "other" }
}
