internal import FoundationEssentials
internal import Glibc

/// Folders that are gone when the tests are over: XCTest keeps what a test case holds until the process ends, and then
/// nothing is released any more.
package enum ScratchFolders {
  /// Of this process alone.
  private static let parent: String = {
    let path = FileManager.default.temporaryDirectory.path + "/bangban-tests-\(UUID().uuidString)"
    atexit { try? FileManager.default.removeItem(atPath: ScratchFolders.parent) }
    return path
  }()

  /// A path at which there is nothing yet.
  package static func path() -> String { "\(parent)/\(UUID().uuidString)" }
}
