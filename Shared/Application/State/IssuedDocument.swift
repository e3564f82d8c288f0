package import Foundations
package import Replication

/// The documents 文书 of a life cycle, by their codes in the county's list.
package enum DocumentKind: String, Sendable, CaseIterable, Comparable {
  /// 一次性告知书; made by the guidance before there is an application.
  case notice = "D01"
  case agencySlip = "D02"
  case receipt = "D03"
  case notNeeded = "D04"
  case rejection = "D05"
  case correction = "D06"
  case correctionReceipt = "D07"
  case acceptance = "D08"
  case deemedAcceptance = "D09"
  case deferralPromise = "D10"
  case deferralNotice = "D11"
  case commitment = "D12"
  case previewOpinion = "D13"
  case partiesNotice = "D14"
  case specialProcedure = "D15"
  case `extension` = "D16"
  case approval = "D17"
  case refusal = "D18"
  case delivery = "D19"
  case completion = "D20"
  case archiveList = "D21"
  case withdrawal = "D22"
  case termination = "D23"
  // Those without a number in that list are called by the rule that asks for them.
  /// 当场更正记录 (C26)
  case rectification = "C26"
  /// 退还材料告知书 (T11)
  case givenBack = "T11"

  package static func < (left: DocumentKind, right: DocumentKind) -> Bool { left.rawValue < right.rawValue }

  /// Its title on paper.
  package var title: String { Self.names[self]?.title ?? rawValue }

  /// The short name in its number: `盱审补〔2026〕0001号`.
  package var shortName: String { Self.names[self]?.short ?? rawValue }

  /// What a station may print before the county has numbered it: papers that are the applicant's or the station's own.
  /// What an authority issues comes from the authority alone.
  package var mayBeProvisional: Bool {
    [.agencySlip, .receipt, .deferralPromise, .commitment, .withdrawal, .rectification].contains(self)
  }

  private static let names: [DocumentKind: (title: String, short: String)] = [
    .notice: ("一次性告知书", "告"), .agencySlip: ("代办受理单", "代"), .receipt: ("收件凭证", "收"),
    .notNeeded: ("不受理告知书", "免"), .rejection: ("不予受理通知书", "不受"), .correction: ("一次性补正告知书", "补"),
    .correctionReceipt: ("补正材料收件凭证", "补收"), .acceptance: ("受理通知书", "受"), .deemedAcceptance: ("视为受理记录", "视受"),
    .deferralPromise: ("容缺受理承诺书", "容承"), .deferralNotice: ("容缺受理通知书", "容受"), .commitment: ("告知承诺书", "承"),
    .previewOpinion: ("容缺预审意见", "预"), .partiesNotice: ("利害关系人告知书", "利"), .specialProcedure: ("特别程序告知书", "特"),
    .extension: ("延期告知书", "延"), .approval: ("准予决定书", "准"), .refusal: ("不予决定书", "不准"), .delivery: ("送达回证", "送"),
    .completion: ("办结单", "结"), .archiveList: ("归档目录", "档"), .withdrawal: ("撤回申请书", "撤"), .termination: ("终止办理通知书", "终"),
    .rectification: ("当场更正记录", "更"), .givenBack: ("退还材料一次性告知书", "退"),
  ]
}

/// A document that was issued: its kind and its number. What it says is derived from the operations that brought it
/// about, so that a device without a network prints the same words as the county.
package struct IssuedDocument: Sendable, Hashable {
  package let kind: DocumentKind
  /// `清审补〔2026〕0001号`: of the county, the kind and the year.
  package let number: String
  package let at: Instant
  /// The proceedings it is about, in the order in which they joined; empty for the application as a whole.
  package internal(set) var proceedings: [ProceedingID]
  /// The operations that it says: one, or every return that joined one notice.
  package internal(set) var operations: [OperationID]
  /// The promised and the statutory day as they were written on it.
  package let due: String?
  package let statutoryDue: String?

  package init(
    kind: DocumentKind, number: String, at: Instant, proceedings: [ProceedingID], operations: [OperationID],
    due: String? = nil, statutoryDue: String? = nil
  ) {
    self.kind = kind
    self.number = number
    self.at = at
    self.proceedings = proceedings
    self.operations = operations
    self.due = due
    self.statutoryDue = statutoryDue
  }

  /// `{kind, number, title, at}` as `show` lists it.
  package var value: Value {
    [
      "kind": .text(kind.rawValue), "number": .text(number), "title": .text(kind.title),
      "at": .text(ChinaTime.text(at)),
    ]
  }
}

extension ApplicationState {
  /// Documents that an operation of the server carries: `{kind, number, proceeding?, due?, statutoryDue?}` each. One
  /// with a number that is known joins what was issued under it.
  mutating func takeDocuments(_ context: FoldContext) {
    for line in context.payload["documents"]?.array ?? [] {
      guard let kind = line["kind"]?.text.flatMap(DocumentKind.init(rawValue:)), let number = line["number"]?.text
      else { continue }
      let proceeding = line["proceeding"]?.text.map { ProceedingID($0) }
      if let index = documents.firstIndex(where: { $0.kind == kind && $0.number == number }) {
        documents[index].operations.append(context.header.id)
        if let proceeding, !documents[index].proceedings.contains(proceeding) {
          documents[index].proceedings.append(proceeding)
        }
      } else {
        documents.append(
          IssuedDocument(
            kind: kind, number: number, at: context.at, proceedings: proceeding.map { [$0] } ?? [],
            operations: [context.header.id], due: line["due"]?.text, statutoryDue: line["statutoryDue"]?.text))
      }
    }
  }

  /// The document of a kind that people mean: the last one, of a proceeding where one is named.
  package func document(_ kind: DocumentKind, of proceeding: ProceedingID? = nil) -> IssuedDocument? {
    documents.last { $0.kind == kind && (proceeding.map($0.proceedings.contains) ?? true) }
  }
}
