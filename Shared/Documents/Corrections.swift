internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// D06 一次性补正告知书: everything to put right, of all departments, at once.
extension DocumentWriter {
  func correction(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let merged = state.correction(of: document)
    let asking = document.proceedings.compactMap(state.proceeding)
    return [
      head(),
      .pairs([
        Pair("收到日期", receivedDay(asking)), Pair("告知日期", day(document.at)),
        Pair("补正期限", "\(merged?.until ?? PrintedDocument.blank)前（各部门要求不一致的，按最早的一个）"),
      ]),
      .paragraph("经审查，申请材料需要补正。全部补正内容一次告知如下，办理机关不得再就同一批材料另行要求："),
      defects(merged),
      .pairs([
        Pair("提交渠道", "原收件站点（\(around.station)）或任一综合窗口，不必逐个部门跑"),
        Pair("逾期处理", "逾期不补正的，终止办理并退还材料，可以备齐后重新申请"),
        Pair("办理单位", asking.map(authority).joined(separator: "、")), Pair("联系人和电话", PrintedDocument.blank),
      ]),
      .signatures(["申请人签收（或短信、电话触达时间和号码）", "（加盖专用印章）"]),
    ]
  }

  /// Everything to put right, a row each.
  private func defects(_ merged: MergedCorrection?) -> PrintedDocument.Block {
    let rows = (merged?.lines ?? []).enumerated().map { index, line in
      [
        "\(index + 1)", line.doer == .applicant ? "申请人补交" : "帮办员改正，申请人确认",
        line.material.map(material) ?? line.field.map(field) ?? "", line.problems.joined(separator: "；"),
        line.remedies.joined(separator: "；"), alternative(line), line.items.joined(separator: "、"),
      ]
    }
    return .table(columns: ["序号", "谁来做", "材料或内容", "问题", "应补内容", "可替代方式", "提出的事项"], rows: rows)
  }

  /// 退还材料一次性告知书 (T11): the papers go back, everything is told once, and it is filed anew.
  func givenBack(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let item = matter?.item(proceeding.id.item)
    return [
      head(proceeding),
      .pairs([
        Pair("收到日期", receivedDay([proceeding])),
        Pair("退还日期", day(document.at)),
        Pair("依据", item?.basis ?? "待县里确认"),
      ]),
      .paragraph("申请材料不齐全或者不符合法定形式，现将材料全部退还。需要改正的全部内容一次告知如下："),
      defects(state.correction(of: document)), materials(version(proceeding)),
      .paragraph("改好、补齐后请重新提交，从重新提交之日起另行计算；不按补正等待，也不限定期限。不得再就同一批材料另行要求。"),
      .pairs([Pair("提交渠道", "原收件站点（\(around.station)）或任一综合窗口"), Pair("联系人和电话", PrintedDocument.blank)]),
      .signatures(["申请人收回材料签名", "（加盖专用印章）"]),
    ] + seal(proceeding, document)
  }

  /// 当场更正记录 (C26), with the applicant's confirmation: what was put right, never what it said before.
  func rectification(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let own = state.rectifications.first { document.operations.contains($0.operation) }
    let record = own ?? state.rectifications.last { $0.proceeding == nil && $0.at <= document.at }
    let proceeding = record?.proceeding.flatMap(state.proceeding)
    let values = state.version?.standing ?? [:]
    let rows = (record?.registers ?? []).enumerated().map { index, register in
      ["\(index + 1)", field(register), shown(register, values[register] ?? .null)]
    }
    return [
      head(proceeding),
      .pairs([
        Pair("更正时间", minute(record?.at ?? document.at)), Pair("更正地点", record?.place ?? around.station),
        Pair("更正原因", record?.reason ?? "申请人核对发现"), Pair("确认人", record.map { Masking.name($0.confirmedBy) } ?? ""),
      ]),
      .table(columns: ["序号", "更正的内容", "更正为"], rows: rows),
      .paragraph("以上错误可以当场更正，已按申请人的意思更正；不属于补正，不计入补正次数。"),
      .signatures(["申请人确认签名", "经办人"]),
    ]
  }

  /// A value as the paper may show it: what is sensitive or personal is left to the file.
  private func shown(_ register: String, _ value: Value) -> String {
    guard let field = matter?.fields.first(where: { $0.id == register }), !field.sensitive, !field.personal else {
      return "见申请表"
    }
    return FieldText.display(value, as: field)
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
