internal import Dispatch
internal import FoundationEssentials
internal import Synchronization

/// Pure work on all cores. What is computed never depends on how many there are.
package enum Parallel {
  /// Pieces of work a core: enough that one slow piece does not leave the other cores idle.
  private static let piecesPerCore = 4
  /// Fewer elements than this are not worth waking another thread for.
  package static let elementsMin = 4
  /// Fewer operations than this make no page that is worth a thread: what a person does in a minute is done by one.
  package static let pageMin = 24

  private static let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// The results of all elements, in their order.
  /// - Parameters:
  ///   - fewest: of fewer elements no other thread is woken.
  ///   - body: called from several threads at once.
  package static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], fewest: Int = elementsMin, _ body: @Sendable (Element) -> Result
  ) -> [Result] {
    guard cores > 1, elements.count >= fewest else { return elements.map(body) }
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

  /// Works all elements out on all cores and hands the results on, in their order, on the calling thread: what only one
  /// thread can do, as writing, goes on beside what all can.
  /// - Parameters:
  ///   - body: called from several threads at once.
  ///   - consume: once it throws, nothing more is handed on.
  package static func each<Element: Sendable, Result: Sendable, Failure: Error>(
    _ elements: [Element], fewest: Int = elementsMin, _ body: @escaping @Sendable (Element) -> Result,
    then consume: (Int, Result) throws(Failure) -> Void
  ) throws(Failure) {
    guard cores > 1, elements.count >= fewest else {
      for (index, element) in elements.enumerated() { try consume(index, body(element)) }
      return
    }
    let line = AssemblyLine(elements, body)
    defer { line.stop() }
    for _ in 1..<cores { DispatchQueue.global(qos: .userInitiated).async { while line.workPiece() {} } }
    var index = 0
    for piece in 0..<line.pieces {
      for result in line.result(of: piece) {
        try consume(index, result)
        index += 1
      }
    }
  }
}

/// Pieces of work that several threads take one after another.
final class AssemblyLine<Element: Sendable, Result: Sendable>: Sendable {
  private struct State {
    var next = 0
    var done: [Int: [Result]] = [:]
  }

  /// Few enough that the one who waits for the first has something to do soon.
  private static var elementsPerPiece: Int { 8 }

  let pieces: Int
  private let elements: [Element]
  private let body: @Sendable (Element) -> Result
  private let state = Mutex(State())
  private let isDone = DispatchSemaphore(value: 0)

  init(_ elements: [Element], _ body: @escaping @Sendable (Element) -> Result) {
    self.elements = elements
    self.body = body
    pieces = (elements.count + Self.elementsPerPiece - 1) / Self.elementsPerPiece
  }

  /// Does the next piece that nobody has taken.
  /// - Returns: false where there is none.
  func workPiece() -> Bool {
    let piece = state.withLock { state in
      defer { state.next = min(state.next + 1, pieces) }
      return state.next
    }
    guard piece < pieces else { return false }
    let start = piece * Self.elementsPerPiece
    let results = elements[start..<min(start + Self.elementsPerPiece, elements.count)].map(body)
    state.withLock { $0.done[piece] = results }
    isDone.signal()
    return true
  }

  /// The results of a piece; whoever waits for them works meanwhile.
  func result(of piece: Int) -> [Result] {
    while true {
      if let results = state.withLock({ $0.done.removeValue(forKey: piece) }) { return results }
      // Each piece that is done is signalled once, so somebody who waits is woken by every one.
      if !workPiece() { isDone.wait() }
    }
  }

  /// Has nobody begin another piece.
  func stop() { state.withLock { $0.next = pieces } }
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

  /// Work that is done already.
  package init(done value: Value) { self.value.withLock { $0 = value } }

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
