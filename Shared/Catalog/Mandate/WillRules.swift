internal import Application
package import Foundations

/// Whether an old applicant was asked if it is their own will 真实意愿, before an agent files a weighty step for them
/// (老年人权益保障法 55; rules.md 5.3: on a recording or before two witnesses).
package struct WillRules: Sendable, Equatable {
  /// From this age on.
  package let age: Int
  /// For every item; else only for those that the catalogue names (`ServiceItem.asksWill`).
  package let isForAll: Bool

  /// Ages that a county may set.
  package static let ages = 50...100
  /// A proposal 【设】: to be confirmed by the county.
  package static let ageProposed = 60
  /// The members of the county's settings.
  package static let ageKey = "willAge"
  package static let scopeKey = "willScope"
  /// `items` or `all`
  package static let scopes = ["items", "all"]
  /// How the question and its answer were kept.
  package static let manners = ["recording", "witnesses"]
  private static let witnessesMin = 2

  package init(age: Int = ageProposed, isForAll: Bool = false) {
    self.age = age
    self.isForAll = isForAll
  }

  /// - Parameter county: the county's settings, as devices have them, too.
  package init(county: Value?) {
    let age = county?[Self.ageKey]?.integer.map { Int(clamping: $0) } ?? Self.ageProposed
    self.init(age: age, isForAll: county?[Self.scopeKey] == "all")
  }

  /// Whether somebody else files for a person of that age, whatever it is.
  package func concerns(applicant: Value, agent: Value, today: CivilDate) -> Bool {
    guard let own = applicant["idNumber"]?.text, !agent.isBlank,
      let years = CertificateNumber.known(own, today: today)?.age(on: today)
    else { return false }
    return years >= age
  }

  /// What stands against a submission; nil where nobody need be asked, or was.
  /// - Parameters:
  ///   - agent: `{name, idNumber, relation}`, null where the applicant acts alone.
  ///   - mandate: the register, in which the record stands: `{will, witnesses}`.
  ///   - today: the day of the submission.
  package func problem(
    _ guidance: Guidance, applicant: Value, agent: Value, mandate: Value, today: CivilDate
  ) -> Problem? {
    guard concerns(applicant: applicant, agent: agent, today: today) else { return nil }
    let items = guidance.items.filter { isForAll || guidance.matter.item($0)?.asksWill == true }
    guard !items.isEmpty, !Self.isRecorded(mandate, agent: agent) else { return nil }
    let names = items.map(guidance.matter.name(of:)).joined(separator: "、")
    return ProblemKind.mandateWill.with("满\(age)岁，\(names)", field: "mandate.will")
  }

  /// A recording, or two witnesses who are not the agent.
  static func isRecorded(_ mandate: Value, agent: Value) -> Bool {
    switch mandate["will"]?.text {
    case "recording": true
    case "witnesses":
      Set((mandate["witnesses"]?.array ?? []).compactMap { $0.text?.trimmed }.filter { !$0.isEmpty })
        .subtracting([agent["name"]?.text ?? ""]).count >= witnessesMin
    default: false
    }
  }
}

extension ProblemKind {
  package static let mandateWill = ProblemKind(
    "mandate.will", "申请人年纪大了，由别人代办，要先当面问清是不是本人的真实意愿，还没有记录：{}",
    remedy: "请当面问本人，录音或者请两个人见证（代办人不算），再用 bangban edit 编号 mandate.will=witnesses"
      + " mandate.witnesses=甲,乙 登记（录音的写 mandate.will=recording），然后提交。")
}
