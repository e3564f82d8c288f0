internal import Foundations
package import Replication

extension OperationKind {
  /// What an operation of this kind does, where nothing is known of what it says.
  package var words: String { Wording.timeline(self, [:]) }
}

extension PersonID {
  /// Who did something. Names of people do not travel (sync.md, 1): who is known by an id alone, of another laptop or
  /// of a window, is told apart by its ending; anything else is a name already.
  package var words: String {
    if text == "system" { return "县服务器" }
    let isID = text.utf8.count == 11 && text.dropFirst().allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) }
    guard isID else { return text }
    switch text.first {
    case "p": return "同事（\(text.suffix(3))）"
    case "u": return "窗口人员（\(text.suffix(3))）"
    default: return text
    }
  }
}

/// The sentences of a timeline. Values of fields never appear in them.
enum Wording {
  /// Who wrote what was not theirs to write. Its device is certain, for it signs; the person is what it says.
  static func foreign(_ device: DeviceID) -> String { "外站的电脑（\(device.text)）" }

  /// What happened, in a few words.
  static func timeline(_ kind: OperationKind, _ payload: Value) -> String {
    switch kind {
    case .create: "建立办件"
    case .write: payload["settles"] == true ? "确定并存的内容" : "修改填写内容"
    case .note: payload["text"]?.text ?? "备注"
    case .attach: "收取材料"
    case .detach: "撤下材料"
    case .submit: submitted(payload)
    case .withdraw: "申请人撤回" + suffix(payload["why"]?.text)
    case .share: "共享给" + (payload["with"]?.text ?? "")
    case .rate: "申请人评价"
    case .route: "分派到窗口"
    case .dispatch: "转办"
    case .duplicate: duplicate(payload)
    case .document: "出具文书"
    case .purge: "清除全部内容" + suffix(payload["why"]?.text)
    case .join: "认定为重复件，合并办理" + suffix(payload["goesOnCode"]?.text)
    case .apart: "认定不是重复件，分开办理"
    default: windowAction(kind, payload)
    }
  }

  private static func duplicate(_ payload: Value) -> String {
    guard let code = payload["code"]?.text else { return "重复件的状态有变化" }
    return "可能与\(payload["stationName"]?.text ?? "")的办件\(code)重复"
  }

  private static func submitted(_ payload: Value) -> String {
    // Of what lies in the county's tray only the kind is known.
    guard let number = payload["version"]?.integer else { return "提交" }
    if payload["rectify"] != nil { return "当场更正，提交第\(number)版" }
    return (payload["answers"]?.array ?? []).isEmpty ? "提交第\(number)版" : "提交补正（第\(number)版）"
  }

  private static func windowAction(_ kind: OperationKind, _ payload: Value) -> String {
    switch kind {
    case .accept: payload["by"] == "receipt" ? "收件即受理" : "受理"
    case .deem: "视为受理：五个工作日内没有一次告知"
    case .preview: "开始容缺预审"
    case .clear: "预审通过，等前置事项的结果"
    case .inspect: (payload["name"]?.text ?? "现场勘验") + "完成"
    case .notify: "告知利害关系人"
    case .reject: "不予受理" + suffix(payload["reason"]?.text)
    case .correct where payload["givenBack"] == true:
      "退还材料，一次性告知，共\(payload["defects"]?.array?.count ?? 0)项，请重新提交"
    case .reroute: "前置事项没有通过，可以改走别的路" + suffix(payload["text"]?.text)
    case .rectify: "当场更正，申请人确认" + suffix(payload["reason"]?.text)
    case .discredit: "记入失信" + suffix(payload["note"]?.text)
    case .repair: "信用修复" + suffix(payload["reason"]?.text)
    case .correct:
      "一次性告知补正，共\(payload["defects"]?.array?.count ?? 0)项"
        + (payload["override"]?["by"]?.text.map { "（再次退回，由\($0)批准，记入未一次告知清单）" } ?? "")
    case .suspend: "进入特别程序" + suffix(payload["procedure"]?.text)
    case .resume: "特别程序结束"
    case .extend: "延长办理期限\(payload["days"]?.integer ?? 0)日"
    case .verify: "核验材料"
    case .decide: payload["outcome"] == "refuse" ? "不予决定" + suffix(payload["reason"]?.text) : "准予决定"
    case .issue: "制发证照" + suffix(payload["certificate"]?["name"]?.text)
    case .deliver: "送达"
    case .admit: "采纳迟到的修改"
    case .decline: "不采纳迟到的修改" + suffix(payload["reason"]?.text)
    case .terminate: "终止办理" + suffix(payload["reason"]?.text)
    default: kind.text
    }
  }

  private static func suffix(_ text: String?) -> String { text.map { "：\($0)" } ?? "" }
}
