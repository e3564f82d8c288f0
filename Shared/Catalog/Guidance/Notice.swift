package import Foundations

/// The one-time notice 一次性告知书 (D01): everything that is needed, told once, in words to read aloud, to print or to
/// hand over.
package struct Notice: Sendable, Equatable {
  /// One heading with its sentences.
  package struct Section: Sendable, Equatable {
    package let title: String
    package let lines: [String]
  }

  package let title: String
  /// Nothing of what a matter says is published as confirmed before a county has confirmed it.
  package let isConfirmed: Bool
  package let sections: [Section]

  /// Said wherever drafted content appears.
  package static let unconfirmed = "本内容为示例，待县里确认"

  /// - Parameters:
  ///   - forecast: when it would be done if it were accepted today.
  package init(_ guidance: Guidance, forecast: Forecast) {
    let writer = NoticeWriter(guidance, forecast)
    title = guidance.matter.name
    isConfirmed = guidance.matter.detail == .full
    let all =
      guidance.stops.isEmpty
      ? [
        writer.conditions, writer.items, writer.papers, writer.sometimes, writer.exempt, writer.form, writer.time,
        writer.fees, writer.inPerson, writer.savings, writer.basis, writer.reasons, writer.open,
      ] : [writer.stops, writer.conditions, writer.reasons]
    sections = all.filter { !$0.lines.isEmpty }
  }
}

/// Writes the sections of a notice.
private struct NoticeWriter {
  let guidance: Guidance
  let forecast: Forecast
  let matter: Matter
  let materials: MaterialSet
  let plan: TimePlan
  let entries: [MergedForm.Entry]
  let saved: Savings

  init(_ guidance: Guidance, _ forecast: Forecast) {
    self.guidance = guidance
    self.forecast = forecast
    matter = guidance.matter
    materials = guidance.materials
    plan = guidance.timePlan
    entries = guidance.form.entries
    saved = Savings(guidance)
  }

  typealias Section = Notice.Section

  var stops: Section { Section(title: "按回答的情况，不能这样办", lines: guidance.stops) }

  var conditions: Section { Section(title: "谁能办、什么条件", lines: matter.conditions) }

  var items: Section {
    Section(
      title: "一次办好这些事项",
      lines: guidance.items.map { id in
        let item = matter.item(id)
        var parts = [matter.name(of: id)]
        if let authority = matter.authority(of: id) { parts.append("由\(authority)办") }
        if let limit = item?.limit { parts.append(limit.words) }
        if let result = item?.result { parts.append("办好给：\(result)") }
        let waits = (item?.prerequisites ?? []).map { $0.anyOf.filter(guidance.items.contains) }.filter { !$0.isEmpty }
        if item?.givesBack == true { parts.append("材料不齐的全部退还、一次告知，改好重新交") }
        if !waits.isEmpty {
          parts.append(
            "等“\(waits.map { $0.map(matter.name(of:)).joined(separator: "或") }.joined(separator: "”“"))”办好再办")
        }
        return parts.joined(separator: "，") + "（\(guidance.reasons(item: id).joined(separator: "；"))）"
      })
  }

  var papers: Section {
    Section(title: "要带的材料（每样只交一次）", lines: materials.own.map { line($0, requirement: true) })
  }

  var sometimes: Section {
    let entries = materials.entries.filter { $0.exemption == nil && !$0.isRequired }
    return Section(title: "有这种情况才要带", lines: entries.map { line($0, requirement: true) })
  }

  var exempt: Section {
    Section(
      title: "不用带的材料",
      lines: materials.exempt.filter { $0.exemption != .system }.map { entry in
        "\(entry.requirement.name)：\(entry.exemption?.words ?? "")" + because(entry)
      })
  }

  private func line(_ entry: MaterialSet.Entry, requirement: Bool) -> String {
    let material = entry.requirement
    var parts = [material.name]
    if let form = material.form { parts.append(material.copies > 1 ? "\(form)\(material.copies)份" : form) }
    if let issuer = material.issuer, !["申请人", "本人"].contains(issuer) { parts.append("\(issuer)出具") }
    if let months = material.validMonths { parts.append("\(months)个月内的") }
    if !entry.isRequired, let when = material.requiredWhen { parts.append(when) }
    if entry.isDeferrable { parts.append("一时没有可以容缺后补") }
    if material.commitment { parts.append("也可以书面承诺代替") }
    return parts.joined(separator: "，") + because(entry)
  }

  /// Read aloud, the authorities are enough; `why` of each material says all.
  private func because(_ entry: MaterialSet.Entry) -> String {
    let answers = guidance.answered(material: entry.requirement)
    var seen: Set<String> = []
    let items = entry.items.isEmpty ? guidance.items : entry.items
    let authorities = items.compactMap(matter.authority(of:)).filter { seen.insert($0).inserted }
    let users = authorities.isEmpty ? [] : ["\(authorities.joined(separator: "、"))要用"]
    return "（\((answers + users).joined(separator: "；"))）"
  }

  var form: Section {
    let asked = entries.filter { $0.applicantMember == nil && !DataElement.derived.contains($0.field.elementID) }
    guard !asked.isEmpty else { return Section(title: "要填的", lines: []) }
    var lines = ["一张表，最多 \(asked.count) 项，姓名、证件号、电话只填一次。"]
    let sensitive = asked.filter(\.field.sensitive).map(\.field.name)
    if !sensitive.isEmpty { lines.append("其中敏感的个人信息要逐项同意：\(sensitive.joined(separator: "、"))。") }
    return Section(title: "要填的", lines: lines)
  }

  var time: Section {
    var lines: [String] = []
    if let promised = plan.promised {
      let law = plan.statutory.map { "，法定 \($0) 个工作日" } ?? ""
      let shorter = plan.compression.map { $0 > 0 ? "，压缩 \($0)%" : "" } ?? ""
      lines.append(promised == 0 ? "承诺当场办结\(law)。" : "承诺 \(promised) 个工作日办结\(law)\(shorter)。")
    } else if let statutory = plan.statutory {
      lines.append("法定 \(statutory) 个工作日。")
    }
    if let finish = forecast.finish {
      lines.append("今天受理的话，最迟 \(finish.text) 办好\(finish.estimated ? "（≈ 放假安排未公布，日期是推算的）" : "")。")
    }
    if let slowest = forecast.bottleneck, guidance.items.count > 1 {
      let authority = matter.authority(of: slowest).map { "（\($0)）" } ?? ""
      lines.append("最费时的是“\(matter.name(of: slowest))”\(authority)；不用等别的事项的同时办。")
    }
    if !lines.isEmpty { lines.append("不算在内：\(forecast.excluded.joined(separator: "、"))。") }
    return Section(title: "多久办好", lines: lines)
  }

  var fees: Section {
    let fees = guidance.items.compactMap { id in matter.item(id)?.fee.map { (name: matter.name(of: id), fee: $0) } }
    guard !fees.isEmpty else { return Section(title: "收费", lines: []) }
    let free = fees.filter { $0.fee == "免费" }
    var lines = fees.filter { $0.fee != "免费" }.map { "\($0.name)：\($0.fee)" }
    if free.count == fees.count { lines.append("不收费。") } else if !free.isEmpty { lines.append("其余事项不收费。") }
    lines.append("帮办代办不收任何费用。")
    return Section(title: "收费", lines: lines)
  }

  var inPerson: Section {
    let own = guidance.items.filter { matter.item($0)?.agency == "no" }
    let partly = guidance.items.filter { matter.item($0)?.agency == "partly" }
    var lines = own.map { "“\(matter.name(of: $0))”要本人亲自办，不能代办。" }
    if !partly.isEmpty {
      lines.append("\(partly.map { "“\(matter.name(of: $0))”" }.joined(separator: "、"))可以代交材料，有的步骤要本人到场。")
    }
    let asking = guidance.items.filter { matter.item($0)?.asksWill == true }
    if !asking.isEmpty {
      let names = asking.map { "“\(matter.name(of: $0))”" }.joined(separator: "、")
      lines.append("老人由别人代办\(names)的，要先当面问是不是本人的意思，录音或者请两个人见证。")
    }
    return Section(title: "要本人到场的", lines: lines)
  }

  var savings: Section {
    Section(title: "一件事一次办省了", lines: saved.words.isEmpty ? [] : [saved.words + "。"])
  }

  var basis: Section {
    Section(
      title: "依据",
      lines: guidance.items.compactMap { id in matter.item(id)?.basis.map { "\(matter.name(of: id))：\($0)" } })
  }

  var reasons: Section { Section(title: "按您的回答", lines: guidance.why) }

  var open: Section {
    Section(
      title: "还有问题没有回答，答了才准确",
      lines: guidance.open.map { question in
        "\(question.id)：\(question.text)（\(question.answers.map(\.label).joined(separator: " / "))）"
      })
  }
}

extension TimeLimit {
  /// 承诺 5 个工作日（法定 20）.
  package var words: String {
    let unit = unit == .workingDays ? "个工作日" : "天"
    switch (promised, statutory) {
    case (0, _): return "当场办"
    case (let promised?, let law?) where law != promised: return "\(promised)\(unit)（法定\(law)\(unit)）"
    case (let promised?, _): return "\(promised)\(unit)"
    case (nil, let law?): return law == 0 ? "当场办" : "法定\(law)\(unit)"
    case (nil, nil): return "时限待县里确认"
    }
  }
}

extension MaterialExemption {
  /// Why it need not be brought, in words.
  package var words: String {
    switch self {
    case .certificate: "用电子证照，联网后核验"
    case .verification: "联网核验"
    case .result: "前面的事项办好了就有"
    case .system: "由系统生成，签字就行"
    }
  }
}

/// What one application for the whole saves against one for each item.
package struct Savings: Sendable, Equatable {
  package let fieldsPrinted: Int
  package let fieldsAsked: Int
  package let papersPrinted: Int
  package let papersAsked: Int
  /// One way to a counter for each item; of which those that cannot be done by others stay.
  package let tripsPrinted: Int
  package let tripsNow: Int

  package init(_ guidance: Guidance) {
    let form = guidance.form
    let parts = 3
    // Each authority's own form asks for name, number and telephone first.
    fieldsPrinted = form.printed + parts * guidance.items.count
    fieldsAsked = form.entries.filter { $0.applicantMember == nil }.count + parts
    let materials = guidance.materials
    papersPrinted = materials.printed
    papersAsked = materials.entries.filter { $0.exemption == nil }.count
    tripsPrinted = guidance.items.count
    tripsNow = max(1, guidance.items.filter { guidance.matter.item($0)?.agency == "no" }.count)
  }

  package var fieldsSaved: Int { max(0, fieldsPrinted - fieldsAsked) }
  package var papersSaved: Int { max(0, papersPrinted - papersAsked) }
  package var tripsSaved: Int { max(0, tripsPrinted - tripsNow) }

  /// What it saves, in words; empty where nothing.
  package var words: String {
    var parts: [String] = []
    if fieldsSaved > 0 { parts.append("少填 \(fieldsSaved) 项（各填各表共 \(fieldsPrinted) 项）") }
    if papersSaved > 0 { parts.append("少交 \(papersSaved) 份材料（各交各的共 \(papersPrinted) 份）") }
    if tripsSaved > 0 { parts.append("少跑 \(tripsSaved) 趟") }
    return parts.joined(separator: "，")
  }

  /// `{fields:{printed, asked}, papers:{printed, asked}, trips:{printed, now}}`
  package var value: Value {
    [
      "fields": ["printed": Value(fieldsPrinted), "asked": Value(fieldsAsked)],
      "papers": ["printed": Value(papersPrinted), "asked": Value(papersAsked)],
      "trips": ["printed": Value(tripsPrinted), "now": Value(tripsNow)],
    ]
  }
}
