package import Foundations
internal import Replication

/// A written promise in the place of a proof 告知承诺: the proof is not asked for any more; the promise is checked.
package struct MaterialCommitment: Sendable, Hashable {
  package let material: String
  /// Who signed: `applicant`, or `agent` whose mandate names it.
  package let signedBy: String
  /// What the mandate says, word for word, where an agent signed.
  package let mandate: String?
  /// How it was signed: `handwriting`, `fingerprint` or `electronic`.
  package let manner: String

  /// `{material, signedBy, mandate?, manner?}`
  package init?(_ value: Value) {
    guard let material = value["material"]?.text, let signedBy = value["signedBy"]?.text else { return nil }
    self.material = material
    self.signedBy = signedBy
    mandate = value["mandate"]?.text
    manner = value["manner"]?.text ?? "handwriting"
  }

  /// As `submit` writes it.
  package var value: Value {
    var value: Value = [
      "material": .text(material), "signedBy": .text(signedBy), "manner": .text(manner),
    ]
    if let mandate { value["mandate"] = .text(mandate) }
    return value
  }

  /// Whether it may stand: made by the applicant, or by an agent whose mandate says so in words (民法典 165).
  package var isProperlySigned: Bool {
    signedBy == "applicant" || (signedBy == "agent" && mandate?.contains(Self.mandateWords) == true)
  }

  /// What a mandate must name for an agent to promise.
  package static let mandateWords = "代为作出承诺"
}

extension ApplicationState {
  /// Deferred materials that have not come yet.
  package var deferredOpen: [String] { deferredOpen(missing: []) }

  /// - Parameter missing: digests of attachments whose contents have not arrived whole.
  private func deferredOpen(missing: Set<String>) -> [String] {
    guard let deferred = version?.deferred, !deferred.isEmpty else { return [] }
    let present = Set(materials.filter { $0.content.digest.map { !missing.contains($0) } ?? true }.map(\.material))
    return deferred.filter { !present.contains($0) }
  }

  /// Whether a paper of a proceeding was put off or has a promise in its place, which may turn out not to be kept.
  func hasPromised(_ proceeding: ProceedingState) -> Bool {
    !commitments(for: proceeding).isEmpty
      || versions.flatMap(\.deferred).contains(where: proceeding.materials.contains)
  }

  /// Promises of the applicant that were not kept and whose record was not repaired 失信: until it is, whoever made them
  /// makes no new one (rules 4.2, 4.3).
  package var openCredit: [String] { proceedings.filter(\.isDiscredited).compactMap(\.creditNote) }

  /// Deferred materials of one proceeding that have not come yet.
  /// - Parameter missing: digests of attachments whose contents have not arrived whole: what was named only is no paper
  ///   that could be looked at.
  package func deferredOpen(for proceeding: ProceedingState, missing: Set<String> = []) -> [String] {
    deferredOpen(missing: missing).filter(proceeding.materials.contains)
  }

  /// Whether a promise was signed by whoever may: the applicant, or an agent whose mandate lets it promise.
  package func isProperlySigned(_ commitment: MaterialCommitment) -> Bool {
    commitment.isProperlySigned
      || (commitment.signedBy == "agent" && value(Register.mandate)?["commits"] == true)
  }

  /// The proofs in whose place the applicant's written promise stands.
  package func commitments(for proceeding: ProceedingState) -> [MaterialCommitment] {
    (version?.commitments ?? []).filter { proceeding.materials.contains($0.material) }
  }
}
