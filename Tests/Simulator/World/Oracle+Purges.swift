internal import Application
internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// What becomes of an application that the administrator erases: contents go, headers and digests stay, and what came
/// too late waits for a person.
extension Oracle {
  /// Takes over what was erased at the server.
  func readErased(_ service: CaseService) throws {
    for (application, tombstone) in history.purges.sorted(by: { $0.key < $1.key }) {
      try noteTold(application, service)
      let operations = try service.journal.read { reader throws(Problem) in try reader.operations(application) }
      let purged = operations.first { $0.operation.digest == tombstone.digest }?.judgement?.receivedAt
      for entry in operations.map(LogEntry.init) where entry.operation.digest != tombstone.digest {
        let isErased = entry.operation.isErased
        if entry.sequence < tombstone.sequence, !isErased { throw Violation("what is purged is gone", entry.line) }
        if entry.sequence > tombstone.sequence, isErased, !declined.contains(entry.operation.digest),
          !wasLost(entry), !wasThere(entry, before: purged)
        {
          throw Violation("what came too late for a purge waits for a person", entry.line)
        }
        if entry.sequence > tombstone.sequence, !isErased, entry.operation.header.kind != .purge,
          try isFromBefore(entry, service)
        {
          throw Violation("what is purged is gone", "\(entry.line) came back")
        }
        if isErased { history.noteErased(entry) }
      }
    }
  }

  /// Whether an operation had come before a purge and waited then: it is judged with it, and goes with the rest.
  private func wasThere(_ entry: LogEntry, before purged: Instant?) -> Bool {
    guard let received = entry.judged.judgement?.receivedAt, let purged else { return false }
    return received < purged
  }

  /// Who held an application in a log that was lost may be let in again to hear that it was erased.
  private func noteTold(_ application: ApplicationID, _ service: CaseService) throws {
    guard !past.isEmpty else { return }
    for device in devices {
      // Also one that the county has moved to another station since.
      let scope = "device:\(device.id.text)"
      guard history.scopes[application]?[scope] == nil else { continue }
      let given = try service.journal.read { reader throws(Problem) in try reader.applications(in: [scope]) }
      guard let sequence = given[application] else { continue }
      guard past.values.contains(where: { mayHold(application, device, $0) }) else {
        throw Violation("nobody gets what is not in scope", "\(device.id): \(application)")
      }
      history.scopes[application, default: [:]][scope] = sequence
    }
  }

  /// Whether an operation was brought back whose author the log that it came from had not told of any purge.
  private func isFromBefore(_ entry: LogEntry, _ service: CaseService) throws -> Bool {
    let adoption = try service.journal.read { reader throws(Problem) in try reader.adoption(entry.id) }
    return adoption.map { $0.judgement.disposition != .refused(Erasure.refusalCode) } ?? false
  }

  /// Whether the contents of an application were erased, in the present log or in one that was lost.
  func wasPurged(_ application: ApplicationID) -> Bool {
    ([history] + past.values).contains { $0.purges[application] != nil }
  }

  /// What stands behind another application, or has ended, goes out to nobody.
  func noteStanding(_ filing: Value) {
    let application = ApplicationID(String((filing["data"]?["id"]?.text ?? "").prefix { $0 != "." }))
    guard let state = ApplicationState.fold(entries(of: application).map(\.judged)) else { return }
    // What a window has taken up before is in its hands and stays there.
    let proceeding = (filing["data"]?["id"]?.text).flatMap { state.proceeding(ProceedingID($0)) }
    let isUntouched = proceeding?.status == .waiting || proceeding?.status == .dispatched
    let hasEnded = proceeding?.status.isFinal == true
    if state.erasure != nil || hasEnded || (state.standsBehind != nil && isUntouched) {
      filedStanding = "\(filing["data"]?["id"]?.text ?? ""): \(state.status)"
    }
  }

  /// Whether a filing is of an application whose contents were erased.
  func isOfPurged(filing key: String) -> Bool {
    let proceeding = filings[key]?["data"]?["id"]?.text ?? ""
    return wasPurged(ApplicationID(String(proceeding.prefix { $0 != "." })))
  }

  /// Digests of the attachments that something still needs.
  func attachmentsNeeded() -> Set<String> {
    var needed: Set<String> = []
    for entry in log where !entry.operation.isErased { needed.formUnion(attachments(entry.operation.digest)) }
    for (digest, status) in tray where status == .open { needed.formUnion(attachments(digest)) }
    return needed
  }

  /// The attachment that an operation names, as it was entered.
  func attachments(_ operation: Digest) -> [String] {
    guard let saved = saved[operation], saved.header.kind == .attach,
      case .file(let digest, _, _, _)? = MaterialContent(saved.content)
    else { return [] }
    return [digest]
  }
}

extension JudgedOperation {
  /// - Parameter purged: applications whose contents may be gone.
  func isSame(as other: JudgedOperation, purged: Set<ApplicationID>) -> Bool {
    guard self != other else { return true }
    return judgement == other.judgement && operation.id == other.operation.id
      && operation.digest == other.operation.digest && operation.isErased
      && purged.contains(operation.header.application)
  }
}

/// How often what happened.
final class Tally {
  private(set) var counts: [String: Int] = [:]
  private var seen: Set<String> = []

  func count(_ what: String) { counts[what, default: 0] += 1 }

  /// Counts something once, however often it is looked at.
  func count(_ what: String, once id: String) {
    if seen.insert(what + " " + id).inserted { count(what) }
  }
}
