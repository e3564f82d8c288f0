import Cryptography
import Foundations
import XCTest

final class SealedChunksTests: XCTestCase {
  private let place = SealPlace("attachment", "sm3:00", "file")
  private let random = SeededRandom(4)
  private let chunkBytes = SealedChunks.chunkBytes

  private func sealer(_ seed: UInt64 = 1) throws -> Sealer { try Sealer(key: SeededRandom(seed).bytes(32)) }

  private func opens(_ file: [UInt8], _ sealer: Sealer) -> Bool {
    problemCode { () throws(Problem) in _ = try SealedChunks.open(file, with: sealer, at: place) } != "seal.invalid"
  }

  func testFilesOfEverySizeOpen() throws {
    let sealer = try sealer()
    for count in [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, 3 * chunkBytes + 5] {
      let plain = random.bytes(count)
      let file = SealedChunks.seal(plain, with: sealer, at: place, random: random)
      XCTAssertEqual(file.count, SealedChunks.sealedBytes(plainBytes: count))
      XCTAssertTrue(try SealedChunks.open(file, with: sealer, at: place) == plain)
    }
  }

  func testChunksOpenOneByOneInAnyOrder() throws {
    let plain = random.bytes(2 * chunkBytes + 10)
    let writer = SealedChunks(try sealer(), at: place, random: random)
    let chunks = [0, 1, 2].map { index in
      writer.seal(plain.dropFirst(index * chunkBytes).prefix(chunkBytes), index: index, isLast: index == 2)
    }
    let reader = try SealedChunks(try sealer(), at: place, header: writer.header)
    for index in [2, 0, 1] {
      let opened = try reader.open(chunks[index][...], index: index, isLast: index == 2)
      XCTAssertTrue(opened[...] == plain.dropFirst(index * chunkBytes).prefix(chunkBytes))
    }
    for (index, isLast) in [(0, true), (1, false), (2, false), (-1, false), (Int.max, true)] {
      let chunk = chunks[index == 2 ? 2 : 0]
      XCTAssertEqual(
        problemCode { () throws(Problem) in _ = try reader.open(chunk[...], index: index, isLast: isLast) },
        "seal.invalid")
    }
  }

  func testCutsExchangesAndRepetitionsAreFound() throws {
    let sealer = try sealer()
    let file = SealedChunks.seal(random.bytes(2 * chunkBytes + 10), with: sealer, at: place, random: random)
    let header = Array(file.prefix(SealedChunks.headerBytes))
    let first = Array(file.dropFirst(header.count).prefix(SealedChunks.sealedChunkBytes))
    let second = Array(file.dropFirst(header.count + first.count).prefix(SealedChunks.sealedChunkBytes))
    let last = Array(file.dropFirst(header.count + first.count + second.count))
    XCTAssertTrue(opens(header + first + second + last, sealer))
    for other in [
      header + first + second, header + first, header, [], header + second + first + last, header + first + last,
      header + first + first + second + last, header + first + second + last + last, first + second + last,
      flipped(file, at: 0), flipped(file, at: 1), flipped(file, at: 20), flipped(file, at: file.count - 1),
    ] { XCTAssertFalse(opens(other, sealer)) }
    let sibling = SealedChunks.seal(random.bytes(10), with: sealer, at: place, random: random)
    XCTAssertFalse(opens(header + sibling.dropFirst(header.count), sealer), "a chunk of another file")
  }

  func testTruncationAtEveryLengthIsFound() throws {
    let sealer = try sealer()
    let file = SealedChunks.seal(random.bytes(40), with: sealer, at: place, random: random)
    for count in 0..<file.count { XCTAssertFalse(opens(Array(file.prefix(count)), sealer), "\(count)") }
  }

  func testWrongPlaceWrongKeyAndWrongFormAreFound() throws {
    let sealer = try sealer()
    let file = SealedChunks.seal([1, 2, 3], with: sealer, at: place, random: random)
    XCTAssertFalse(opens(file, try self.sealer(2)))
    let elsewhere = SealPlace("attachment", "sm3:01", "file")
    XCTAssertNotNil(problemCode { () throws(Problem) in _ = try SealedChunks.open(file, with: sealer, at: elsewhere) })
    XCTAssertNotNil(problemCode { () throws(Problem) in _ = try sealer.open(file, at: place) })
    XCTAssertFalse(opens(sealer.seal([1, 2, 3], at: place, random: random), sealer))
  }
}
