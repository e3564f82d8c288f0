package import Foundations

extension ProblemKind {
  /// The passphrase does not open the store.
  package static let storePassphrase = ProblemKind(
    "store.passphrase", status: 403, "口令不对，数据没有打开。", remedy: "请核对大小写和输入法后再试；忘记了口令，运行 bangban recover，请县里的管理员帮忙找回。")
  /// The store is locked, and nobody can be asked for the passphrase.
  package static let storeLockedPassphrase = ProblemKind(
    "store.locked-passphrase", status: 403, "数据已上锁，需要口令才能打开。",
    remedy: "请先运行 bangban unlock，或者用 --passphrase-file、BANGBAN_PASSPHRASE 提供口令。")
  /// A passphrase that guards nothing.
  package static let passphraseShort = ProblemKind(
    "store.passphrase-short", "口令太短，至少要 {} 个字符。", remedy: "请换一个更长、只有自己知道的口令。")
  /// Nobody can tell what is in the home folder, or it cannot be made.
  package static let storeInaccessible = ProblemKind(
    "store.inaccessible", status: 500, exit: .storage, "数据文件夹打不开：{}，程序没有改动它。",
    remedy: "请检查它的位置、归属和权限（用 sudo 运行过的，请管理员把归属改回来），也可以用 --home 指定正确的文件夹；里面可能有没上传的内容，请不要重新登记。")
  /// An enrolment that was cut off was begun with another passphrase.
  package static let enrolPendingPassphrase = ProblemKind(
    "enroll.pending-passphrase", status: 403, "上次的登记没有做完，它的密钥保存在 {} 里；这次的口令和上次设的不一样，程序没有改动它。",
    remedy: "请用上次设的口令再运行一次；实在记不起来的，把这个文件移到别处，再用新的登记码登记。")
  /// The log of a store without its store.
  package static let storeLeftOver = ProblemKind(
    "store.left-over", status: 409, exit: .storage, "数据文件夹里有 {}，却没有它所属的 store.db，程序没有改动它。",
    remedy: "store.db 还在别处的，请放回原处；要重新登记，请先把整个文件夹移到别处保存。里面可能有没上传的内容，请不要删除。")
  /// This folder has a store already.
  package static let deviceEnrolled = ProblemKind(
    "device.already-enrolled", status: 409, "这个文件夹里已经有登记过的数据。",
    remedy: "不必再次登记；服务器换了地址，请运行 bangban config server 新地址，再运行 bangban sync。要登记另一台设备，才用 --home 指定另一个文件夹。")
  /// The device has stopped writing under its identity.
  package static let deviceStopped = ProblemKind(
    "device.stopped", status: 409, "{}，这台电脑不能再保存新内容；已有的内容都还在，都能看。",
    remedy: "请向县里的管理员要一个登记码，再运行 bangban enroll 服务器地址 登记码，没有收下的内容会接着上传。")
  package static let attachmentMissing = ProblemKind(
    "attachment.missing", status: 500, exit: .storage, "附件文件不在了或读不出来：{}", remedy: "请从原件重新添加这个附件。")
}
