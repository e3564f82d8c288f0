internal import Forwarding
internal import Foundations
internal import TestValues
internal import Transport

/// The windows' own systems, behind a line that fails: it files what arrives whole, knows it again by its key, and
/// answers when it is asked.
final class WindowSystem: DispatchLine {
  private let oracle: Oracle
  private var chance: SeededGenerator
  private let failsOnce: Int
  private let gone: Set<WindowID>

  /// - Parameters:
  ///   - failsOnce: once in so many times something goes wrong; 0 for never.
  ///   - gone: the systems that take nothing any more where they are.
  init(_ oracle: Oracle, seed: UInt64, failsOnce: Int, gone: Set<WindowID>) {
    self.oracle = oracle
    self.gone = gone
    self.failsOnce = failsOnce
    chance = SeededGenerator(seed)
  }

  private static let unreachable = ProblemKind(
    "network.unreachable", status: 503, exit: .offline, "连不上", remedy: "请稍后再试。")

  func send(_ request: HTTPClient.Request) throws(Problem) -> HTTPClient.Response {
    let fails = failsOnce > 0 && chance.once(in: failsOnce)
    let kind = fails ? chance.number(0...3) : 4
    if kind == 0 { throw Problem(Self.unreachable) }
    if kind == 1 { return Self.answer(503) }
    if gone.contains(where: { request.url.contains("/\($0.text)") }) {
      oracle.tally.count("windows' own systems gone")
      return Self.answer(410)
    }
    guard request.method == "POST" else {
      let id = String(request.url.split(separator: "/").last ?? "")
      if kind == 2 { throw Problem(Self.unreachable) }
      return Self.answer(oracle.filings[id] == nil ? 404 : 200)
    }
    let key = request.headers.first { $0.name == "Idempotency-Key" }?.value ?? ""
    let body = try Self.body(request, cut: kind == 2)
    guard kind != 2 else { throw Problem(Self.unreachable) }
    let isKnown = oracle.filings[key] != nil
    oracle.noteFiling(key, body)
    if kind == 3 { throw Problem(Self.unreachable) }
    return Self.answer(isKnown ? 409 : 200)
  }

  private static func answer(_ status: Int) -> HTTPClient.Response {
    HTTPClient.Response(status: status, headers: [:], body: [])
  }

  private static func body(_ request: HTTPClient.Request, cut: Bool) throws(Problem) -> [UInt8] {
    guard case .reader(let length, let read) = request.body else { return [] }
    var body: [UInt8] = []
    let wanted = cut ? Int(length) / 2 : Int(length)
    while body.count < wanted { body += try read(Int64(body.count), wanted - body.count) }
    return body
  }
}
