internal import Assistant
internal import Catalog
internal import Foundations
internal import Terminal

/// `new MATTER` without a file: asks everything, one thing at a time, and saves after every answer.
struct Wizard {
  private let session: Session
  private let prompt: Prompt

  init(session: Session) {
    self.session = session
    prompt = Prompt(session: session)
  }

  /// Begins a new application.
  func start(_ name: String) throws(Problem) -> ExitStatus {
    let assistant = try session.assistant()
    let matter = try assistant.matter(name).matter
    prompt.say(session.output.style(.heading, Width.clean(matter.name)))
    if matter.detail == .example { prompt.say(session.output.style(.marked, Words.example)) }
    prompt.say("一项一项填，每答一项就保存一次。输 ? 看说明，< 回上一项，直接回车跳过。")
    guard let answers = try Questions(session: session).answers(matter: matter.id.text) else { return .refused }
    let notice = try assistant.guide(matter.id.text, answers: answers)
    prompt.say()
    for line in NoticeSheet.lines(notice, session.output) { prompt.say(line) }
    prompt.say()
    let sensitive = (notice["fields"]?.array ?? []).filter { $0["sensitive"] == true }.map { Words.text($0["name"]) }
    let isAgreed = try askConsent(to: sensitive)
    if !isAgreed {
      guard try prompt.confirm("要先填一份草稿吗？同意之前它只存在这台电脑上，不会上传") else {
        prompt.say("没有保存任何内容。")
        return .done
      }
    }
    let items = (notice["items"]?.array ?? []).compactMap { $0["id"]?.text ?? $0.text }.map { ItemID($0) }
    let draft = try assistant.openDraft(
      matter: matter.id.text, division: nil, answers: answers, items: items.isEmpty ? nil : items, consent: isAgreed)
    let id = Words.text(draft["id"])
    prompt.say(
      session.output.style(.good, "✓ ")
        + "草稿已建立，编号 \(Words.text(draft["code"]))。随时可以停下，以后用 bangban edit \(Words.text(draft["code"])) 接着填。")
    return try fill(id, matter)
  }

  /// Asks for the consent at the moment the law has it: after everything was told, before anything is written down
  /// (Personal Information Protection Law 个人信息保护法, articles 14, 17 and 29).
  /// - Parameter sensitive: names of what is sensitive among what will be asked, and of nothing else.
  private func askConsent(to sensitive: [String]) throws(Problem) -> Bool {
    prompt.say("请讲给申请人听：填写的个人信息会送到县里，本站点和办理的窗口看得到，只用来办这件事。")
    if !sensitive.isEmpty {
      let names = "其中敏感的要逐项说明：" + sensitive.map { Width.clean($0) }.joined(separator: "、")
      for line in Width.wrapped(names, to: session.output.columns) { prompt.say(line) }
    }
    return try prompt.confirm("申请人听明白了，同意吗？")
  }

  /// Goes on with a draft.
  func resume(_ given: String) throws(Problem) -> ExitStatus {
    let assistant = try session.assistant()
    let application = try assistant.show(given)
    let matter = try assistant.matter(Words.text(application["matter"])).matter
    let code = Words.text(application["code"])
    prompt.say("接着填：\(Width.clean(matter.name))  \(code)")
    if application["held"] == true { for line in ConsentSheet.held(code, session.output) { prompt.say(line) } }
    return try fill(Words.text(application["id"]), matter)
  }

  // MARK: Filling in

  private func fill(_ id: String, _ matter: Matter) throws(Problem) -> ExitStatus {
    try askFields(id, matter)
    try askMaterials(id)
    return try finish(id, matter)
  }

  /// Fields in order, those that have a value passed over; `<` goes back to any.
  private func askFields(_ id: String, _ matter: Matter) throws(Problem) {
    let assistant = try session.assistant()
    let fieldPrompt = FieldPrompt(prompt: prompt, today: session.today)
    var index = 0
    var asksAgain = false
    while true {
      // What the person has before their eyes while they think: the answer is about that, and about nothing that comes
      // in meanwhile.
      let form = try assistant.openForm(id)
      let fields = fields(matter, form)
      while !asksAgain, index < fields.count, !(Self.value(of: fields[index].id, in: form.sight) ?? .null).isBlank {
        index += 1
      }
      guard index < fields.count else { return }
      let field = fields[index]
      asksAgain = false
      let register = Self.register(of: field, in: form)
      var sight = form.sight
      let outcome =
        sight.conflicts.contains(register)
        ? try choose(id, [register], matter)
        : try fieldPrompt.ask(
          field, place: "[\(index + 1)/\(fields.count)]", current: Self.value(of: field.id, in: sight)
        ) { value throws(Problem) in
          _ = try assistant.edit(id, [Assignment(field.id, .value(value))], seeing: sight)
          // What follows is written over this, and over nothing else.
          sight = try assistant.openForm(id).sight
        }
      switch outcome {
      case .value(let value):
        guard let beside = save(id, field, value, sight) else {
          asksAgain = true
          continue
        }
        if ["applicant.idNumber", "applicant.uscc"].contains(field.id) {
          Attention.warn(try assistant.similar(id), session)
          try offerReuse(id)
        }
        _ = try choose(id, beside, matter)
        index += 1
      case .skipped: index += 1
      case .back:
        asksAgain = index > 0
        index = max(0, index - 1)
      }
    }
  }

  /// Whoever sits here is told at once of what stands beside their answer, and may choose; both are kept until then.
  /// - Parameter names: of the fields, as `conflicts` has them.
  private func choose(_ id: String, _ names: [String], _ matter: Matter) throws(Problem) -> FieldPrompt.Outcome {
    let sheet = ApplicationSheet(
      [:], matter: matter, output: session.output, divisions: { session.divisions })
    for name in names {
      while let conflict = try session.assistant().conflicts(id).first(where: { conflict in
        conflict["field"]?.text == name && conflict["kind"] != "rule"
      }) {
        prompt.say(session.output.style(.warning, "  别处填得不一样，几种都留着：") + sheet.label(name))
        for line in ConflictSheet.candidates(conflict, display: { sheet.display($0, field: name) }) {
          prompt.say("  " + line)
        }
        switch try prompt.ask("  用第几个（回车以后再定）：") {
        case .skip: break
        case .back: return .back
        case .help:
          prompt.say("  输入序号；要填别的，以后用 bangban resolve 确定。")
          continue
        case .text(let text): if !settle(id, conflict, text) { continue }
        }
        break
      }
    }
    return .skipped
  }

  private func settle(_ id: String, _ conflict: Value, _ text: String) -> Bool {
    do throws(Problem) {
      guard let take = Int(text.halfWidth) else { throw ProblemKind.resolveChoice.with(String(text.prefix(20))) }
      _ = try session.assistant().resolve(
        id, field: Words.text(conflict["field"]), take: take, value: nil, of: conflict["token"]?.text)
      return true
    } catch {
      prompt.complain(error)
      return false
    }
  }

  /// What is known of this person from earlier applications on this device, if the applicant agrees.
  private func offerReuse(_ id: String) throws(Problem) {
    let assistant = try session.assistant()
    let known = try assistant.reusable(id)
    guard !known.isEmpty else { return }
    let names = known.map { Width.clean(Words.text($0["name"])) }.joined(separator: "、")
    for line in Width.wrapped("以前办事时说过、交过：\(names)", to: session.output.columns) { prompt.say("  " + line) }
    guard try prompt.confirm("  申请人同意用上吗？") else { return }
    let taken: Value
    do throws(Problem) { taken = try assistant.reuse(id) } catch { return prompt.complain(error) }
    prompt.say("  已用上 \(Words.text(taken["fields"])) 项内容、\(Words.text(taken["materials"])) 份材料，不用再填再交。")
  }

  /// Saves one answer at once: what is on the screen as done is on the disk.
  /// - Returns: names of the fields beside which something stands that came meanwhile; nil where nothing was saved.
  private func save(_ id: String, _ field: Field, _ value: Value, _ sight: Sight) -> [String]? {
    do throws(Problem) {
      let saved = try session.assistant().edit(id, [Assignment(field.id, .value(value))], seeing: sight)
      return (saved["conflicts"]?.array ?? []).compactMap(\.text)
    } catch {
      prompt.complain(error)
      return nil
    }
  }

  private static let applicantPrefix = "applicant."

  private static func value(of field: String, in sight: Sight) -> Value? {
    // Fields of the form may have full stops of their own: `mo.name`.
    if let value = sight.fields[field] { return value }
    guard field.hasPrefix(applicantPrefix) else { return nil }
    return sight.applicant[String(field.dropFirst(applicantPrefix.count))]
  }

  /// What a field is written with, as `conflicts` names it; what is asked beside the form is the applicant's.
  private static func register(of field: Field, in form: OpenForm) -> String {
    field.group ?? (form.fields.contains { $0.id == field.id } ? field.id : "applicant")
  }

  /// The applicant first, then the form's fields that the chosen items need.
  private func fields(_ matter: Matter, _ form: OpenForm) -> [Field] {
    var fields: [Field] = []
    if matter.subjects.count != 1 {
      let options = [("person", "个人"), ("organisation", "企业、个体户或其他单位")]
      fields.append(.asked("applicant.kind", "谁来申请", .choice, options: options))
    }
    let isOrganisation =
      form.sight.applicant["kind"] == "organisation" || matter.subjects == [.organisation]
    fields.append(.asked("applicant.name", isOrganisation ? "单位名称" : "申请人姓名", .text))
    fields.append(
      isOrganisation
        ? .asked("applicant.uscc", "统一社会信用代码", .uscc) : .asked("applicant.idNumber", "申请人身份证号", .idNumber))
    fields.append(.asked("applicant.phone", "联系电话", .phone))
    return fields + form.fields.filter { $0.type != .file }
  }

  // MARK: Materials

  private func askMaterials(_ id: String) throws(Problem) {
    let materials = try session.assistant().openForm(id).materials.map(\.requirement)
    guard !materials.isEmpty else { return }
    prompt.say()
    prompt.say(session.output.style(.heading, "材料") + "  有文件就输入文件名；收了纸质件就输入“原件份数 复印件份数”，例如 1 2")
    var index = 0
    while index < materials.count {
      let material = materials[index]
      prompt.say(
        "[\(index + 1)/\(materials.count)] \(Width.clean(material.name))" + (material.deferrable ? "（可以容缺后补）" : ""))
      switch try prompt.ask("> ") {
      case .skip: index += 1
      case .back: index = max(0, index - 1)
      case .help: prompt.say("  \(Width.clean(material.note ?? material.form ?? "按原件收取"))；回车跳过，以后用 attach 补。")
      case .text(let text): if attach(id, material, text) { index += 1 }
      }
    }
  }

  private func attach(_ id: String, _ material: MaterialRequirement, _ text: String) -> Bool {
    do throws(Problem) {
      let assistant = try session.assistant()
      let numbers = text.halfWidth.split(separator: " ").map { Int64($0) }
      if let originals = numbers.first ?? nil, !numbers.contains(nil), numbers.count <= 2 {
        let copies = numbers.count == 2 ? numbers[1] ?? 0 : 0
        _ = try assistant.attachPaper(id, material: material.id, originals: originals, copies: copies)
      } else {
        _ = try assistant.attach(id, material: material.id, files: [text])
      }
      return true
    } catch {
      prompt.complain(error)
      return false
    }
  }

  // MARK: The end

  private func finish(_ id: String, _ matter: Matter) throws(Problem) -> ExitStatus {
    let assistant = try session.assistant()
    let application = try assistant.show(id)
    let open = try assistant.openForm(id)
    let fields = fields(matter, open).filter {
      $0.required && (Self.value(of: $0.id, in: open.sight) ?? .null).isBlank
    }
    let materials = open.materials.map(\.requirement)
    let names = fields.map(\.name) + materials.map { "材料：\($0.name)" }
    let missing = fields.map { Value.text($0.id) } + materials.map { Value.text($0.id) }
    var result: Value = [
      "id": .text(id), "code": application["code"] ?? .null, "missing": .array(missing),
    ]
    prompt.say()
    if !names.isEmpty {
      prompt.say("还缺 \(names.count) 项：")
      for name in names { prompt.say("  · " + Width.clean(name)) }
    }
    var isHeld = application["held"] == true
    if isHeld { isHeld = try !agreesNow(id, open.fields.filter(\.sensitive).map(\.name)) }
    if isHeld { result["held"] = true }
    let isDraft = application["version"] == 0
    let isSubmitted = try offerSubmission(
      id, isComplete: names.isEmpty && !isHeld, isDraft: isDraft, &result)
    let named = zip(fields.map(\.id) + materials.map(\.id), names).map { (id, name) -> Value in
      ["id": .text(id), "name": .text(name)]
    }
    session.output.result(result) {
      if isSubmitted { return [] }
      guard isDraft else { return LateSheet.kept(application, session.output) }
      return ReceiptSheet.created(result, missing: named, session.output)
    }
    return try Attention.after(result, session)
  }

  /// Asks for a consent that was not given when the draft was opened, and records it.
  private func agreesNow(_ id: String, _ sensitive: [String]) throws(Problem) -> Bool {
    guard try askConsent(to: sensitive) else { return false }
    let recorded = try session.assistant().consent(id)
    for line in ConsentSheet.lines(recorded, session.output) { prompt.say(line) }
    return true
  }

  private func offerSubmission(
    _ id: String, isComplete: Bool, isDraft: Bool, _ result: inout Value
  ) throws(Problem) -> Bool {
    guard isComplete else { return false }
    // The return key, with which so many questions before were passed over, hands nothing in.
    guard try prompt.confirm("都填好了，现在提交吗？", skipping: false) else {
      let now = isDraft ? "没有提交，还是草稿" : "没有再提交"
      prompt.say("\(now)。要提交时运行 bangban submit \(Words.text(result["code"]))。")
      return false
    }
    do throws(Problem) {
      let submitted = try session.assistant().submit(id, deferring: [])
      for (key, value) in submitted.object ?? [:] { result[key] = value }
      let level = Commands.stationLevel(submitted, session)
      for line in ReceiptSheet.submitted(submitted, level: level, session.output) { prompt.say(line) }
      if submitted["unchanged"] != true { Commands.suggestAfter(submitted, session) }
      return true
    } catch {
      prompt.complain(error)
      prompt.say("填的都还在，改好后再提交。")
      return false
    }
  }
}
