internal import Application
internal import CaptureStore
internal import Catalog
internal import Foundations
internal import Replication

/// Operations as use cases write them: each names the heads it saw.
struct Writing {
  let session: StoreSession
  let today: CivilDate

  /// What whoever writes registers on this device has before their eyes.
  static func parents(_ registers: some Sequence<String>, _ state: ApplicationState) -> [String: [OperationID]] {
    var parents: [String: [OperationID]] = [:]
    for register in registers {
      let shown = state.shown(register)
      if !shown.isEmpty { parents[register] = shown }
    }
    return parents
  }

  /// What of other authors is known: for operations on the whole application.
  static func saw(_ state: ApplicationState, own: DeviceID) -> [DeviceID: Int64] {
    state.known.filter { $0.key != own }
  }

  /// Fields' values by register: those of a group together.
  static func registers(_ fields: Members, of matter: Matter) -> Members {
    var registers: Members = [:]
    for field in matter.fields {
      guard let value = fields[field.id] else { continue }
      if let group = field.group {
        registers[Register.group(group), default: [:]][field.id] = value
      } else {
        registers[field.id] = value
      }
    }
    return registers
  }

  /// Opens an application, or a held draft where there is no consent; the number is taken in the same transaction.
  func create(_ document: NewDocument) throws(Problem) -> Operation {
    let identity = session.identity
    let time = try session.now().time
    let day = ChinaTime.date(time)
    let serial = try session.takeSerial(day: day)
    let division = try DivisionCode(identity.stationDivision)
    guard let code = LocalNumber(division: division, device: identity.number, day: day, serial: serial) else {
      throw ProblemKind.unexpected.with("local number")
    }
    var set = Self.registers(document.fields, of: document.matter)
    set[Register.applicant] = document.applicant
    set[Register.items] = .array(document.guidance.items.map { .text($0.text) })
    set[Register.division] = .text(document.division)
    if let agent = document.agent { set[Register.agent] = agent }
    if let mandate = document.mandate { set[Register.mandate] = mandate }
    if !document.guidance.answers.isEmpty {
      set[Register.answers] = .object(Members(document.guidance.answers.mapValues(Value.text)))
    }
    let consent = try consent(document.consent, to: document.fields, of: document.matter)
    var payload: Value = [
      "matter": .text(document.matter.id.text), "matterVersion": Value(document.matter.version),
      "code": .text(code.text), "station": .text(identity.station.text), "consent": consent, "set": .object(set),
    ]
    let rules = document.matter.rules
    if !rules.isEmpty { payload["rules"] = .array(rules.map(\.relation.value)) }
    return try session.append(Deed(.create, nil, payload))
  }

  /// What an application says about its applicant's consent: whether it was given, who says so and when, and which
  /// sensitive fields it is about.
  func consent(_ given: Bool, to fields: Members, of matter: Matter) throws(Problem) -> Value {
    let sensitive = matter.fields.filter { $0.sensitive && fields[$0.id] != nil }.map(\.id)
    return [
      "given": .bool(given), "at": .text(ChinaTime.text(try session.now().time)),
      "by": .text(try session.person().text), "sensitive": .array(sensitive.map(Value.text)),
    ]
  }

  /// Writes registers; those that say the same already are left out.
  /// - Parameters:
  ///   - state: what whoever writes has before their eyes; its heads are what the operation names.
  ///   - now: the application as it is, where that may be another. Heads it does not know any more, since they were
  ///     minted again meanwhile, are not named: nobody could ever send them, and the operation would wait for good.
  /// - Returns: the operation, or nil where nothing changes.
  func write(_ set: Members, _ state: ApplicationState, now: ApplicationState? = nil) throws(Problem) -> Operation? {
    let changed = set.filter { register, value in
      let current = state.registers[register]
      // Beside a late value the old one says something again: it is what shall stand.
      let isDoubtful = current?.isInConflict == true || state.late.contains { $0.values[register] != nil }
      return isDoubtful || (current?.value ?? .null) != value
    }
    guard !changed.isEmpty else { return nil }
    var parents = Self.parents(changed.keys, state)
    if let now {
      for (register, heads) in parents {
        let known = heads.filter { now.registers[register]?.wasWritten(by: $0) == true }
        parents[register] = known.isEmpty ? nil : known
      }
    }
    return try session.append(Deed(.write, state.id, ["set": .object(changed)], parents: parents))
  }

  /// Adds files to a material, and to those that are the same paper (`Submission.members`).
  /// - Returns: what was written.
  @discardableResult
  func attach(
    _ files: [TakenFile], materials: [String], _ application: ApplicationID
  ) throws(Problem) -> [OperationID] {
    var written: [OperationID] = []
    for file in files {
      for material in materials {
        let deed = Deed(
          .attach, application,
          [
            "material": .text(material), "digest": .text(file.digestText), "bytes": .integer(file.bytes),
            "mediaType": .text(file.mediaType), "name": .text(file.name),
          ])
        written.append(try session.append(deed).id)
      }
      try session.addBlob(file, application: application)
    }
    return written
  }

  /// Notes that paper of a material travels, and of those that are the same paper.
  /// - Returns: what was written.
  @discardableResult
  func attachPaper(
    materials: [String], originals: Int64, copies: Int64, _ application: ApplicationID
  ) throws(Problem) -> [OperationID] {
    guard (0...999).contains(originals), (0...999).contains(copies), originals + copies > 0 else {
      throw ProblemKind.materialCount.with(materials.first ?? "")
    }
    var written: [OperationID] = []
    for material in materials {
      let deed = Deed(
        .attach, application,
        ["material": .text(material), "originals": .integer(originals), "copies": .integer(copies)])
      written.append(try session.append(deed).id)
    }
    return written
  }
}
