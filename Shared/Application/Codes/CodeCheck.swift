package import Foundations

/// The kinds of codes that can be checked by name (`bangban check KIND VALUE`).
package enum CodeKind: String, Sendable, CaseIterable {
  case idNumber = "id-number"
  case uscc
  case phone
  case bankAccount = "bank-account"
  case division
  case taskCode = "task-code"
  case projectNumber = "project-number"
  case certificateID = "certificate-id"
  case birthCertificate = "birth-certificate"
  case marriageCertificate = "marriage-certificate"
  case disabilityCertificate = "disability-certificate"
  case foodLicence = "food-licence"
  case localNumber = "local-number"
}

/// One entry to all codes: what a command line, a form and an import ask.
package enum CodeCheck {
  /// What came out. `value` is the normal form of a valid code, and the input as given otherwise.
  package struct Result: Sendable, Hashable {
    /// Normal form, or the input as given.
    package let value: String
    /// Nil where the code is valid.
    package let problem: Problem?
    /// What is unusual about a valid code.
    package let warnings: [ProblemKind]
    /// What the code says about its bearer, for a person: the kind of certificate or organisation.
    package let kindName: String?

    /// Whether the code was accepted.
    package var isValid: Bool { problem == nil }
    /// The stable code of the refusal.
    package var code: String? { problem?.code }

    /// `{value, valid, code?, message?, warnings?, kind?}`, the line of `bangban check --json`.
    package var json: Value {
      var json: Value = ["value": .text(value), "valid": .bool(isValid)]
      if let problem {
        json["code"] = .text(problem.code)
        json["message"] = .text(problem.message)
      }
      if let kindName { json["kind"] = .text(kindName) }
      if !warnings.isEmpty { json["warnings"] = .array(warnings.map { .text($0.code) }) }
      return json
    }
  }

  /// Checks a value; never throws, for a list of a thousand is told about each line.
  /// - Parameter today: the legal day in China.
  package static func check(kind: CodeKind, value: String, today: CivilDate) -> Result {
    do throws(Problem) {
      let (text, warnings, kindName) = try valid(kind, value, today)
      return Result(value: text, problem: nil, warnings: warnings, kindName: kindName)
    } catch {
      return Result(value: value, problem: error, warnings: [], kindName: nil)
    }
  }

  private static func valid(
    _ kind: CodeKind, _ value: String, _ today: CivilDate
  ) throws(Problem) -> (String, [ProblemKind], String?) {
    switch kind {
    case .idNumber:
      let number = try CertificateNumber.recognise(value, today: today)
      return (number.text, number.warnings, number.kindName)
    case .uscc:
      let code = try SocialCreditCode(value)
      return (code.text, code.warnings, code.kindName)
    case .phone:
      let number = try PhoneNumber(value)
      return (number.text, [], number.isMobile ? "手机" : "座机")
    case .bankAccount: return (try BankAccount(value).text, [], nil)
    case .division:
      let code = try DivisionCode(value)
      return (code.text, [], code.level.label)
    case .taskCode: return (try TaskCode(value).text, [], nil)
    case .projectNumber: return (try ProjectNumber(value).text, [], nil)
    case .certificateID: return (try CertificateID(value).text, [], nil)
    case .birthCertificate: return (try PaperNumbers.birthCertificate(value), [], nil)
    case .marriageCertificate: return (try PaperNumbers.marriageCertificate(value), [], nil)
    case .disabilityCertificate: return (try PaperNumbers.disabilityCertificate(value, today: today), [], nil)
    case .foodLicence: return (try PaperNumbers.foodLicence(value), [], nil)
    case .localNumber: return (try LocalNumber(value).text, [], nil)
    }
  }
}
