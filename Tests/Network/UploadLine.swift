internal import Foundations
internal import Glibc
internal import Synchronization

/// A line between a device and its server, over real sockets, that breaks within the bodies of uploads where it is told
/// to. It counts what has come from the device, whether or not it could still be handed on.
package final class UploadLine: Sendable {
  /// How the line breaks.
  package enum Break: Sendable, Hashable {
    /// Both ends notice.
    case cut
    /// Only the device notices: the server goes on waiting.
    case halfOpen
  }

  /// Of the bodies of all `PATCH` requests together.
  package struct Count: Sendable, Hashable {
    /// Bytes that came from the device.
    package var sent: Int64 = 0
    /// Bytes that were handed on to the server.
    package var handedOn: Int64 = 0
    package var breaks = 0
    /// Request lines, `HEAD` and `PATCH`, in order.
    package var methods: [String] = []
    /// Connections that the server ended while the line was broken on the device's side only.
    package var endedByServer = 0
  }

  private struct State {
    var count = Count()
    /// At how many bytes handed on the line breaks next, in order.
    var breaksAt: [Int64]
    /// The byte handed on that gets a bit flipped.
    var flipAt: Int64?
    var isStopped = false
  }

  /// The port to connect to.
  package let port: UInt16
  private let upstream: UInt16
  private let way: Break
  private let bytesPerSecond: Int64?
  private let listener: Int32
  private let state: Mutex<State>

  /// - Parameters:
  ///   - upstream: the server's port on this machine.
  ///   - breaksAt: at how many bytes handed on in all the line breaks, ascending.
  ///   - flipAt: the byte, of all handed on, of which a bit is flipped.
  ///   - bytesPerSecond: the line's pace; nil for as fast as it goes.
  package init(
    to upstream: UInt16, breaksAt: [Int64] = [], way: Break = .cut, flipAt: Int64? = nil, bytesPerSecond: Int64? = nil
  ) throws {
    self.upstream = upstream
    self.way = way
    self.bytesPerSecond = bytesPerSecond
    state = Mutex(State(breaksAt: breaksAt, flipAt: flipAt))
    (listener, port) = try LoopbackSocket.listening()
    if bytesPerSecond != nil {
      // A slow line holds little: without this the kernel would take in everything at once on its behalf.
      var room: Int32 = 16 << 10
      _ = unsafe setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    }
    Self.onThread { [self] in accept() }
  }

  package var count: Count { state.withLock { $0.count } }

  /// Breaks the line at these bytes handed on from now on.
  package func breakAt(_ bytes: [Int64]) { state.withLock { $0.breaksAt = bytes } }

  /// Once.
  package func stop() {
    state.withLock { $0.isStopped = true }
    _ = shutdown(listener, Int32(SHUT_RDWR))
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// A thread of its own: these block, and there may be many.
  private static func onThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    let code = unsafe pthread_create(
      &thread, nil,
      { context in
        if let context = unsafe context { unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, work)
    if code == 0 { pthread_detach(thread) }
  }

  // MARK: Connections

  private func accept() {
    while true {
      let device = Glibc.accept(listener, nil, nil)
      guard device >= 0 else { break }
      Self.onThread { [self] in carry(device) }
    }
    _ = close(listener)
  }

  private func carry(_ device: Int32) {
    guard let server = LoopbackSocket.connected(to: upstream) else {
      _ = close(device)
      return
    }
    defer { _ = close(device); _ = close(server) }
    let answersEnded = Latch()
    Self.onThread {
      while let bytes = Self.receive(server, 65536), Self.send(bytes, to: device) {}
      _ = shutdown(device, Int32(SHUT_RDWR))
      answersEnded.open()
    }
    let isBroken = carryRequests(from: device, to: server)
    if isBroken, way == .halfOpen {
      _ = shutdown(device, Int32(SHUT_RDWR))
      // The server alone decides when this ends.
      answersEnded.wait()
      state.withLock { $0.count.endedByServer += 1 }
    } else {
      _ = shutdown(server, Int32(SHUT_RDWR))
      _ = shutdown(device, Int32(SHUT_RDWR))
      answersEnded.wait()
    }
  }

  /// - Returns: whether the line was broken on purpose.
  private func carryRequests(from device: Int32, to server: Int32) -> Bool {
    var head: [UInt8] = []
    var bodyLeft: Int64 = 0
    var isUpload = false
    while let bytes = Self.receive(device, bytesPerSecond == nil ? 65536 : 4096) {
      var rest = bytes[...]
      while !rest.isEmpty {
        if bodyLeft > 0 {
          let piece = Array(rest.prefix(Int(min(bodyLeft, Int64(rest.count)))))
          rest = rest.dropFirst(piece.count)
          bodyLeft -= Int64(piece.count)
          if isUpload {
            guard handOn(piece, to: server) else {
              noteLost(rest.count, bodyLeft, from: device)
              return true
            }
          } else if !Self.send(piece, to: server) {
            return false
          }
        } else {
          head.append(rest.removeFirst())
          guard head.suffix(4) == [13, 10, 13, 10] else { continue }
          let text = String(decoding: head, as: UTF8.self)
          isUpload = text.hasPrefix("PATCH ")
          bodyLeft = Self.length(text)
          if isUpload || text.hasPrefix("HEAD ") {
            state.withLock { $0.count.methods.append(String(text.prefix { $0 != " " })) }
          }
          guard Self.send(head, to: server) else { return false }
          head = []
        }
      }
    }
    return false
  }

  private static func length(_ head: String) -> Int64 {
    let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
    return line.flatMap { Int64($0.dropFirst("content-length:".count).filter { $0 != " " }) } ?? 0
  }

  /// Hands on what may still pass.
  /// - Returns: whether the line held.
  private func handOn(_ piece: [UInt8], to server: Int32) -> Bool {
    let (bytes, holds) = state.withLock { state -> ([UInt8], Bool) in
      state.count.sent += Int64(piece.count)
      var passing = piece
      var holds = true
      if let end = state.breaksAt.first, state.count.handedOn + Int64(piece.count) >= end {
        passing = Array(piece.prefix(Int(end - state.count.handedOn)))
        state.breaksAt.removeFirst()
        state.count.breaks += 1
        holds = false
      }
      if let flip = state.flipAt, flip >= state.count.handedOn, flip < state.count.handedOn + Int64(passing.count) {
        passing[Int(flip - state.count.handedOn)] ^= 0x10
        state.flipAt = nil
      }
      state.count.handedOn += Int64(passing.count)
      return (passing, holds)
    }
    if let bytesPerSecond { usleep(UInt32(clamping: Int64(bytes.count) * 1_000_000 / bytesPerSecond)) }
    return Self.send(bytes, to: server) && holds
  }

  /// What the device had given to the line already, and the line lost.
  private func noteLost(_ read: Int, _ bodyLeft: Int64, from device: Int32) {
    var lost = Int64(read)
    while lost < bodyLeft, let bytes = Self.receive(device, 65536, Int32(MSG_DONTWAIT)) {
      lost += Int64(bytes.count)
    }
    state.withLock { $0.count.sent += min(lost, bodyLeft) }
  }

  // MARK: Sockets

  private static func receive(_ socket: Int32, _ most: Int, _ flags: Int32 = 0) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: most)
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, flags) }
    return count > 0 ? Array(buffer.prefix(count)) : nil
  }

  private static func send(_ bytes: [UInt8], to socket: Int32) -> Bool { LoopbackSocket.send(bytes[...], to: socket) }
}

/// Opens once.
private final class Latch: Sendable {
  private let isOpen = Mutex(false)

  func open() { isOpen.withLock { $0 = true } }

  func wait() { while !isOpen.withLock({ $0 }) { usleep(2000) } }
}
