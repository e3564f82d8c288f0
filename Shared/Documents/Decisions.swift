internal import Application
internal import Catalog
internal import Foundations

/// Decisions and what follows from them: D17 to D20.
extension DocumentWriter {
  /// D17 准予决定书; of benefits and confirmations the approval notice.
  func approval(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let isLicence = proceeding.typeCode == "01"
    return [
      head(proceeding),
      .pairs([
        Pair("决定文号", proceeding.decisionNumber ?? document.number), Pair("决定日", day(proceeding.decidedAt)),
        Pair("决定", isLicence ? "符合法定条件、标准，准予行政许可" : "符合条件，予以批准（核定）"),
      ]),
    ] + (proceeding.reason.map { [.paragraph("说明：\($0)")] } ?? [])
      + [.paragraph("需要颁发证照的，自决定之日起十个工作日内制发、送达。")] + seal(proceeding, document)
  }

  /// D18 不予决定书: facts, reasons, basis, and where to turn to (行政许可法 38).
  func refusal(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    [
      head(proceeding),
      .pairs([
        Pair("决定文号", proceeding.decisionNumber ?? document.number),
        Pair("认定事实", "申请人的申请于\(acceptedDay(proceeding))受理，经审查不符合条件"), Pair("理由", reason(proceeding)),
        Pair("依据", matter?.item(proceeding.id.item)?.basis ?? "待县里确认"), Pair("决定日", day(proceeding.decidedAt)),
      ]), remedies,
    ] + seal(proceeding, document)
  }

  /// D19 送达回证.
  func delivery(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    let delivery = proceeding.delivery ?? [:]
    let decision = state.document(.approval, of: proceeding.id) ?? state.document(.refusal, of: proceeding.id)
    let certificate = proceeding.certificate.map { "\($0["name"]?.text ?? "") \($0["number"]?.text ?? "")" }
    let delivered = [decision.map { "\($0.kind.title) \($0.number)" }, certificate].compactMap { $0 }
    return [
      head(proceeding),
      .pairs([
        Pair("送达文书名称和文号", delivered.joined(separator: "；")),
        Pair("受送达人", applicant), Pair("送达方式", delivery["method"]?.text ?? ""),
        Pair("签收人", delivery["receivedBy"]?.text ?? ""), Pair("签收人与受送达人的关系和证件", PrintedDocument.blank),
        Pair("签收时间", minute(proceeding.deliveredAt)), Pair("运单号", delivery["waybill"]?.text ?? "无"),
        Pair("代领", "由代办员或他人代领的，附授权委托书"), Pair("拒收的，见证人", PrintedDocument.blank),
      ]),
      .signatures(["签收人签名", "送达人签名"]),
    ]
  }

  /// D20 办结单.
  func completion(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    [
      head(proceeding),
      .pairs([
        Pair("受理日", acceptedDay(proceeding)), Pair("办结时间", minute(proceeding.decidedAt)),
        Pair("送达时间", minute(proceeding.deliveredAt)),
        Pair("办理结果", proceeding.outcome == "refuse" ? "不予" : "准予"),
        Pair("证照", proceeding.certificate?["name"]?.text ?? "无"), Pair("承办单位", authority(proceeding)),
      ]),
      .paragraph("请对本次办理作出评价；评价由申请人自己作出，代办员和窗口人员不得代评。"),
    ]
  }
}
