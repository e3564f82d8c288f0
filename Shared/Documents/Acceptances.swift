internal import Application
internal import Catalog
internal import Foundations

/// Acceptance and its refusal: D04, D05, D08, D09, D11.
extension DocumentWriter {
  /// D08 受理通知书.
  func acceptance(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let version = version(proceeding)
    let days = { (count: Int64?) in count.map { self.days($0, proceeding) } ?? "没有规定" }
    let special = matter?.item(proceeding.id.item)?.special
    var blocks: [PrintedDocument.Block] = [
      head(proceeding),
      .pairs([
        // What was put right or handed in later is no new application.
        Pair("申请日", day(state.versions.first?.at) + doubt(state.versions.first?.isCaptureDoubtful)),
        Pair("收到日", receivedDay([proceeding])),
        Pair("受理日", acceptedDay(proceeding)), Pair("法定期限", days(proceeding.statutoryDays)),
        Pair("承诺期限", days(proceeding.promisedDays)),
        Pair("承诺办结日", document.due ?? PrintedDocument.blank),
        Pair("法定到期日", document.statutoryDue ?? "没有规定"),
        Pair("依法不计时间的程序", special.map { "\($0)；只有依法列明并书面告知的程序不计入期限" } ?? "无"),
        Pair("费用", matter?.item(proceeding.id.item)?.fee ?? "免费"),
        Pair("取件方式", delivery(version)),
      ]),
    ]
    if proceeding.manner == .deemed { blocks.append(.paragraph("本件收到后五个工作日内没有一次告知，自收到申请材料之日起即为受理。")) }
    // 行政许可法 82; 民法典 203.
    let counting = proceeding.naturalDays ? "按自然日计算，最后一日是法定休假日的，顺延到休假结束的次日" : "不含法定节假日"
    blocks.append(.paragraph("期限自受理的次日起算，\(counting)；带“≈”的日期因来年放假安排未公布，为推算。"))
    return blocks + seal(proceeding, document)
  }

  private func delivery(_ version: PinnedVersion?) -> String {
    let field = matter?.fields.first { $0.id.hasSuffix("delivery") }
    guard let field, let chosen = version?.values[field.id]?.text else { return "窗口或站点领取" }
    return field.options.first { $0.value == chosen }?.label ?? chosen
  }

  /// D09 视为受理记录.
  func deemedAcceptance(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let basis = proceeding.typeCode == "01" ? "行政许可法第三十二条" : "比照行政许可法第三十二条（本事项是否适用，待县里确认）"
    return [
      head(proceeding),
      .pairs([
        Pair("收到日", receivedDay([proceeding])),
        Pair("记录日", day(document.at)), Pair("受理日", "同收到日"), Pair("依据", basis),
        Pair("承办单位", authority(proceeding)),
      ]),
      .paragraph("收到申请材料后五个工作日届满，没有一次告知需要补正的全部内容，也没有作出不予受理决定，自收到申请材料之日起即为受理。受理通知书随本记录补发。"),
    ]
  }

  /// D05 不予受理通知书.
  func rejection(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let isFalse = proceeding.ground == "falsehood"
    var blocks: [PrintedDocument.Block] = [
      head(proceeding),
      .pairs([
        Pair("收到日", receivedDay([proceeding])),
        Pair("认定事实", "申请人就上列事项提出申请，材料清单见收件凭证\(state.document(.receipt).map { "（\($0.number)）" } ?? "")"),
        Pair("不予受理的理由", reason(proceeding)),
        Pair("依据", isFalse ? "行政许可法第七十八条" : "行政许可法第三十二条"),
      ]),
    ]
    if let redirect = proceeding.redirectTo { blocks.append(.paragraph("本事项应向“\(redirect)”申请。")) }
    return blocks + [remedies] + seal(proceeding, document)
  }

  /// D04 不受理告知书: no permission is needed at all.
  func notNeeded(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    [
      head(proceeding),
      .pairs([Pair("告知内容", "本事项依法不需要取得行政许可，不予受理"), Pair("说明", reason(proceeding))]),
      .paragraph("材料退还申请人。"),
    ] + seal(proceeding, document)
  }

  /// D11 容缺受理通知书, in two copies.
  func deferralNotice(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let version = version(proceeding)
    let missing = (version?.deferred ?? []).filter(proceeding.materials.contains)
    let given = (version?.materials ?? []).map(\.material).filter(proceeding.materials.contains)
    return [
      head(proceeding),
      .pairs([
        Pair("已交主件", given.isEmpty ? "无纸质材料" : given.map(material).joined(separator: "、")),
        Pair("受理日", acceptedDay(proceeding)),
        Pair("补齐截止日", document.due ?? PrintedDocument.blank), Pair("补齐形式", "原件或清晰影像，以送达窗口的时间为准"),
      ]),
      .table(columns: ["容缺的材料", "补齐截止日"], rows: missing.map { [material($0), document.due ?? ""] }),
      .paragraph("补齐之前不作出准予决定。到期没有补齐或补了仍不合格的，终止办理，损失自行承担，并记入信用记录，修复前不再适用容缺受理。"),
      .signatures(["申请人或受托人（附授权）签名", "受理人"]),
    ] + seal(proceeding, document)
  }
}
