internal import Dispatch
package import Foundations
internal import Glibc
internal import Synchronization

/// A wire between a client and a server on this machine that is cut after a byte of one's choice, in either direction.
///
/// Bytes are counted over all connections since `arm`; once it is cut it stays so until it is armed again.
package final class CuttingProxy: Sendable {
  /// Which way bytes go.
  package enum Direction: Sendable, CaseIterable { case request, answer }

  /// Where the wire is cut: so many bytes pass, the next one does not.
  package struct Cut: Sendable {
    package let direction: Direction
    package let bytes: Int

    package init(_ direction: Direction, after bytes: Int) {
      self.direction = direction
      self.bytes = bytes
    }
  }

  private struct State {
    var cut: Cut?
    var isCut = false
    var passed: [Direction: Int] = [:]
    var beforeAnswer: (@Sendable () -> Void)?
    var server: UInt16
    var sockets: Set<Int32> = []
  }

  private let state: Mutex<State>
  private let listener: Int32
  private let queue = DispatchQueue(label: "cutting-proxy", attributes: .concurrent)
  /// Where clients connect to.
  package let port: UInt16

  /// - Parameter server: the port of the server behind it.
  package init(to server: UInt16) throws(Problem) {
    state = Mutex(State(server: server))
    let (listener, port) = try LoopbackSocket.listening()
    self.listener = listener
    self.port = port
    queue.async { [self] in accept() }
  }

  /// The address clients are given.
  package var url: String { "http://127.0.0.1:\(port)" }

  /// Mends the wire and says where it is to be cut next.
  /// - Parameters:
  ///   - cut: nil for a wire that holds.
  ///   - beforeAnswer: called once, when the server's first byte has come and before the client gets any.
  package func arm(_ cut: Cut?, beforeAnswer: (@Sendable () -> Void)? = nil) {
    let old = state.withLock { state in
      state.cut = cut
      state.isCut = false
      state.passed = [:]
      state.beforeAnswer = beforeAnswer
      return state.sockets
    }
    for socket in old { _ = shutdown(socket, Int32(SHUT_RDWR)) }
  }

  /// Leads to another port from the next connection on.
  package func lead(to server: UInt16) { state.withLock { $0.server = server } }

  /// How many bytes have passed since `arm`.
  package func passed(_ direction: Direction) -> Int { state.withLock { $0.passed[direction] ?? 0 } }

  /// Once.
  package func stop() {
    _ = shutdown(listener, Int32(SHUT_RDWR))
    for socket in state.withLock({ $0.sockets }) { _ = shutdown(socket, Int32(SHUT_RDWR)) }
  }

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { break }
      let server = state.withLock { $0.isCut ? nil : $0.server }
      guard let server, let other = LoopbackSocket.connected(to: server) else {
        _ = close(client)
        continue
      }
      state.withLock { $0.sockets.formUnion([client, other]) }
      join(client, other)
    }
    _ = close(listener)
  }

  /// Carries bytes both ways until one side ends or the wire is cut.
  private func join(_ client: Int32, _ server: Int32) {
    let both = DispatchGroup()
    queue.async(group: both) { [self] in pump(from: client, to: server, .request) }
    queue.async(group: both) { [self] in pump(from: server, to: client, .answer) }
    both.notify(queue: queue) { [self] in
      state.withLock {
        _ = $0.sockets.remove(client); _ = $0.sockets.remove(server)
      }
      _ = close(client)
      _ = close(server)
    }
  }

  private func pump(from source: Int32, to sink: Int32, _ direction: Direction) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while let count = LoopbackSocket.receive(source, into: &buffer) {
      if direction == .answer, let call = state.withLock({ $0.beforeAnswer.take() }) { call() }
      let allowed = allow(count, direction)
      guard LoopbackSocket.send(buffer.prefix(allowed), to: sink) else { break }
      if state.withLock({ $0.isCut }) {
        _ = shutdown(source, Int32(SHUT_RDWR))
        _ = shutdown(sink, Int32(SHUT_RDWR))
        return
      }
    }
    _ = shutdown(sink, Int32(SHUT_WR))
  }

  /// How many of some bytes may still pass.
  private func allow(_ count: Int, _ direction: Direction) -> Int {
    state.withLock { state in
      let before = state.passed[direction] ?? 0
      var allowed = state.isCut ? 0 : count
      if let cut = state.cut, cut.direction == direction, before + count >= cut.bytes {
        allowed = max(0, min(allowed, cut.bytes - before))
        state.isCut = true
      }
      state.passed[direction] = before + allowed
      return allowed
    }
  }
}
