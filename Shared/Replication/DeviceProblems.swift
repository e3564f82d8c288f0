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
