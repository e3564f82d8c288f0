package import Foundations
package import Replication

/// What windows did that a person here has taken note of: a notice that was handed over, an edit that was not taken in.
///
/// Invariant: *what a window denied stands among what is to be done until a person here has taken note of it.*
extension StoreSession {
  /// The windows' operations that somebody here has taken note of.
  package func seenOperations() throws(Problem) -> Set<OperationID> {
    Set((try meta("seen")?.array ?? []).compactMap(\.text).compactMap(OperationID.init(text:)))
  }

  /// Takes note of windows' operations.
  /// - Returns: how many of them nobody had taken note of.
  package func noteSeen(operations: some Sequence<OperationID>) throws(Problem) -> Int {
    let seen = try seenOperations()
    let fresh = Set(operations).subtracting(seen)
    guard !fresh.isEmpty else { return 0 }
    try setMeta("seen", .array(seen.union(fresh).map(\.text).sorted().map(Value.text)))
    return fresh.count
  }
}
