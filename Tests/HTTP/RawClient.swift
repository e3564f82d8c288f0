import Dispatch
import Foundations
import Glibc
import HTTP
import Synchronization
import XCTest

/// A TCP connection that says exactly what a test wants said.
final class RawClient {
  private let socket: Int32

  init(port: UInt16, receiveSeconds: Int = 10) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var limit = timeval(tv_sec: receiveSeconds, tv_usec: 0)
    _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let code = unsafe withUnsafePointer(to: &address) {
      unsafe connect(
        socket, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_in>.size))
    }
    XCTAssertEqual(code, 0, "connect")
  }

  deinit { _ = close(socket) }

  /// - Returns: whether the other end still took it.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Everything until the other end closes, or until it holds so many answers.
  func receive(answers: Int = .max) -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { break }
      all += buffer.prefix(count)
      let text = String(decoding: all, as: UTF8.self)
      if answers < .max, text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).count > answers,
        text.hasSuffix("}") || text.hasSuffix("\n") || text.hasSuffix("!")
      {
        break
      }
    }
    return String(decoding: all, as: UTF8.self)
  }

  /// The status of each answer in a text.
  static func statuses(_ text: String) -> [Int] {
    text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).dropFirst().compactMap { Int($0.prefix(3)) }
  }
}

/// Collects from several threads.
final class Box<Value: Sendable>: Sendable {
  private let contents: Mutex<Value>
  init(_ value: Value) { contents = Mutex(value) }
  var value: Value { contents.withLock { $0 } }
  func change(_ body: (inout Value) -> Void) { contents.withLock { body(&$0) } }

  /// Waits until the contents fit, at most five seconds.
  func wait(until fits: (Value) -> Bool) -> Bool {
    for _ in 0..<500 {
      if fits(value) { return true }
      usleep(10_000)
    }
    return false
  }
}

/// Remembers what a body sink was given.
final class Bucket: BodySink {
  let bytes = Box<Int>(0)
  let isAbandoned = Box(false)
  private let refusal: Problem?
  private let refuseAfter: Int

  init(refuseAfter: Int = .max, refusal: Problem? = nil) {
    self.refuseAfter = refuseAfter
    self.refusal = refusal
  }

  func begin(_ line: BodyLine) {}

  func receive(_ piece: [UInt8]) throws {
    bytes.change { $0 += piece.count }
    if bytes.value > refuseAfter, let refusal { throw refusal }
  }

  func abandon() { isAbandoned.change { $0 = true } }
}

/// Runs work on so many threads and waits for all.
func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
  DispatchQueue.concurrentPerform(iterations: count, execute: work)
}
