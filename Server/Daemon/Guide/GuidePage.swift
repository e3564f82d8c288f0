internal import Catalog
internal import Foundations

/// The published guide 办事指南 of one matter: what a household has to know, in the order in which it asks.
struct GuidePage {
  let matter: Matter
  let county: String
  let sharing: SharingRegister
  /// The day it was published.
  let day: CivilDate

  /// What leads back from every page to the first one, and so tells a page of the guide from other pages of ours.
  static let way = "‹ 所有办事指南"

  /// The page's file name.
  static func name(_ matter: Matter) -> String { matter.id.text + ".html" }

  var text: String {
    let flow = GuideFlow(matter)
    var body = [nav, HTML.element("h1", [], matter.name)]
    if matter.detail == .example { body.append(.element("p", [("class", "draft")], Notice.unconfirmed)) }
    if matter.detail == .outline {
      body.append(.element("p", [("class", "draft")], "只有清单，具体要求请问窗口；下面写的是清单上印的内容"))
    }
    body.append(summary)
    body += section("谁能办、什么条件", HTML.list(matter.conditions.map(DraftMarks.readable)))
    body += section("办哪些事", matter.items.map(card))
    body += materials
    body += section("会问您什么", matter.guidance.map(question))
    if flow.hasOrder { body += section("先办什么、后办什么", [flow.picture, flow.legend] + HTML.list(flow.sentences)) }
    body += section("要多少天", limits)
    body += section("要填什么", form)
    body.append(foot)
    return HTML.page(title: matter.name, style: GuideStyle.sheet, body)
  }

  private func section(_ title: String, _ content: [HTML]) -> [HTML] {
    content.isEmpty ? [] : [.element("h2", [], title)] + content
  }

  private var nav: HTML {
    .element("nav", [], [.element("p", [], [.element("a", [("href", "index.html")], Self.way)])])
  }

  // MARK: Summary

  private var summary: HTML {
    var rows: [(String, String)] = []
    let subjects = matter.subjects.map { $0 == .person ? "个人" : "单位" }.joined(separator: "、")
    rows.append(("谁来办", subjects))
    if !matter.lead.isEmpty {
      let leads = matter.lead.map { $0.authority + ($0.when.map { "（\($0)）" } ?? "") }
      rows.append(("牵头部门", leads.joined(separator: "；")))
    }
    if !matter.cooperating.isEmpty { rows.append(("配合部门", matter.cooperating.joined(separator: "、"))) }
    if let overall = matter.overall { rows.append(("一共要多久", GuideWords.limit(overall))) }
    let free = matter.items.allSatisfy { $0.fee == "免费" }
    if !matter.items.isEmpty, matter.detail != .outline {
      rows.append(("收不收费", free ? "不收费；帮办代办也不收费" : "有的事项收费，见下面；帮办代办不收费"))
    }
    rows.append(("到哪里办", "村（社区）便民服务站、镇便民服务中心、县政务大厅综合窗口，一处交齐就行"))
    return .element("div", [("class", "card")], [definitions(rows)])
  }

  private func definitions(_ rows: [(String, String)]) -> HTML {
    .element("dl", [], rows.flatMap { [HTML.element("dt", [], $0.0), .element("dd", [], DraftMarks.readable($0.1))] })
  }

  // MARK: Items

  private func card(_ item: ServiceItem) -> HTML {
    var rows: [(String, String)] = [("办不办", GuideWords.choice(item))]
    if let authority = matter.authority(of: item.id) { rows.append(("哪个部门", authority)) }
    rows.append(("在哪一级", item.level == .town ? "镇" : "县"))
    if let limit = item.limit { rows.append(("多少天", GuideWords.limit(limit))) }
    if let special = item.special { rows.append(("要留意", special)) }
    if let inspection = item.inspection {
      rows.append(("上门勘验", "\(inspection.name)，受理后 \(inspection.workingDays) 个工作日内；办理的天数照算"))
    }
    if let fee = item.fee { rows.append(("收费", fee)) }
    if let result = item.result { rows.append(("办好给什么", result)) }
    if let agency = item.agency { rows.append(("能不能代办", GuideWords.agency(agency))) }
    if let basis = item.basis { rows.append(("依据", basis)) }
    return .element("div", [("class", "card")], [.element("h3", [], item.name), definitions(rows)])
  }

  // MARK: Materials

  private var materials: [HTML] {
    let brought = matter.materials.filter { !$0.isExempt(by: sharing) && $0.source != .system }
    let exempt = matter.materials.filter { $0.isExempt(by: sharing) }
    let printed = matter.materials.filter { $0.source == .system }
    var content: [HTML] = []
    if !brought.isEmpty {
      content.append(.element("h3", [], "自己要带的"))
      content.append(.table(["材料", "什么时候要", "从哪里来", "说明"], brought.map(broughtRow)))
    }
    if !exempt.isEmpty {
      content.append(.element("h3", [], "不用带的"))
      content.append(.element("p", [("class", "quiet")], "没有网络也不用多跑一趟：先记下，联网以后核验。"))
      content.append(.table(["材料", "什么时候要", "为什么不用带"], exempt.map(exemptRow)))
    }
    if !printed.isEmpty {
      content.append(.element("h3", [], "现场打印、签字的"))
      content += HTML.list(printed.map(\.name))
    }
    return section("要带什么", content)
  }

  private func broughtRow(_ material: MaterialRequirement) -> [HTML] {
    var notes = [material.form, material.copies > 1 ? "\(material.copies) 份" : nil].compactMap { $0 }
    if let months = material.validMonths { notes.append("\(months) 个月内的") }
    if material.deferrable { notes.append("可以后补") }
    if material.commitment { notes.append("可以写承诺代替") }
    if let note = material.note { notes.append(DraftMarks.readable(note)) }
    return [
      .text(material.name), .text(GuideWords.when(material, matter)), .text(material.issuer ?? "自己准备"),
      .text(notes.joined(separator: "；")),
    ]
  }

  private func exemptRow(_ material: MaterialRequirement) -> [HTML] {
    let why: String
    switch (material.source, sharing.exemption(of: material)) {
    case (.result, _):
      let names = material.resultOf.compactMap { matter.item($0)?.name }.joined(separator: "或")
      why = "“\(names)”办好以后自动带过来"
    case (.certificate, let entry): why = "用电子证照\(entry.map { "（来自\($0.provider)）" } ?? "")"
    case (_, let entry): why = "联网核验\(entry.map { "（来自\($0.provider)）" } ?? "")"
    }
    return [.text(material.name), .text(GuideWords.when(material, matter)), .text(why)]
  }

  // MARK: Questions, days, form

  private func question(_ question: Question) -> HTML {
    let condition = question.when.map { condition in
      let text = matter.guidance.first { $0.id == condition.question }?.text ?? condition.question
      return "“\(text)”回答\(condition.answers.map { "“\($0)”" }.joined(separator: "或"))"
    }
    let note =
      condition.isEmpty
      ? [] : [HTML.element("p", [("class", "quiet")], "只在\(condition.joined(separator: "，并且"))时问")]
    let answers = question.answers.map { answer in
      HTML.element(
        "li", [],
        [
          .element("strong", [], answer.label), .text("："),
          .text(DraftMarks.readable(answer.stop ? "不能办。\(answer.effect)" : answer.effect)),
        ])
    }
    return .element(
      "div", [("class", "card")], [.element("h3", [], question.text)] + note + [.element("ul", [], answers)])
  }

  private var limits: [HTML] {
    let rows = matter.items.compactMap { item in item.limit.map { (item.name, $0) } }
    guard !rows.isEmpty else { return [] }
    var cells = rows.map(limitRow)
    if let overall = matter.overall { cells.append(limitRow(("整件事", overall))) }
    let excluded = Set(matter.items.compactMap(\.limit).flatMap(\.excluded) + (matter.overall?.excluded ?? [])).sorted()
    let note =
      "几件事同时办，整件事的天数不是各项相加。" + (excluded.isEmpty ? "" : "不算在里面的：\(excluded.joined(separator: "、"))。")
    return [.table(["事项", "法律规定", "我们承诺", "快了多少"], cells), .element("p", [("class", "quiet")], note)]
  }

  private func limitRow(_ row: (String, TimeLimit)) -> [HTML] {
    let (name, limit) = row
    return [
      .text(name), .text(GuideWords.days(limit.statutory, limit.unit) ?? "没有统一规定"),
      .text(GuideWords.days(limit.promised, limit.unit) ?? "未承诺"), .text(GuideWords.compression(limit) ?? ""),
    ]
  }

  private var form: [HTML] {
    guard matter.detail != .outline else { return [] }
    let names = Dictionary(matter.roles.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    var order: [String] = []
    var groups: [String: [String]] = [:]
    for field in matter.fields {
      let title = names[field.roleID] ?? (field.roleID == Role.applicant ? "申请人" : "其他")
      if groups[title] == nil { order.append(title) }
      groups[title, default: []].append(field.name + (field.required ? "" : "（有的情况才填）"))
    }
    let rows = order.map { title in (title, (groups[title] ?? []).joined(separator: "、")) }
    return [
      .element("p", [], "同一内容只填一次；没选的事项不用填。"), .element("div", [("class", "card")], [definitions(rows)]),
    ]
  }

  private var foot: HTML {
    .element(
      "footer", [],
      [
        .element(
          "p", [("class", "quiet")],
          "\(county)；清单：\(matter.source.title)第 \(matter.source.number) 项；编号 \(matter.id.text)，第 \(matter.version) 版；"
            + "\(day.text) 发布。线上线下同一份。")
      ])
  }
}

/// Words of the guide that say the same thing everywhere.
enum GuideWords {
  static func days(_ count: Int?, _ unit: DayUnit) -> String? {
    count.map { $0 == 0 ? "当场" : "\($0) 个\(unit == .workingDays ? "工作日" : "自然日")" }
  }

  static func limit(_ limit: TimeLimit) -> String {
    var parts: [String] = []
    if let promised = days(limit.promised, limit.unit) { parts.append("承诺 \(promised)") }
    if let statutory = days(limit.statutory, limit.unit) { parts.append("法律规定 \(statutory)") }
    if let compression = compression(limit) { parts.append(compression) }
    return parts.joined(separator: "；")
  }

  /// By how much the promise is shorter; nil where there is nothing to compare.
  static func compression(_ limit: TimeLimit) -> String? {
    limit.compressionPercent.map { $0 > 0 ? "快 \($0)%" : "一样" }
  }

  static func choice(_ item: ServiceItem) -> String {
    switch item.choice {
    case .standard: item.together ? "要办；依法一起办" : "要办"
    case .optional: "自己选"
    case .conditional: item.together ? "看情况；要办时依法一起办" : "看情况，由您的回答决定"
    }
  }

  static func agency(_ agency: String) -> String {
    switch agency {
    case "yes": "可以委托别人"
    case "no": "不可以，要本人"
    default: "部分可以，有的步骤要本人"
    }
  }

  /// When a material is needed: always, with some of the items, or on a condition.
  static func when(_ material: MaterialRequirement, _ matter: Matter) -> String {
    guard material.required else { return material.requiredWhen ?? "看情况" }
    let items = material.items.compactMap(matter.item)
    guard !items.isEmpty, items.allSatisfy({ $0.choice != .standard }) else { return "都要" }
    return "办\(items.map { "“\($0.name)”" }.joined(separator: "、"))时要"
  }
}
