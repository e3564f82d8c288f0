import Dispatch
import Foundations
import Glibc
import Synchronization
import XCTest

/// A TCP server that reads a request's headers, says one scripted thing and then cuts, stalls or reads on.
final class ScriptedServer: Sendable {
  enum After: Sendable {
    case close
    case stall
  }

  let port: UInt16
  private let socket: Int32
  private let heard = Mutex<[UInt8]>([])
  private let open = Mutex<[Int32]>([])

  /// - Parameter script: what is sent, or nothing, and what follows it.
  init(_ script: String, then after: After = .close) throws {
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
    DispatchQueue.global().async { [self] in serve(script, after) }
  }

  /// What the client has sent so far.
  var received: [UInt8] { heard.withLock { $0 } }

  /// To be called once by every test: the accepting thread keeps this object until then. A second call would shut down
  /// whatever has got the socket's number since.
  func stop() {
    _ = shutdown(socket, Int32(SHUT_RDWR))
    open.withLock { connections in
      for connection in connections { _ = close(connection) }
      connections = []
    }
  }

  private func serve(_ script: String, _ after: After) {
    while true {
      let connection = accept(socket, nil, nil)
      guard connection >= 0 else { break }
      readHeaders(connection)
      let bytes = Array(script.utf8)
      _ = unsafe bytes.withUnsafeBytes {
        unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      switch after {
      case .close: _ = close(connection)
      case .stall: open.withLock { $0.append(connection) }
      }
    }
    _ = close(socket)
  }

  private func readHeaders(_ connection: Int32) {
    var request: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(connection, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { break }
      request += buffer.prefix(count)
    }
    heard.withLock { $0 += request }
  }
}

/// A folder of throw-away keys and certificates, made by the openssl program.
struct Certificates {
  let folder = "/tmp/bangban-tls-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

  init() throws {
    unsafe XCTAssertEqual(mkdir(folder, 0o700), 0)
    try make("server", "IP:127.0.0.1,DNS:localhost")
    try make("other", "DNS:elsewhere.test")
  }

  func remove() { _ = unsafe system("rm -rf \(folder)") }

  func file(_ name: String) -> String { "\(folder)/\(name)" }

  func text(_ name: String) throws -> String {
    let file = unsafe open(file(name), O_RDONLY)
    XCTAssertGreaterThanOrEqual(file, 0)
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 16384)
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  private func make(_ name: String, _ names: String) throws {
    let command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name)"
      + " -addext subjectAltName=\(names) -keyout \(file(name)).key -out \(file(name)).pem 2>/dev/null"
    unsafe XCTAssertEqual(system(command), 0, "openssl")
  }
}
