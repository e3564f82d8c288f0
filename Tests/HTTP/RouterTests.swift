import Foundation
import Foundations
import HTTP
import XCTest

final class RouterTests: XCTestCase {
  private func router() -> Router {
    var router = Router()
    router.add("GET", "/v1/{name}/x") { .text("generic \($0.parameters["name"] ?? "")") }
    router.add("GET", "/v1/blobs/x") { _ in .text("fixed") }
    router.add("DELETE", "/v1/{other}/x") { .text("delete \($0.parameters["other"] ?? "")") }
    router.add("GET", "/") { _ in .text("root") }
    router.add("POST", "/v1/sync") { _ in .text("sync") }
    return router
  }

  private func ask(_ method: String, _ path: String) throws -> String {
    let request = Request(method: method, path: path)
    let plan = try router().plan(for: request)
    let response = try plan.respond(Request(method: method, path: path, parameters: plan.parameters))
    guard case .bytes(let bytes) = response.content else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  func testFixedSegmentsWinWhateverTheOrder() throws {
    XCTAssertEqual(try ask("GET", "/v1/blobs/x"), "fixed")
    XCTAssertEqual(try ask("GET", "/v1/other/x"), "generic other")
    XCTAssertEqual(try ask("DELETE", "/v1/other/x"), "delete other")
    XCTAssertEqual(try ask("GET", "/"), "root")
    XCTAssertEqual(try ask("HEAD", "/"), "root")
  }

  func testUnknownPathsAreNotFound() {
    for path in ["/v1", "/v1/", "/v1//x", "/v1/sync/", "/V1/sync", "/v1/a/b/c"] {
      XCTAssertThrowsError(try ask("GET", path), path) { XCTAssertEqual(($0 as? Problem)?.code, "http.not-found") }
    }
  }

  func testBodiesAreRefusedWhereNoneIsExpected() throws {
    guard case .memory(0) = try router().plan(for: Request(method: "GET", path: "/")).body else {
      return XCTFail("GET takes a body")
    }
    guard case .memory(Limits.bodyBytesMax) = try router().plan(for: Request(method: "POST", path: "/v1/sync")).body
    else {
      return XCTFail("POST has another bound")
    }
  }
}

final class RateLimiterTests: XCTestCase {
  private func at(_ seconds: Int64) -> Instant { Instant(milliseconds: 1_700_000_000_000 + seconds * 1000) }

  func testBurstThenPace() {
    var limiter = RateLimiter(burst: 3, perMinute: 60)
    for _ in 0..<3 { XCTAssertEqual(limiter.admit("a", at: at(0)), .admitted) }
    XCTAssertEqual(limiter.admit("a", at: at(0)), .refused(retryAfterSeconds: 1))
    XCTAssertEqual(limiter.admit("b", at: at(0)), .admitted, "each key has its own bucket")
    XCTAssertEqual(limiter.admit("a", at: at(1)), .admitted)
    XCTAssertEqual(limiter.admit("a", at: at(1)), .refused(retryAfterSeconds: 1))
    for _ in 0..<3 { XCTAssertEqual(limiter.admit("a", at: at(100)), .admitted) }
    XCTAssertEqual(limiter.admit("a", at: at(100)), .refused(retryAfterSeconds: 1))
  }

  func testSlowPaceSaysHowLongToWait() {
    var limiter = RateLimiter(burst: 1, perMinute: 2)
    XCTAssertEqual(limiter.admit("a", at: at(0)), .admitted)
    XCTAssertEqual(limiter.admit("a", at: at(10)), .refused(retryAfterSeconds: 20))
  }

  func testClockSetBackShutsNobodyOutForLong() {
    var limiter = RateLimiter(burst: 2, perMinute: 60)
    _ = limiter.admit("a", at: at(1_000_000))
    XCTAssertEqual(limiter.admit("a", at: at(0)), .admitted)
    XCTAssertEqual(limiter.admit("a", at: at(0)), .admitted)
    XCTAssertEqual(limiter.admit("a", at: at(0)), .refused(retryAfterSeconds: 1), "and it counts again")
  }

  func testKeysAreBounded() {
    var limiter = RateLimiter(burst: 5, perMinute: 60, keysMax: 100)
    for _ in 0..<5 { _ = limiter.admit("heavy", at: at(0)) }
    for index in 0..<1000 { _ = limiter.admit("k\(index)", at: at(0)) }
    XCTAssertLessThanOrEqual(limiter.keyCount, 100)
    XCTAssertEqual(limiter.admit("heavy", at: at(0)), .refused(retryAfterSeconds: 1), "the busiest is not forgotten")
  }

  // MARK: Problems

  private func title(_ message: String, status: Int = 422) throws -> String {
    let answer = Response.problem(ProblemKind("a.b", status: status, message, remedy: "").with("细节"))
    guard case .bytes(let bytes) = answer.content else { return "" }
    return try XCTUnwrap(try JSONReader.read(bytes)["title"]?.text)
  }

  func testATitleIsWholeAndDoesNotDependOnWhatHappened() throws {
    let titles = [
      ("身份证号不对：{}", "身份证号不对"), ("磁盘满了。", "磁盘满了。"), ("中间缺少内容，应从第{}号开始。", "中间缺少内容"),
      ("服务器已收到更新的请求（第{}号）。", "服务器已收到更新的请求。"), ("数据文件夹打不开：{}，程序没有改动它。", "数据文件夹打不开"),
      ("文件用不了（{}）；已有的（包括附件）都在。", "文件用不了；已有的（包括附件）都在。"),
      ("“{}”没有填写或填写得不对。", "内容不符合要求"), ("现在要办的是第{}版。", "内容不符合要求"),
    ]
    for (message, expected) in titles { XCTAssertEqual(try title(message), expected) }
    XCTAssertEqual(try title("{}", status: 503), "服务器没能办成")
  }

  /// All kinds of the tree, by their sentences.
  func testNoTitleOfAnyProblemIsCutInItsMiddle() throws {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    var kinds = 0
    for part in ["Server", "Shared", "Client"] {
      let names = FileManager.default.enumerator(atPath: root + "/" + part)?.compactMap { $0 as? String } ?? []
      for name in names where name.hasSuffix(".swift") {
        let source = try String(contentsOfFile: root + "/" + part + "/" + name, encoding: .utf8)
        for kind in source.components(separatedBy: "ProblemKind(").dropFirst() {
          let texts = kind.components(separatedBy: "\"")
          // Its code, then its message.
          guard texts.count > 3, texts[0].allSatisfy(\.isWhitespace), texts[1].contains("."), !texts[3].contains("\\")
          else { continue }
          kinds += 1
          let title = try title(texts[3])
          XCTAssertFalse(title.isEmpty || title.contains("{}"), texts[1])
          XCTAssertFalse(
            title.hasSuffix("“") || title.last.map { "，；：（、第".contains($0) } != false, "\(texts[1]): \(title)")
          XCTAssertEqual(title.count { $0 == "（" }, title.count { $0 == "）" }, title)
          XCTAssertEqual(title.count { $0 == "“" }, title.count { $0 == "”" }, title)
        }
      }
    }
    XCTAssertGreaterThan(kinds, 250)
  }
}
