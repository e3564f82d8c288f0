internal import Application
internal import Foundations
internal import Journal
internal import Replication

/// Finds applications for the same matter of the same person 重复件 as they are submitted, before they reach a window,
/// and keeps what both say of each other alike.
///
/// Only what was submitted is told of, and only its number, its station and whether it lives: a draft costs nothing,
/// and so nobody can ask about somebody else by drafting one.
struct DuplicateWatch {
  let transaction: CaseTransaction

  /// - Parameters:
  ///   - submitted: applications that were submitted in this transaction, in that order.
  ///   - decisions: decisions taken in it.
  ///   - mended: applications of which something was brought back, now that all of it is here.
  func run(
    submitted: [ApplicationID], decisions: [Operation], mended: Set<ApplicationID>
  ) throws(Problem) {
    var among: [Person: [ApplicationID]] = [:]
    for id in submitted { try find(id, among: &among) }
    for decision in decisions where decision.content["mirrors"] == nil { try mirror(decision) }
    // Of what both had been told, nobody may have brought anything back.
    for id in mended.sorted() { try find(id, among: &among) }
    for id in mended.sorted() { try tellBack(id) }
    for id in mended.sorted() { try mend(id) }
    for id in mended.sorted() { try hear(id) }
  }

  /// Tells the duplicates of applications that have ended, or live again.
  /// - Returns: whether anybody had to be told.
  func tell(_ touched: [ApplicationID]) throws(Problem) -> Bool {
    var told = false
    for id in touched where try tellStatus(id) { told = true }
    return told
  }

  /// One person in one matter.
  private struct Person: Hashable {
    let matter: MatterID
    let term: SearchTerm
  }

  private static func person(_ state: ApplicationState) -> Person? {
    guard let applicant = state.version?.values[Register.applicant], let term = SearchTerm.identity(applicant) else {
      return nil
    }
    return Person(matter: state.matter, term: term)
  }

  /// - Parameter among: applications that were submitted earlier in this transaction: no index has them yet.
  private func find(_ id: ApplicationID, among: inout [Person: [ApplicationID]]) throws(Problem) {
    guard let state = try transaction.state(id), DuplicateStatus(state) == .live, let person = Self.person(state) else {
      return
    }
    let indexed = try transaction.journal.applicationsUnderWay(
      state.matter, terms: [person.term], limit: Limits.duplicatesMax)
    let others = Set(indexed + (among[person] ?? [])).subtracting([id])
    // A few tell a person all there is to tell; more would only let one request write without end.
    if among[person, default: []].count < Limits.duplicatesMax { among[person, default: []].append(id) }
    var found: [ApplicationState] = []
    for other in others where state.duplicate(other) == nil {
      // The index may be older than this transaction, and equal keys are not yet equal numbers.
      if let other = try transaction.state(other), DuplicateStatus(other) == .live, Self.person(other) == person {
        found.append(other)
      }
    }
    for other in found.sorted(by: { $0.lastSequence < $1.lastSequence }).prefix(Limits.duplicatesMax) {
      // After a backup was put back the other one may know already.
      let back = other.duplicate(id)
      try tell(state, of: other, first: back?.first ?? other.id)
      if back == nil { try tell(other, of: state, first: other.id) }
    }
  }

  private func tell(
    _ state: ApplicationState, of other: ApplicationState, first: ApplicationID, status: DuplicateStatus = .live
  ) throws(Problem) {
    let station = try transaction.journal.station(other.station)?.name ?? other.station.text
    try transaction.appendOwn(
      .duplicate, state.id,
      [
        "other": .text(other.id.text), "code": .text(other.code), "station": .text(other.station.text),
        "stationName": .text(station), "first": .text(first.text), "status": .text(status.rawValue),
      ])
  }

  /// Tells an application of those that were told of it and came back before it: nobody looks for those that have
  /// ended, nor on behalf of one that has.
  private func tellBack(_ id: ApplicationID) throws(Problem) {
    guard let state = try transaction.state(id), let person = Self.person(state) else { return }
    for other in try transaction.journal.applications(terms: [person.term], limit: Self.alikeMax)
    where other != id && state.duplicate(other) == nil {
      guard let other = try transaction.state(other), let back = other.duplicate(id), other.erasure == nil,
        Self.person(other) == person
      else { continue }
      try tell(state, of: other, first: back.first, status: DuplicateStatus(other))
    }
  }

  /// More applications of one person are not looked through.
  private static let alikeMax = 100

  /// Writes a decision into the other application, with the ancestry it has in its own.
  private func mirror(_ decision: Operation) throws(Problem) {
    let payload = decision.content
    guard let state = try transaction.state(decision.header.application),
      let mark = payload["other"]?.text.map({ ApplicationID($0) }).flatMap(state.duplicate),
      let other = try transaction.state(mark.other), let back = other.duplicate(state.id)
    else { return }
    let parents = back.counterparts(of: decision.header.parents[Register.duplicate(mark.other)] ?? [], in: mark)
    var mirrored = payload
    mirrored["other"] = .text(state.id.text)
    mirrored["mirrors"] = .text(decision.id.text)
    mirrored["standsForLost"] = payload["mirrors"]
    mirrored[Former.key] = nil
    if mirrored["place"] == nil {
      mirrored["place"] = .text(try transaction.journal.station(state.station)?.name ?? state.station.text)
    }
    try transaction.appendOwn(
      decision.header.kind, other.id, mirrored,
      parents: parents.isEmpty ? [:] : [Register.duplicate(state.id): parents])
  }

  /// Makes both sides alike again after a backup was put back: what one of them lacks may have been lost for good.
  private func mend(_ id: ApplicationID) throws(Problem) {
    guard let state = try transaction.state(id) else { return }
    for mark in state.duplicates {
      guard let other = try transaction.state(mark.other), other.version != nil, other.erasure == nil else { continue }
      if other.duplicate(id) == nil { try tell(other, of: state, first: mark.first) }
      for (one, another) in [(id, mark.other), (mark.other, id)] {
        guard let here = try transaction.state(one)?.duplicate(another),
          let there = try transaction.state(another)?.duplicate(one)
        else { continue }
        let mirrored = Set(there.mirrors.values)
        for write in here.decisions.writes where write.applied && !mirrored.contains(write.operation) {
          // Of a decision, what was mirrored may be all that is left.
          if let original = here.mirrors[write.operation], there.decisions.wasWritten(by: original) { continue }
          if let decision = try transaction.journal.operation(write.operation) { try mirror(decision.operation) }
        }
      }
    }
  }

  /// Tells an application that was brought back how its duplicates stand now: they may have ended, or been erased,
  /// before it came, and nobody could tell it then.
  private func hear(_ id: ApplicationID) throws(Problem) {
    for mark in try transaction.state(id)?.duplicates ?? [] {
      guard let other = try transaction.state(mark.other) else { continue }
      let status = DuplicateStatus(other)
      if mark.status != status { try transaction.tell(id, that: mark.other, is: status) }
    }
  }

  /// Tells an application's duplicates once it has ended, or lives again.
  private func tellStatus(_ id: ApplicationID) throws(Problem) -> Bool {
    guard let state = try transaction.state(id), !state.duplicates.isEmpty else { return false }
    let status = DuplicateStatus(state)
    var told = false
    for mark in state.duplicates {
      guard let other = try transaction.state(mark.other), let back = other.duplicate(id), back.status != status else {
        continue
      }
      try transaction.tell(other.id, that: id, is: status)
      told = true
    }
    return told
  }
}

extension CaseTransaction {
  /// Tells an application how one of its duplicates stands.
  func tell(_ application: ApplicationID, that other: ApplicationID, is status: DuplicateStatus) throws(Problem) {
    try appendOwn(.duplicate, application, ["other": .text(other.text), "status": .text(status.rawValue)])
  }
}
