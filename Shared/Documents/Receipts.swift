internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// What people are given for papers: D02, D03, D07.
extension DocumentWriter {
  /// What the capturing station may do; what the proceedings say goes before what a device believes, which is all there
  /// is before the county has split it.
  private var level: StationLevel? { state.proceedings.lazy.compactMap(\.level).first ?? around.level }

  /// Whether taking the papers in was receiving them; where nobody knows the level it was not.
  var stationReceives: Bool { level?.receives == true }

  /// Whether an authority has the papers, or a station in its name.
  var isReceived: Bool { stationReceives || state.proceedings.contains { $0.receivedAt != nil } }

  /// D02 代办受理单: the agent carries the papers; nobody has received them yet.
  func agencySlip(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let version = state.version
    let captured = version?.at ?? document.at
    let calendar = around.calendar.estimating
    let handIn = calendar.adding(workingDays: 1, to: ChinaTime.date(captured))
    let chosen = (version?.standing[Register.items]?.array ?? []).compactMap(\.text).map { ItemID($0) }
    let days = matter.flatMap { TimePlan($0, items: chosen).promised }
    let pickUp = days.map { calendar.adding(workingDays: $0, to: handIn.date).text } ?? "以受理通知书为准"
    let paper = (version?.materials ?? []).contains {
      if case .paper(let originals, _) = $0.content { originals > 0 } else { false }
    }
    return [
      head(),
      .pairs([
        Pair("委托人", applicant), Pair("代办员", around.agent), Pair("站点", "\(around.station)（代收）"),
        Pair("收取时间", minute(captured) + doubt(version?.isCaptureDoubtful)), Pair("是否收取原件", paper ? "是，见清单" : "否"),
        Pair("预计递交日", handIn.text), Pair("预计取件日", pickUp), Pair("联系电话", PrintedDocument.blank),
      ]),
      materials(version),
      .paragraph(StationLevel.agent.meaning),
      .paragraph("帮办代办不收取任何费用；法定规费由申请人自缴，代缴的留票据。"),
      .paragraph("责任边界：申请人对材料的真实性负责；代办员对材料的清点、保管、转交和保密负责，不承诺办成，不代作承诺，不代刷脸、不索要验证码和密码。"),
      .signatures(["委托人签名", "代办员签名"]),
    ]
  }

  /// D03 收件凭证: the authority has the papers. What it means depends on who received them.
  func receipt(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    // What was given back and filed anew has a receipt of its own.
    let anew =
      document.proceedings.count == 1 && !document.operations.isEmpty
      ? document.proceedings.first.flatMap(state.proceeding) : nil
    let version = anew.map { self.version($0) } ?? state.versions.first
    let identity = stationReceives ? level?.identity ?? "" : "综合窗口收件（站点代收）"
    // What a station only carried was not received when it was captured.
    let earliest = state.proceedings.compactMap(\.receivedAt).min()
    let first = anew ?? state.proceedings.first { $0.receivedAt != nil && $0.receivedAt == earliest }
    let received = first.map(\.receivedAt) ?? (stationReceives ? version?.at : document.at)
    let isDoubtful = first.map(\.isReceiptDoubtful) ?? (stationReceives && version?.isCaptureDoubtful == true)
    let accepts = state.proceedings.contains { $0.manner == .receipt } || level == .accept
    let waiting = state.proceedings.filter { !$0.after.isEmpty }.map(\.itemName)
    var blocks: [PrintedDocument.Block] = [
      head(anew),
      .pairs([
        Pair("收到时间", minute(received) + doubt(isDoubtful)), Pair("收件单位", stationReceives ? around.station : receivers),
        Pair("收件人工号", around.agent), Pair("站点身份", identity),
      ]),
      materials(version),
      .paragraph(accepts ? StationLevel.accept.meaning : StationLevel.receive.meaning),
    ]
    if !waiting.isEmpty {
      blocks.append(.paragraph("下列事项待前置事项的结果到达后视为提交：\(waiting.joined(separator: "、"))。"))
    }
    return blocks + [.signatures(["申请人签收", "收件人"])]
  }

  private var receivers: String {
    var seen: Set<String> = []
    let names = state.proceedings.filter { $0.receivedAt != nil }.map(\.windowName).filter { seen.insert($0).inserted }
    return names.isEmpty ? PrintedDocument.blank : names.joined(separator: "、")
  }

  /// D07 补正材料收件凭证: a new receipt starts the judging clock anew.
  func correctionReceipt(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let version = state.versions.last { $0.at <= document.at && !$0.answers.isEmpty } ?? state.version
    let notice = state.document(.correction)?.number ?? PrintedDocument.blank
    return [
      head(),
      .pairs([
        Pair("对应的补正告知书", notice),
        Pair("补正材料收到时间", minute(version?.at) + doubt(version?.isCaptureDoubtful)),
        Pair("送达窗口时间", minute(document.at)),
      ]),
      materials(version),
      .paragraph("办理机关的五个工作日判断期从收到补正材料之日重新起算。"),
      .signatures(["收件人"]),
    ]
  }
}
