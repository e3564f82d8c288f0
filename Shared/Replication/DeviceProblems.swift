package import Foundations

// What both ends say about a device.
extension ProblemKind {
  /// The device has no identity yet.
  package static let deviceNotEnrolled = ProblemKind(
    "device.not-enrolled", status: 401, "这台设备还没有登记。", remedy: "请向管理员要一个登记码，用 bangban enroll 登记。")
  /// The device's store is an older copy of itself.
  package static let syncRestored = ProblemKind(
    "sync.restored", status: 409, "服务器已有本机第{}号以前的内容：这台设备是从旧备份恢复的。",
    remedy: "请停止在这台设备上录入，联系管理员换发登记码；没有内容丢失。")
}

// What both ends say about a server whose backup was put back.
extension ProblemKind {
  /// The device stands on another timeline than the server; it brings back what the server may have lost, and goes on.
  package static let syncTimeline = ProblemKind(
    "sync.timeline", status: 409, "县里的服务器恢复过备份，本机要先把它缺少的内容交还给它。",
    remedy: "再同步一次即可；本机内容都还在，不要重新登记。")
  /// Nothing of what the device knows is there: a server that was made anew, or another one.
  package static let syncTimelineForeign = ProblemKind(
    "sync.timeline-foreign", status: 409, "这台服务器里没有本机认识的数据（可能被清空重装过，或地址不对），没有同步；本机内容一样也没有删。",
    remedy: "请核对服务器地址（bangban config server），并告诉县里的管理员：应当用 bangban-server restore 恢复备份。")
  /// The log ends before the place where the device stands, on the same timeline: a database was put back by hand.
  package static let syncCursorAhead = ProblemKind(
    "sync.cursor-ahead", status: 409, "服务器的数据比本机旧（本机已同步到第{}号）：旧数据库可能被直接拷了回去。没有同步，本机内容都在。",
    remedy: "请告诉县里的管理员：恢复备份要用 bangban-server restore，它会让各台设备把缺少的内容交还回来。")
}
