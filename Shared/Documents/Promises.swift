internal import Application
internal import Catalog
internal import Foundations

/// The applicant's promises: D10 容缺受理承诺书, D12 告知承诺书. Two mechanisms: what is deferred is still owed, what is
/// committed to is not asked for any more.
extension DocumentWriter {
  func deferralPromise(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let version = state.version
    let missing = version?.deferred ?? []
    return [
      head(),
      .pairs([Pair("已交材料", "\(version?.materials.count ?? 0)项，见收件凭证")]),
      .table(columns: ["缺的材料", "补齐形式", "补齐期限"], rows: missing.map { [material($0), "原件或清晰影像", due($0)] }),
      .paragraph("本人承诺：上列材料在期限内补齐并合格；没有补齐的，同意终止办理，由此产生的损失自行承担；知悉失信记录修复前不再适用容缺受理。"),
      .signatures(["申请人或受托人（附授权委托书）签名", "日期", "受理人"]),
    ]
  }

  /// The strictest due date among the items that need a material; before acceptance the rule in words.
  private func due(_ id: String) -> String {
    let days = state.proceedings.filter { $0.materials.contains(id) }.compactMap {
      ProceedingClock.deferralDay($0, capDays: nil, calendar: around.calendar)
    }
    return days.min { $0.date < $1.date }?.text ?? "受理后承诺期限届满前2个工作日，最长20个工作日，以容缺受理通知书为准"
  }

  /// Everything that the State Council's rules (国办发〔2020〕42号) have on both halves of the paper.
  func commitment(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let commitments = state.version?.commitments ?? []
    let items = commitments.map { commitment in
      state.proceedings.filter { $0.materials.contains(commitment.material) }.map(\.itemName).joined(separator: "、")
    }
    let basis = Set(state.proceedings.compactMap { matter?.item($0.id.item)?.basis }).sorted()
    let agent = commitments.first { $0.signedBy == "agent" }
    return [
      head(),
      .paragraph("一、告知"),
      .pairs([
        Pair("事项名称", items.filter { !$0.isEmpty }.joined(separator: "；")),
        Pair("设定依据", basis.isEmpty ? "待县里确认" : basis.joined(separator: "；")),
        Pair("证明内容", commitments.map { material($0.material) }.joined(separator: "、")),
        Pair("承诺方式", "书面承诺，由申请人本人签名（按指印影像或电子签名同效）；不愿或不能承诺的，按规定提交证明"),
        Pair("不实承诺的责任", "承担相应的民事责任、行政责任；构成犯罪的，承担刑事责任"),
        Pair("行政机关核查权力", "可以在线核查、现场核查或请有关机关协助核查；发现不实的，终止办理、责令整改或撤销决定，并记入信用记录"),
        Pair("是否公开", "不公开；涉及社会公共利益或第三方利益的，公开范围和时限由办理机关另行告知"),
      ]),
      .paragraph("二、承诺"),
      .list(["已经知晓告知的全部内容", "已经符合告知的条件、要求", "愿意承担不实承诺的法律责任", "承诺是本人真实意思的表示"]),
      .paragraph(agent.map { "由代理人签署，授权委托书载明：\($0.mandate ?? "")" } ?? "由申请人本人签署，代办员不得代签。"),
      .signatures(["申请人签名", "日期", "办理机关（加盖印章）"]),
    ]
  }
}
