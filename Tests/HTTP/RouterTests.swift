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
}
