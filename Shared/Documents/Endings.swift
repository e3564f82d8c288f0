internal import Application
internal import Catalog
internal import Foundations

/// How an application ends and is kept: D21 to D23.
extension DocumentWriter {
  /// D21 归档目录: a file for each item, one for the whole.
  func archiveList(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let documents = state.documents.filter { $0.at <= document.at }
    return [
      head(),
      .table(
        columns: ["序号", "文书", "文号", "日期"],
        rows: documents.enumerated().map { index, issued in
          ["\(index + 1)", issued.kind.title, issued.number, day(issued.at)]
        }),
      .table(
        columns: ["材料", "形式", "摘要值"],
        rows: (state.version?.materials ?? []).map { entry in
          [material(entry.material), entry.content.digest == nil ? "纸质" : "电子", entry.content.digest ?? "—"]
        }),
      .table(
        columns: ["版本", "提交时间", "摘要值"],
        rows: state.versions.map { ["第\($0.number)版", minute($0.at), $0.digest] }),
      .pairs([
        Pair("过程日志", "\(state.timeline.count)条，随卷"), Pair("归档方式", "电子文件单套归档，除另有规定外不再以纸质归档"),
        Pair("保管期限", "由县档案部门审定"),
      ]),
    ]
  }

  /// D22 撤回申请书, by the applicant.
  func withdrawal(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    [
      head(),
      .pairs([
        Pair("撤回时间", minute(state.withdrawal?.at ?? document.at)), Pair("撤回原因", state.withdrawal?.text ?? ""),
      ]),
      .paragraph("申请人在决定作出之前自愿撤回上列申请；已交的材料退还，可以重新申请。"),
      .signatures(["申请人签名", "日期"]),
    ]
  }

  /// D23 终止办理通知书.
  func termination(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    var pairs = [Pair("终止原因", reason(proceeding)), Pair("终止日", day(proceeding.endedAt ?? document.at))]
    if let upstream = proceeding.cascadeFrom {
      pairs.append(Pair("没有通过的前置事项", matter?.name(of: upstream) ?? upstream.text))
    }
    if let credit = proceeding.creditNote { pairs.append(Pair("信用记录", credit)) }
    let others = document.proceedings.dropFirst().compactMap(state.proceeding).map(\.itemName)
    if state.withdrawal != nil {
      let ended = state.proceedings.filter { $0.status == .terminated }.map(\.itemName)
      pairs.append(Pair("一并终止的事项", ended.joined(separator: "、")))
    } else if !others.isEmpty {
      pairs.append(Pair("一并终止的事项", others.joined(separator: "、")))
    }
    return [
      head(proceeding), .pairs(pairs), .paragraph("已交的材料退还申请人；条件具备后可以重新申请。"), remedies,
    ] + seal(proceeding, document)
  }
}
