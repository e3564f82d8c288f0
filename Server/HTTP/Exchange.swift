internal import Foundations

/// One request from its first line to its answer: a state machine that does no input or output of its own and is used
/// by its connection's thread only.
final class Exchange {
  /// What the connection is to do next.
  enum Step {
    /// Read on: the body, or its end.
    case read
    /// Send this now, whatever is left of the body.
    case answer(Response)
    /// Close the connection without an answer.
    case cut
  }

  let connection: Connections.Identifier
  let began = ContinuousClock.now
  private(set) var method = "-"
  private(set) var route = "-"
  private(set) var received: Int64 = 0
  /// Whether the headers have been seen.
  private(set) var isBegun = false
  /// What was answered; set by the shell.
  var status = 0
  var bytesSent: Int64 = 0

  private let target: String
  private let line: BodyLine
  private let discardBytesMax: Int64
  private var discarded: Int64 = 0
  private var plan: Plan?
  private var request: Request?
  private var body: [UInt8] = []
  private var refusal: Response?

  /// - Parameter cut: ends the connection.
  init(
    target: String, connection: Connections.Identifier, discardBytesMax: Int64, cut: @escaping @Sendable () -> Void
  ) {
    self.target = target
    self.connection = connection
    line = BodyLine(cut)
    self.discardBytesMax = discardBytesMax
  }

  /// The headers are there.
  /// - Parameter fields: header names and values as they were sent.
  func begin(method: String, fields: [(String, String)], peer: String, service: any Service) -> Step {
    isBegun = true
    self.method = method
    let headers = Self.headers(fields)
    do {
      try Framing.check(fields)
      let target = try Target(target)
      let request = Request(method: method, path: target.path, query: target.query, headers: headers, peer: peer)
      let plan = try service.plan(for: request)
      route = plan.route
      self.request = request
      self.request?.parameters = plan.parameters
      self.plan = plan
      if case .sink(let sink, _) = plan.body { sink.begin(line) }
      if let length = request.announcedBytes, length > plan.body.bytesMax { throw Self.tooLarge(plan) }
    } catch let error as MethodRefusal {
      route = error.route
      refuse(error.response)
    } catch {
      refuse(.failure(error))
    }
    return whetherToDiscard(headers)
  }

  /// A refused body that is short is read to its end first; see `ServerSettings.discardBytesMax`.
  private func whetherToDiscard(_ headers: [String: String]) -> Step {
    guard let refusal else { return .read }
    let length = headers["content-length"].flatMap { Int64($0) } ?? 0
    let waits = headers["expect"] != nil
    return waits || length > discardBytesMax || headers["transfer-encoding"] != nil ? .answer(refusal) : .read
  }

  /// How many bytes of a body may still come: what the deadline is reckoned from.
  var expectedBytes: Int64 {
    guard refusal == nil, let plan else { return discardBytesMax }
    return min(request?.announcedBytes ?? plan.body.bytesMax, plan.body.bytesMax)
  }

  /// A piece of the body.
  func receive(_ bytes: [UInt8]) -> Step {
    received += Int64(bytes.count)
    if refusal != nil {
      discarded += Int64(bytes.count)
      return discarded <= discardBytesMax ? .read : .cut
    }
    guard let plan else { return .cut }
    do {
      guard received <= plan.body.bytesMax else { throw Self.tooLarge(plan) }
      switch plan.body {
      case .memory: body += bytes
      case .sink(let sink, _): try sink.receive(bytes)
      }
    } catch {
      body = []
      refuse(.failure(error))
    }
    return .read
  }

  /// The request is complete.
  func finish() -> Response {
    if let refusal { return refusal }
    guard let plan, var request else { return .failure(Problem(.unexpected)) }
    request.body = body
    body = []
    if case .sink(let sink, _) = plan.body { request.sink = sink }
    self.plan = nil
    do {
      return try plan.respond(request)
    } catch {
      return .failure(error)
    }
  }

  /// The connection is gone, or done with this request.
  func end() {
    line.end()
    abandon()
  }

  private func refuse(_ response: Response) {
    refusal = response
    abandon()
  }

  private func abandon() {
    if case .sink(let sink, _)? = plan?.body { sink.abandon() }
    plan = nil
  }

  private static func tooLarge(_ plan: Plan) -> Problem {
    ProblemKind.documentTooLarge.with("> \(plan.body.bytesMax)")
  }

  private static func headers(_ fields: [(String, String)]) -> [String: String] {
    var headers: [String: String] = [:]
    for (name, value) in fields {
      let key = name.lowercased()
      headers[key] = headers[key].map { $0 + (key == "cookie" ? "; " : ", ") + value } ?? value
    }
    return headers
  }
}

extension Plan.Body {
  var bytesMax: Int64 {
    switch self {
    case .memory(let bytesMax): Int64(bytesMax)
    case .sink(_, let bytesMax): bytesMax
    }
  }
}

/// Where a body ends must not be a matter of opinion: a proxy in front and this server would otherwise cut the same
/// bytes into different requests (RFC 9112, 11.2).
enum Framing {
  static let fieldsMax = 100

  /// - Throws: `http.request-malformed`.
  static func check(_ fields: [(String, String)]) throws(Problem) {
    let lengths = fields.filter { $0.0.lowercased() == "content-length" }.map(\.1)
    let codings = fields.filter { $0.0.lowercased() == "transfer-encoding" }.map(\.1)
    guard fields.count <= fieldsMax else { throw ProblemKind.httpRequestMalformed.with("too many headers") }
    guard lengths.count <= 1, codings.count <= 1, lengths.isEmpty || codings.isEmpty else {
      throw ProblemKind.httpRequestMalformed.with("more than one length")
    }
    if let length = lengths.first {
      guard !length.isEmpty, length.utf8.allSatisfy({ 48...57 ~= $0 }), Int64(length) != nil else {
        throw ProblemKind.httpRequestMalformed.with("Content-Length")
      }
    }
    if let coding = codings.first, coding.lowercased() != "chunked" {
      throw ProblemKind.httpRequestMalformed.with("Transfer-Encoding")
    }
  }
}
