internal import Dispatch
internal import FoundationEssentials
internal import Synchronization

/// Pure work on all cores. What is computed never depends on how many there are.
package enum Parallel {
  /// Pieces of work a core: enough that one slow piece does not leave the other cores idle.
  private static let piecesPerCore = 4
  /// Fewer elements than this are not worth waking another thread for.
  private static let elementsMin = 4

  private static let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// The results of all elements, in their order.
  /// - Parameter body: called from several threads at once.
  package static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ body: @Sendable (Element) -> Result
  ) -> [Result] {
    guard cores > 1, elements.count >= elementsMin else { return elements.map(body) }
    let pieces = min(elements.count, cores * piecesPerCore)
    var results = [[Result]](repeating: [], count: pieces)
    unsafe results.withUnsafeMutableBufferPointer { buffer in
      // Each piece writes a place of its own.
      nonisolated(unsafe) let places = unsafe buffer
      DispatchQueue.concurrentPerform(iterations: pieces) { piece in
        let range = elements.count * piece / pieces..<elements.count * (piece + 1) / pieces
        unsafe places[piece] = elements[range].map(body)
      }
    }
    return results.flatMap { $0 }
  }
}

/// One piece of pure work on another thread, while this one goes on.
package final class Background<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// Starts the work.
  package init(_ work: @escaping @Sendable () -> Value) {
    DispatchQueue.global(qos: .userInitiated).async {
      let made = work()
      self.value.withLock { $0 = made }
      self.done.signal()
    }
  }

  /// What the work gave; waits for it. May be asked for again.
  package func result() -> Value {
    while true {
      if let value = value.withLock({ $0 }) { return value }
      // Signalled once the value is there; whoever waits passes the signal on.
      done.wait()
      done.signal()
    }
  }
}
