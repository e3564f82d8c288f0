internal import Application
internal import CaptureStore
internal import Catalog
internal import Cryptography
package import Foundations
internal import Replication

/// What waits for a person.
extension Assistant {
  /// One object a line: `{kind, id, due, text}`; kinds `correction`, `conflict`, `duplicate`, `refused`, `tray`,
  /// `deferred`, `certificate`, `notice`, `catalog`, `consent`, `draft-old`, `attachment`, `waiting`, `sync`. What is
  /// due first stands first. A correction also says who captured it (`by`), a submission that is still to be synced by
  /// when (`due`) and whether that is over (`overdue`).
  package func todo() throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let wanted: Attention = [
        .correction, .conflict, .duplicate, .refused, .deferred, .certificate, .notice, .draft, .attachment,
      ]
      var lines: [ToDoLine] = []
      let around = try ToDoSurroundings(session)
      for row in try session.applications(attention: wanted, limit: Int.max) {
        let state = try Self.state(row.id, session)
        lines += try self.lines(of: state, row, around, session)
      }
      lines += try Self.toSync(session, today: today)
      lines += try Self.inTray(session)
      let unsent = try session.unsentCount()
      if unsent > 0 { lines.append(ToDoLine("sync", "", nil, "有\(unsent)条内容还没有上传，请同步（联网，或用 U 盘带文件）")) }
      let attachments = try session.blobsToSend().count
      if attachments > 0 { lines.append(ToDoLine("sync", "", nil, "有\(attachments)个附件还没有传完，请同步（联网，或用 U 盘带文件）")) }
      lines += try Self.damaged(session)
      let waiting = try session.waitingCount()
      if waiting > 0 { lines.append(ToDoLine("waiting", "", nil, "有\(waiting)条内容已送到县里，还不能处理；等什么，看 bangban tray")) }
      let inReview = try session.inReviewCount()
      if inReview > 0 { lines.append(ToDoLine("tray", "", nil, "有\(inReview)条内容已送到县里，在待处理里等人核对")) }
      if let reason = try session.stopped() {
        lines.append(ToDoLine("sync", "", nil, "\(reason.words)，不能再保存新内容；请向县里的管理员要一个登记码，重新登记"))
      }
      return lines.sorted { ($0.due ?? "9999", $0.id) < ($1.due ?? "9999", $1.id) }.map(\.value)
    }
  }

  /// How many applications a window has sent back for a correction, and how many questions about duplicates are open.
  /// Every exchange asks, so nothing is opened for it.
  package func openQuestions() throws(Problem) -> (corrections: Int64, duplicates: Int64) {
    try store().read { session throws(Problem) in
      (try session.applicationCount(wanting: .correction), try session.openDuplicateCount())
    }
  }

  /// Submissions that are still to be synced: those of a receiving station, since the authority's five days run since
  /// they were captured, and answers to a correction, since the window may end the matter when its deadline is over.
  private static func toSync(_ session: StoreSession, today: CivilDate) throws(Problem) -> [ToDoLine] {
    let level = StationLevel(rawValue: session.identity.stationLevel.lowercased())
    let receiving = try level.flatMap { level throws(Problem) in
      level.receives ? (level, try Self.calendar(session)) : nil
    }
    var lines: [ToDoLine] = []
    for row in try session.applications(attention: .unsentVersion, limit: Int.max) {
      let state = try Self.state(row.id, session)
      // What waits there, or lies there for a person, was sent in time.
      guard let version = state.version, version.arrivedAt == nil, try !isThere(version.operation, session) else {
        continue
      }
      let latest = receiving.flatMap { level, calendar in
        ProceedingClock.latestSync(captured: version.at, level: level, calendar: calendar)
      }
      let title = try session.matterName(state.matter) ?? state.matter.text
      let answered = answerDeadline(state, version)
      var line: ToDoLine
      if let answered, latest.map({ answered <= $0.date }) ?? true {
        let isLate = today > answered
        let what = isLate ? "已过补正期限，答复还没有传到县里，请立即同步，并联系窗口" : "补正期限 \(answered.text) 前必须同步，过了窗口可能终止办理"
        line = ToDoLine("sync", row.id.text, answered.text, "\(title)：\(what)")
        line.isOverdue = isLate
      } else if let latest {
        let isLate = today > latest.date
        let what =
          isLate ? "已过最迟同步日，办理部门的五个工作日已经在走，请立即同步" : "已经收件还没有同步，最迟 \(latest.text) 前要同步"
        line = ToDoLine("sync", row.id.text, latest.date.text, "\(title)：\(what)")
        line.isOverdue = isLate
      } else {
        continue
      }
      lines.append(line)
    }
    return lines
  }

  /// Whether the county has an operation, in its log or its review tray, as far as this device can know.
  private static func isThere(_ operation: OperationID, _ session: StoreSession) throws(Problem) -> Bool {
    guard operation.device == session.identity.device else { return false }
    return operation.counter <= max(try session.record().acknowledged, try session.reviewed())
  }

  /// The first day by which what a version answers was to be put right.
  private static func answerDeadline(_ state: ApplicationState, _ version: PinnedVersion) -> CivilDate? {
    version.answers.compactMap { id in
      state.proceeding(id)?.rounds.last { $0.version < version.number }?.until.flatMap { CivilDate($0) }
    }.min()
  }

  /// What lies in the county's tray, and what was set aside there as long as nobody here has taken note of it.
  static func inTray(_ session: StoreSession) throws(Problem) -> [ToDoLine] {
    var lines: [ToDoLine] = []
    let told = try session.countyTray()
    for row in told {
      let entry = row.entry
      let what = "\(entry.kind.words)（第\(entry.operation.counter)号，\(ChinaTime.date(entry.receivedAt).text)送到）"
      switch entry.status {
      case .open:
        lines.append(
          ToDoLine("tray", entry.application.text, nil, "\(what)在县里待处理：\(words(reason: entry.reason))"))
      case .declined where !row.isSeen:
        let why = entry.note.map { "：\($0)" } ?? ""
        lines.append(
          ToDoLine(
            "tray", entry.application.text, nil, "\(what)县里没有采纳\(why)；看过了就运行 bangban tray --seen \(entry.id)"))
      case .declined, .admitted, .reminted: break
      }
    }
    let known = Set(told.map(\.entry.operation))
    for entry in try session.tray() where !known.contains(entry.operation) {
      lines.append(
        ToDoLine(
          "tray", entry.application.text, nil,
          "第\(entry.operation.counter)号修改没有归属：\(words(reason: entry.reason))，修改在县里待处理"))
    }
    return lines
  }

  private func lines(
    of state: ApplicationState, _ row: ApplicationRow, _ around: ToDoSurroundings, _ session: StoreSession
  ) throws(Problem) -> [ToDoLine] {
    let matter = try session.matter(state.matter, version: state.formVersion)
    let id = state.id.text
    let title = matter?.name ?? state.matter.text
    let refused = refusals(state, title, around)
    // Everything else of it stands elsewhere.
    guard !Disposition.standsElsewhere(state.refusal) else { return refused }
    var lines: [ToDoLine] = []
    if let correction = state.openCorrection { lines.append(try self.line(correction, state, title, matter, session)) }
    let conflicts = state.openConflicts
    if !conflicts.isEmpty {
      let names = conflicts.map { Self.name(of: $0, matter) }.joined(separator: "、")
      let isRule = !conflicts.contains(where: state.isOpen)
      let what = isRule ? "前后对不上，要改正" : "内容并存，要确定"
      lines.append(ToDoLine("conflict", id, nil, "\(title)：有\(conflicts.count)项\(what)（\(names)）"))
    }
    lines += state.openDuplicates.map { ToDoLine("duplicate", id, nil, "\(title)：\(Self.question($0))") }
    lines += refused
    lines += Self.declined(state, title, around)
    if let line = Self.notice(state, title, around) { lines.append(line) }
    let deferred = state.deferredOpen
    if row.attention.contains(.deferred), !deferred.isEmpty {
      let names = deferred.map { id in matter?.materials.first { $0.id == id }?.name ?? id }
      let due = try deferralDue(deferred, state, session)
      var line = ToDoLine(
        "deferred", id, due?.date.text, "\(title)：容缺的材料还没有补（\(names.joined(separator: "、"))），到期不补就终止办理")
      line.isOverdue = due.map { today > $0.date } ?? false
      line.isEstimated = due?.estimated ?? false
      lines.append(line)
    }
    if let line = try attachedUnsent(state, title, matter, around, session) { lines.append(line) }
    lines += try awaiting(state, title, matter, session)
    for proceeding in state.proceedings where proceeding.status == .issued {
      let name = proceeding.certificate?["name"]?.text ?? proceeding.itemName
      lines.append(ToDoLine("certificate", id, nil, "\(title)：\(name)已制发，要交给申请人"))
    }
    let present = state.versions.isEmpty ? try session.matter(state.matter)?.version : nil
    if let present, Int64(present) != state.formVersion {
      lines.append(
        ToDoLine("catalog", id, nil, "\(title)：表单有了新版本，可以看看差别再更新（rebase），也可以按原来的办完"))
    }
    let oldest = environment.clock.now().adding(seconds: -Int64(Limits.draftDaysMax) * 86_400)
    if try session.isHeld(state.id) {
      lines.append(ToDoLine("consent", id, nil, "\(title)：申请人还没有同意，只存在这台电脑上，不会上传；同意了就登记（consent），不同意就撤回（withdraw）"))
    }
    if state.status == .draft, row.updated < oldest {
      lines.append(ToDoLine("draft-old", id, nil, "\(title)：草稿超过\(Limits.draftDaysMax)天没有提交"))
    }
    return lines
  }

  /// Deferred materials that were attached here and have not reached the county: it ends the matter on their day.
  private func attachedUnsent(
    _ state: ApplicationState, _ title: String, _ matter: Matter?, _ around: ToDoSurroundings, _ session: StoreSession
  ) throws(Problem) -> ToDoLine? {
    let deferred = Set(state.versions.flatMap(\.deferred))
    guard !deferred.isEmpty, !state.status.hasEnded else { return nil }
    var there: Set<String> = []
    for entry in state.materials {
      if let digest = entry.content.digest, around.unsentFiles.contains(digest) { continue }
      // What others wrote came here by the county.
      let isOthers = entry.operation.device != session.identity.device
      if try isOthers ? true : Self.isThere(entry.operation, session) { there.insert(entry.material) }
    }
    let attached = Set(state.materials.map(\.material))
    let unsent = deferred.intersection(attached).subtracting(there).sorted()
    guard !unsent.isEmpty else { return nil }
    let names = unsent.map { id in matter?.materials.first { $0.id == id }?.name ?? id }
    let due = try deferralDue(unsent, state, session)
    let isLate = due.map { today > $0.date } ?? false
    let way = isLate ? "已过补交期限，请立即同步，并联系窗口" : due.map { "\($0.text) 前要同步，到期没传到就终止办理" } ?? "请同步"
    var line = ToDoLine(
      "deferred", state.id.text, due?.date.text,
      "\(title)：容缺的材料（\(names.joined(separator: "、"))）已附上，还没有传到县里，\(way)")
    line.isOverdue = isLate
    line.isEstimated = due?.estimated ?? false
    return line
  }

  /// The first day on which deferred materials fall due; nil before anything was accepted on them.
  private func deferralDue(
    _ materials: [String], _ state: ApplicationState, _ session: StoreSession
  ) throws(Problem) -> EstimatedDate? {
    let owing = state.proceedings.filter { proceeding in
      proceeding.acceptedAt != nil && !proceeding.status.isFinal
        && materials.contains(where: proceeding.materials.contains)
    }
    guard !owing.isEmpty else { return nil }
    let (calendar, cap) = (try Self.calendar(session), try Self.deferralCapDays(session))
    let now = environment.clock.now()
    return owing.compactMap { proceeding -> EstimatedDate? in
      let due = ProceedingClock.due(proceeding, calendar: calendar, now: now, deferralCapDays: cap)
      return due?.deferralDue.map { day in
        EstimatedDate(date: day, estimated: due?.estimates.contains(.deferralDue) == true)
      }
    }.min { $0.date < $1.date }
  }

  /// Everything to put right of one application, whichever departments ask for it, to whoever captured it.
  private func line(
    _ correction: MergedCorrection, _ state: ApplicationState, _ title: String, _ matter: Matter?,
    _ session: StoreSession
  ) throws(Problem) -> ToDoLine {
    let items = state.proceedings.filter { $0.status == .correction }.map(\.itemName)
    let parts = correction.lines.map { line in
      let subject =
        line.field.map { Self.name(of: $0, matter) }
        ?? matter?.materials.first { $0.id == line.material }?.name ?? line.material ?? ""
      return "\(subject)（\(line.doer == .applicant ? "申请人补" : "帮办员改")）：\(line.problems.joined(separator: "；"))"
    }
    let by = try Self.names(session)(state.createdBy)
    let notice = state.document(.correction).map { "（\($0.number)）" } ?? ""
    let isAllGivenBack = correction.givenBack.count == items.count
    let again =
      correction.givenBack.isEmpty || isAllGivenBack ? "" : "，\(correction.givenBack.joined(separator: "、"))已退还材料"
    let what = isAllGivenBack ? "的材料退还了，请改好后重新提交\(givenBackNotice(state))" : "需要补正\(notice)\(again)"
    let head = "\(title)\(what)，\(items.joined(separator: "、"))一次告知 \(parts.count) 项"
    var line = ToDoLine(
      "correction", state.id.text, correction.until,
      "\(head)：\(parts.joined(separator: "；"))；录入人 \(PersonID(by).words)")
    line.by = by
    return line
  }

  private func givenBackNotice(_ state: ApplicationState) -> String {
    state.document(.givenBack).map { "（\($0.number)）" } ?? ""
  }

  /// What proceedings wait for, and who is to send it.
  private func awaiting(
    _ state: ApplicationState, _ title: String, _ matter: Matter?, _ session: StoreSession
  ) throws(Problem) -> [ToDoLine] {
    guard state.proceedings.contains(where: { !$0.awaits.isEmpty }) else { return [] }
    let here = try Self.unsentMaterials(state, session)
    return state.proceedings.filter { !$0.awaits.isEmpty }.map { proceeding in
      let names = proceeding.awaits.map { id in matter?.materials.first { $0.id == id }?.name ?? id }
      let way = here.isDisjoint(with: proceeding.awaits) ? "由添加它的电脑上传" : "在这台电脑上，请同步"
      let text = "\(title)：\(proceeding.itemName)等附件传到才能转办（\(names.joined(separator: "、"))），\(way)"
      return ToDoLine("attachment", state.id.text, nil, text)
    }
  }

  /// Attachments whose bytes on this device are damaged: nobody else can help.
  private static func damaged(_ session: StoreSession) throws(Problem) -> [ToDoLine] {
    var lines: [ToDoLine] = []
    for blob in try session.damagedBlobs() {
      let state = try session.state(blob.application)
      let entry = state?.materials.first { $0.content.digest == blob.digest.text }
      var name = ""
      if case .file(_, _, _, let given)? = entry?.content { name = given }
      let title = try state.flatMap { state throws(Problem) in try session.matterName(state.matter) } ?? ""
      lines.append(
        ToDoLine(
          "attachment", blob.application.text, nil,
          "\(title)：附件\(name)在这台电脑上损坏了，传不上去；请用同一个文件重新添加（attach）；原件没有了就重新拍照添加"))
    }
    return lines
  }

  /// What a person must decide about a duplicate.
  private static func question(_ mark: DuplicateMark) -> String {
    if mark.isContested { return "与\(mark.code)是不是重复件，决定不一致，要确定" }
    if mark.decision != nil { return "接着办的\(mark.code)已经\(mark.status.words)，要另作决定" }
    return "可能与\(mark.stationName)的办件\(mark.code)重复，要确定合并还是分开"
  }

  /// What the server did not apply of this device's own. A late edit stands here until the window has settled it, or
  /// until the application has ended, since no window decides about it then.
  private func refusals(
    _ state: ApplicationState, _ title: String, _ around: ToDoSurroundings
  ) -> [ToDoLine] {
    // A refused application that was withdrawn asks for nothing more.
    guard state.refusal == nil || state.status != .withdrawn else { return [] }
    let waiting = state.status.hasEnded ? [] : Set(state.late.map(\.operation))
    // A submission that was refused asks for nothing more once another one stands.
    let applied = state.timeline.lastIndex { $0.kind == OperationKind.submit.text && $0.disposition == .applied }
    return state.timeline.enumerated().compactMap { place, entry in
      guard entry.isRefused(around.own), !around.inTray.contains(entry.operation) else { return nil }
      if entry.disposition == .late {
        guard waiting.contains(entry.operation) else { return nil }
        return ToDoLine("refused", state.id.text, nil, "\(title)：\(entry.text)来得晚了，等窗口决定是否采纳")
      }
      // The code tells of the application, whose beginning came twice, and not of this.
      guard !Disposition.standsElsewhere(state.refusal) else {
        return ToDoLine(
          "refused", state.id.text, nil, "\(title)：\(entry.text)写在另一份拷贝上，没有并进正在办的那一份；县里待处理，等县里决定")
      }
      if entry.kind == OperationKind.submit.text, let applied, applied > place { return nil }
      let why = RefusalWords.words(entry.code ?? "")
      return ToDoLine("refused", state.id.text, nil, "\(title)：\(entry.text)没有被接受：\(why)")
    }
  }

  /// What windows did not take in of this device's late edits, as long as nobody here has taken note of it.
  private static func declined(
    _ state: ApplicationState, _ title: String, _ around: ToDoSurroundings
  ) -> [ToDoLine] {
    state.timeline.compactMap { entry in
      guard around.own.contains(entry.operation.device), let remark = state.declined[entry.operation],
        !around.seen.contains(remark.operation)
      else { return nil }
      let why = remark.text.isEmpty ? "" : "：\(remark.text)"
      return ToDoLine(
        "refused", state.id.text, nil, "\(title)：提交以后的\(entry.text)窗口没有采纳\(why)；看过了就运行 \(seenCommand(state))")
    }
  }

  /// What the applicant is to be given where windows said no: the county hears of the delivery from nobody but the
  /// window, and a rejection's it never hears of, so that it stands until somebody here says that it was handed over.
  private static func notice(_ state: ApplicationState, _ title: String, _ around: ToDoSurroundings) -> ToDoLine? {
    let notices = state.denialNotices.filter { !around.seen.contains($0.operation) }
    guard !notices.isEmpty else { return nil }
    let what = notices.map { notice in
      let paper = notice.document.map { "（\($0.kind.title) \($0.number)）" } ?? ""
      return notice.itemName + notice.denial.words + paper
    }
    let way = "请把通知书交给申请人；交了就运行 \(seenCommand(state))"
    return ToDoLine("notice", state.id.text, nil, "\(title)：\(what.joined(separator: "、"))，\(way)")
  }

  private static func seenCommand(_ state: ApplicationState) -> String { "bangban tray --seen \(state.code)" }

  /// What people call a register.
  static func name(of register: String, _ matter: Matter?) -> String {
    let known = [
      Register.applicant: "申请人", Register.agent: "代办人", Register.items: "所选事项", Register.answers: "导引回答",
      Register.division: "归属地", Register.mandate: "委托",
    ]
    let members = (matter?.fields ?? []).filter { $0.group.map(Register.group) == register }.map(\.name)
    let group = members.isEmpty ? nil : members.joined(separator: "、")
    return known[register] ?? group ?? matter?.fields.first { $0.id == register }?.name ?? Register.name(register)
  }
}

extension DuplicateStatus {
  fileprivate var words: String {
    switch self {
    case .live: "在办"
    case .closed: "办结"
    case .withdrawn: "撤回"
    case .erased: "清除"
    }
  }
}

/// What the lines of all applications are made with, looked up once.
private struct ToDoSurroundings {
  /// The identities that this device has and had.
  let own: Set<DeviceID>
  /// What lies or lay in the county's tray: it is told of the tray.
  let inTray: Set<OperationID>
  /// What windows denied and somebody here has taken note of.
  let seen: Set<OperationID>
  /// Digests of the files that are still to be sent from here.
  let unsentFiles: Set<String>

  init(_ session: StoreSession) throws(Problem) {
    own = try session.ownDevices()
    inTray = Set(try session.countyTray().map(\.entry.operation) + session.tray().map(\.operation))
    seen = try session.seenOperations()
    unsentFiles = Set(try (session.blobsToSend() + session.damagedBlobs()).map(\.digest.text))
  }
}

/// One line of `todo`.
struct ToDoLine {
  let kind: String
  let id: String
  let due: String?
  let text: String
  /// Who captured what came back.
  var by: String?
  var isOverdue = false
  /// The day rests on a guess about a year without a calendar.
  var isEstimated = false

  init(_ kind: String, _ id: String, _ due: String?, _ text: String) {
    self.kind = kind
    self.id = id
    self.due = due
    self.text = text
  }

  var value: Value {
    var value: Value = ["kind": .text(kind), "id": .text(id), "due": Value(due), "text": .text(text)]
    if let by { value["by"] = .text(by) }
    if isOverdue { value["overdue"] = true }
    if isEstimated { value["estimated"] = true }
    return value
  }
}
