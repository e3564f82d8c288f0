internal import CZlib
internal import Foundations

/// Raw deflate (RFC 1951) with a preset dictionary, bounded on the way back; and gzip (RFC 1952) for what goes out over
/// HTTP, where the other end's library takes it apart.
package enum Deflate {
  /// Why bytes do not inflate.
  package enum Failure: Error, Sendable, Hashable {
    case malformed
    /// More than the bound comes out: a decompression bomb, or a body over its limit.
    case tooLarge
    case outOfMemory
  }

  /// The most a dictionary can serve: deflate looks back 32 KiB.
  package static let dictionaryBytesMax = 32_768 - 262

  /// Compresses as small as zlib can.
  package static func compress(_ input: [UInt8], dictionary: [UInt8] = []) throws(Failure) -> [UInt8] {
    var stream = unsafe z_stream()
    guard unsafe bangban_deflate_init_raw(&stream, 9) == Z_OK else { throw .outOfMemory }
    defer { unsafe deflateEnd(&stream) }
    if !dictionary.isEmpty {
      let used = Array(dictionary.suffix(dictionaryBytesMax))
      guard unsafe deflateSetDictionary(&stream, used, UInt32(used.count)) == Z_OK else { throw .outOfMemory }
    }
    return try unsafe finish(&stream, input)
  }

  /// Compresses in gzip's form.
  package static func gzip(_ input: [UInt8]) throws(Failure) -> [UInt8] {
    var stream = unsafe z_stream()
    guard unsafe bangban_deflate_init_gzip(&stream, 9) == Z_OK else { throw .outOfMemory }
    defer { unsafe deflateEnd(&stream) }
    return try unsafe finish(&stream, input)
  }

  private static func finish(_ stream: inout z_stream, _ input: [UInt8]) throws(Failure) -> [UInt8] {
    let bound = Int(unsafe deflateBound(&stream, UInt(input.count)))
    var output = [UInt8](repeating: 0, count: bound)
    var input = input
    let status = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        return unsafe deflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END else { throw .outOfMemory }
    output.removeLast(Int(unsafe stream.avail_out))
    return output
  }

  /// Decompresses.
  /// - Parameter bytesMax: more than this is `tooLarge`; memory grows only as output comes.
  package static func decompress(
    _ input: [UInt8], dictionary: [UInt8] = [], bytesMax: Int
  ) throws(Failure) -> [UInt8] {
    var stream = unsafe z_stream()
    guard unsafe bangban_inflate_init_raw(&stream) == Z_OK else { throw .outOfMemory }
    defer { unsafe inflateEnd(&stream) }
    if !dictionary.isEmpty {
      let used = Array(dictionary.suffix(dictionaryBytesMax))
      guard unsafe inflateSetDictionary(&stream, used, UInt32(used.count)) == Z_OK else { throw .outOfMemory }
    }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    var input = input
    let failure: Failure? = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe stream.next_in = source.baseAddress
      unsafe stream.avail_in = UInt32(source.count)
      while true {
        let (status, produced) = unsafe chunk.withUnsafeMutableBufferPointer { target in
          unsafe stream.next_out = target.baseAddress
          unsafe stream.avail_out = UInt32(target.count)
          let status = unsafe inflate(&stream, Z_NO_FLUSH)
          return (status, target.count - Int(unsafe stream.avail_out))
        }
        guard output.count + produced <= bytesMax else { return .tooLarge }
        output += chunk[..<produced]
        if status == Z_STREAM_END { return unsafe stream.avail_in == 0 ? nil : .malformed }
        guard status == Z_OK, produced > 0 else { return .malformed }
      }
    }
    if let failure { throw failure }
    return output
  }
}
