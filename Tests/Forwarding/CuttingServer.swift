import Dispatch
import Foundations
import Glibc
import Synchronization
import XCTest

/// A receiver that takes every request whole and cuts the connection instead of answering a POST; a GET gets a status.
final class CuttingServer: Sendable {
  let port: UInt16
  private let socket: Int32
  private let methods = Mutex<[String]>([])
  private let keepsConnections: Bool

  /// - Parameter keepsConnections: whether another request may follow on the connection of a GET.
  init(getStatus: Int, keepsConnections: Bool = false) throws {
    self.keepsConnections = keepsConnections
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.socket = socket
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer -> Bool in
      let plain = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      return unsafe bind(socket, plain, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, plain, &size) == 0
    }
    XCTAssertTrue(bound)
    port = UInt16(bigEndian: address.sin_port)
    DispatchQueue.global().async { [self] in serve(getStatus) }
  }

  /// The methods of all requests, in order.
  var seen: [String] { methods.withLock { $0 } }

  /// Once.
  func stop() { _ = shutdown(socket, Int32(SHUT_RDWR)) }

  private func serve(_ status: Int) {
    while true {
      let connection = accept(socket, nil, nil)
      guard connection >= 0 else { break }
      DispatchQueue.global().async { [self] in
        while answer(connection, status), keepsConnections {}
        _ = close(connection)
      }
    }
    _ = close(socket)
  }

  /// - Returns: whether it was answered.
  private func answer(_ connection: Int32, _ status: Int) -> Bool {
    let request = read(connection)
    guard !request.isEmpty else { return false }
    let method = request.prefix { $0 != " " }
    methods.withLock { $0.append(String(method)) }
    guard method == "GET" else { return false }
    let ending = keepsConnections ? "" : "Connection: close\r\n"
    let answer = Array("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\(ending)\r\n".utf8)
    _ = unsafe answer.withUnsafeBytes { unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    return true
  }

  /// Headers, and the body that they announce.
  private func read(_ connection: Int32) -> String {
    var request = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let parts = request.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 {
        let line = parts[0].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let length = line.flatMap { Int(String($0.dropFirst(15)).trimmed) } ?? 0
        if parts[1].utf8.count >= length { return request }
      }
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(connection, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return request }
      request += String(decoding: buffer.prefix(count), as: UTF8.self)
    }
  }
}
