internal import Foundations
internal import Replication

/// Why the county did not take something in, as whoever wrote it reads it: operations and trays carry codes alone.
package enum RefusalWords {
  /// A sentence without its full stop, with what to do where anything is to be done.
  /// - Parameter code: of a disposition, or of an entry of the review tray.
  package static func words(_ code: String) -> String {
    if let words = known[code] { return words }
    if let kind = ProblemKind.refusal(code) { return sentence(Problem(kind).message) + "；" + sentence(kind.remedy) }
    // Which value it was the form says when it is opened again.
    let parts = code.split(separator: ".")
    if parts.first == "field" { return (parts.count > 1 ? fields[String(parts[1])] : nil) ?? otherField }
    return "县里没有说明原因，请联系县里的管理员（\(code)）"
  }

  private static func sentence(_ text: String) -> String { text.hasSuffix("。") ? String(text.dropLast()) : text }

  private static let known: [String: String] = [
    // What cannot be read, or is nobody's to say.
    "operation.unreadable": "内容不完整，县里读不出来；请重新填写一遍",
    "operation.kind-unknown": "县里的程序还不认识这种内容；请告诉县里的管理员升级服务器",
    "operation.not-yours": "这件事要由窗口来做；请联系窗口",
    "application.missing": "县里没有收到这个办件的开头；请告诉县里的管理员",
    "application.foreign-id": "这个办件的编号不能用；请重新建一个办件",
    "application.exists": "这个办件已经建立过，不用再建",
    "application.refused": "这个办件建立的时候就没有被接受；确实要办的，请重新建一个办件",
    "parent.missing": "它接着的内容县里一直没有收到；请等县里的管理员处理",
    // Whose business it is.
    Scope.outside: "这个办件不是本站的；要办请联系经办的站点",
    Scope.left: "办件已不在本站",
    // Opening an application.
    "consent.missing": "没有登记申请人同意；请申请人同意以后重新建一个办件",
    "share.unknown": "县里没有这个站点或设备；请用 bangban share 写清和谁共享",
    "share.too-many": "这个办件已经共享给太多站点和设备，不能再加",
    "matter.unknown": "县里现在没有这件事，或者没有这一版表单；请同步以后重新建一个办件",
    "create.station": "办件写的站点和这台电脑的站点不一样；请重新建一个办件",
    "division.other-county": "归属地不在本县；请改成本县的，外县的事到当地办",
    "form.unknown": "县里恢复备份以后还没有重新发布它用的表单；请等县里的管理员处理",
    // Materials and what follows.
    "attachment.empty": "附件是空的；请用完整的文件重新添加",
    "attachment.too-large": "附件太大；请拍小一些或分成几个重新添加",
    "material.not-there": "要撤下的材料已经不在了，不用再撤",
    "rate.not-closed": "事情还没有办结，不能评价；办结以后再请申请人评价",
    "proceeding.state": "办理的情况已经变了，不能再这样做；请用 bangban show 查看办到哪一步",
    "withdraw.decided": "窗口已经作出决定，不能撤回；有问题请联系窗口",
    // Submitting.
    "submit.accepted": "窗口已经在办理，不再收新的版本；要改的请联系窗口",
    "submit.version": "别人已经先提交了一版；请用 bangban show 核对，还要改的再提交一次",
    "submit.conflict": "有内容两边填得不一样；请先用 bangban resolve 确定，再提交一次",
    "submit.digest": "提交的和县里看到的不一样；请同步以后核对，再提交一次",
    "submit.correction": "窗口要求补正的内容和提交时不一样；请同步以后看补正要求，再提交一次",
    "submit.items": "提交以后不能增减事项；请把事项改回原来的再提交，要加办的另建一件",
    "submit.not-deferrable": "有一份材料不能容缺；请带齐再提交",
    "submit.not-committable": "有一份材料不能用告知承诺代替；请带齐再提交",
    "submit.commitment-signature": "告知承诺要申请人本人签名；请本人签好再提交",
    "submit.discredited": "申请人以前容缺或承诺的没有兑现，现在不能再容缺、再承诺；请带齐材料再提交",
    "item.together": "有事项依法要一并办理；请补上再提交",
    "mandate.will": "申请人年纪大了，由别人代办，还没有记录当面问过本人；请问清、记录以后再提交",
    // What the county's people and backups made of it.
    "tray.declined": "县里的管理员没有采纳",
    "timeline.superseded": "县里恢复备份以后办件已有新进展；请用 bangban show 核对，还要改的重新填写",
    Disposition.admittedCode: "县里已经采纳过同样的内容，不用再做什么",
    Disposition.remintedCode: "同样的内容已用新身份上传，不用再做什么",
  ]

  private static let otherField = "有一项填得不合表单的要求；请用 bangban edit 重新填写"

  /// By the kind of number, the second word of a field's code.
  private static let fields: [String: String] = [
    "id-number": "有一个身份证号码不对；请对照证件用 bangban edit 改正",
    "uscc": "有一个统一社会信用代码不对；请对照证照用 bangban edit 改正",
    "phone": "有一个电话号码不对；请核对以后用 bangban edit 改正",
    "bank-account": "有一个银行账号不对；请对照银行卡用 bangban edit 改正",
    "division": "有一个地址的区划不对；请用 bangban edit 改正",
    "required": "有一项必须填写的空着；请用 bangban edit 补上",
  ]
}
