package import Foundations

extension StorageError {
  /// What a person is told. SQLite's words are added only where an administrator needs them.
  package var problem: Problem {
    switch failure {
    case .full: Problem(.storeFull)
    case .locked: Problem(.storeLocked)
    case .unreadable: ProblemKind.storeUnreadable.with(technical)
    case .readOnly: Problem(.storeReadOnly)
    case .newerSchema: ProblemKind.storeNewerSchema.with(message)
    case .wrongKind: ProblemKind.storeWrongKind.with(message)
    case .failed: ProblemKind.storeFailed.with(technical)
    }
  }

  /// `SQLite 2067: UNIQUE constraint failed: …`. SQLite names tables and columns there, not values.
  private var technical: String { extendedCode == 0 ? message : "SQLite \(extendedCode): \(message)" }
}

extension ProblemKind {
  package static let storeFull = ProblemKind(
    "store.full", status: 507, exit: .storage, "磁盘空间已满，这次没有做成，以前保存的内容都完好。",
    remedy: "请清理磁盘空间后再做一次。")
  package static let storeLocked = ProblemKind(
    "store.locked", status: 503, exit: .storage, "另一个程序正在使用数据，等待超时，这次没有做成，以前保存的内容都完好。",
    remedy: "请关闭另一个正在运行的帮办程序，稍后再试。")
  package static let storeUnreadable = ProblemKind(
    "store.unreadable", status: 500, exit: .storage, "数据文件无法读取（{}），程序没有改动它。",
    remedy: "请不要删除这个文件，把它连同旁边的文件一起复制保存，并联系管理员恢复。")
  package static let storeReadOnly = ProblemKind(
    "store.read-only", status: 500, exit: .storage, "数据文件不允许写入，这次没有做成，以前保存的内容都完好。",
    remedy: "请检查文件和文件夹的权限以及磁盘是否只读，然后再试。")
  package static let storeNewerSchema = ProblemKind(
    "store.newer-schema", status: 500, exit: .storage, "数据已由更新版本的程序升级（{}），本程序没有改动它。",
    remedy: "请把帮办程序升级到最新版本后再打开。")
  package static let storeWrongKind = ProblemKind(
    "store.wrong-kind", status: 500, exit: .storage, "这个文件不是所需的数据库（{}），程序没有改动它。",
    remedy: "请检查填写的文件位置是否正确。")
  package static let storeFailed = ProblemKind(
    "store.failed", status: 500, exit: .storage, "数据没有保存成功（{}），没有留下只写了一半的内容，以前保存的内容都完好。",
    remedy: "请再试一次；如果仍然出现，请把这条信息告诉管理员。")
}
