internal import Foundations
internal import Glibc

/// A TCP connection to this machine that says exactly what it is told to.
package final class SocketClient {
  private let socket: Int32

  /// - Parameter receiveSeconds: how long an answer is waited for.
  package init(port: UInt16, receiveSeconds: Int = 10) throws {
    guard let socket = LoopbackSocket.connected(to: port) else { throw ProblemKind.unexpected.with("connect") }
    self.socket = socket
    var limit = timeval(tv_sec: receiveSeconds, tv_usec: 0)
    _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { _ = close(socket) }

  /// - Returns: whether the other end still took it.
  @discardableResult
  package func send(_ bytes: [UInt8]) -> Bool { LoopbackSocket.send(bytes[...], to: socket) }

  /// The head of the next answer with what of its body came along; less where the connection ends before.
  package func receiveHead() -> String { receive { $0.firstRange(of: Self.blankLine) != nil } }

  private static let blankLine = "\r\n\r\n"

  /// A whole answer, as long as it says that it is.
  package func receiveAll() -> String { receive(until: Self.isWhole) }

  private static func isWhole(_ text: String) -> Bool {
    guard let end = text.firstRange(of: blankLine) else { return false }
    let head = text[..<end.lowerBound].split(separator: "\r\n")
    // An answer of this status has no body (RFC 9110, 15.3.5).
    if head.first?.split(separator: " ").dropFirst().first == "204" { return true }
    let name = "content-length:"
    guard let line = head.first(where: { $0.lowercased().hasPrefix(name) }),
      let length = Int(line.dropFirst(name.count).filter { $0 != " " })
    else { return text.hasSuffix("}") }
    return text[end.upperBound...].utf8.count >= length
  }

  /// What comes until the other end ends the connection, or until it is so much.
  package func receiveBytes(atLeast count: Int = .max) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while all.count < count, let more = LoopbackSocket.receive(socket, into: &buffer) { all += buffer.prefix(more) }
    return all
  }

  /// Whether the other end has ended the connection, rather than being silent so long.
  package func hasEnded() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
      if count <= 0 { return count == 0 || errno == ECONNRESET }
    }
  }

  private func receive(until isDone: (String) -> Bool) -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while !isDone(String(decoding: all, as: UTF8.self)) {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { break }
      all += buffer.prefix(count)
    }
    return String(decoding: all, as: UTF8.self)
  }
}
