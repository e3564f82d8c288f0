internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// What a county sets for itself beside the catalogue. Devices get it with their next exchange.
extension Commands {
  static let county: [Spec] = [
    Spec("county show", group: Group.county, "显示县里的设置", run: showCounty),
    Spec(
      "county set", group: Group.county, "改县里的设置；写 default 就恢复默认",
      options: [
        .one("--deferral-days", "N", "容缺材料最多几个工作日补齐，1 到 20；承诺时限减 2 天和 20 天中更早的仍然算数"),
        .one("--prefix", "TEXT", "文书编号开头的机关代字，例如 盱审"),
        .one("--will-age", "N", "代办时满几岁要先问本人的真实意愿，50 到 100"),
        .one("--will-scope", "S", "问哪些事项：items 目录里标明的大事，all 全部", choices: WillRules.scopes + [standard]),
      ],
      notes: ["改了以后出具的文书、以后的提交按新的算，已经出具的不变。各台电脑下次同步时取得。"],
      examples: ["county set --deferral-days 10 --prefix 盱审", "county set --will-age 65"], run: setCounty),
  ]

  /// Takes a setting away again.
  private static let standard = "default"
  private static let prefixCharactersMax = 10

  private static func showCounty(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let settings = try session.journal().read { reader throws(Problem) in try countySettings(reader) }
    session.output.result(shown(settings)) { lines(settings) }
    return .done
  }

  private static func setCounty(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    var changes: [(key: String, value: Value?)] = []
    if let text = line.option("--deferral-days") {
      changes.append((CountySettings.deferralCap, try number(text, 1...DeferralDue.workingDaysMax)))
    }
    if let text = line.option("--prefix") { changes.append((CountySettings.documentPrefix, try prefix(text))) }
    if let text = line.option("--will-age") { changes.append((WillRules.ageKey, try number(text, WillRules.ages))) }
    if let text = line.option("--will-scope") {
      changes.append((WillRules.scopeKey, text == standard ? nil : .text(text)))
    }
    guard !changes.isEmpty else { throw Problem(.countyNothing) }
    let subject = changes.map(\.key).joined(separator: ",")
    let settings = try session.change("county.set", subject) { writer throws(Problem) in
      var settings = try countySettings(writer)
      for (key, value) in changes { settings[key] = value }
      try writer.setDocument(RegistryKey.settings, RegistryKey.county, settings)
      return settings
    }
    session.output.result(shown(settings)) { lines(settings) }
    return .done
  }

  private static func countySettings(_ reader: any JournalReader) throws(Problem) -> Value {
    guard let settings = try reader.document(RegistryKey.settings, RegistryKey.county) else {
      throw ProblemKind.serverNotInitialised.with("county")
    }
    return settings
  }

  private static func number(_ text: String, _ range: ClosedRange<Int>) throws(Problem) -> Value? {
    if text == standard { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw ProblemKind.countySetting.with("“\(UsageFault.shown(text))”应是 \(range.lowerBound) 到 \(range.upperBound)")
    }
    return Value(number)
  }

  /// It stands before `补〔2026〕0001号` on paper and is what people read out.
  private static func prefix(_ text: String) throws(Problem) -> Value? {
    if text == standard { return nil }
    let isPlain = text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    guard isPlain, (1...prefixCharactersMax).contains(text.count) else {
      throw ProblemKind.countySetting.with("“\(UsageFault.shown(text))”应是 1 到 \(prefixCharactersMax) 个汉字、字母或数字")
    }
    return .text(text)
  }

  /// What holds, set or not: `{division, name, deferralCapDays, documentPrefix, willAge, willScope, set:[…]}`.
  private static func shown(_ settings: Value) -> Value {
    let rules = CountySettings(settings)
    let keys = [
      CountySettings.deferralCap, CountySettings.documentPrefix, WillRules.ageKey, WillRules.scopeKey,
    ]
    return [
      "division": settings["division"] ?? .null, "name": settings["name"] ?? .null,
      "deferralCapDays": rules.deferralCapDays.map { Value($0) } ?? .null,
      "documentPrefix": .text(rules.documentPrefix), "willAge": Value(rules.will.age),
      "willScope": .text(rules.will.isForAll ? "all" : "items"),
      "set": .array(keys.filter { settings[$0] != nil }.map(Value.text)),
    ]
  }

  private static func lines(_ settings: Value) -> [String] {
    let rules = CountySettings(settings)
    func line(_ name: String, _ key: String, _ text: String) -> String {
      "  \(name)：\(text)\(settings[key] == nil ? "（默认，待县里确认）" : "")"
    }
    let cap = rules.deferralCapDays.map { "最多 \($0) 个工作日" } ?? "不另设上限"
    return [
      "\(settings["name"]?.text ?? "")（\(settings["division"]?.text ?? "")）",
      line("容缺补齐", CountySettings.deferralCap, cap),
      line("文书代字", CountySettings.documentPrefix, rules.documentPrefix),
      line("代办问真实意愿", WillRules.ageKey, "满 \(rules.will.age) 岁"),
      line("问哪些事项", WillRules.scopeKey, rules.will.isForAll ? "全部" : "目录里标明的"),
    ]
  }
}

extension ProblemKind {
  static let countySetting = ProblemKind("county.setting", "设置不能用：{}。", remedy: "请改正后再试；写 default 恢复默认。")
  static let countyNothing = ProblemKind(
    "county.nothing", status: 400, exit: .usage, "没有写要改什么。", remedy: "用 bangban-server county show 看有哪些设置。")
}
