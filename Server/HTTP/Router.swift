internal import Foundations

/// Finds the handler of a request by method and path.
///
/// A pattern is made of fixed segments and `{name}` segments, which match one segment that is not empty. Of several
/// patterns that match, the one whose first differing segment is fixed wins, whatever the order they were added in.
/// `HEAD` is answered by `GET` where it has no handler of its own; the body is then left out.
package struct Router: Service {
  package typealias Handler = @Sendable (Request) throws -> Response

  /// How a route takes its body.
  package enum BodyRule: Sendable {
    /// A body is a breach of the bound.
    case none
    case memory(bytesMax: Int)
    /// Chosen by the headers: may refuse by throwing, for instance a caller without a token, before anything is read.
    case chosen(@Sendable (Request) throws -> Plan.Body)
  }

  private enum Segment: Hashable {
    case fixed(String)
    case parameter(String)
  }

  private struct Route: Sendable {
    let method: String
    let pattern: String
    let segments: [Segment]
    let body: BodyRule
    let handler: Handler
  }

  private var routes: [Route] = []

  package init() {}

  /// - Parameters:
  ///   - pattern: for example `/v1/blobs/{digest}`.
  ///   - body: default: none for `GET`, `HEAD` and `DELETE`, else `Limits.bodyBytesMax` in memory.
  package mutating func add(
    _ method: String, _ pattern: String, body: BodyRule? = nil, _ handler: @escaping Handler
  ) {
    let bodiless = ["GET", "HEAD", "DELETE"].contains(method)
    let rule = body ?? (bodiless ? .none : .memory(bytesMax: Limits.bodyBytesMax))
    let segments = Self.split(pattern).map { part -> Segment in
      part.hasPrefix("{") && part.hasSuffix("}")
        ? .parameter(String(part.dropFirst().dropLast())) : .fixed(String(part))
    }
    routes.append(Route(method: method, pattern: pattern, segments: segments, body: rule, handler: handler))
  }

  /// - Throws: `http.not-found`, or `MethodRefusal` where only the method does not fit.
  package func plan(for request: Request) throws -> Plan {
    let parts = Self.split(request.path)
    let matching = routes.filter { Self.match($0.segments, parts) }.sorted { Self.isBefore($0.segments, $1.segments) }
    guard let best = matching.first else { throw Problem(.httpNotFound) }
    // Only routes of the same shape share their methods: /a/b answers for itself even where /a/{x} knows more.
    let same = matching.filter { !Self.isBefore(best.segments, $0.segments) }
    let route =
      same.first { $0.method == request.method }
      ?? (request.method == "HEAD" ? same.first { $0.method == "GET" } : nil)
    guard let route else {
      throw MethodRefusal(method: request.method, allowed: Self.allowed(same.map(\.method)), route: best.pattern)
    }
    var planned = request
    planned.parameters = Self.parameters(route.segments, parts)
    return Plan(
      route: route.pattern, parameters: planned.parameters, body: try Self.body(route.body, planned),
      respond: route.handler)
  }

  private static func body(_ rule: BodyRule, _ request: Request) throws -> Plan.Body {
    switch rule {
    case .none: .memory(bytesMax: 0)
    case .memory(let bytesMax): .memory(bytesMax: bytesMax)
    case .chosen(let choose): try choose(request)
    }
  }

  private static func allowed(_ methods: [String]) -> String {
    var names = Set(methods)
    if names.contains("GET") { names.insert("HEAD") }
    return names.sorted().joined(separator: ", ")
  }

  private static func split(_ path: String) -> [Substring] {
    path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  }

  private static func match(_ segments: [Segment], _ parts: [Substring]) -> Bool {
    segments.count == parts.count
      && zip(segments, parts).allSatisfy { segment, part in
        if case .fixed(let text) = segment { text == part } else { !part.isEmpty }
      }
  }

  private static func isBefore(_ left: [Segment], _ right: [Segment]) -> Bool {
    for case (let one, let other) in zip(left, right) {
      switch (one, other) {
      case (.fixed, .parameter): return true
      case (.parameter, .fixed): return false
      default: continue
      }
    }
    return false
  }

  private static func parameters(_ segments: [Segment], _ parts: [Substring]) -> [String: String] {
    var parameters: [String: String] = [:]
    for case (.parameter(let name), let part) in zip(segments, parts) { parameters[name] = String(part) }
    return parameters
  }
}

/// The path is there, the method is not. Not a `Problem` alone, since the answer must name the allowed methods.
struct MethodRefusal: Error {
  let method: String
  /// As in `Allow`.
  let allowed: String
  let route: String

  var response: Response {
    // The method is the caller's text; only what cannot be anything but a method is repeated.
    let plain = method.utf8.count <= 20 && method.utf8.allSatisfy { (0x41...0x5A).contains($0) }
    var response = Response.problem(ProblemKind.httpMethod.with(plain ? method : "?"))
    response.headers.append(("Allow", allowed))
    return response
  }
}
