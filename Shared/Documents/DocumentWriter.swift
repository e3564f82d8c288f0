package import Application
package import Catalog
package import Foundations
internal import Replication

/// What a document says besides the application itself.
package struct DocumentSurroundings: Sendable {
  /// `清涧县`
  package let county: String
  /// The station that captured it, and who did.
  package let station: String
  /// What that station may do, as far as whoever prints it knows; nil where nobody here knows.
  package let level: StationLevel?
  package let agent: String
  package let calendar: WorkingCalendar

  package init(county: String, station: String, level: StationLevel?, agent: String, calendar: WorkingCalendar) {
    self.county = county
    self.station = station
    self.level = level
    self.agent = agent
    self.calendar = calendar
  }
}

/// Writes the documents of one application: a template a kind, every element that the rules of section 1.2 require. The
/// same operations give the same words on a device and on the server.
package struct DocumentWriter: Sendable {
  let state: ApplicationState
  /// Nil where the catalogue here does not have the matter any more; names are ids then.
  let matter: Matter?
  let around: DocumentSurroundings

  package init(_ state: ApplicationState, matter: Matter?, around: DocumentSurroundings) {
    self.state = state
    self.matter = matter
    self.around = around
  }

  /// A document that was issued.
  package func write(_ document: IssuedDocument) -> PrintedDocument {
    printed(document.kind, number: document.number, isProvisional: false, blocks: blocks(document))
  }

  /// A paper of the station's or the applicant's own that the county has not numbered yet.
  /// - Parameter now: the time of printing, which stands on it where nothing was submitted.
  /// - Returns: nil for what only an authority issues, or what there is nothing for.
  package func provisional(_ kind: DocumentKind, now: Instant) -> PrintedDocument? {
    guard kind.mayBeProvisional, let number = provisionalNumber(kind) else { return nil }
    let document = IssuedDocument(
      kind: kind, number: number, at: state.withdrawal?.at ?? state.version?.at ?? now,
      proceedings: state.proceedings.map(\.id), operations: [], due: nil, statutoryDue: nil)
    return printed(kind, number: number, isProvisional: true, blocks: blocks(document))
  }

  /// The offline number with the kind's code; nil where the application gives no cause for the paper.
  private func provisionalNumber(_ kind: DocumentKind) -> String? {
    let isThere: Bool =
      switch kind {
      case .agencySlip: state.version != nil && !stationReceives
      case .receipt: state.version != nil && isReceived
      case .deferralPromise: state.version?.deferred.isEmpty == false
      case .commitment: state.version?.commitments.isEmpty == false
      case .withdrawal: state.withdrawal != nil && state.version != nil
      case .rectification: state.rectifications.contains { $0.proceeding == nil }
      default: false
      }
    return isThere ? "\(state.code)-\(kind.rawValue)" : nil
  }

  private func printed(
    _ kind: DocumentKind, number: String, isProvisional: Bool, blocks: [PrintedDocument.Block]
  ) -> PrintedDocument {
    // What Bangban worked out itself is shown as such wherever it appears.
    let mark: [PrintedDocument.Block] =
      matter?.detail == .full ? [] : [.paragraph("本件所依据的事项目录为示例，待县里确认；以承办单位的办事指南为准。")]
    return PrintedDocument(
      kind: kind, title: "\(around.county)\(kind.title)", number: number, isProvisional: isProvisional,
      blocks: blocks + mark)
  }

  private func blocks(_ document: IssuedDocument) -> [PrintedDocument.Block] {
    let proceeding = document.proceedings.first.flatMap(state.proceeding)
    switch document.kind {
    case .notice: return []
    case .agencySlip: return agencySlip(document)
    case .receipt: return receipt(document)
    case .correctionReceipt: return correctionReceipt(document)
    case .correction: return correction(document)
    case .deferralPromise: return deferralPromise(document)
    case .commitment: return commitment(document)
    case .archiveList: return archiveList(document)
    case .withdrawal: return withdrawal(document)
    case .rectification: return rectification(document)
    default: return proceeding.map { blocks(document, $0) } ?? []
    }
  }

  /// Documents about one item.
  private func blocks(_ document: IssuedDocument, _ proceeding: ProceedingState) -> [PrintedDocument.Block] {
    switch document.kind {
    case .notNeeded: notNeeded(document, proceeding)
    case .rejection: rejection(document, proceeding)
    case .acceptance: acceptance(document, proceeding)
    case .deemedAcceptance: deemedAcceptance(document, proceeding)
    case .deferralNotice: deferralNotice(document, proceeding)
    case .previewOpinion: previewOpinion(document, proceeding)
    case .partiesNotice: partiesNotice(document, proceeding)
    case .specialProcedure: specialProcedure(document, proceeding)
    case .extension: extensionNotice(document, proceeding)
    case .approval: approval(document, proceeding)
    case .refusal: refusal(document, proceeding)
    case .delivery: delivery(document, proceeding)
    case .completion: completion(document, proceeding)
    case .termination: termination(document, proceeding)
    case .givenBack: givenBack(document, proceeding)
    default: []
    }
  }
}

// MARK: What several documents say

extension DocumentWriter {
  typealias Pair = PrintedDocument.Pair

  /// The version a document is about: a proceeding's own, or the last.
  func version(_ proceeding: ProceedingState? = nil) -> PinnedVersion? {
    guard let proceeding else { return state.version }
    return state.versions.first { $0.number == proceeding.version } ?? state.version
  }

  /// The applicant, masked: the paper may be left lying about.
  var applicant: String {
    let applicant = state.version?.standing[Register.applicant] ?? state.value(Register.applicant) ?? [:]
    let name = applicant["name"]?.text ?? ""
    let isPerson = applicant["kind"] != "organisation"
    let number = applicant["idNumber"]?.text.map(Masking.idNumber) ?? applicant["uscc"]?.text ?? ""
    return [isPerson ? Masking.name(name) : name, number].filter { !$0.isEmpty }.joined(separator: "  ")
  }

  /// Who the applicant is, the matter and the item, and the number that everybody can ask by.
  func head(_ proceeding: ProceedingState? = nil) -> PrintedDocument.Block {
    var pairs = [Pair("申请人", applicant), Pair("一件事", matter?.name ?? state.matter.text)]
    if let proceeding {
      pairs.append(Pair("事项", proceeding.itemName))
    } else if !state.proceedings.isEmpty {
      pairs.append(Pair("事项", state.proceedings.map(\.itemName).joined(separator: "、")))
    }
    pairs.append(Pair("查询码", state.code))
    return .pairs(pairs)
  }

  /// The authority that issues something about an item.
  func authority(_ proceeding: ProceedingState) -> String {
    proceeding.authority.isEmpty ? proceeding.windowName : proceeding.authority
  }

  /// To the minute.
  func minute(_ instant: Instant?) -> String {
    guard let instant else { return PrintedDocument.blank }
    return String(ChinaTime.text(instant).prefix(16)).replacing("T", with: " ")
  }

  func day(_ instant: Instant?) -> String { instant.map { ChinaTime.date($0).text } ?? PrintedDocument.blank }

  /// The legal day of receipt, of several the first; every paper names this one.
  func receivedDay(_ proceedings: [ProceedingState]) -> String {
    let days = proceedings.compactMap { proceeding in
      ProceedingClock.receivedDay(proceeding, around.calendar).map { ($0, proceeding.isReceiptDoubtful) }
    }
    guard let (day, isDoubtful) = days.min(by: { $0.0.date < $1.0.date }) else { return PrintedDocument.blank }
    return day.text + doubt(isDoubtful)
  }

  /// What stands behind a time that is that of arrival, since the clock of whoever captured could not be trusted.
  func doubt(_ isDoubtful: Bool?) -> String {
    isDoubtful == true ? "（存疑：采集时电脑的时钟对不上，按送到县里的时间）" : ""
  }

  /// The legal day of acceptance; every paper names this one.
  func acceptedDay(_ proceeding: ProceedingState) -> String {
    ProceedingClock.acceptedDay(proceeding, around.calendar)?.text ?? PrintedDocument.blank
  }

  /// So many days in the unit of an item's limit.
  func days(_ count: Int64, _ proceeding: ProceedingState) -> String {
    "\(count)\(proceeding.naturalDays ? "日（自然日）" : "个工作日")"
  }

  func material(_ id: String) -> String { matter?.materials.first { $0.id == id }?.name ?? id }

  func field(_ register: String) -> String {
    if register == Register.applicant { return "申请人信息" }
    if register == Register.agent { return "代办人信息" }
    let name = Register.name(register)
    if let field = matter?.fields.first(where: { $0.id == name }) { return field.name }
    let members = (matter?.fields ?? []).filter { $0.group == name }.map(\.name)
    return members.isEmpty ? name : members.joined(separator: "、")
  }

  /// Every material of a version: originals, copies, files, and what follows later or is promised.
  func materials(_ version: PinnedVersion?) -> PrintedDocument.Block {
    var rows: [[String]] = []
    for id in unique((version?.materials ?? []).map(\.material)) {
      var (originals, copies, files): (Int64, Int64, Int) = (0, 0, 0)
      for entry in version?.materials ?? [] where entry.material == id {
        switch entry.content {
        case .paper(let one, let other):
          originals += one
          copies += other
        case .file: files += 1
        }
      }
      rows.append([material(id), "\(originals)", "\(copies)", "\(files)", "已收取"])
    }
    rows += (version?.deferred ?? []).map { [material($0), "0", "0", "0", "容缺，后补"] }
    rows += (version?.commitments ?? []).map { [material($0.material), "0", "0", "0", "告知承诺代替"] }
    return rows.isEmpty
      ? .paragraph("材料：没有收取材料。")
      : .table(columns: ["材料", "原件", "复印件", "电子", "是否收取"], rows: rows)
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// Where one may turn to against a decision (行政复议法 20, 行政诉讼法 46).
  var remedies: PrintedDocument.Block {
    .paragraph(
      "救济途径：不服本决定的，可以自知道之日起60日内向\(around.county)人民政府（实行垂直领导的机关，向其上一级主管部门）申请行政复议，"
        + "或者自知道之日起6个月内向\(around.county)人民法院提起行政诉讼。")
  }

  /// The special seal and the date 专用印章 (行政许可法 32).
  func seal(_ proceeding: ProceedingState, _ document: IssuedDocument) -> [PrintedDocument.Block] {
    [
      .pairs([Pair("出具单位", authority(proceeding)), Pair("日期", day(document.at))]),
      .signatures(["（加盖专用印章）"]),
    ]
  }

  /// What the operation said that a document was issued with, where the fold does not keep it.
  func reason(_ proceeding: ProceedingState) -> String { proceeding.reason ?? PrintedDocument.blank }
}
