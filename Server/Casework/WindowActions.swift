internal import Application
internal import Catalog
package import Foundations
internal import Replication

/// One action of a window, checked before it becomes an operation.
struct WindowAction {
  let kind: OperationKind
  /// The version the window judged; any other is a conflict.
  let version: Int64
  /// What goes into the operation.
  let payload: Value

  /// Reads and checks a request's body. Every value that is missing or wrong is named.
  /// - Parameters:
  ///   - calendar: the county's working days.
  ///   - today: the legal day on which the window acts.
  init(
    _ body: Value, proceeding: ProceedingState, state: ApplicationState, matter: Matter?, calendar: WorkingCalendar,
    today: CivilDate
  ) throws(Problem) {
    guard let name = body["action"]?.text,
      let kind = (OperationKind.windowActions + OperationKind.decisions).first(where: { $0.text == name })
    else { throw ProblemKind.actionUnknown.at("action") }
    guard let version = body["version"]?.integer else { throw ProblemKind.actionField.at("version", "version") }
    self.kind = kind
    self.version = version
    let reader = ActionReader(body: body, today: today)
    var payload = try Self.details(kind, reader, proceeding, state, matter)
    if kind == .terminate { try Self.checkOverdue(payload, proceeding, calendar, today) }
    // A duplicate concerns the application as a whole, and every window of it.
    if OperationKind.decisions.contains(kind) {
      payload["by"] = "window"
    } else {
      payload["proceeding"] = .text(proceeding.id.text)
    }
    payload["place"] = .text(proceeding.windowName)
    self.payload = payload
  }

  /// What a window may still do once its five working days are over, where the server has not put down yet that this
  /// counts as accepted: for some days after a backup was put back it waits for answers that may come back.
  /// - Throws: what is refused of an accepted proceeding, such as `correct.after-acceptance`.
  func sinceAnswerTimeRanOut(_ proceeding: ProceedingState) throws(Problem) -> WindowAction {
    // Whenever it is said, acceptance counts from the receipt (行政许可法 32).
    if kind == .accept {
      var payload = CaseFlow.deemed(proceeding)
      (payload["by"], payload["place"]) = ("window", .text(proceeding.windowName))
      return WindowAction(kind: .deem, version: version, payload: payload)
    }
    guard [.correct, .reject].contains(kind), case .refused(let code) = LifeCycle.transition(kind, from: .accepted)
    else { return self }
    throw ProblemKind.refusal(code).map { Problem($0) }
      ?? ProblemKind.proceedingState.with(ProceedingStatus.accepted.words)
  }

  private init(kind: OperationKind, version: Int64, payload: Value) {
    self.kind = kind
    self.version = version
    self.payload = payload
  }

  private static func details(
    _ kind: OperationKind, _ reader: ActionReader, _ proceeding: ProceedingState, _ state: ApplicationState,
    _ matter: Matter?
  ) throws(Problem) -> Value {
    switch kind {
    case .reject: try rejection(reader)
    case .correct: try correction(reader, proceeding, state, matter)
    case .rectify: try rectification(reader, proceeding, state, matter)
    case .suspend: try suspension(reader, matter?.item(proceeding.id.item))
    case .resume: ["explanation": try reader.optionalText("explanation")]
    case .extend:
      [
        "days": try reader.count("days", 1...extendedMax(proceeding, state, matter)),
        "reason": try reader.text("reason"), "approver": try reader.text("approver"),
      ]
    case .inspect:
      [
        "name": try reader.optionalText("name"), "by": try reader.names("by", atLeast: inspectorsMin),
        "finding": try reader.text("finding"),
      ]
    case .notify: ["parties": try reader.text("parties"), "content": try reader.text("content")]
    case .clear: ["opinion": try reader.optionalText("opinion")]
    case .verify:
      [
        "material": try reader.oneOf("material", matter?.materials.map(\.id)), "result": try reader.text("result"),
      ]
    case .decide: try decision(reader)
    case .issue: ["certificate": try certificate(reader)]
    case .deliver:
      [
        "method": try reader.text("method"), "receivedBy": try reader.text("receivedBy"),
        "waybill": try reader.optionalText("waybill"),
      ]
    case .admit, .decline:
      ["operation": try reader.text("operation"), "reason": try reader.optionalText("reason")]
    case .terminate, .repair: ["reason": try reader.text("reason")]
    case .discredit: ["note": try reader.text("note")]
    case .join, .apart: try duplicate(kind, reader, state)
    default: [:]
    }
  }

  /// What the item's own law says (市场主体登记管理条例 19: three); else ten working days, and fifteen where several items
  /// are handled together (许可法 42).
  private static func extendedMax(
    _ proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?
  ) -> Int64 {
    if let own = matter?.item(proceeding.id.item)?.limit?.extension { return Int64(max(1, own)) }
    return state.proceedings.count > 1 ? 15 : 10
  }

  /// Whoever was given until a day to put something right is not late before it is over; and what a receiving station
  /// took in on that day was received then (rules 1.3), however many of its days for syncing it needs to get here.
  private static func checkOverdue(
    _ payload: Value, _ proceeding: ProceedingState, _ calendar: WorkingCalendar, _ today: CivilDate
  ) throws(Problem) {
    guard proceeding.status == .correction, let until = proceeding.correctionUntil, let last = CivilDate(until),
      payload["reason"]?.text?.contains("逾期") == true
    else { return }
    guard today > last else { throw ProblemKind.terminateNotOverdue.with(until) }
    let latest = proceeding.level.flatMap {
      ProceedingClock.latestSync(capturedOn: last, level: $0, calendar: calendar)?.date
    }
    if let latest, today <= latest { throw ProblemKind.terminateMayArrive.with(latest.text) }
  }

  /// 许可法 34: whoever checks facts on the spot comes in twos.
  private static let inspectorsMin = 2

  /// A rejection that says "not our business" names the authority whose business it is (行政许可法 32).
  private static func rejection(_ reader: ActionReader) throws(Problem) -> Value {
    let reason = try reader.text("reason")
    var payload: Value = ["reason": reason, "redirectTo": try reader.optionalText("redirectTo")]
    let ground = try reader.optionalText("ground")
    if !ground.isNull {
      payload["ground"] = try reader.oneOf("ground", ["notNeeded", "notOurs", "falsehood", "other"])
    }
    let words = reason.text ?? ""
    let isNotOurs = ground == "notOurs" || words.contains("不属于本") || words.contains("不属本")
    guard !isNotOurs || payload["redirectTo"]?.isNull == false else { throw Problem(.rejectRedirect) }
    return payload
  }

  /// Only what the law lists stops the clock, and the applicant is told in writing how long (行政许可法 45).
  private static func suspension(_ reader: ActionReader, _ item: ServiceItem?) throws(Problem) -> Value {
    let asked = try reader.text("procedure").text ?? ""
    guard let procedure = SpecialProcedure.stopping(asked, item: item) else {
      throw ProblemKind.suspendNotListed.with(String(asked.prefix(20)), field: "procedure")
    }
    return [
      "procedure": .text(procedure), "reason": try reader.text("reason"),
      "workingDays": try reader.count("workingDays", 1...365),
    ]
  }

  private static func correction(
    _ reader: ActionReader, _ proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?
  ) throws(Problem) -> Value {
    let defects = try defects(reader, state, matter)
    var payload: Value = ["defects": defects]
    if proceeding.givesBack {
      // Nothing is kept and nobody waits: it is filed anew, whole (rules T11).
      payload["givenBack"] = true
      payload["opens"] = matter.map { matter in
        let wanted = Set(proceeding.fields)
        let registers = matter.fields.filter { wanted.contains($0.id) }.map { $0.group.map(Register.group) ?? $0.id }
        return opens(
          Set(registers + [Register.applicant, Register.agent, Register.mandate]), Set(proceeding.materials), state,
          matter, isNamed: false)
      }
    } else {
      payload["until"] = try reader.deadline("until")
      func names(_ key: String) -> Set<String> { Set((defects.array ?? []).compactMap { $0[key]?.text }) }
      if let matter { payload["opens"] = opens(names("field"), names("material"), state, matter) }
    }
    if let override = reader.body["override"], !override.isNull {
      guard override.object != nil else { throw ProblemKind.actionField.at("override", "override") }
      let inner = ActionReader(body: override, today: reader.today)
      payload["override"] = ["by": try inner.text("by"), "reason": try inner.text("reason")]
    }
    return payload
  }

  /// Values that the applicant confirms to be the right ones 当场更正, in their normal form.
  private static func rectification(
    _ reader: ActionReader, _ proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?
  ) throws(Problem) -> Value {
    guard let matter, let given = reader.body["fields"]?.object, !given.isEmpty, given.count <= Limits.listEntriesMax
    else { throw ProblemKind.actionField.at("fields", "fields") }
    let own = Set(proceeding.fields)
    for id in given.keys.sorted() where !own.contains(id) { throw ProblemKind.actionField.at("fields.\(id)", id) }
    let version = state.versions.first { $0.number == proceeding.version }
    // By the day on which it was handed in, as the rest of the form was.
    let day = ChinaTime.date(version?.at ?? state.createdAt)
    let outcome = FormValidator(fields: matter.fields, items: nil).validate(given, today: day)
    if let problem = outcome.problem { throw problem }
    var set: Members = [:]
    for field in matter.fields {
      guard let value = outcome.values[field.id] else { continue }
      if let group = field.group {
        // A group is written whole: its other members stay.
        let whole = set[Register.group(group)] ?? version?.standing[Register.group(group)] ?? [:]
        set[Register.group(group)] = .object((whole.object ?? [:]).merging([field.id: value]) { _, new in new })
      } else {
        set[field.id] = value
      }
    }
    return [
      "set": .object(set), "confirmedBy": try reader.text("confirmedBy"), "reason": try reader.optionalText("reason"),
    ]
  }

  /// `{fields, materials}` that may be changed to answer it; null where it opens nothing but what it names.
  private static func opens(
    _ fields: Set<String>, _ materials: Set<String>, _ state: ApplicationState, _ matter: Matter, isNamed: Bool = true
  ) -> Value {
    let values = state.version?.values ?? [:]
    let items = (values[Register.items]?.array ?? []).compactMap(\.text).map { ItemID($0) }
    let answers = (values[Register.answers]?.object ?? [:]).compactMapValues(\.text)
    let scope = CorrectionScope(
      Guidance(matter, answers: answers, named: items.isEmpty ? nil : items), registers: fields, materials: materials)
    let opensMore = scope.registers.count > fields.count || scope.materials.count > materials.count
    guard opensMore || !isNamed else { return .null }
    return [
      "fields": .array(scope.registers.map(Value.text)), "materials": .array(scope.materials.map(Value.text)),
    ]
  }

  /// The other application by its id or code; who goes on is the one submitted first where the window names none.
  private static func duplicate(
    _ kind: OperationKind, _ reader: ActionReader, _ state: ApplicationState
  ) throws(Problem) -> Value {
    let name = try reader.text("other").text ?? ""
    guard let mark = state.duplicates.first(where: { $0.other.text == name || $0.code == name }) else {
      throw Problem(.duplicateUnknown)
    }
    guard kind == .join else { return state.payload(apartFrom: mark) }
    guard let keep = try reader.optionalText("goesOn").text else {
      return state.payload(joining: mark, keeping: mark.first)
    }
    guard let goesOn = state.application(named: keep, in: mark) else {
      throw ProblemKind.actionField.at("goesOn", "goesOn")
    }
    return state.payload(joining: mark, keeping: goesOn)
  }

  /// Refusing names its reason: the applicant has a right to it (行政许可法 38).
  private static func decision(_ reader: ActionReader) throws(Problem) -> Value {
    let outcome = try reader.oneOf("outcome", ["approve", "refuse"])
    let reason = outcome == "refuse" ? try reader.text("reason") : try reader.optionalText("reason")
    return ["outcome": outcome, "reason": reason, "number": try reader.optionalText("number")]
  }

  private static func certificate(_ reader: ActionReader) throws(Problem) -> Value {
    guard let body = reader.body["certificate"], body.object != nil else {
      throw ProblemKind.actionField.at("certificate", "certificate")
    }
    let inner = ActionReader(body: body, today: reader.today)
    return [
      "name": try inner.text("name"), "number": try inner.text("number"),
      "validUntil": body["validUntil"]?.isBlank ?? true ? .null : try inner.validity("validUntil"),
    ]
  }

  /// Everything to put right, at once. Fields are named by their id; a field of a group opens the whole group.
  private static func defects(
    _ reader: ActionReader, _ state: ApplicationState, _ matter: Matter?
  ) throws(Problem) -> Value {
    guard let defects = reader.body["defects"]?.array, !defects.isEmpty, defects.count <= Limits.listEntriesMax else {
      throw ProblemKind.actionField.at("defects", "defects")
    }
    var checked: [Value] = []
    for defect in defects {
      let inner = ActionReader(body: defect, today: reader.today)
      var line: Value = ["problem": try inner.text("problem"), "remedy": try inner.text("remedy")]
      if let field = defect["field"]?.text {
        // Which of the two is to be put right nobody can tell.
        guard defect["material"]?.isBlank ?? true else { throw ProblemKind.actionField.at("material", "material") }
        line["field"] = .text(try register(of: field, state, matter))
      } else {
        line["material"] = try inner.oneOf("material", matter?.materials.map(\.id))
      }
      checked.append(line)
    }
    return .array(checked)
  }

  private static func register(
    of field: String, _ state: ApplicationState, _ matter: Matter?
  ) throws(Problem) -> String {
    if let known = matter?.fields.first(where: { $0.id == field }) {
      return known.group.map(Register.group) ?? known.id
    }
    if [Register.applicant, Register.agent].map(Register.name).contains(field) { return "@" + field }
    throw ProblemKind.actionField.at("field", field)
  }
}

/// Reads the members of an action's body, naming what is missing or wrong.
struct ActionReader {
  let body: Value
  /// The legal day on which the window acts.
  let today: CivilDate

  func text(_ key: String) throws(Problem) -> Value {
    guard let text = body[key]?.text?.trimmed, !text.isEmpty, text.count <= Limits.textCharactersMax else {
      throw ProblemKind.actionField.at(key, key)
    }
    return .text(text)
  }

  func optionalText(_ key: String) throws(Problem) -> Value {
    body[key]?.isBlank ?? true ? .null : try text(key)
  }

  /// A day by which the applicant must have done something. One that is over, or ends today, would let the window end
  /// the matter before anybody can have read of it; one that is more than a year away is a slip of the pen.
  func deadline(_ key: String) throws(Problem) -> Value {
    let day = try date(key)
    guard day > today, day <= today.inAYear else {
      throw ProblemKind.correctUntil.with(day.text, field: key)
    }
    return .text(day.text)
  }

  /// The last day on which something holds that is given out today.
  func validity(_ key: String) throws(Problem) -> Value {
    let day = try date(key)
    guard day >= today else { throw ProblemKind.issueExpired.with(day.text, field: key) }
    return .text(day.text)
  }

  private func date(_ key: String) throws(Problem) -> CivilDate {
    guard let day = body[key]?.text.flatMap({ CivilDate($0) }) else { throw ProblemKind.actionField.at(key, key) }
    return day
  }

  func count(_ key: String, _ range: ClosedRange<Int64>) throws(Problem) -> Value {
    guard let number = body[key]?.integer, range.contains(number) else { throw ProblemKind.actionField.at(key, key) }
    return .integer(number)
  }

  /// Several texts, none twice.
  func names(_ key: String, atLeast count: Int) throws(Problem) -> Value {
    let names = (body[key]?.array ?? []).compactMap { $0.text?.trimmed }.filter { !$0.isEmpty }
    guard Set(names).count >= count, names.count <= Limits.listEntriesMax,
      names.allSatisfy({ $0.count <= Limits.textCharactersMax })
    else { throw ProblemKind.actionField.at(key, key) }
    return .array(names.map(Value.text))
  }

  /// - Parameter options: nil where anything goes.
  func oneOf(_ key: String, _ options: [String]?) throws(Problem) -> Value {
    guard let text = body[key]?.text, options?.contains(text) ?? true else {
      throw ProblemKind.actionField.at(key, key)
    }
    return .text(text)
  }
}

extension ProblemKind {
  package static let rejectRedirect = ProblemKind(
    "reject.redirect", status: 422, "不属于本机关职权的，要告诉申请人应向哪个机关申请。", remedy: "请填写 redirectTo：有权受理的机关名称。")
  package static let correctUntil = ProblemKind(
    "correct.until", status: 422, "补正期限 {} 不对：要在今天以后，最长一年。", remedy: "请填写明天或以后的日期，给申请人留出准备材料的时间。")
  package static let issueExpired = ProblemKind(
    "issue.expired", status: 422, "证照的有效期到 {} 就已经过了。", remedy: "请核对证照上的有效期；长期有效的不用填写。")
  package static let terminateNotOverdue = ProblemKind(
    "terminate.not-overdue", status: 409, "补正期限是 {}，还没有过，不能以逾期为由终止。",
    remedy: "请等期限过后再办；因别的原因终止的，请写明那个原因。")
  package static let terminateMayArrive = ProblemKind(
    "terminate.may-arrive", status: 409, "站点在补正期限之内收下的材料可能还在路上，最迟 {} 送到，这之前不能以逾期为由终止。",
    remedy: "请等这一天过后再办；因别的原因终止的，请写明那个原因。")
  package static let actionUnknown = ProblemKind(
    "action.unknown", status: 400, "没有这种操作。", remedy: "可用的操作见接口说明 /openapi.json。")
  package static let actionField = ProblemKind(
    "action.field", status: 422, "“{}”没有填写或填写得不对。", remedy: "请按接口说明填写后再试。")
  package static let proceedingUnknown = ProblemKind(
    "proceeding.not-found", status: 404, "没有这个子办件，或它不归这个窗口：{}。", remedy: "请核对编号。")
  package static let proceedingState = ProblemKind(
    "proceeding.state", status: 409, "子办件现在是“{}”，不能做这个操作。", remedy: "请刷新后按现在的状态办理。")
  package static let proceedingVersion = ProblemKind(
    "proceeding.version", status: 409, "现在要办的是第{}版。", remedy: "请刷新，按这一版办理。")
  package static let lateUnknown = ProblemKind(
    "late.not-found", status: 409, "没有这条待处理的修改：{}。", remedy: "请刷新后再试。")
  package static let idempotencyMismatch = ProblemKind(
    "idempotency.mismatch", status: 422, "同一个幂等键用在了不同的请求上。", remedy: "请为新的请求使用新的幂等键。")
}
