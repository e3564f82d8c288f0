internal import Application
package import Foundations

/// What an agent may do for an applicant 委托授权 (rules.md 5.2): within the written authority's scope and term, never
/// what the applicant must do in person, and never with the applicant's money.
package struct MandateRules {
  private let guidance: Guidance
  private let applicant: Value
  private let agent: Value
  private let mandate: Value
  private let values: Members
  private let today: CivilDate

  /// The last day that a mandate of a day may name: a year later (rules.md 5.2, a proposal: to be confirmed by the
  /// county), which is the same day of the next year (民法典 202).
  package static func latest(from day: CivilDate) -> CivilDate { day.inAYear }
  /// Whoever is younger cannot apply alone (民法典 19, 20; from sixteen on many do).
  private static let ageOwn = 16

  /// - Parameters:
  ///   - agent: `{name, idNumber, relation}`, null where the applicant acts alone.
  ///   - mandate: the register; null where nothing was said.
  ///   - values: the form's fields.
  package init(
    _ guidance: Guidance, applicant: Value, agent: Value, mandate: Value, values: Members, today: CivilDate
  ) {
    self.guidance = guidance
    self.applicant = applicant
    self.agent = agent
    self.mandate = mandate
    self.values = values
    self.today = today
  }

  /// Everything that stands against it.
  package var problems: [Problem] {
    var problems = guardian
    guard !agent.isBlank else { return problems }
    problems += ownAgent + inPerson + scope + term + account
    return problems
  }

  /// Nobody is their own agent: whoever acts alone names none, and what is asked because somebody else acts would fall
  /// away.
  private var ownAgent: [Problem] {
    guard let own = applicant["idNumber"]?.text, !own.isEmpty, agent["idNumber"]?.text == own else { return [] }
    return [ProblemKind.agentIsApplicant.at("agent.idNumber")]
  }

  /// Items that nobody may do for another: marriage, face checks, bank activation.
  private var inPerson: [Problem] {
    guidance.items.filter { guidance.matter.item($0)?.agency == "no" }
      .map { ProblemKind.mandateInPerson.with(guidance.matter.name(of: $0), field: "items") }
  }

  private var scope: [Problem] {
    guard let granted = mandate["items"]?.array?.compactMap(\.text) else { return [] }
    return guidance.items.filter { !granted.contains($0.text) }
      .map { ProblemKind.mandateScope.with(guidance.matter.name(of: $0), field: "mandate.items") }
  }

  private var term: [Problem] {
    guard let text = mandate["until"]?.text else { return [] }
    guard let until = CivilDate(text) else { return [ProblemKind.mandateTerm.with(text, field: "mandate.until")] }
    let isSound = (today...Self.latest(from: today)).contains(until)
    return isSound ? [] : [ProblemKind.mandateTerm.with(text, field: "mandate.until")]
  }

  /// The agent's account never receives the applicant's money (民法典 168; rules.md 5.2).
  private var account: [Problem] {
    let own = Set([agent["name"]?.text, agent["idNumber"]?.text].compactMap(\.self).filter { !$0.isEmpty })
    let applicants = Set([applicant["name"]?.text, applicant["idNumber"]?.text].compactMap(\.self))
    return guidance.matter.fields.filter { DataElement.accountHolders.contains($0.elementID) }.compactMap { field in
      guard let holder = values[field.id]?.text, own.contains(holder), !applicants.contains(holder) else { return nil }
      return ProblemKind.mandateAccount.with(field.name, field: field.id)
    }
  }

  /// A child is represented by a guardian (民法典 20, 23, 27).
  private var guardian: [Problem] {
    guard agent.isBlank, let text = applicant["idNumber"]?.text,
      let age = CertificateNumber.known(text, today: today)?.age(on: today), age < Self.ageOwn
    else { return [] }
    let isNamed = guidance.matter.fields.contains { field in
      DataElement.guardians.contains(field.elementID) && !(values[field.id] ?? .null).isBlank
        || field.roleID == "g" && !(values[field.id] ?? .null).isBlank
    }
    return isNamed ? [] : [ProblemKind.mandateGuardian.at("agent")]
  }
}

extension DataElement {
  /// Who an account belongs to.
  package static let accountHolders: Set<String> = ["bankHolder", "holder"]
  static let guardians: Set<String> = ["guardianName", "guardianIdNo"]
}

extension ProblemKind {
  package static let agentIsApplicant = ProblemKind(
    "agent.is-applicant", "代办人的证件号码和申请人的一样。",
    remedy: "请核对两个人的证件号码；申请人自己来办的，不用写代办人，写了的用 bangban edit 编号 agent= 清除。")
  package static let mandateInPerson = ProblemKind(
    "mandate.in-person", "这个事项要本人亲自办，不能代办：{}", remedy: "请由本人办理，或者去掉这个事项，其他的照办。")
  package static let mandateScope = ProblemKind(
    "mandate.scope", "委托书没有写这个事项：{}", remedy: "请让申请人补写委托，或者去掉这个事项。")
  package static let mandateTerm = ProblemKind(
    "mandate.term", "委托的期限不对：{}", remedy: "写成 2026-12-31 这样的日期，今天起最长一年。")
  package static let mandateAccount = ProblemKind(
    "mandate.account", "收款账户不能是代办人的：{}", remedy: "请用申请人本人或依法受益人的账户。")
  package static let mandateGuardian = ProblemKind(
    "mandate.guardian", "申请人未满十六岁，要由监护人代理。", remedy: "请填写监护人，或者把监护人写成代办人并注明关系。")
  package static let mandateAgent = ProblemKind(
    "mandate.agent", "写了委托，却没有写代办人。", remedy: "请填写代办人的姓名、证件号和关系。")
}
