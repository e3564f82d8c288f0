internal import Foundations

/// The request target, taken apart strictly: whatever two programs could read in two ways is refused (RFC 9110, 4.2.5).
struct Target {
  static let bytesMax = 4096
  static let parametersMax = 100

  let path: String
  let query: [String: [String]]

  /// - Parameter raw: origin form (`/path?query`) or absolute form (`http://host/path?query`).
  init(_ raw: String) throws(Problem) {
    guard raw.utf8.count <= Self.bytesMax else { throw Self.malformed("target is too long") }
    guard raw.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw Self.malformed("target is not ASCII") }
    let target = Self.origin(raw)
    guard target.first == "/" else { throw Self.malformed("target has no path") }
    guard !target.contains("#") else { throw Self.malformed("target has a fragment") }
    let mark = target.firstIndex(of: "?") ?? target.endIndex
    path = try Self.path(target[..<mark])
    query = try mark < target.endIndex ? Self.query(target[target.index(after: mark)...]) : [:]
  }

  private static func malformed(_ why: String) -> Problem { ProblemKind.httpRequestMalformed.with(why) }

  private static func origin(_ raw: String) -> Substring {
    let lower = raw.lowercased()
    guard let scheme = ["http://", "https://"].first(where: { lower.hasPrefix($0) }) else { return raw[...] }
    let rest = raw.dropFirst(scheme.count)
    return rest.firstIndex { $0 == "/" || $0 == "?" }.map { rest[$0...] } ?? "/"
  }

  private static func path(_ raw: Substring) throws(Problem) -> String {
    var segments: [String] = []
    for part in raw.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      let segment = try decoded(part, plusIsSpace: false)
      guard segment != ".", segment != "..", !segment.contains("/"), !segment.contains("\\") else {
        throw malformed("path leaves its folder")
      }
      segments.append(segment)
    }
    return "/" + segments.joined(separator: "/")
  }

  private static func query(_ raw: Substring) throws(Problem) -> [String: [String]] {
    var query: [String: [String]] = [:]
    let pairs = raw.split(separator: "&")
    guard pairs.count <= parametersMax else { throw malformed("too many parameters") }
    for pair in pairs {
      let cut = pair.firstIndex(of: "=") ?? pair.endIndex
      let value = cut < pair.endIndex ? pair[pair.index(after: cut)...] : ""
      query[try decoded(pair[..<cut], plusIsSpace: true), default: []].append(try decoded(value, plusIsSpace: true))
    }
    return query
  }

  /// Percent-decodes to UTF-8 without control characters; line feed and tab may stand in a query.
  private static func decoded(_ text: Substring, plusIsSpace: Bool) throws(Problem) -> String {
    var output: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "+"), plusIsSpace {
        output.append(0x20)
      } else if byte == UInt8(ascii: "%") {
        let digits = rest.prefix(2)
        guard let value = Hexadecimal.bytes(Substring(digits))?.first else { throw malformed("bad percent escape") }
        output.append(value)
        rest = rest.dropFirst(2)
      } else {
        output.append(byte)
      }
    }
    guard let decoded = String(validating: output, as: UTF8.self) else { throw malformed("not UTF-8") }
    let allowed: (UInt8) -> Bool = {
      $0 >= 0x20 && $0 != 0x7F || plusIsSpace && ($0 == 0x0A || $0 == 0x0D || $0 == 0x09)
    }
    guard output.allSatisfy(allowed) else { throw malformed("control character") }
    return decoded
  }
}
