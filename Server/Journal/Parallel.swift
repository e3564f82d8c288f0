internal import Dispatch
internal import FoundationEssentials

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
