package import Foundations

/// What is known of one application, for suggesting others.
package struct CapturedCase: Sendable {
  package let matter: Matter
  /// The values of its fields.
  package let values: Members
  /// `{kind, name, idNumber, …}`.
  package let applicant: Value
  /// Roles that one person has, by the answers of its guidance.
  package let sameRoles: [String: String]

  package init(matter: Matter, values: Members, applicant: Value, sameRoles: [String: String] = [:]) {
    self.matter = matter
    self.values = values
    self.applicant = applicant
    self.sameRoles = sameRoles
  }

  /// The identity number behind a role; nil where nobody wrote it down, or it is none.
  func identity(of role: String, today: CivilDate) -> String? {
    let people = RoleMap(sameRoles)
    let person = people.person(role)
    if person == Role.applicant, applicant["kind"]?.text != "organisation", let text = applicant["idNumber"]?.text,
      let number = Self.number(text, today)
    {
      return number
    }
    for field in matter.fields where field.type == .idNumber && people.person(field.roleID) == person {
      guard [DataElement.identityNumber, "idNumber"].contains(field.elementID), let text = values[field.id]?.text else {
        continue
      }
      if let number = Self.number(text, today) { return number }
    }
    return nil
  }

  /// What a role's person is called.
  func name(of role: String) -> String? {
    let people = RoleMap(sameRoles)
    let person = people.person(role)
    if person == Role.applicant, let name = applicant["name"]?.text { return name }
    return matter.fields.first { field in
      field.elementID == DataElement.name && people.person(field.roleID) == person && values[field.id]?.text != nil
    }.flatMap { values[$0.id]?.text }
  }

  /// Every role a field speaks of, and the applicant.
  var roles: [String] {
    var seen: Set<String> = []
    return ([Role.applicant] + matter.fields.map(\.roleID)).filter { seen.insert($0).inserted }
  }

  /// Everybody who stands in it, with what they are called where that is known: by role, and those who stand beside a
  /// role, as the head of the household does (`hk.householderIdNo`, `hk.householder`).
  func people(today: CivilDate) -> [(identity: String, name: String?)] {
    var people = roles.compactMap { role in identity(of: role, today: today).map { ($0, name(of: role)) } }
    for field in matter.fields where field.type == .idNumber {
      guard let text = values[field.id]?.text, let number = Self.number(text, today),
        !people.contains(where: { $0.0 == number })
      else { continue }
      let name = field.id.hasSuffix("IdNo") ? values[String(field.id.dropLast(4))]?.text : nil
      people.append((number, name))
    }
    return people
  }

  private static func number(_ text: String, _ today: CivilDate) -> String? {
    IdentityNumberReading.read(text, today: today)?.text
  }
}
