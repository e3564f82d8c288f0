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

  /// The head of the next answer; what there is of it where the connection ends before.
  package func receiveHead() -> String { receive { $0.hasSuffix("\r\n\r\n") } }

  /// A whole answer with a body in JSON.
  package func receiveAll() -> String { receive { $0.hasSuffix("}") } }

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
