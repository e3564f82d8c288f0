internal import Cryptography
package import Foundations
internal import Replication
internal import Transport

/// One question to the server: a path below its address.
package struct ServerQuestion: Sendable {
  package var method: String
  /// From `/v1/…` on.
  package var path: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// Whether the answer is long text that a network may carry in gzip's form.
  package var takesPacked = false
  /// The public key of the only server whose answer counts; nil where none is known yet.
  package var serverKey: [UInt8]?

  package init(_ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
  }
}

/// What came back, whatever its status.
package struct ServerAnswer: Sendable {
  package let status: Int
  /// Names in lower case.
  package let headers: [String: String]
  package let body: [UInt8]
  package let bytesSent: Int64
  package let bytesReceived: Int64
  /// The refusal it tells, where it is one.
  package let problem: Problem

  package init(
    status: Int, headers: [String: String], body: [UInt8], bytesSent: Int64, bytesReceived: Int64, problem: Problem
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.bytesSent = bytesSent
    self.bytesReceived = bytesReceived
    self.problem = problem
  }

  package var isSuccess: Bool { (200...299).contains(status) }

  /// A whole number that the problem carries beside its code.
  package func number(_ name: String) -> Int64? { (try? JSONReader.read(body))?[name]?.integer }
}

/// A way to the server; the network, or in tests the server itself.
package protocol ServerLine {
  /// - Throws: a problem with exit status 4 where there was no whole answer.
  func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer

  /// Asks while the caller goes on with something else. Nothing else is asked before the answer is there.
  /// - Parameter read: what is made of the answer, on whichever thread waits for it.
  func begin<Read: Sendable>(
    _ question: ServerQuestion, _ read: @escaping @Sendable (ServerAnswer) -> Read
  ) -> Background<Result<Read, Problem>>
}

extension ServerLine {
  /// Asks at once, as a line of one thread does.
  package func begin<Read: Sendable>(
    _ question: ServerQuestion, _ read: @escaping @Sendable (ServerAnswer) -> Read
  ) -> Background<Result<Read, Problem>> {
    Background(done: Result { () throws(Problem) in read(try ask(question)) })
  }
}

/// The server over HTTP.
package final class HTTPLine: ServerLine {
  /// Of one thread at a time: whoever asks waits until what was begun is answered.
  nonisolated(unsafe) private let client = HTTPClient()
  private var begun: (() -> Void)?
  private let address: String
  private let authoritiesFile: String?

  /// - Parameters:
  ///   - address: the server's URL, with or without a slash at its end.
  ///   - authoritiesFile: PEM file of the only authorities to trust; nil for the machine's.
  package init(address: String, authoritiesFile: String? = nil) {
    self.address = Self.normalised(address)
    self.authoritiesFile = authoritiesFile
  }

  /// The address without slashes at its end.
  package static func normalised(_ address: String) -> String {
    var text = address.trimmed[...]
    while text.hasSuffix("/") { text = text.dropLast() }
    return String(text)
  }

  /// The address of a server without slashes at its end.
  /// - Throws: `network.url` for what no request can be made to.
  package static func checked(_ address: String) throws(Problem) -> String {
    let text = normalised(address)
    _ = try WebAddress(text)
    return text
  }

  /// - Throws: problems `network.…`.
  package func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer {
    waitForBegun()
    return try unsafe Self.answer(request(question), to: question, by: client)
  }

  /// Asks on another thread.
  package func begin<Read: Sendable>(
    _ question: ServerQuestion, _ read: @escaping @Sendable (ServerAnswer) -> Read
  ) -> Background<Result<Read, Problem>> {
    waitForBegun()
    nonisolated(unsafe) let client = unsafe client
    nonisolated(unsafe) let request = request(question)
    let answer = Background {
      Result { () throws(Problem) in read(try unsafe Self.answer(request, to: question, by: client)) }
    }
    begun = { _ = answer.result() }
    return answer
  }

  private func waitForBegun() {
    begun?()
    begun = nil
  }

  deinit { waitForBegun() }

  private func request(_ question: ServerQuestion) -> HTTPClient.Request {
    var request = HTTPClient.Request(question.method, address + question.path)
    request.headers = question.headers
    request.takesPacked = question.takesPacked
    request.authoritiesFile = authoritiesFile
    request.destination = .memory(bytesMax: Limits.inflatedBytesMax)
    if !question.body.isEmpty || question.method == "POST" || question.method == "PATCH" {
      request.body = .bytes(question.body)
    }
    return request
  }

  private static func answer(
    _ request: HTTPClient.Request, to question: ServerQuestion, by client: HTTPClient
  ) throws(Problem) -> ServerAnswer {
    let response = try client.send(request)
    let isProven = if let key = question.serverKey { try proves(response, question, by: key) } else { true }
    // Of what anybody between here and the server may say only that is heard that changes nothing.
    guard isProven || (!response.isSuccess && response.problem.isOfTheWay) else { throw Problem(.syncUnproven) }
    return ServerAnswer(
      status: response.status, headers: isProven ? response.headers : [:], body: response.body,
      bytesSent: response.bytesSent, bytesReceived: response.bytesReceived, problem: response.problem)
  }

  private static func proves(
    _ response: HTTPClient.Response, _ question: ServerQuestion, by key: [UInt8]
  ) throws(Problem) -> Bool {
    guard let word = response.headers[AnswerProof.header.lowercased()].flatMap(AnswerProof.signature) else {
      return false
    }
    let signature = question.headers.first { $0.name == "Bangban-Signature" }?.value
    return try VerifyingKey(publicBytes: key).verify(
      word,
      of: AnswerProof.message(
        method: question.method, path: question.path, signature: signature, question: question.body,
        status: response.status, header: { response.headers[$0] }, body: response.body))
  }
}

extension Problem {
  /// Whether it is of the network, or of how HTTP is spoken: no word of the county's about anybody's work. Nor is that
  /// a server does not know this device: one that was made anew signs with another key, and only lets it be enrolled.
  fileprivate var isOfTheWay: Bool {
    ["http.", "network."].contains(where: code.hasPrefix) || kind == .documentTooLarge
      || code == ProblemKind.deviceNotEnrolled.code
  }
}
