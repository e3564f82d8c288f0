internal import CCurl
internal import Foundations
internal import Glibc

/// What happens while one request runs: libcurl asks for the body and hands over the answer.
final class Transfer {
  private let request: HTTPClient.Request
  private var sent: Int64 = 0
  private var status = 0
  private var headers: [String: String] = [:]
  private var headerBytes = 0
  /// Whether the empty line after the headers has come. libcurl takes an answer that is cut off within its headers for
  /// a whole one without a body.
  private var headersAreWhole = false
  private var body: [UInt8] = []
  private var received: Int64 = 0
  /// Why one of the callbacks stopped the request: nearer to the cause than libcurl's code.
  private(set) var failure: Problem?

  init(_ request: HTTPClient.Request) { self.request = request }

  /// Registers the callbacks. The caller keeps this object alive until the request is over.
  func attach(_ curl: Curl, _ handle: UnsafeMutableRawPointer) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe withUnsafePointer(to: curl.functions) {
      unsafe bangban_curl_set_callbacks($0, handle, context, receiveBody, receiveHeader, readBody, seekBody)
    }
  }

  /// The answer after the end of the request.
  func response(_ easy: Easy, origin: String) throws(Problem) -> HTTPClient.Response {
    guard headersAreWhole else { throw ProblemKind.networkInterrupted.with(origin) }
    guard (200...599).contains(status) else { throw ProblemKind.networkAnswer.with("HTTP \(status)") }
    return HTTPClient.Response(
      status: status, headers: headers, body: body,
      bytesSent: Int64(easy.number(CURLINFO_REQUEST_SIZE)) + easy.offset(CURLINFO_SIZE_UPLOAD_T),
      bytesReceived: Int64(easy.number(CURLINFO_HEADER_SIZE)) + easy.offset(CURLINFO_SIZE_DOWNLOAD_T))
  }

  /// One header line, with its line end. A status line begins anew: an interim answer (1xx) may come first.
  /// - Returns: whether to go on.
  func takeHeader(_ line: [UInt8]) -> Bool {
    headerBytes += line.count
    guard headerBytes <= HTTPClient.headerBytesMax else { return stop(ProblemKind.networkAnswer.with("headers")) }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
      headers = [:]
      headersAreWhole = false
      return true
    }
    if text.trimmed.isEmpty { headersAreWhole = true }
    guard let colon = text.firstIndex(of: ":") else { return true }
    let name = text[..<colon].trimmed.lowercased()
    let value = text[text.index(after: colon)...].trimmed
    headers[name] = headers[name].map { "\($0), \(value)" } ?? value
    if name == "content-length", request.method != "HEAD", let length = Int64(value), length > roomMax {
      return stop(ProblemKind.networkAnswerTooLarge.with("\(length)"))
    }
    return true
  }

  /// How many bytes this answer's body may have.
  private var roomMax: Int64 {
    switch request.destination {
    case .memory(let bytesMax): Int64(bytesMax)
    case .writer(let bytesMax, _): isSuccess ? bytesMax : Int64(HTTPClient.refusalBytesMax)
    }
  }

  private var isSuccess: Bool { (200...299).contains(status) }

  /// A piece of the body.
  /// - Returns: whether to go on.
  func takeBody(_ bytes: [UInt8]) -> Bool {
    received += Int64(bytes.count)
    guard received <= roomMax else { return stop(ProblemKind.networkAnswerTooLarge.with("> \(roomMax)")) }
    guard case .writer(_, let write) = request.destination, isSuccess else {
      body += bytes
      return true
    }
    do throws(Problem) {
      try write(bytes)
      return true
    } catch {
      return stop(error)
    }
  }

  /// The next bytes of the request's body, empty at its end; nil to stop.
  func giveBody(most: Int) -> [UInt8]? {
    let count = Int(clamping: min(Int64(most), request.body.length - sent))
    guard count > 0 else { return [] }
    do throws(Problem) {
      let bytes = try request.body.read(sent, count)
      guard !bytes.isEmpty, bytes.count <= count else { throw ProblemKind.unexpected.with("request body ended early") }
      sent += Int64(bytes.count)
      return bytes
    } catch {
      _ = stop(error)
      return nil
    }
  }

  /// Begins the body anew, when a kept connection turned out to be dead. Not for what appends: the other end may have
  /// kept what it got, and would have to be sent all of it once more only to say so.
  func seek(_ position: Int64) -> Bool {
    guard (0...request.body.length).contains(position), request.method != "PATCH" || sent == 0 else { return false }
    sent = position
    return true
  }

  private func stop(_ problem: Problem) -> Bool {
    if failure == nil { failure = problem }
    return false
  }
}

extension HTTPClient.Body {
  /// At least one and at most `most` bytes from a position that is before the end.
  fileprivate func read(_ position: Int64, _ most: Int) throws(Problem) -> [UInt8] {
    switch self {
    case .none: return []
    case .bytes(let bytes): return Array(bytes[Int(position)..<Int(position) + most])
    case .reader(_, let read): return try read(position, most)
    case .file(let descriptor, let offset, _):
      var buffer = [UInt8](repeating: 0, count: most)
      while true {
        let count = unsafe buffer.withUnsafeMutableBytes {
          unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset + position))
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw ProblemKind.unexpected.with("attachment pread \(count < 0 ? errno : 0)") }
        return Array(buffer.prefix(count))
      }
    }
  }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
}

/// CURLOPT_WRITEFUNCTION: any count but the given one stops the request.
private func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  let piece = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: size * count))
  return unsafe transfer(context)?.takeBody(piece) == true ? size * count : size * count + 1
}

/// CURLOPT_HEADERFUNCTION: as above, once a line.
private func receiveHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  let line = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: size * count))
  return unsafe transfer(context)?.takeHeader(line) == true ? size * count : size * count + 1
}

/// CURLOPT_READFUNCTION: fills the buffer; zero ends the body.
private func readBody(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let bytes = unsafe transfer(context)?.giveBody(most: size * count) else { return bangban_curl_read_abort }
  unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count).copyBytes(from: bytes)
  return bytes.count
}

/// CURLOPT_SEEKFUNCTION: only ever asks for a position from the beginning.
private func seekBody(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
  guard origin == SEEK_SET, unsafe transfer(context)?.seek(Int64(offset)) == true else { return CURL_SEEKFUNC_FAIL }
  return CURL_SEEKFUNC_OK
}
