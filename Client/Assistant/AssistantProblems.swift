package import Foundations

extension ProblemKind {
  /// The same problem where something else helps.
  func advising(_ remedy: String, saying message: String? = nil) -> ProblemKind {
    ProblemKind(code, status: status, exit: exit, message ?? self.message, remedy: remedy)
  }

  // Reading documents.
  package static let documentKeyUnknown = ProblemKind(
    "document.key-unknown", "文件里有不认识的键：{}", remedy: "请对照说明改正或删去这个键。")
  package static let documentType = ProblemKind("document.type", "文件里值的种类不对：{}", remedy: "请对照说明改正。")
  package static let documentKeyMissing = ProblemKind("document.key-missing", "文件里缺少：{}", remedy: "请补上后再试。")
  package static let matterUnknown = ProblemKind(
    "matter.unknown", status: 404, "没有这件事：{}", remedy: "请用 bangban catalog search 查找。")
  package static let matterAmbiguous = ProblemKind(
    "matter.ambiguous", status: 409, "有几件事同名：{}", remedy: "请改用编号。")
  package static let itemUnknown = ProblemKind(
    "item.unknown", "这件事里没有这个事项：{}", remedy: "请用 bangban catalog show 查看有哪些事项。")
  package static let itemsNone = ProblemKind("item.none", "没有选任何事项。", remedy: "请至少选一个事项。")
  package static let materialUnknown = ProblemKind(
    "material.unknown", "这件事里没有这份材料：{}", remedy: "请用 bangban catalog show 查看有哪些材料。")
  package static let materialCount = ProblemKind(
    "material.count", "纸质材料的份数不对：{}", remedy: "原件和复印件各 0 至 999 份，合起来至少 1 份。")
  package static let divisionOtherCounty = ProblemKind(
    "division.other-county", "这个区划不在本县：{}", remedy: "请填本县的区划代码，外县的事请到当地办理。")
  package static let applicantKind = ProblemKind(
    "applicant.kind", "申请人种类不对：{}", remedy: "自然人写 person，企业或个体工商户写 organisation。")

  // Submitting.
  package static let submitConflict = ProblemKind(
    "submit.conflict", status: 409, "有内容并存、还没有确定：{}", remedy: "请先用 bangban resolve 确定，再提交。")
  package static let submitMissing = ProblemKind("submit.missing", "还有必填的内容没有填：{}", remedy: "请补全后再提交。")
  package static let submitMaterial = ProblemKind(
    "submit.material", "还缺必需的材料：{}", remedy: "请拍照添加、登记纸质份数，或者对可容缺的材料使用 --defer。")
  package static let submitDeferNotNeeded = ProblemKind(
    "submit.defer-not-needed", "所选的事项不要这份材料，不用容缺：{}", remedy: "请去掉 --defer 里的这一项，再提交一次。")
  package static let submitNotDeferrable = ProblemKind(
    "submit.not-deferrable", "这份材料不能容缺：{}", remedy: "请带齐这份材料再提交。")
  package static let submitNotCommittable = ProblemKind(
    "submit.not-committable", "这份材料不能用告知承诺代替：{}", remedy: "请带齐这份材料再提交。")
  package static let submitCommitmentSignature = ProblemKind(
    "submit.commitment-signature", "告知承诺要由申请人本人签名，代办员不能代签：{}",
    remedy: "请申请人本人签；授权委托书写明“代为作出承诺”的，把那一句写在 --mandate 里。")
  package static let submitDiscredited = ProblemKind(
    "submit.discredited", status: 409, "申请人以前容缺或承诺的没有兑现，信用修复以前不能再容缺、再承诺：{}",
    remedy: "请带齐材料再提交；已经改正的，请原来的窗口登记信用修复，同步以后就可以。")
  package static let rectifyNotNow = ProblemKind(
    "rectify.not-now", status: 409, "现在不能当场更正。", remedy: "提交以后、窗口受理以前可以；要求补正的按补正答复，受理以后请联系窗口。")
  package static let submitConsent = ProblemKind(
    "submit.consent", "申请人还没有同意处理其个人信息。", remedy: "请向申请人说明；同意了就用 bangban consent 登记，再提交。")
  package static let submitAccepted = ProblemKind(
    "submit.accepted", status: 409, "窗口已经在办理，不能再提交新的版本。", remedy: "需要更改时请联系窗口，或等窗口要求补正。")
  package static let submitItems = ProblemKind(
    "submit.items", status: 409, "提交以后不能增减事项，改了的事项没有窗口办。",
    remedy: "请用 bangban edit 把 items 改回原来的再提交；要加办的另建一件，不办的撤回以后重新申请。")

  // Other deeds.
  package static let consentTooLate = ProblemKind(
    "consent.too-late", status: 409, "这份草稿没有征得同意就已经上传，不能再补登记。",
    remedy: "请用 bangban withdraw 撤回；申请人同意的，请重新录入。")
  package static let editConflict = ProblemKind(
    "edit.conflict", status: 409, "{}有几种填法并存，还没有确定用哪一种，现在这样改会丢掉别的填法。",
    remedy: "什么都没有保存。请先用 bangban conflicts 查看、用 bangban resolve 确定，再改；提交以后别人改的，用 bangban show 查看，再整项重填。")
  package static let editTwice = ProblemKind(
    "edit.twice", exit: .usage, "同一项写了两次：{}", remedy: "什么都没有保存。每一项请只写一次。")
  package static let resolveChanged = ProblemKind(
    "resolve.changed", status: 409, "列出来以后，这一项的并存内容又有变化：{}",
    remedy: "什么都没有改。请用 bangban conflicts 再看一遍，再确定。")
  package static let resolveNone = ProblemKind(
    "resolve.not-in-conflict", status: 409, "这一项没有并存的内容：{}", remedy: "请用 bangban conflicts 查看要确定的内容。")
  package static let resolveChoice = ProblemKind(
    "resolve.choice", exit: .usage, "没有第 {} 个并存的内容。", remedy: "请用 bangban conflicts 查看编号。")
  package static let resolveRule = ProblemKind(
    "resolve.rule", exit: .usage, "“{}”只有一种填法，它和别的内容对不上，不能用 --take 选。",
    remedy: "请核对后用 --value 改其中一项，或用 bangban edit 改另一项。")
  package static let resolveIncomplete = ProblemKind(
    "resolve.incomplete", exit: .usage, "这几项要一起确定，还缺：{}",
    remedy: "什么都没有改。请把这一组的每一项都写上，不要的写 null；或者用 --take 选其中一种。")
  package static let duplicateKeep = ProblemKind(
    "duplicate.keep", exit: .usage, "接着办的要是这两件中的一件，不是：{}", remedy: "请写这两件中一件的编号；不写就是先提交的那一件。")
  package static let textEmpty = ProblemKind("text.empty", "内容不能为空：{}", remedy: "请写明后再试。")
  package static let shareUnknown = ProblemKind(
    "share.unknown", "不知道这个站点或设备：{}", remedy: "请写站点编号或名称，或者写 device:设备编号。")
  package static let receiptNone = ProblemKind(
    "receipt.none", status: 409, "这个办件还没有提交，没有收件凭证。", remedy: "请先用 bangban submit 提交。")
  package static let receiptErased = ProblemKind(
    "receipt.erased", status: 409, "这个办件的内容已经按规定清除，收件凭证也没有了。", remedy: "不用再办什么；要查办到哪一步，请凭纸质凭证问县里。")
  package static let personUnknown = ProblemKind(
    "person.unknown", status: 404, "没有这个人：{}", remedy: "请用 bangban person list 查看，或用 person add 添加。")
  package static let personExists = ProblemKind(
    "person.exists", status: 409, "已经有这个人：{}", remedy: "同名的人请在名字后加以区别。")
  package static let configUnknown = ProblemKind(
    "config.unknown", exit: .usage, "没有这个设置：{}", remedy: "可以设置的有 server（服务器地址）和 authorities（证书文件）。")
  package static let statusUnknown = ProblemKind(
    "list.status-unknown", exit: .usage, "没有这个状态：{}",
    remedy: "状态是 draft、submitted、inProgress、correction、closed、withdrawn、erased 之一。")
  package static let dateFormat = ProblemKind(
    "date.format", exit: .usage, "日期不对：{}", remedy: "请写成 2026-05-01 这样。")
  package static let enrolIncomplete = ProblemKind(
    "enroll.answer", status: 502, exit: .offline, "服务器的登记回答不完整。", remedy: "请核对服务器地址和版本，再向管理员要一个登记码。")
}
