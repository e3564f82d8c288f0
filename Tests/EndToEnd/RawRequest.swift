import Foundations
import Glibc

/// One TCP connection that says exactly what a test wants said.
enum RawRequest {
  /// - Returns: everything the server says until it closes, or for so many seconds without a byte.
  static func send(_ text: String, to url: String, seconds: Int = 3) throws -> String {
    guard let port = UInt16(url.split(separator: ":").last ?? "") else { throw Failure("no port in \(url)") }
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { _ = close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let code = unsafe withUnsafePointer(to: &address) {
      unsafe connect(
        socket, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_in>.size))
    }
    guard code == 0 else { throw Failure("cannot connect to \(url)") }
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { break }
      all += buffer.prefix(count)
    }
    return String(decoding: all, as: UTF8.self)
  }

  /// The status of an answer; 0 where none came.
  static func status(_ answer: String) -> Int {
    Int(answer.split(separator: " ", maxSplits: 2).dropFirst().first ?? "") ?? 0
  }
}
