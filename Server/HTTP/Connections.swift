internal import Glibc
internal import Synchronization

/// Ends connections that are alive but too slow, which libmicrohttpd's idle timeout does not: a client that sends one
/// byte every 29 seconds would hold its thread for ever.
///
/// Invariant: a socket is shut down only while its entry stands, and libmicrohttpd closes it only after the entry is
/// gone; so no other connection's socket is ever hit.
final class Connections: Sendable {
  /// The connection's socket.
  typealias Identifier = Int32

  private let deadlines = Mutex<[Identifier: ContinuousClock.Instant?]>([:])
  private let headerSeconds: Int
  private let bytesPerSecondMin: Int64

  init(headerSeconds: Int, bytesPerSecondMin: Int64) {
    self.headerSeconds = headerSeconds
    self.bytesPerSecondMin = max(1, bytesPerSecondMin)
  }

  /// A new connection, or one that was answered: the next headers are awaited.
  func expectHeaders(_ connection: Identifier) { set(connection, .now + .seconds(headerSeconds)) }

  /// A body or an answer of so many bytes is under way.
  func expectBytes(_ connection: Identifier, _ count: Int64) {
    set(connection, .now + .seconds(headerSeconds) + .seconds(count / bytesPerSecondMin))
  }

  /// The handler runs: the client has nothing to hurry with.
  func expectNothing(_ connection: Identifier) { set(connection, nil) }

  /// The connection is about to be closed.
  func forget(_ connection: Identifier) { _ = deadlines.withLock { $0.removeValue(forKey: connection) } }

  private func set(_ connection: Identifier, _ deadline: ContinuousClock.Instant?) {
    deadlines.withLock { _ = $0.updateValue(deadline, forKey: connection) }
  }

  /// Shuts down a connection, whose own thread then closes it.
  func cut(_ connection: Identifier) {
    deadlines.withLock { if $0.keys.contains(connection) { _ = shutdown(connection, Int32(SHUT_RDWR)) } }
  }

  /// Shuts down what is overdue; its own thread then closes it. The lock is held, for the invariant's sake.
  func reap() {
    let now = ContinuousClock.now
    deadlines.withLock {
      for case (let connection, let deadline?) in $0 where deadline < now {
        _ = shutdown(connection, Int32(SHUT_RDWR))
      }
    }
  }
}

/// The connection that a body comes over.
///
/// Invariant: it can be cut only while its request lasts; behind it the same socket may serve another.
package final class BodyLine: Sendable {
  private let cutting: Mutex<(@Sendable () -> Void)?>

  package init(_ cut: @escaping @Sendable () -> Void) { cutting = Mutex(cut) }

  /// Ends the connection without an answer, if the request still lasts.
  package func cut() { cutting.withLock { $0?() } }

  /// The request is over.
  func end() { cutting.withLock { $0 = nil } }
}
