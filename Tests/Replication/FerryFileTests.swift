import Cryptography
import Foundations
import Replication
import TestValues
import Wire
import XCTest

/// The file that is carried: what goes in comes out, for one reader, and nothing else ever does.
final class FerryFileTests: XCTestCase {
  private let server = FerryEnd()
  private let device = FerryEnd()

  /// A party with its keys.
  private struct FerryEnd {
    let signing: SigningKey
    let opening: SM2.DecryptionKey

    init() {
      do {
        signing = try SigningKey(random: SystemRandom())
        opening = try SM2.DecryptionKey(random: SystemRandom())
      } catch { fatalError("\(error)") }
    }
  }

  private func written(
    _ frames: [FerryFrame], direction: FerryFile.Direction = .toServer, signer: SigningKey? = nil,
    to reader: SM2.DecryptionKey? = nil
  ) throws -> [UInt8] {
    let sink = Sink()
    var file = try FerryWriter(
      direction, from: alice, to: (reader ?? server.opening).encryptionKey, signer: signer ?? device.signing,
      random: SystemRandom()
    ) { piece throws(Problem) in sink.bytes += piece }
    for frame in frames { try file.append(frame) }
    try file.finish()
    XCTAssertEqual(file.bytes, Int64(sink.bytes.count))
    return sink.bytes
  }

  private final class Sink {
    var bytes: [UInt8] = []
    var longestRead = 0
  }

  private func read(
    _ bytes: [UInt8], direction: FerryFile.Direction = .toServer, key: SM2.DecryptionKey? = nil, sink: Sink = Sink()
  ) throws(Problem) -> [FerryFrame] {
    var position = 0
    let verifying = device.signing.verifyingKey
    var file = try FerryReader(direction, key: key ?? server.opening) { count throws(Problem) in
      sink.longestRead = max(sink.longestRead, count)
      let piece = Array(bytes[position..<min(position + count, bytes.count)])
      position += piece.count
      return piece
    } verifyingKey: { writer throws(Problem) in
      guard writer == alice else { throw Problem(.deviceNotEnrolled) }
      return verifying
    }
    var frames: [FerryFrame] = []
    while let frame = try file.next() { frames.append(frame) }
    return frames
  }

  private func code(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return (error as? Problem)?.code ?? "\(error)" }
  }

  /// One of each kind.
  private func samples(_ generator: inout SeededGenerator) -> [FerryFrame] {
    let digests = (0..<3).map { Digest.sm3([UInt8($0)]) }
    return [
      .request(generator.bytes(300)), .waiting(digests), .waiting([]),
      .latest(12), .part(FerryPart(digest: digests[0], offset: 1 << 20, bytes: generator.bytes(700))),
      .page(
        FerryPage(
          cursor: Cursor(timeline: "t1", position: 9, sequence: 8), acknowledged: 7, catalogVersion: "c1+2",
          answer: generator.bytes(200))),
      .settled(arrived: [digests[1]], unneeded: [digests[2]]),
    ]
  }

  func testFramesComeBackAtEverySizeAroundAChunk() throws {
    var generator = SeededGenerator(1)
    let samples = samples(&generator)
    XCTAssertEqual(try read(try written(samples)), samples)
    XCTAssertEqual(try read(try written([])), [])
    XCTAssertEqual(try read(try written(samples, direction: .toDevice), direction: .toDevice), samples)
    let chunk = SealedChunks.chunkBytes
    for size in [chunk - 20, chunk - 14, chunk - 13, chunk - 12, chunk, 2 * chunk - 13, 3 * chunk + 5] {
      let frames: [FerryFrame] = [.request(generator.bytes(size)), .request(generator.bytes(40))]
      XCTAssertEqual(try read(try written(frames)), frames, "\(size)")
    }
  }

  func testAFrameThatNoReaderTakesIsNotWritten() throws {
    let large = FerryFrame.request([UInt8](repeating: 0, count: FerryFile.frameBytesMax))
    XCTAssertEqual(code { _ = try written([large]) }, "document.too-large")
  }

  func testNobodyElseOpensItAndNobodyElseWritesIt() throws {
    let file = try written([.request([1])])
    XCTAssertEqual(code { _ = try read(file, key: device.opening) }, "ferry.other-reader")
    XCTAssertEqual(code { _ = try read(file, direction: .toDevice) }, "ferry.direction")
    var turned = file
    turned[FerryFile.magic.count + 1] = 2
    XCTAssertEqual(code { _ = try read(turned, direction: .toDevice) }, "ferry.other-reader")
    let forged = try written([.request([1])], signer: server.signing)
    XCTAssertEqual(code { _ = try read(forged) }, "ferry.signature")
    XCTAssertEqual(code { _ = try read(Array("PK\u{3}\u{4} something else altogether".utf8)) }, "ferry.foreign")
    XCTAssertEqual(code { _ = try read([]) }, "ferry.foreign")
    var later = file
    later[FerryFile.magic.count] = 2
    XCTAssertEqual(code { _ = try read(later) }, "ferry.version")
  }

  func testWhereverItIsCutItIsRefusedAndWhatCameBeforeIsWhole() throws {
    var generator = SeededGenerator(2)
    let frames: [FerryFrame] = [.request(generator.bytes(100_000)), .request(generator.bytes(90_000))]
    let file = try written(frames)
    for length in stride(from: 0, to: file.count, by: 1009) {
      let refusal = code { _ = try read(Array(file.prefix(length))) }
      XCTAssertTrue(["ferry.foreign", "ferry.other-reader", "ferry.damaged"].contains(refusal), "\(length)")
    }
    XCTAssertEqual(code { _ = try read(file + [0]) }, "ferry.damaged")
  }

  func testWhatIsReadAtOnceIsBoundedWhateverALengthSays() throws {
    let sink = Sink()
    _ = try read(try written([.request([UInt8](repeating: 1, count: 3_000_000))]), sink: sink)
    XCTAssertLessThanOrEqual(sink.longestRead, SealedChunks.sealedChunkBytes)
  }

  func testTenThousandMutationsAreRefusedWithACode() throws {
    for direction in [FerryFile.Direction.toServer, .toDevice] {
      var generator = SeededGenerator(direction == .toServer ? 3 : 4)
      let file = try written(samples(&generator), direction: direction)
      var codes: [String: Int] = [:]
      for round in 0..<10_000 {
        let damaged = generator.damaged(file)
        guard damaged != file else { continue }
        guard let refusal = code({ _ = try read(damaged, direction: direction) }) else {
          XCTFail("round \(round) was accepted")
          return
        }
        codes[refusal, default: 0] += 1
      }
      let known: Set = [
        "ferry.foreign", "ferry.version", "ferry.direction", "ferry.other-reader", "ferry.damaged",
      ]
      XCTAssertEqual(Set(codes.keys).subtracting(known), [], "\(codes)")
      XCTAssertGreaterThan(codes["ferry.damaged"] ?? 0, 1000)
    }
  }

  /// A device that is enrolled may still send anything inside a sealed file.
  func testTenThousandMutatedFramesAreReadOrRefused() {
    var generator = SeededGenerator(5)
    let samples = samples(&generator).map(\.bytes)
    var (frames, refused) = (0, 0)
    for _ in 0..<10_000 {
      let bytes = generator.damaged(samples[generator.number(0...samples.count - 1)])
      guard let frame = FerryFrame(bytes) else {
        refused += 1
        continue
      }
      frames += 1
      if frame != .unknown { XCTAssertEqual(frame.bytes, bytes) }
    }
    XCTAssertGreaterThan(refused, 1000)
    XCTAssertGreaterThan(frames, 1000)
  }

  func testTheCountysKeyIsVouchedFor() throws {
    let key = try FerryKey(server.opening.encryptionKey, signedBy: server.signing)
    let read = try XCTUnwrap(FerryKey(key.value, of: server.signing.verifyingKey))
    XCTAssertEqual(read.key.publicBytes, server.opening.encryptionKey.publicBytes)
    XCTAssertNil(FerryKey(key.value, of: device.signing.verifyingKey))
    var other = key.value
    other["key"] = .text(Hexadecimal.text(device.opening.encryptionKey.publicBytes))
    XCTAssertNil(FerryKey(other, of: server.signing.verifyingKey))
    XCTAssertNil(FerryKey(.null, of: server.signing.verifyingKey))
  }
}
