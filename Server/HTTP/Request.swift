package import Foundations

/// One request, understood and checked. Everything in it came from outside and stays untrusted text.
package struct Request: Sendable {
  /// Upper case, as sent: `GET`, `POST`, ….
  package let method: String
  /// Decoded; never contains `.` or `..` segments, control characters or an escaped slash.
  package let path: String
  /// Decoded values by decoded name, in the order they were sent.
  package let query: [String: [String]]
  /// Names in lower case; the values of a repeated header joined by `, ` (by `; ` for `cookie`).
  package let headers: [String: String]
  /// The peer's IP address without its port; of a reverse proxy, if there is one.
  package let peer: String
  /// The values of the route's `{name}` segments.
  package internal(set) var parameters: [String: String] = [:]
  /// The whole body, unless it went to `sink`.
  package internal(set) var body: [UInt8] = []
  /// What took the body, if the plan named one.
  package internal(set) var sink: (any BodySink)?

  /// For tests of handlers, too.
  package init(
    method: String, path: String, query: [String: [String]] = [:], headers: [String: String] = [:], peer: String = "",
    parameters: [String: String] = [:], body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.peer = peer
    self.parameters = parameters
    self.body = body
  }

  /// The first value of a query parameter.
  package func query(_ name: String) -> String? { query[name]?.first }

  /// The bytes of the body as the sender announced them; nil without `Content-Length`.
  package var announcedBytes: Int64? { headers["content-length"].flatMap { Int64($0) } }

  /// The body as JSON.
  /// - Throws: `document.malformed`.
  package func json() throws(Problem) -> Value { try JSONReader.document(body) }
}

/// Takes a body piece by piece, so that an attachment of 64 MiB never sits in memory. All calls for one request come
/// one after another from one thread.
package protocol BodySink: AnyObject, Sendable {
  /// The body is about to come.
  /// - Parameter line: ends the connection that it comes over, from any thread, as long as this request lasts.
  func begin(_ line: BodyLine)
  /// The next bytes. A `Problem` thrown here becomes the answer, and the rest of the body is not read.
  func receive(_ bytes: [UInt8]) throws
  /// The body will not be completed: the connection broke, a bound was passed or `receive` threw. The handler does not
  /// run. A resumable upload keeps what it has got.
  func abandon()
}

/// What is to happen to a request, decided when its headers are there and before its body is read.
package struct Plan: Sendable {
  /// Where the body goes and how long it may be.
  package enum Body: Sendable {
    case memory(bytesMax: Int)
    case sink(any BodySink, bytesMax: Int64)
  }

  /// The route's pattern, for the log: unlike the path it tells nothing about a person.
  package var route: String
  package var parameters: [String: String]
  package var body: Body
  /// Runs when the body is complete, on the connection's own thread; may block.
  package var respond: @Sendable (Request) throws -> Response

  package init(
    route: String, parameters: [String: String] = [:], body: Body,
    respond: @escaping @Sendable (Request) throws -> Response
  ) {
    self.route = route
    self.parameters = parameters
    self.body = body
    self.respond = respond
  }
}

extension Plan {
  /// Answers a request whose body comes from elsewhere than a connection.
  /// - Parameter isWhole: whether the body was not cut off behind what is there.
  /// - Returns: nil where it was: nobody is there to be answered.
  package func answer(_ request: Request, body: [UInt8], isWhole: Bool) throws -> Response? {
    var request = request
    request.parameters = parameters
    if case .sink(let sink, _) = self.body {
      do { try sink.receive(body) } catch {
        sink.abandon()
        throw error
      }
      guard isWhole else {
        sink.abandon()
        return nil
      }
      request.sink = sink
    } else {
      guard isWhole else { return nil }
      request.body = body
    }
    return try respond(request)
  }
}

/// Answers requests. `Router` is the usual one.
package protocol Service: Sendable {
  /// - Throws: what to answer instead, before the body is read; a `Problem` becomes problem+json.
  func plan(for request: Request) throws -> Plan
}
