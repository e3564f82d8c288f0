package import Foundations

/// Makes a body while it is sent, so that an attachment of 64 MiB never sits in memory. All calls for one answer come
/// one after another from one thread.
package protocol BodySource: Sendable {
  /// The bytes from a position on: one at least, `most` at most. The first call is for position 0, the next one for
  /// what follows.
  /// - Throws: nothing may follow. The connection is cut, so that nobody takes what was sent for the whole.
  func read(at position: Int64, most: Int) throws -> [UInt8]
}

/// One answer.
package struct Response: Sendable {
  /// What the body is made of.
  package enum Content: Sendable {
    case bytes([UInt8])
    /// A part of a file that is opened when the answer is sent; symbolic links are not followed.
    case file(path: String, offset: Int64, length: Int64)
    /// So many bytes that are made while they are sent.
    case stream(any BodySource, length: Int64)
  }

  package var status: Int
  /// Whether it goes without `X-Content-Type-Options` and `Cache-Control`: for what answers a `POST`, which nothing on
  /// the way keeps unasked (RFC 9111, 3), and what no browser ever reads.
  package var omitsDefaults = false
  /// In this order; `Content-Length`, `Date` and `Connection` are added. A name may occur more than once.
  package var headers: [(name: String, value: String)]
  package var content: Content

  package init(_ status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.content = .bytes(body)
  }

  /// An answer that is a part of a file.
  package init(
    _ status: Int = 200, file path: String, offset: Int64 = 0, length: Int64, type: String,
    headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.headers = [("Content-Type", type)] + headers
    self.content = .file(path: path, offset: offset, length: length)
  }

  /// An answer that is made while it is sent.
  package init(
    _ status: Int, headers: [(name: String, value: String)], stream source: any BodySource, length: Int64
  ) {
    self.status = status
    self.headers = headers
    self.content = .stream(source, length: length)
  }

  /// A text of any type.
  package static func text(_ text: String, _ status: Int = 200, type: String = "text/plain; charset=utf-8") -> Response
  {
    Response(status, headers: [("Content-Type", type)], body: Array(text.utf8))
  }

  /// A JSON document.
  package static func json(_ value: Value, _ status: Int = 200) -> Response {
    Response(status, headers: [("Content-Type", "application/json")], body: JSON.bytes(value))
  }

  /// A refusal after RFC 9457, with `code`, `message`, `remedy`, `field` and `others` of the catalogue beside its own
  /// members.
  package static func problem(_ problem: Problem) -> Response {
    var value = problem.value
    value["type"] = "about:blank"
    value["title"] = .text(title(problem.kind))
    value["status"] = Value(problem.kind.status)
    value["detail"] = .text(problem.message)
    let headers = [("Content-Type", "application/problem+json")]
    return Response(problem.kind.status, headers: headers, body: JSON.bytes(value))
  }

  /// The answer for anything that a handler threw. What is no `Problem` is told to nobody: it may carry a record.
  package static func failure(_ error: any Error) -> Response {
    if let refusal = error as? Refusal { return refusal.response }
    return problem(error as? Problem ?? ProblemKind.unexpected.with("http"))
  }

  /// An answer 401 with the scheme by which whoever asks can say who it is (RFC 9110, 11.6.1); any other as it is.
  package func challenging(_ scheme: String) -> Response {
    guard status == 401 else { return self }
    var response = self
    response.headers.append(("WWW-Authenticate", "\(scheme) realm=\"bangban\""))
    return response
  }

  /// A problem's document with one more member, or another value of one.
  package func adding(_ member: String, _ value: Value) -> Response {
    guard case .bytes(let bytes) = content, var document = try? JSONReader.read(bytes) else { return self }
    document[member] = value
    var response = self
    response.content = .bytes(JSON.bytes(document))
    return response
  }

  /// What the problem is, whatever it happened to (RFC 9457, 3.1.4): the kind's sentence without its detail. Brackets
  /// around the detail go with it; where it stands within the sentence, only whole clauses before it are left; where
  /// there are none, the status says what there is to say.
  private static func title(_ kind: ProblemKind) -> String {
    var sentence = kind.message[...]
    var head = ""
    if let place = sentence.firstRange(of: "{}") {
      let opening = sentence[..<place.lowerBound].lastIndex(of: "（")
      let closing = sentence[place.upperBound...].firstIndex(of: "）")
      if let opening, let closing, !sentence[opening..<place.lowerBound].contains("）") {
        head = String(sentence[..<opening])
        sentence = sentence[sentence.index(after: closing)...]
      } else {
        let clause = sentence[..<place.lowerBound].lastIndex { "，。；：".contains($0) }
        sentence = clause.map { sentence[..<$0] } ?? ""
      }
    }
    let title = (head + sentence).trimmed
    return title.isEmpty ? general(kind.status) : title
  }

  private static func general(_ status: Int) -> String {
    switch status {
    case 401: "没有通过身份核对"
    case 403: "不允许这样做"
    case 404: "没有找到"
    case 409: "和现在的情况对不上"
    case 413: "内容太大"
    case 422: "内容不符合要求"
    case 429: "请求太频繁"
    case 507: "服务器没有地方存了"
    default: status < 500 ? "请求不对" : "服务器没能办成"
    }
  }

  /// The value of a header, whatever the case of its name.
  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// What is sent unless the handler says otherwise: answers carry personal data, so nothing on the way keeps them.
  var headersWithDefaults: [(name: String, value: String)] {
    guard !omitsDefaults else { return headers }
    let defaults = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
    return headers + defaults.filter { header($0.0) == nil }
  }
}

/// A refusal that says more than its problem does, by headers or members of its document. Thrown like a `Problem`.
package struct Refusal: Error {
  package let response: Response

  package init(_ response: Response) { self.response = response }
}
