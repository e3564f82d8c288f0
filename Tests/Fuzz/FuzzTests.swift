import Decoders
import Foundation
import Foundations
import XCTest

@testable import Daemon
@testable import HTTP

/// Every reader of what comes from outside, given ten thousand inputs that are almost right.
///
/// `Tests/campaign` gives the same readers a million each, most of them found by coverage.
final class FuzzTests: XCTestCase {
  private static let inputs = Int(ProcessInfo.processInfo.environment["BANGBAN_FUZZ_INPUTS"] ?? "") ?? 10_000
  private static let seed = UInt64(ProcessInfo.processInfo.environment["BANGBAN_FUZZ_SEED"] ?? "") ?? 3

  /// Readers that only their own module knows.
  private static let inner: [Decoder] = [
    Decoder("http-target", ["/v1/sync?a=b&c=%E5%BC%A0+x", "http://host/v1/a%20b"].map { Array($0.utf8) }) { bytes in
      (try? Target(String(decoding: bytes, as: UTF8.self))) != nil
    },
    Decoder("table", ["code12,name\n610830100201,\"东,街\"\r\n", "a,\"b\"\"c\"\n"].map { Array($0.utf8) }) { bytes in
      (try? CSV.read(bytes)) != nil
    },
    Decoder("listen-address", ["127.0.0.1:8420", "[::1]:0", "0.0.0.0:80"].map { Array($0.utf8) }) { bytes in
      (try? ListenAddress(String(decoding: bytes, as: UTF8.self))) != nil
    },
  ]

  /// KiB.
  private func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
  }

  private func feed(_ decoders: [Decoder]) throws {
    let before = try peak()
    for decoder in decoders {
      for sample in decoder.samples { XCTAssertTrue(decoder.accepts(sample), "\(decoder.name) refuses a sound input") }
      XCTAssertFalse(decoder.samples.isEmpty, decoder.name)
      var mutations = Mutations(of: decoder, seed: Self.seed)
      var accepted = 0
      for _ in 0..<Self.inputs { accepted += decoder.accepts(mutations.next()) ? 1 : 0 }
      // A reader that refuses nothing reads nothing.
      XCTAssertLessThan(accepted, Self.inputs, decoder.name)
      print("fuzz \(decoder.name): \(Self.inputs) inputs, \(accepted) accepted")
    }
    XCTAssertLessThan(try peak() - before, 128 << 10, "memory is bounded")
  }

  private static func named(_ names: String...) -> [Decoder] { Decoder.all.filter { names.contains($0.name) } }
  private static let onCurves = named("ferry-file", "envelope", "signature", "public-key", "private-key")
  private static let large = named("sync-request", "sync-answer", "operations", "application", "matter")

  func testNothingStopsTheReadersOfMessagesAndFiles() throws { try feed(Self.large) }

  func testNothingStopsTheReadersOfSecrets() throws { try feed(Self.onCurves) }

  func testNothingStopsAnyOtherReader() throws {
    let done = Set((Self.onCurves + Self.large).map(\.name))
    XCTAssertEqual(done.count, 10)
    try feed(Decoder.all.filter { !done.contains($0.name) })
  }

  func testNothingStopsReadersInsideModules() throws { try feed(Self.inner) }

  func testEveryReaderHasItsOwnName() {
    XCTAssertEqual(Set((Decoder.all + Self.inner).map(\.name)).count, Decoder.all.count + Self.inner.count)
  }
}
