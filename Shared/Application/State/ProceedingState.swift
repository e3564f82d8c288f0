internal import Cryptography
package import Foundations
package import Replication

/// A request for correction 补正 by one window: what to put right.
package struct Defect: Sendable, Hashable {
  /// A field's register, or nil where it is about a material.
  package let field: String?
  package let material: String?
  package let problem: String
  package let remedy: String
}

/// One return 补正 of one proceeding, kept after it was answered: what may be asked once, and what usually comes back.
package struct CorrectionRound: Sendable, Hashable {
  package let operation: OperationID
  /// The version that was returned.
  package let version: Int64
  package let defects: [Defect]
  package let until: String?
  package let at: Instant
  /// The supervisor who let the same papers be returned once more, and why: a violation 未一次告知.
  package let override: Override?
  package var manner = Manner.correction

  /// Why papers came back.
  package enum Manner: String, Sendable {
    /// 补正: kept, and to be put right by a day.
    case correction
    /// 不齐退还: given back, and filed anew.
    case givenBack
    /// 改路径: what it waited for has failed.
    case detour
  }

  /// A supervisor's word against the rule of one return.
  package struct Override: Sendable, Hashable {
    package let by: String
    package let reason: String
  }
}

/// Something that was put right on the spot 当场更正, as the applicant confirmed.
package struct Rectification: Sendable, Hashable {
  package let operation: OperationID
  /// The proceeding at whose window it was; nil where the station did it.
  package let proceeding: ProceedingID?
  /// What was put right.
  package let registers: [String]
  package let confirmedBy: String
  package let reason: String?
  package let place: String?
  package let at: Instant
}

/// How a proceeding came to be accepted.
package enum AcceptanceManner: String, Sendable {
  /// A window accepted it.
  case window
  /// 收件即受理: taking the papers in was acceptance.
  case receipt
  /// 视为受理: five working days passed without an answer (行政许可法 32).
  case deemed
}

/// What a station may do in the county's name, which decides when the law's clock starts.
package enum StationLevel: String, Sendable, CaseIterable {
  /// 代收: carries papers for the applicant; they are received at the window.
  case agent
  /// 收件: receives for the authority; papers are received as they are captured.
  case receive
  /// 授权受理: receives and accepts.
  case accept

  /// Whether what is captured here has been received by the authority.
  package var receives: Bool { self != .agent }
}

/// A site inspection 勘验, alone or of several departments together: a clock of its own; the approval's goes on.
package struct InspectionState: Sendable, Hashable {
  package let name: String
  /// Working days from acceptance, by the item's own rule; nil where it has none.
  package var workingDays: Int64?
  /// When it was made.
  package var doneAt: Instant?
  /// Who made it: two at least (行政许可法 34).
  package var by: [String]
  package var finding: String?
}

/// A stretch in which the legal clock stands still.
package struct SuspensionSpan: Sendable, Hashable {
  package let operation: OperationID
  package let procedure: String
  package let reason: String
  package let from: Instant
  package var until: Instant?
  /// Working days announced to the applicant.
  package let announcedWorkingDays: Int64
  /// Why it took longer than announced, where somebody said so.
  package var explanation: String?
}

/// One item of one application, at one window, with its own clock.
package struct ProceedingState: Sendable, Hashable {
  package internal(set) var id: ProceedingID
  package let itemName: String
  /// Nil while nothing matched: it stands in the unrouted queue.
  package var window: WindowID?
  package var windowName: String
  package var authority: String
  package var status: ProceedingStatus
  /// The version this proceeding is judged by.
  package var version: Int64
  /// Proceedings that must be decided first; each entry a set of alternatives.
  package var after: [[ItemID]]
  /// What the server said of `awaits` last.
  var awaited: [String] = []
  /// Of what it needs, the materials whose attachments have not arrived whole; only while it waits for them.
  package var awaits: [String] { status == .awaitingAttachments ? awaited : [] }
  /// Materials this proceeding needs.
  package var materials: [String]
  /// Fields this proceeding needs: each authority gets its own and nothing more.
  package var fields: [String]
  /// Days promised and allowed by law, and how they are counted.
  package var promisedDays: Int64?
  package var statutoryDays: Int64?
  package var naturalDays: Bool
  package var receivedAt: Instant?
  /// Whether it was received when it was captured, and when that was is doubtful: a clerk should look.
  package var isReceiptDoubtful = false
  /// When it had been received before a further version that nobody had asked for: only an answer to a correction
  /// starts the clock for asking again (rules 1.1: C20, C26, C31).
  package var receivedBefore: Instant?
  package var acceptedAt: Instant?
  /// When the acceptance was written down: days after it, where it counts from the receipt.
  package var acceptanceNotedAt: Instant?
  package var suspensions: [SuspensionSpan] = []
  package var extendedDays: Int64 = 0
  package var defects: [Defect] = []
  /// Registers and materials that may be changed to answer the defects, beside what they name.
  package var openedFields: Set<String> = []
  package var openedMaterials: Set<String> = []
  package var correctionUntil: String?
  /// `approve` or `refuse`.
  package var outcome: String?
  package var reason: String?
  package var certificate: Value?
  package var delivery: Value?
  package var verified: [String: String] = [:]
  package var decidedAt: Instant?
  /// The last window operation: an action that has not seen it does not fit any more.
  package var lastOperation: OperationID?
  /// Where a rejecting window says it belongs.
  package var redirectTo: String?
  /// `notNeeded`, `notOurs`, `falsehood` or `other`, where the window said so.
  package var ground: String?
  /// What the station that captured it may do; nil in logs from before stations had levels.
  package var level: StationLevel?
  /// 收件即受理: the item's own rule.
  package var receiveMeansAccept = false
  /// 不齐退还: the item's own rule.
  package var givesBack = false
  /// Its papers were given back, and nobody has filed it anew yet.
  package var isGivenBack = false
  /// The items whose failure another way was offered for.
  package var detouredFrom: [ItemID] = []
  /// 01 licence … 20 public service (GB/T 39046), where known.
  package var typeCode: String?
  package var manner: AcceptanceManner = .window
  /// All returns, answered or not.
  package var rounds: [CorrectionRound] = []
  /// 预审通过
  package var isPreviewed = false
  package var previewOpinion: String?
  /// Whose interests it touches 利害关系人, and what they were told.
  package var parties: String?
  package var partiesContent: String?
  package var inspection: InspectionState?
  /// Who granted the extension 延长审批, and why.
  package var extensionApprover: String?
  package var extensionReason: String?
  /// What was not brought in time although it was promised 失信记录.
  package var creditNote: String?
  /// Why the record stands no longer 信用修复.
  package var creditRepair: String?
  /// The item whose failure ended this one.
  package var cascadeFrom: ItemID?
  /// The decision's number.
  package var decisionNumber: String?
  package var deliveredAt: Instant?
  package var endedAt: Instant?
  /// It was taken back once: the clock for asking starts when it goes out anew.
  var goesOutAnew = false

  /// Whether a record of a promise that was not kept stands.
  package var isDiscredited: Bool { creditNote != nil && creditRepair == nil }

  /// Whether what is captured has been received by the authority at once: nothing stands before it that must be decided
  /// first, and the station may receive.
  var isReceivedAtCapture: Bool { level?.receives == true && after.isEmpty && !goesOutAnew }
}

/// A pinned version: what the applicant submitted, exactly.
package struct PinnedVersion: Sendable, Hashable {
  package let number: Int64
  package let operation: OperationID
  package internal(set) var at: Instant
  /// When it reached the server; nil before.
  package internal(set) var arrivedAt: Instant?
  /// Its author's clock could not be trusted: `at` is the time of arrival.
  package internal(set) var isCaptureDoubtful = false
  /// Values of all registers as the submitting device saw them.
  package let values: Members
  package let materials: [MaterialEntry]
  /// Materials that follow later 容缺.
  package let deferred: [String]
  /// Written promises that stand in the place of proofs 告知承诺.
  package let commitments: [MaterialCommitment]
  /// The proceedings this version answers a correction of; empty for a first submission.
  package let answers: [ProceedingID]
  /// What windows wrote since it was pinned, or before and unseen by its author, by register: what they put right on
  /// the spot 当场更正, and what they admitted of what came late. Its digest is of what was handed in.
  package internal(set) var rectified: Members = [:]
  /// Materials that came late and were admitted since it was pinned.
  package internal(set) var admitted: [MaterialEntry] = []
  /// The entries whose removal came late and was admitted.
  package internal(set) var released: Set<OperationID> = []
  /// The digest of what it pins, where it was worked out already.
  var known = Known()

  /// The values that count: what was handed in, and what windows wrote since; they clear a value by writing none.
  package var standing: Members {
    rectified.isEmpty
      ? values : values.merging(rectified) { _, corrected in corrected }.filter { !$0.value.isNull }
  }

  /// The digest of what it pins. Whoever folds an application in order to list it never asks for it.
  package var digest: String { (known.digest ?? computedDigest).text }

  /// What follows from the rest, and so tells no two versions apart.
  struct Known: Sendable, Hashable {
    var digest: Digest?

    static func == (left: Known, right: Known) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
  }
}
