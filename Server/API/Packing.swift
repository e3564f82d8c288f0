internal import Foundations
internal import HTTP
internal import Wire

extension Response {
  /// The answer in gzip's form (RFC 1952) where whoever asks takes it; else as it is. For what holds nothing that
  /// somebody else could have put in beside a secret: lengths would tell the one from the other.
  func packed(for request: Request) -> Response {
    guard case .bytes(let bytes) = content, request.takesPacked, let packed = try? Deflate.gzip(bytes) else {
      return self
    }
    var response = Response(status, headers: headers, body: packed)
    response.headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    return response
  }
}

extension Request {
  /// Whether `Accept-Encoding` names gzip with a weight above 0 (RFC 9110, 12.5.3).
  var takesPacked: Bool {
    (headers["accept-encoding"] ?? "").lowercased().split(separator: ",").contains { coding in
      let parts = coding.split(separator: ";").map(\.trimmed)
      guard parts.first == "gzip" else { return false }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
      return weight.map { Double($0.dropFirst(2)) ?? 0 > 0 } ?? true
    }
  }
}
