internal import Foundations
internal import Glibc
internal import Terminal

/// A lock on a home; the kernel lets go of it when the process ends, however it ends.
struct HomeLock: ~Copyable {
  private let descriptor: Int32

  /// The lock of the one server that runs on a home.
  /// - Parameter taken: what is told where a server runs.
  /// - Throws: `serve.already-running`.
  init(_ path: String, taken: ProblemKind = .serveRunning) throws(Problem) {
    let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, HomeFiles.fileMode)
    guard opened >= 0 else { throw ProblemKind.homeUnwritable.with("serve.lock") }
    try self.init(opened, LOCK_EX, taken: taken)
  }

  /// The lock of whoever works on a home: all commands share it, and what exchanges the whole server needs it alone. It
  /// is on the folder itself, where no file of whoever came first stands in the way of another account.
  /// - Parameters:
  ///   - isShared: whether others may work beside.
  ///   - taken: what is told where somebody is at work with whom that does not go together.
  init(folder: String, isShared: Bool, taken: ProblemKind) throws(Problem) {
    let opened = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw HomeFiles.unreadable(folder, FileFailure(errno)) }
    try self.init(opened, isShared ? LOCK_SH : LOCK_EX, taken: taken)
  }

  private init(_ opened: Int32, _ operation: Int32, taken: ProblemKind) throws(Problem) {
    guard flock(opened, operation | LOCK_NB) == 0 else {
      _ = close(opened)
      throw Problem(taken)
    }
    descriptor = opened
  }

  /// Lets go. Written out where it happens: a lock that nobody mentions again may end early.
  consuming func release() {}

  deinit { _ = close(descriptor) }
}

/// Keeps a shared lock for as long as it is kept itself.
final class HomeUse {
  private let lock: HomeLock

  /// - Throws: `restore.running`.
  init(_ home: ServerHome) throws(Problem) {
    lock = try HomeLock(folder: home.path, isShared: true, taken: .restoreRunning)
  }
}

extension ProblemKind {
  static let serveRunning = ProblemKind(
    "serve.already-running", status: 409, "这个文件夹上已经有一个服务器在运行。", remedy: "管理命令可以直接用，不必停止它；要重新启动请先停止原来的。")
  /// Nobody may work on what is moved aside.
  static let restoreServing = ProblemKind(
    serveRunning.code, status: 409, serveRunning.message, remedy: "请先停止 serve，再恢复，恢复完了重新启动。现在什么都没有改动。")
  static let restoreInUse = ProblemKind(
    "restore.in-use", status: 409, "有别的管理命令正在用这台服务器的数据，没有恢复。", remedy: "请等它做完，再恢复。现在什么都没有改动。")
  static let restoreRunning = ProblemKind(
    "restore.running", status: 409, "这台服务器正在恢复备份，或者正在新建。", remedy: "请等那条命令做完，再运行这一条。")
}
