internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// D06 一次性补正告知书: everything to put right, of all departments, at once.
extension DocumentWriter {
  func correction(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let merged = state.correction(of: document)
    let asking = document.proceedings.compactMap(state.proceeding)
    let received = asking.compactMap(\.receivedAt).min()
    let rows = (merged?.lines ?? []).enumerated().map { index, line in
      [
        "\(index + 1)", line.doer == .applicant ? "申请人补交" : "帮办员改正，申请人确认",
        line.material.map(material) ?? line.field.map(field) ?? "", line.problems.joined(separator: "；"),
        line.remedies.joined(separator: "；"), alternative(line), line.items.joined(separator: "、"),
      ]
    }
    return [
      head(),
      .pairs([
        Pair("收到日期", day(received)), Pair("告知日期", day(document.at)),
        Pair("补正期限", "\(merged?.until ?? PrintedDocument.blank)前（各部门要求不一致的，按最早的一个）"),
      ]),
      .paragraph("经审查，申请材料需要补正。全部补正内容一次告知如下，办理机关不得再就同一批材料另行要求："),
      .table(columns: ["序号", "谁来做", "材料或内容", "问题", "应补内容", "可替代方式", "提出的事项"], rows: rows),
      .pairs([
        Pair("提交渠道", "原收件站点（\(around.station)）或任一综合窗口，不必逐个部门跑"),
        Pair("逾期处理", "逾期不补正的，终止办理并退还材料，可以备齐后重新申请"),
        Pair("办理单位", asking.map(authority).joined(separator: "、")), Pair("联系人和电话", PrintedDocument.blank),
      ]),
      .signatures(["申请人签收（或短信、电话触达时间和号码）", "（加盖专用印章）"]),
    ]
  }

  /// What may stand in the place of a paper.
  private func alternative(_ line: CorrectionLine) -> String {
    guard let id = line.material, let requirement = matter?.materials.first(where: { $0.id == id }) else { return "—" }
    if requirement.commitment { return "告知承诺书" }
    switch requirement.source {
    case .certificate: return "电子证照，免交"
    case .verification: return "网络核验，免交"
    case .result: return "办结事项共享，免交"
    case .own, .system: return "—"
    }
  }
}
