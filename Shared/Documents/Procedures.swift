internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// What happens between acceptance and decision: D13 to D16.
extension DocumentWriter {
  /// D13 容缺预审意见, for the authorities among themselves.
  func previewOpinion(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let before = proceeding.after.joined().map { matter?.name(of: $0) ?? $0.text }
    return [
      head(proceeding),
      .pairs([
        Pair("预审单位", authority(proceeding)), Pair("预审日期", day(document.at)),
        Pair("预审意见", proceeding.previewOpinion ?? "除前置事项的结果外，材料齐全、符合法定形式"),
        Pair("等待的前置事项", before.isEmpty ? "无" : before.joined(separator: "、")),
      ]),
      .paragraph("本意见供内部使用。预审不是受理，不起算办理期限；前置事项的结果到达后视为提交。"),
    ]
  }

  /// D14 利害关系人告知书.
  func partiesNotice(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    [
      head(proceeding),
      .paragraph(
        "本申请事项直接关系他人重大利益（行政许可法第三十六条）。利害关系人有权提出意见，进行陈述和申辩；"
          + "依法可以要求听证的，自被告知之日起五日内提出。"),
      .pairs([
        Pair("利害关系人", proceeding.parties ?? PrintedDocument.blank), Pair("告知内容", proceeding.partiesContent ?? ""),
      ]),
      .signatures(["利害关系人签收"]),
    ] + seal(proceeding, document)
  }

  /// D15 特别程序告知书 (行政许可法 45: in writing).
  func specialProcedure(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let own = proceeding.suspensions.first { document.operations.contains($0.operation) }
    let span = own ?? proceeding.suspensions.last
    return [
      head(proceeding),
      .pairs([
        Pair("程序种类", span?.procedure ?? ""), Pair("理由", span?.reason ?? ""), Pair("依据", "行政许可法第四十五条"),
        Pair("开始日", day(span?.from)), Pair("预计时间", "\(span?.announcedWorkingDays ?? 0)个工作日"),
        Pair("扣除说明", "上述程序所需时间不计入办理期限；程序结束后期限继续计算，实际超过预计时间的，另行书面说明"),
        Pair("申请人配合事项", PrintedDocument.blank),
      ]),
    ] + seal(proceeding, document)
  }

  /// D16 延期告知书 (行政许可法 42).
  func extensionNotice(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    // As it stood when the extension was granted, however late it is printed again.
    var former = proceeding
    former.extendedDays = 0
    former.suspensions.removeAll { $0.from > document.at }
    let before = ProceedingClock.due(former, calendar: around.calendar, now: document.at)
    return [
      head(proceeding),
      .pairs([
        Pair("原期限", before?.due?.text ?? PrintedDocument.blank),
        Pair("延长", "\(days(proceeding.extendedDays, proceeding))，只延长一次"), Pair("理由", proceeding.extensionReason ?? ""),
        Pair("批准人", proceeding.extensionApprover ?? ""),
        Pair("新的截止日", document.due ?? PrintedDocument.blank),
        Pair("新的法定到期日", document.statutoryDue ?? "没有规定"),
      ]),
    ] + seal(proceeding, document)
  }
}
