package import Application
package import Foundations
internal import Replication

/// Cases that go before others 绿色通道: of the elderly 老年人 and of the disabled 残疾人.
///
/// No form asks for it; it is told from what the form says anyway, so that nobody has to remember to tick a box. It
/// only puts a case earlier in a queue: taking one in too many costs the others nothing but their turn.
package enum GreenChannel: String, Sendable, CaseIterable {
  case elderly
  case disabled

  /// 老年人权益保障法, article 2: whoever is sixty years old.
  private static let elderlyYears = 60

  /// Why an application goes first; nil where nothing says so.
  /// - Parameters:
  ///   - matter: its form, guidance and materials; nil where it is not known.
  ///   - today: the legal day in China.
  package init?(_ state: ApplicationState, matter: Matter?, today: CivilDate) {
    if Self.isElderly(state.value(Register.applicant), today) {
      self = .elderly
    } else if let matter, Self.isDisabled(state, matter) {
      self = .disabled
    } else {
      return nil
    }
  }

  /// By the day of birth in the number of the certificate.
  private static func isElderly(_ applicant: Value?, _ today: CivilDate) -> Bool {
    guard let text = applicant?["idNumber"]?.text else { return false }
    return CertificateNumber.known(text, today: today)?.age(on: today) ?? 0 >= elderlyYears
  }

  /// What a field, a question or a material is called by where it is about a disability: 残疾人证号, 残疾等级, 致残原因.
  private static func isAboutDisability(_ name: String) -> Bool { name.contains("残疾") || name.contains("致残原因") }

  private static func isDisabled(_ state: ApplicationState, _ matter: Matter) -> Bool {
    let values = state.fieldValues
    let saysField = matter.fields.contains { field in
      guard isAboutDisability(field.name), let value = values[field.id] else { return false }
      let label = field.options.first { .text($0.value) == value }?.label
      return says(value) && !(label.map(isNo) ?? false)
    }
    if saysField { return true }
    let answers = state.value(Register.answers)?.object ?? [:]
    let saysAnswer = matter.guidance.contains { question in
      guard let answer = answers[question.id]?.text else { return false }
      return answer.contains("残疾") || isAboutDisability(question.text) && !isNo(answer)
    }
    let evidences = Set(matter.materials.filter { $0.name.contains("残疾") && $0.name.contains("证") }.map(\.id))
    return saysAnswer || state.materials.contains { evidences.contains($0.material) }
  }

  private static func says(_ value: Value) -> Bool {
    if let text = value.text { return !text.trimmed.isEmpty && !isNo(text) }
    if let list = value.array { return !list.isEmpty }
    return !value.isNull && value != .bool(false)
  }

  private static func isNo(_ answer: String) -> Bool {
    ["否", "无", "没有", "不是", "都没有"].contains { answer.trimmed.hasPrefix($0) }
  }
}
