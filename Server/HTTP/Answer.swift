internal import CMicroHTTPD
internal import Glibc

/// A response in libmicrohttpd's form, released when it goes out of scope; the library counts its own use.
@safe struct Answer: ~Copyable {
  let status: Int
  /// Bytes of the body.
  let length: Int64
  private let handle: OpaquePointer

  /// - Parameter closes: whether the connection ends with this answer.
  /// - Returns: nil if the file cannot be opened, a header has a line end in it, or the status is none.
  init?(_ response: Response, closes: Bool) {
    guard (200...599).contains(response.status) else { return nil }
    let made: OpaquePointer?
    let count: Int64
    switch response.content {
    case .bytes(let bytes):
      count = Int64(bytes.count)
      unsafe made = unsafe Self.make(bytes)
    case .file(let path, let offset, let length):
      count = length
      unsafe made = unsafe Self.make(path, offset, length)
    case .stream(let source, let length):
      count = length
      unsafe made = unsafe Self.make(source, length)
    }
    guard let made = unsafe made else { return nil }
    for (name, value) in response.headersWithDefaults + (closes ? [("Connection", "close")] : []) {
      guard unsafe MHD_add_response_header(made, name, value) == .YES else {
        unsafe MHD_destroy_response(made)
        return nil
      }
    }
    status = response.status
    length = count
    unsafe handle = made
  }

  private static func make(_ bytes: [UInt8]) -> OpaquePointer? {
    var bytes = bytes
    return unsafe bytes.withUnsafeMutableBytes {
      unsafe MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
    }
  }

  private static func make(_ path: String, _ offset: Int64, _ count: Int64) -> OpaquePointer? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    var facts = stat()
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, offset >= 0, count >= 0,
      !overflow, end <= Int64(facts.st_size),
      // The library closes the descriptor together with the response.
      let made = unsafe MHD_create_response_from_fd_at_offset64(UInt64(count), descriptor, UInt64(offset))
    else {
      _ = close(descriptor)
      return nil
    }
    return unsafe made
  }

  /// What is asked of a source at once, and held for each answer.
  private static let blockBytes = 64 << 10

  private static func make(_ source: any BodySource, _ count: Int64) -> OpaquePointer? {
    guard count >= 0 else { return nil }
    let held = unsafe Unmanaged.passRetained(HeldSource(source))
    let made = unsafe MHD_create_response_from_callback(
      UInt64(count), blockBytes, sourceRead, unsafe held.toOpaque(), sourceReleased)
    if unsafe made == nil { unsafe held.release() }
    return unsafe made
  }

  /// Hands the answer to the connection.
  func queue(_ connection: OpaquePointer) -> MHD_Result {
    unsafe MHD_queue_response(connection, UInt32(status), handle)
  }

  deinit { unsafe MHD_destroy_response(handle) }
}
