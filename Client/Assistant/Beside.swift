internal import Application
internal import Foundations
internal import Replication

/// What was written after a version was pinned and is no part of it: the window sees the version, and whoever wrote
/// must be told so at once, and what helps.
struct Beside {
  private let state: ApplicationState

  /// - Parameters:
  ///   - written: what was just written.
  ///   - after: the application with it.
  /// - Returns: nil where none of it is late.
  init?(_ written: [OperationID], _ after: ApplicationState) {
    guard after.late.contains(where: { written.contains($0.operation) }) else { return nil }
    state = after
  }

  /// Adds `late`, the `code` and the `version` it stands beside, and `canSubmit`: whether a further version takes it
  /// in, which the answer to a correction does not.
  func add(to answer: inout Value) {
    answer["late"] = true
    answer["code"] = .text(state.code)
    answer["version"] = .integer(state.version?.number ?? 0)
    answer["canSubmit"] = .bool(state.canSubmitAgain)
  }
}
