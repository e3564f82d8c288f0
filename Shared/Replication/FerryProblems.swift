package import Foundations

// What both ends say about a ferry file.
extension ProblemKind {
  /// A file of somebody else's.
  package static let ferryForeign = ProblemKind(
    "ferry.foreign", status: 400, "这不是帮办的摆渡文件。", remedy: "请核对文件名；摆渡文件由 bangban sync --to-file 或县里的 ferry out 生成。")
  /// A later program's file; the detail is the version.
  package static let ferryVersion = ProblemKind(
    "ferry.version", status: 400, "摆渡文件是另一个版本的程序做的（{}）。", remedy: "请升级程序后再试；文件和本机内容都不受影响。")
  /// A device's file on a device, or the county's in the county; the detail says which.
  package static let ferryDirection = ProblemKind(
    "ferry.direction", status: 400, "拿错了文件：这是{}摆渡文件。",
    remedy: "设备用 sync --to-file 写的，在县里用 ferry in 收；县里用 ferry out 写的，在设备上用 sync --from-file 收。")
  /// It opens with another key than ours.
  package static let ferryReader = ProblemKind(
    "ferry.other-reader", status: 403, "摆渡文件打不开：它不是给这里的，或者开头损坏了。",
    remedy: "请核对是不是拿错了文件；拿对了的话，请重新复制一次，或重新生成一份。")
  /// Whoever wrote it is not who it says.
  package static let ferrySignature = ProblemKind(
    "ferry.signature", status: 403, "摆渡文件的签名不对，没有收下。", remedy: "请不要使用这个文件，并告诉县里的管理员它是从哪里来的。")
  /// Cut off or altered; the detail is the part, from one.
  package static let ferryDamaged = ProblemKind(
    "ferry.damaged", status: 400, "摆渡文件从第 {} 段起不完整，或者被改动过；这以前的内容已经收下。",
    remedy: "请从原来的地方重新复制一次再试；重复收同一个文件没有害处。")
  /// A device's file that does not join on; the detail is the first counter that is missing.
  package static let ferryGap = ProblemKind(
    "ferry.gap", status: 409, "这个摆渡文件接不上：缺少这台设备从第{}号起的内容，没有收下。",
    remedy: "请先收这台设备更早的摆渡文件；找不到的话，请这台设备联网同步一次。没有内容丢失。")
  /// A device's file that was written before it knew that the county's backup was put back.
  package static let ferryTimeline = ProblemKind(
    "ferry.timeline", status: 409, "这台设备写这个摆渡文件时，还不知道县里恢复过备份；没有收下，内容都还在设备上。",
    remedy: "请把 ferry out 写的新文件带给这台设备收一次，再让它重新生成一个带回来：它会把县里缺少的内容一起交还。")
  /// An answer that does not join on; the detail is what the device has.
  package static let ferryPageGap = ProblemKind(
    "ferry.page-gap", status: 409, "这个摆渡文件接不上本机现有的内容（本机到第{}号），没有收下。",
    remedy: "请用 bangban sync --to-file 重新生成一个摆渡文件带到县里，换回新的答复。")
  /// The device does not know the county's key yet.
  package static let ferryKeyUnknown = ProblemKind(
    "ferry.key-unknown", status: 409, "本机还没有县里的摆渡密钥，不能生成摆渡文件。",
    remedy: "请先联网同步一次；县里的服务器也要升级到能用摆渡文件的版本。")
}
