internal import Application
internal import Assistant
internal import Catalog
internal import Foundations
internal import Terminal

/// Commands that fill in an application and hand it in.
extension Commands {
  static let captureCommands: [CommandSpec<Session>] = [
    CommandSpec(
      "new", group: Group.capture, "新建办件：一步步问，或从文件读",
      options: [
        .one("--from", "F", "从 JSON 文件读，- 表示从输入读"), .one("--resume", "ID", "接着填没有填完的草稿"),
      ],
      positionals: [PositionalSpec("MATTER", "一件事的名称或编号", .optional)],
      notes: [
        "每答一项就保存一次，中途断电也不会丢。", "答题时输 ? 看说明，< 回上一项，直接回车跳过。",
        "申请人同意不同意、提交不提交，要用 是、同意 或 否、不同意 回答；最后直接回车不提交。",
        "申请人还没有同意的（文件里 consent 写 false），草稿只存在这台电脑上，等 bangban consent 登记以后才上传。",
      ],
      examples: ["new 新生儿出生一件事", "new xuyi-01 --from 申请.json"],
      run: { invocation, session throws(Problem) in try new(invocation, session) }),
    CommandSpec(
      "edit", group: Group.capture, "修改填写的内容；只写编号就接着一项项填",
      positionals: [id, PositionalSpec("FIELD=VALUE", "表单项=内容；:= 后面是 JSON；等号后面空着就是清除", .any)],
      notes: [
        "内容写 - 就从输入读，这样身份证号不会留在命令历史里。",
        "提交以后改的、补的，不在已提交的那一版里：窗口受理以前再提交一次（submit）或当场更正（rectify），受理以后等窗口决定是否采纳。",
        "申请人年纪大、由别人代办户口迁移等大事的，先当面问是不是本人的意思，再写 mandate.will：recording 录了音，witnesses 有两个人见证。",
      ],
      examples: [
        "edit 7KQ phone=13851520000", "edit 7KQ idNumber=-", "edit 7KQ children:='[{\"name\":\"张一\"}]'",
        "edit 7KQ mandate.will=witnesses mandate.witnesses=甲,乙",
      ],
      run: { invocation, session throws(Problem) in try edit(invocation, session) }),
    CommandSpec(
      "note", group: Group.capture, "给办件加一条备注",
      positionals: [id, PositionalSpec("TEXT", "备注内容，- 表示从输入读")], examples: ["note 7KQ 下周二上门"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().note(invocation[0], try session.value(invocation[1]))
        session.output.result(value) { ["已记下。"] }
        return .done
      }),
    CommandSpec(
      "attach", group: Group.capture, "收材料：附上文件，或登记纸质件",
      options: [.one("--paper", "originals=N,copies=N", "纸质件：原件几份、复印件几份")],
      positionals: [id, PositionalSpec("MATERIAL", "材料的编号或名称"), PositionalSpec("FILE", "文件", .any)],
      notes: ["提交以后附上的，不在已提交的那一版里：窗口受理以前再提交一次（submit），受理以后等窗口决定是否采纳。"],
      examples: ["attach 7KQ m1 户口本.jpg", "attach 7KQ m2 --paper originals=1,copies=2"],
      run: { invocation, session throws(Problem) in try attach(invocation, session) }),
    CommandSpec(
      "detach", group: Group.capture, "撤下附错的材料：文件或纸质件",
      positionals: [
        id, PositionalSpec("MATERIAL", "材料的编号或名称"), PositionalSpec("N", "show 列出的第几个；只有一个的不用写", .optional),
      ],
      notes: [
        "还没有上传的文件，别处也没有用到的，就从这台电脑上删除。",
        "提交以后撤下的，已提交的那一版里还有：窗口受理以前再提交一次（submit），受理以后等窗口决定是否采纳。",
      ],
      examples: ["detach 7KQ m1", "detach 7KQ m2 3"],
      run: { invocation, session throws(Problem) in try detach(invocation, session) }),
    CommandSpec(
      "transfer", group: Group.capture, "打印材料交接单：要送到窗口的纸质件",
      run: { _, session throws(Problem) in
        let lines = try session.assistant().transfer()
        session.output.results(lines) { TransferSheet.lines(lines, session.output) }
        return .done
      }),
    CommandSpec(
      "consent", group: Group.capture, "登记申请人同意：之前草稿只存在这台电脑上",
      positionals: [id],
      notes: [
        "登记之前先告诉申请人：填了哪些个人信息，送到哪里，做什么用；敏感的逐项说明。本人同意了再登记。",
        "登记以后就可以同步和提交。不同意的，用 withdraw 撤回，草稿和附件会从这台电脑上删除。",
      ],
      examples: ["consent 7KQ"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().consent(invocation[0])
        session.output.result(value) { ConsentSheet.lines(value, session.output) }
        return .done
      }),
    CommandSpec(
      "rebase", group: Group.capture, "表单换了新版本：看差别，或更新到新版本",
      options: [.flag("--apply", "更新到新版本；已填的都保留，不再需要的不会交给任何窗口")], positionals: [id],
      notes: ["不更新也行：草稿按开始时的表单办完。"], examples: ["rebase 7KQ", "rebase 7KQ --apply"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().rebase(invocation[0], applies: invocation.flag("--apply"))
        session.output.result(value) { RebaseSheet.lines(value, session.output) }
        return .done
      }),
    CommandSpec(
      "reuse", group: Group.capture, "申请人同意后，用上以前办事时说过、交过的",
      positionals: [id],
      notes: ["只在这台电脑上找同一个人的办件；敏感的内容每次都要重新填。", "先用 --json 或在问答里看有哪些。"], examples: ["reuse 7KQ"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().reuse(invocation[0])
        session.output.result(value) {
          ["已用上 \(Words.text(value["fields"])) 项内容、\(Words.text(value["materials"])) 份材料。"]
        }
        return .done
      }),
    CommandSpec(
      "submit", group: Group.capture, "提交：检查全部要求，出收件凭证或代办受理单",
      options: [
        .some("--defer", "M", "容缺：这些材料以后补交"), .some("--commit", "M", "告知承诺：申请人本人签了承诺书，这些证明不用交"),
        .one("--mandate", "T", "承诺书由代理人签的：授权委托书里写明“代为作出承诺”的那一句，- 表示从输入读"),
      ], positionals: [id],
      notes: [
        "容缺的材料仍要按期补交；告知承诺代替证明，以后不再要。两种都只限目录里写明可以的材料，承诺书用 document 打印（D10、D12）。",
        "提交以后改过的，窗口受理以前再提交一次就是新的一版；没有改动的再提交一次，仍是原来那一版。",
      ],
      examples: ["submit 7KQ", "submit 7KQ --defer m3", "submit 7KQ --commit m4"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().submit(
          invocation[0], deferring: invocation.values("--defer"), committing: invocation.values("--commit"),
          mandate: try invocation.option("--mandate").map { text throws(Problem) in try session.value(text) })
        let level = stationLevel(value, session)
        session.output.result(value) { ReceiptSheet.submitted(value, level: level, session.output) }
        if value["unchanged"] != true { suggestAfter(value, session) }
        return try Attention.after(value, session)
      }),
    CommandSpec(
      "rectify", group: Group.capture, "当场更正：提交以后、受理以前，申请人确认了就改",
      options: [
        .one("--confirmed-by", "NAME", "谁确认的：申请人本人，或者代办人，- 表示从输入读", required: true),
        .one("--why", "T", "原来错在哪里，- 表示从输入读"),
      ], positionals: [id, PositionalSpec("FIELD=VALUE", "表单项=内容，写法和 edit 一样", .some)],
      notes: ["改好就提交新的一版，不算补正；更正记录用 document 打印（C26），请申请人签字确认。"],
      examples: ["rectify 7KQ phone=13851520000 --confirmed-by 张三"],
      run: { invocation, session throws(Problem) in try rectify(invocation, session) }),
    CommandSpec(
      "withdraw", group: Group.capture, "申请人不办了，撤回",
      options: [.one("--why", "T", "为什么撤回，- 表示从输入读", required: true)], positionals: [id],
      notes: ["申请人还没有同意的草稿，撤回就是从这台电脑上删除，连同附件，找不回来。"],
      examples: ["withdraw 7KQ --why 材料不全，改日再办"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().withdraw(invocation[0], why: try session.value(invocation["--why"]))
        session.output.result(value) { [ConsentSheet.withdrawn(value)] }
        return .done
      }),
    CommandSpec(
      "share", group: Group.capture, "把办件共享给别的服务站或设备",
      options: [.one("--with", "STATION|DEVICE", "服务站或设备的编号", required: true)], positionals: [id],
      examples: ["share 7KQ --with 610830101"],
      run: { invocation, session throws(Problem) in
        let value = try session.assistant().share(invocation[0], with: try session.value(invocation["--with"]))
        session.output.result(value) { ["已共享；双方同步后就能看到。"] }
        return .done
      }),
  ]

  private static func new(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    if let id = invocation.option("--resume") { return try Wizard(session: session).resume(id) }
    guard let file = invocation.option("--from") else {
      guard let matter = invocation.positionals.first else {
        throw UsageFault.positionalMissing("MATTER", usage: usage("new")).problem
      }
      return try Wizard(session: session).start(matter)
    }
    var document = try session.document(file)
    if let matter = invocation.positionals.first { try agree(&document, matter, session) }
    let value = try session.assistant().new(document)
    let isOpen = !session.output.isJSON && value["receipt"] == nil
    let missing = isOpen ? try session.assistant().missing(Words.text(value["id"])) : nil
    let level = stationLevel(value, session)
    session.output.result(value) { ReceiptSheet.created(value, missing: missing, level: level, session.output) }
    Attention.warn(value["similar"]?.array ?? [], session)
    return try Attention.after(value, session)
  }

  /// What the station may do in the county's name, by which the paper for what was submitted is called; nil where
  /// nothing was, or nobody reads it.
  static func stationLevel(_ answer: Value, _ session: Session) -> StationLevel? {
    // It is submitted already: what fails here takes nothing of that back.
    guard !session.output.isJSON, answer["receipt"] != nil,
      let receipt = try? session.assistant().receipt(Words.text(answer["id"]))
    else { return nil }
    return ReceiptSheet.level(of: receipt)
  }

  /// The matter of the command line holds where the file names none; two that differ are a mistake.
  private static func agree(_ document: inout Value, _ matter: String, _ session: Session) throws(Problem) {
    guard document.object != nil else { return }
    guard let named = document["matter"]?.text else {
      document["matter"] = .text(matter)
      return
    }
    if named == matter { return }
    let assistant = try session.assistant()
    guard try assistant.matter(named).matter.id == assistant.matter(matter).matter.id else {
      throw ProblemKind.matterDiffers.with("“\(UsageFault.shown(matter))”和“\(UsageFault.shown(named))”")
    }
  }

  private static func edit(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let words = Array(invocation.positionals.dropFirst(1))
    if words.isEmpty { return try Wizard(session: session).resume(invocation[0]) }
    var assignments: [Assignment] = []
    for word in words { assignments.append(try assignment(word, session)) }
    let value = try session.assistant().edit(invocation[0], assignments)
    session.output.result(value) {
      [session.output.style(.good, "✓ ") + "已保存 \(assignments.count) 项。"] + LateSheet.lines(value, session.output)
    }
    return try Attention.after(value, session)
  }

  private static func rectify(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    var assignments: [Assignment] = []
    for word in invocation.positionals.dropFirst(1) { assignments.append(try assignment(word, session)) }
    let value = try session.assistant().rectify(
      invocation[0], assignments, confirmedBy: try session.value(invocation["--confirmed-by"]),
      why: try invocation.option("--why").map { text throws(Problem) in try session.value(text) })
    session.output.result(value) { ReceiptSheet.rectified(value, session.output) }
    return try Attention.after(value, session)
  }

  /// `FIELD=VALUE`, `FIELD:=JSON`, `FIELD=`.
  static func assignment(_ word: String, _ session: Session) throws(Problem) -> Assignment {
    guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
      throw UsageFault.shape(word, expected: "phone=13851520000").problem
    }
    let name = String(word[..<sign])
    let text = try session.value(String(word[word.index(after: sign)...]))
    guard name.hasSuffix(":") else { return Assignment(name, text.isEmpty ? .clear : .text(text)) }
    let value = try JSONReader.document(Array(text.utf8))
    return Assignment(String(name.dropLast()), value.isNull ? .clear : .value(value))
  }

  private static func attach(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let (id, material, files) = (invocation[0], invocation[1], Array(invocation.positionals.dropFirst(2)))
    guard let paper = invocation.option("--paper") else {
      guard !files.isEmpty else {
        throw UsageFault.positionalMissing("FILE… 或 --paper originals=N,copies=N", usage: usage("attach"))
          .problem
      }
      let attached = try session.assistant().attach(id, material: material, files: files)
      session.output.results(attached) {
        zip(files, attached).map { file, line in
          let name = "\(Width.clean(file))，\(Words.bytes(line["bytes"]?.integer ?? 0))"
          return line["unchanged"] == true ? "这份材料里已经有这个文件，没有再加：\(name)" : "已附上：\(name)"
        }
          + LateSheet.lines(attached.first ?? .null, session.output)
      }
      return .done
    }
    if let file = files.first { throw UsageFault.positionalExcess(file, usage: usage("attach")).problem }
    let (originals, copies) = try papers(paper)
    let value = try session.assistant().attachPaper(id, material: material, originals: originals, copies: copies)
    session.output.result(value) {
      ["已登记纸质件：原件 \(originals) 份，复印件 \(copies) 份。请连同交接单送到窗口。"] + LateSheet.lines(value, session.output)
    }
    return .done
  }

  private static func detach(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let words = invocation.positionals
    let number = try words.dropFirst(2).first.map { word throws(Problem) in
      guard let number = Int(word), number > 0 else { throw UsageFault.notANumber("N", word).problem }
      return number
    }
    let value = try session.assistant().detach(words[0], material: words[1], number: number)
    session.output.result(value) {
      [session.output.style(.good, "✓ ") + "已撤下。"] + LateSheet.withdrawn(value, session.output)
    }
    return .done
  }

  /// `originals=1,copies=2`; either may be missing.
  static func papers(_ text: String) throws(Problem) -> (originals: Int64, copies: Int64) {
    var counts: [String: Int64] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false).map { String($0).trimmed }
      guard sides.count == 2, ["originals", "copies"].contains(sides[0]), counts[sides[0]] == nil,
        let count = Int64(sides[1]), (0...999).contains(count)
      else { throw UsageFault.shape(text, expected: "originals=1,copies=2").problem }
      counts[sides[0]] = count
    }
    return (counts["originals"] ?? 0, counts["copies"] ?? 0)
  }
}

extension ProblemKind {
  static let matterDiffers = ProblemKind(
    "document.matter", status: 400, "命令里和文件里写的不是同一件事：{}", remedy: "请改正其中一个；命令里可以不写。")
}
