internal import Application
internal import CaptureStore
internal import Catalog
internal import FoundationEssentials
package import Foundations
internal import Replication

/// Capturing: new applications, edits, materials, submission.
extension Assistant {
  /// Makes an application from a document: `{id, code, missing}`, with `version` and `receipt` where it was submitted,
  /// with `held` where the applicant has not consented, with `similar` where this device holds another one of the same
  /// matter for the same person. A document with anything wrong saves nothing.
  /// - Parameter folder: what relative paths of materials start at; nil for the current folder.
  package func new(_ document: Value, folder: String? = nil) throws(Problem) -> Value {
    let store = try store()
    let read = try store.read { session throws(Problem) in
      var reader = NewDocumentReader(
        today: today, places: OwnPlaces(session), stationDivision: session.identity.stationDivision
      ) { name throws(Problem) in try Self.find(name, session) }
      return try reader.read(document)
    }
    let files = try take(read.materials, folder: folder, store)
    return try store.change { session throws(Problem) in
      let writing = Writing(session: session, today: today)
      let similar = try Self.similar(to: read.applicant, in: read.matter.id, except: nil, session)
      let id = try writing.create(read).header.application
      let draft = try Submission(session, try Self.state(id, session), today: today)
      let named = Set(read.materials.map(\.id))
      for (material, evidence) in read.materials {
        // Whoever names a paper twice means each.
        let members = draft.members(of: material).filter { $0 == material || !named.contains($0) }
        switch evidence {
        case .files: try writing.attach(files[material] ?? [], materials: members, id)
        case .paper(let originals, let copies):
          try writing.attachPaper(materials: members, originals: originals, copies: copies, id)
        }
      }
      let reused = read.reuse ? try Reuse(session, try Self.state(id, session), today: today).write() : .null
      let submission = try Submission(session, try Self.state(id, session), today: today)
      var answer: Value = [
        "id": .text(id.text), "code": .text(submission.state.code),
        "missing": .array(submission.missingFields().map { .text($0.id) }),
      ]
      if !read.consent { answer["held"] = true }
      if let count = reused["fields"] { answer["reused"] = ["fields": count, "materials": reused["materials"] ?? 0] }
      if !similar.isEmpty { answer["similar"] = .array(similar) }
      if !read.notNeeded.isEmpty { answer["notNeeded"] = .array(read.notNeeded.map(Value.text)) }
      guard read.submit else { return answer }
      let submitted = try submission.submit(deferring: [])
      answer["version"] = submitted["version"]
      answer["receipt"] = submitted["receipt"]
      return answer
    }
  }

  /// Seals all files of a document; every bad one is named before any is kept.
  private func take(
    _ materials: [(id: String, evidence: NewDocument.Evidence)], folder: String?, _ store: CaptureStore
  ) throws(Problem) -> [String: [TakenFile]] {
    var paths: [(material: String, path: String)] = []
    for (material, evidence) in materials {
      guard case .files(let files) = evidence else { continue }
      paths += files.map { (material, $0.hasPrefix("/") ? $0 : (folder ?? ".") + "/" + $0) }
    }
    var problems: [Problem] = []
    for (material, path) in paths {
      do throws(Problem) {
        try store.examine(path)
      } catch {
        problems.append(Problem(error.kind, detail: error.detail, field: "materials.\(material)"))
      }
    }
    if let problem = Submission.joined(problems) { throw problem }
    var taken: [String: [TakenFile]] = [:]
    for (material, path) in paths { taken[material, default: []].append(try store.take(file: path)) }
    return taken
  }

  /// Opens a draft for the wizard, with what was answered before it: `{id, code}`.
  /// - Parameters:
  ///   - answers: to the questions of the guidance.
  ///   - items: those that were chosen; nil for those that the answers come to.
  ///   - consent: whether the applicant was told and agreed; without it the draft is held back.
  /// - Throws: `matter.unknown`, `division.other-county`, `division.unknown`.
  package func openDraft(
    matter: String, division: String?, answers: [String: String] = [:], items: [ItemID]? = nil, consent: Bool = true
  ) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let matter = try Self.find(matter, session)
      let identity = session.identity
      let division = try division.map { text throws(Problem) in
        try OwnPlaces(session).division(text)
      }
      let document = NewDocument(
        matter: matter, guidance: Guidance(matter, answers: answers, named: items),
        division: division ?? identity.stationDivision, applicant: [:], agent: nil, mandate: nil, fields: [:],
        notNeeded: [], materials: [], consent: consent, submit: false)
      let id = try Writing(session: session, today: today).create(document).header.application
      return ["id": .text(id.text), "code": .text(try Self.state(id, session).code)]
    }
  }

  /// Changes fields: `{id, code}`, with what `Beside` says where a version was pinned already, so that the window
  /// decides, and with `conflicts`, names of fields, where what was written now stands beside what somebody else wrote.
  /// - Parameter sight: what the person saw who was asked; nil for the application as it is. Whatever came after it was
  ///   not seen, and stays beside.
  /// - Throws: everything wrong with any of them, as one problem, `edit.conflict` among it; nothing is changed then.
  package func edit(_ id: String, _ assignments: [Assignment], seeing sight: Sight? = nil) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let now = try Self.state(named: id, session)
      let state = sight?.state ?? now
      let set = try Edit(state, matter: try Self.matter(of: state, session), session, today: today).read(assignments)
      let operation = try Writing(session: session, today: today).write(set, state, now: now)
      var answer: Value = ["id": .text(state.id.text), "code": .text(state.code)]
      let after = try Self.state(state.id, session)
      if let operation { Beside([operation.id], after)?.add(to: &answer) }
      let beside = after.openConflicts.filter { set[$0] != nil && after.isOpen($0) }
      if !beside.isEmpty { answer["conflicts"] = .array(beside.map { .text(Register.name($0)) }) }
      return answer
    }
  }

  /// Adds a remark: `{id, code}`.
  package func note(_ id: String, _ text: String) throws(Problem) -> Value {
    let text = try Self.sentence(text, "备注")
    return try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      try session.append(Deed(.note, state.id, ["text": .text(text)]))
      return ["id": .text(state.id.text), "code": .text(state.code)]
    }
  }

  /// Adds files to a material: `{digest, bytes}` each, with what `Beside` says where they came after the version, and
  /// with `unchanged` where the material has that very file from this device already: it is not listed twice.
  /// - Parameter material: the material's id or name.
  package func attach(_ id: String, material: String, files: [String]) throws(Problem) -> [Value] {
    let store = try store()
    // Found out before anything is sealed.
    let name = try store.read { session throws(Problem) in
      try Self.material(material, Self.matter(of: Self.state(named: id, session), session))
    }
    let paths = files.map { (id: name, evidence: NewDocument.Evidence.files([$0])) }
    let taken = try take(paths, folder: nil, store)[name] ?? []
    return try store.change { session throws(Problem) in
      let draft = try Submission(session, try Self.state(named: id, session), today: today)
      let writing = Writing(session: session, today: today)
      var lines: [Value] = []
      for file in taken {
        let before = try Self.state(draft.state.id, session)
        // What another device named is for that device to send.
        let own = session.identity.device
        let having = { (member: String) in
          before.attached(member).filter { entry in
            before.isHeld(entry) && entry.operation.device == own && entry.content.digest == file.digestText
          }
        }
        let (members, known) = (draft.members(of: name), having(name))
        // Added once more, a file that was damaged here is healed, and asked for again.
        let written = try writing.attach([file], materials: members.filter { having($0).isEmpty }, before.id)
        var line: Value = ["digest": .text(file.digestText), "bytes": .integer(file.bytes)]
        if written.isEmpty { line["unchanged"] = true }
        Beside(written + known.map(\.operation), try Self.state(before.id, session))?.add(to: &line)
        lines.append(line)
      }
      return lines
    }
  }

  /// Notes that paper of a material travels to the window: `{id, material, originals, copies}`, with what `Beside` says
  /// where it came after the version.
  package func attachPaper(
    _ id: String, material: String, originals: Int64, copies: Int64
  ) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let draft = try Submission(session, try Self.state(named: id, session), today: today)
      let name = try Self.material(material, draft.matter)
      let written = try Writing(session: session, today: today).attachPaper(
        materials: draft.members(of: name), originals: originals, copies: copies, draft.state.id)
      var answer: Value = [
        "id": .text(draft.state.id.text), "material": .text(name), "originals": .integer(originals),
        "copies": .integer(copies),
      ]
      Beside(written, try Self.state(draft.state.id, session))?.add(to: &answer)
      return answer
    }
  }

  static func material(_ text: String, _ matter: Matter) throws(Problem) -> String {
    if let found = matter.materials.first(where: { $0.id == text || $0.name == text }) { return found.id }
    let near = Nearest.match(text, among: matter.materials.map(\.id)).map { "，是不是 \($0)？" } ?? ""
    throw ProblemKind.materialUnknown.with("\(text.prefix(60))\(near)")
  }

  /// Pins the next version: `{id, code, version, receipt}`, with `unchanged` where nothing was written, since the
  /// version that stands says the same.
  /// - Parameter deferring: materials, by id or name, that follow later 容缺.
  /// - Throws: `application.closed`, `submit.conflict`, `submit.items`, `submit.consent`, `submit.missing`,
  ///   `submit.material`, `submit.accepted`.
  package func submit(
    _ id: String, deferring: [String], committing: [String] = [], mandate: String? = nil
  ) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      try Submission(session, try Self.state(named: id, session), today: today)
        .submit(deferring: deferring, committing: committing, mandate: mandate)
    }
  }

  /// Records that the applicant was told and agreed, who says so and when, and lets a held draft go:
  /// `{id, code, given, at, recorded}`; `recorded` is false where the consent was recorded before and nothing changes.
  /// - Throws: `consent.too-late` for a draft that was sent without consent.
  package func consent(_ id: String) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      let isHeld = try session.isHeld(state.id)
      if isHeld {
        let matter = try Self.matter(of: state, session)
        let consent = try Writing(session: session, today: today).consent(true, to: state.fieldValues, of: matter)
        try session.release(state.id, consent: consent)
      }
      let consent = try Self.state(state.id, session).consent
      guard consent["given"] == true else { throw Problem(.consentTooLate) }
      return [
        "id": .text(state.id.text), "code": .text(state.code), "given": true, "at": consent["at"] ?? .null,
        "recorded": .bool(isHeld),
      ]
    }
  }

  /// Withdraws: `{id, code}`, with `unsubmitted` where no window ever had it. A held draft is removed from this device,
  /// whose applicant does not agree, and `removed` says so; why is not kept then.
  /// - Throws: `withdraw.decided` once a window has decided.
  package func withdraw(_ id: String, why: String) throws(Problem) -> Value {
    let why = try Self.sentence(why, "撤回的原因")
    return try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      var answer: Value = ["id": .text(state.id.text), "code": .text(state.code)]
      if try session.isHeld(state.id) {
        try session.discard(state.id)
        answer["removed"] = true
      } else {
        if state.versions.isEmpty { answer["unsubmitted"] = true }
        let saw = Writing.saw(state, own: session.identity.device)
        try session.append(Deed(.withdraw, state.id, ["why": .text(why)], saw: saw))
      }
      return answer
    }
  }

  /// Lets another station or device work on it: `{id, with}`.
  /// - Parameter with: a station's id or name, `station:…` or `device:…`.
  /// - Throws: `share.unknown`; `consent.missing` for a held draft.
  package func share(_ id: String, with: String) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      let scope = try Self.scope(with.trimmed, session)
      try session.append(Deed(.share, state.id, ["with": .text(scope)]))
      return ["id": .text(state.id.text), "with": .text(scope)]
    }
  }

  private static func scope(_ text: String, _ session: StoreSession) throws(Problem) -> String {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    if parts.count == 2, parts[0] == "station" || parts[0] == "device", !parts[1].isEmpty { return text }
    let stations = try session.document("stations")?.array ?? []
    if let station = stations.first(where: { $0["id"]?.text == text || $0["name"]?.text == text }),
      let id = station["id"]?.text
    {
      return "station:\(id)"
    }
    throw ProblemKind.shareUnknown.with(String(text.prefix(60)))
  }

  // MARK: Helpers

  static func sentence(_ text: String, _ name: String) throws(Problem) -> String {
    let text = text.trimmed
    guard !text.isEmpty else { throw ProblemKind.textEmpty.with(name) }
    guard text.count <= Limits.textCharactersMax else {
      throw ProblemKind.fieldTooLong.with("\(name)最多 \(Limits.textCharactersMax) 个字")
    }
    return text
  }

  static func state(named text: String, _ session: StoreSession) throws(Problem) -> ApplicationState {
    try state(try session.application(named: text), session)
  }

  static func state(_ id: ApplicationID, _ session: StoreSession) throws(Problem) -> ApplicationState {
    guard let state = try session.state(id) else { throw ProblemKind.applicationNotFound.with(id.text) }
    return state
  }
}
