import Decoders
import Foundation
import Foundations
import XCTest

/// Every reader of what comes from outside, given ten thousand inputs that are almost right.
///
/// `Tests/campaign` gives the same readers a million each, most of them found by coverage.
final class FuzzTests: XCTestCase {
  private static let inputs = Int(ProcessInfo.processInfo.environment["BANGBAN_FUZZ_INPUTS"] ?? "") ?? 10_000
  private static let seed = UInt64(ProcessInfo.processInfo.environment["BANGBAN_FUZZ_SEED"] ?? "") ?? 3

  /// Readers that only their own module knows.
  private static let inner = ClientReaders.all + ServerReaders.all + WireReaders.all

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

  // Each test is a process of its own: those whose inputs take longest stand apart.

  private static func named(_ names: String...) -> [Decoder] { Decoder.all.filter { names.contains($0.name) } }
  private static let sealed = named("ferry-file", "envelope")
  private static let onCurves = named("signature", "public-key", "private-key")
  private static let exchanged = named("sync-request", "sync-answer", "return-page")
  private static let folded = named("operations", "application", "matter")
  private static let apart = sealed + onCurves + exchanged + folded

  /// What no other test has, in so many parts.
  private static func others(_ part: Int, of parts: Int) -> [Decoder] {
    let done = Set(apart.map(\.name))
    return Decoder.all.filter { !done.contains($0.name) }.enumerated().filter { $0.offset % parts == part }
      .map(\.element)
  }

  func testNothingStopsTheReadersOfSealedFiles() throws { try feed(Self.sealed) }

  func testNothingStopsTheReadersOfKeysAndSignatures() throws { try feed(Self.onCurves) }

  func testNothingStopsTheReadersOfMessages() throws { try feed(Self.exchanged) }

  func testNothingStopsTheReadersOfApplicationsAndMatters() throws { try feed(Self.folded) }

  func testNothingStopsAnyOtherReaderFirstPart() throws { try feed(Self.others(0, of: 2)) }

  func testNothingStopsAnyOtherReaderSecondPart() throws { try feed(Self.others(1, of: 2)) }

  func testNothingStopsReadersInsideModules() throws { try feed(Self.inner) }

  func testNoReaderIsLeftOut() {
    XCTAssertEqual(Self.apart.count, 11)
    let fed = Self.apart + Self.others(0, of: 2) + Self.others(1, of: 2)
    XCTAssertEqual(Set(fed.map(\.name)), Set(Decoder.all.map(\.name)))
  }

  func testEveryReaderHasItsOwnName() {
    XCTAssertEqual(Set((Decoder.all + Self.inner).map(\.name)).count, Decoder.all.count + Self.inner.count)
  }
}
