internal import Application
package import Foundations

/// The one form 一表 of the chosen items: what several of them ask of one person is asked once, by the strictest of
/// their rules (rules.md 6.4). Which fields a file lists first changes the order only.
package struct MergedForm: Sendable {
  /// One thing that is asked.
  package struct Entry: Sendable, Equatable {
    /// With the strictest rules of all its members.
    package let field: Field
    /// The ids that take the value; the first is `field.id`.
    package let members: [String]
    /// Whether a value must be there, where its condition, if it has one, holds.
    package let isRequired: Bool
    /// The canonical role.
    package let role: String
    /// What the applicant's register says about it: asked there, and not again.
    package let applicantMember: String?
  }

  /// In the order of the file.
  package let entries: [Entry]
  /// How many things the chosen items ask for one by one.
  package let printed: Int
  private let people: RoleMap

  /// - Parameters:
  ///   - fields: all fields of the matter.
  ///   - items: the chosen ones; only what they need is asked. Nil: all.
  ///   - sameRoles: roles that are one person.
  ///   - alsoRequired: what the answers of the guidance require.
  package init(
    _ fields: [Field], items: Set<ItemID>?, sameRoles: [String: String] = [:], alsoRequired: Set<String> = []
  ) {
    let people = RoleMap(sameRoles)
    self.people = people
    func isWanted(_ field: Field) -> Bool {
      guard let items else { return true }
      return field.items.isEmpty || !items.isDisjoint(with: field.items) || alsoRequired.contains(field.id)
    }
    let wanted = fields.filter(isWanted)
    var order: [FieldKey] = []
    var groups: [FieldKey: [Field]] = [:]
    for field in wanted {
      let key = FieldKey(field, people)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(field)
    }
    entries = order.flatMap { key in Self.entries(groups[key] ?? [], role: key.role, alsoRequired) }
    printed = wanted.reduce(0) { count, field in
      count + (items.map { max(1, field.items.isEmpty ? $0.count : $0.intersection(field.items).count) } ?? 1)
    }
  }

  /// One entry; several where two fields of one name have no value in common, which the catalogue does not publish.
  private static func entries(_ group: [Field], role: String, _ alsoRequired: Set<String>) -> [Entry] {
    let sorted = group.sorted { $0.id < $1.id }
    var merged: [(field: Field, members: [String])] = []
    for field in sorted {
      if let index = merged.indices.first, let strictest = merged[index].field.strictest(with: field) {
        merged[index] = (strictest, merged[index].members + [field.id])
      } else {
        merged.append((field, [field.id]))
      }
    }
    return merged.map { field, members in
      let member = role == Role.applicant ? DataElement.applicantMember(field.elementID) : nil
      return Entry(
        field: field, members: members, isRequired: field.required || members.contains(where: alsoRequired.contains),
        role: role, applicantMember: member)
    }
  }

  // MARK: What is asked

  /// What has to be asked, as the values are: without what the applicant's register or an identity number says, and
  /// without what a condition has no need of.
  package func asked(_ values: Members, applicant: Value, today: CivilDate) -> [Entry] {
    let known = completed(values, applicant: applicant, today: today)
    return entries.filter { entry in
      if entry.applicantMember != nil { return false }
      if DataElement.derived.contains(entry.field.elementID), derived(entry, known, applicant, today) != nil {
        return false
      }
      return isNeeded(entry, known, today)
    }
  }

  /// Entries that must have a value and have none, in the form's order.
  package func missing(_ values: Members, applicant: Value, today: CivilDate) -> [Entry] {
    let known = completed(values, applicant: applicant, today: today)
    return entries.filter { entry in
      let isRequired = entry.isRequired || entry.field.requiredIf != nil
      return isRequired && isNeeded(entry, known, today) && value(of: entry, known) == nil
    }
  }

  /// Whether the entry's condition holds; an entry without one is always needed.
  private func isNeeded(_ entry: Entry, _ values: Members, _ today: CivilDate) -> Bool {
    guard let condition = entry.field.requiredIf, !entry.isRequired else { return true }
    return condition.holds(values, today: today)
  }

  private func value(of entry: Entry, _ values: Members) -> Value? {
    entry.members.lazy.compactMap { values[$0] }.first { !$0.isBlank }
  }

  // MARK: What follows from what was said

  /// The values with those that follow from them: of the same thing under another id, of the applicant, and what an
  /// identity number says. What stands already stays.
  package func completed(_ values: Members, applicant: Value, today: CivilDate) -> Members {
    var known = values
    for entry in entries {
      let value = value(of: entry, known) ?? entry.applicantMember.flatMap { applicant[$0] }
      guard let value, !value.isBlank else { continue }
      for member in entry.members where (known[member] ?? .null).isBlank { known[member] = value }
    }
    for entry in entries where DataElement.derived.contains(entry.field.elementID) {
      guard value(of: entry, known) == nil, let value = derived(entry, known, applicant, today) else { continue }
      for member in entry.members { known[member] = value }
    }
    return known
  }

  /// What one write of some fields brings with it: every other field that is the same thing takes the value too.
  package func spread(_ written: Members) -> Members {
    var output = written
    for entry in entries where entry.members.count > 1 {
      let said = entry.members.filter { written[$0] != nil }
      guard let first = said.first, let value = written[first] else { continue }
      for member in entry.members where written[member] == nil { output[member] = value }
    }
    return output
  }

  /// The entries that hold what an applicant's register says, by its member (`name`, `idNumber`).
  package var applicantEntries: [Entry] { entries.filter { $0.applicantMember != nil } }

  /// What the number of the same person's certificate says; nil where there is none, or it does not tell.
  private func derived(
    _ entry: Entry, _ values: Members, _ applicant: Value, _ today: CivilDate
  ) -> Value? {
    guard let number = identityNumber(of: entry.role, values, applicant, today) else { return nil }
    let value = entry.field.value(of: number, today: today)
    guard let value, entry.field.type == .choice else { return value }
    return entry.field.options.contains { .text($0.value) == value } ? value : nil
  }

  /// The number of the person that an entry is about; nil where the form does not know it.
  package func person(_ entry: Entry, _ values: Members, applicant: Value, today: CivilDate) -> String? {
    identityNumber(of: entry.role, values, applicant, today)?.text
  }

  /// The number of whoever has a role.
  package func person(role: String, _ values: Members, applicant: Value, today: CivilDate) -> String? {
    identityNumber(of: people.person(role), values, applicant, today)?.text
  }

  private func identityNumber(
    of role: String, _ values: Members, _ applicant: Value, _ today: CivilDate
  ) -> CertificateNumber? {
    let own = entries.first { $0.role == role && $0.field.type == .idNumber }
    let known = role == Role.applicant ? applicant["idNumber"]?.text : nil
    let text = known ?? own.flatMap { value(of: $0, values)?.text }
    return text.flatMap { CertificateNumber.known($0, today: today) }
  }

  /// Values that contradict an identity number: of two ways to write one thing wrong the number is checked by its last
  /// digit, so the other is put right (rules.md 2.1, W3).
  package func contradictions(_ values: Members, applicant: Value, today: CivilDate) -> [Problem] {
    entries.filter { DataElement.derived.contains($0.field.elementID) && $0.field.elementID != DataElement.age }
      .compactMap { entry in
        guard let said = value(of: entry, values), let derived = derived(entry, values, applicant, today),
          said != derived
        else { return nil }
        return ProblemKind.fieldContradictsNumber.with(entry.field.name, field: entry.field.id)
      } + othersCertificates(values, applicant, today)
  }

  /// Disability certificates that bear another number than their holder's own (rules.md 2.5: they begin with it).
  private func othersCertificates(_ values: Members, _ applicant: Value, _ today: CivilDate) -> [Problem] {
    entries.filter { $0.field.check == .disabilityCertificate }.compactMap { entry in
      guard let said = value(of: entry, values)?.text,
        let number = identityNumber(of: entry.role, values, applicant, today), !said.hasPrefix(number.text)
      else { return nil }
      return ProblemKind.fieldContradictsNumber.with(entry.field.name, field: entry.field.id)
    }
  }
}

extension MergedForm {
  /// Values of somebody who, as was answered, is the applicant, and that say otherwise than the applicant's own: one of
  /// the two is wrong, and which one nobody can tell but a person.
  package func disagreements(_ values: Members, applicant: Value) -> [Problem] {
    applicantEntries.flatMap { entry in
      let known = entry.applicantMember.flatMap { applicant[$0] } ?? .null
      return entry.members.compactMap { id -> Problem? in
        guard !id.hasPrefix(Role.applicant + "."), let said = values[id], !said.isBlank, !known.isBlank, said != known
        else { return nil }
        return ProblemKind.fieldDisagrees.with(entry.field.name, field: id)
      }
    }
  }
}

/// What makes two fields one question.
private struct FieldKey: Hashable {
  let role: String
  let element: String
  let type: FieldType
  /// Fields of no role, and rows of lists, are themselves only.
  let own: String?

  init(_ field: Field, _ people: RoleMap) {
    role = people.person(field.roleID)
    element = field.elementID
    type = field.type
    own = field.type == .list || field.type == .file ? field.id : nil
  }
}

extension Matter {
  /// The fields of a whole example: the required ones, and those whose condition the examples of these meet. Made of
  /// them, a form can be submitted.
  package func exampleFields(today: CivilDate) -> [Field] {
    let examples = Members(
      fields.filter(\.required).map { ($0.id, $0.example) }, uniquingKeysWith: { first, _ in first })
    return fields.filter { $0.required || $0.requiredIf?.holds(examples, today: today) == true }
  }
}

extension FieldCondition {
  /// Whether the values make it hold; an unreadable or missing one does not.
  package func holds(_ values: Members, today: CivilDate) -> Bool {
    guard let value = values[field], !value.isBlank else { return false }
    if minAge != nil || maxAge != nil {
      guard let text = value.text, let age = CertificateNumber.known(text, today: today)?.age(on: today) else {
        return false
      }
      return age >= minAge ?? 0 && age <= maxAge ?? Int.max
    }
    if let flag = value.bool { return self.values.contains(flag ? "true" : "false") }
    if let several = value.array { return several.contains { $0.text.map(self.values.contains) ?? false } }
    return value.text.map(self.values.contains) ?? false
  }
}

extension Field {
  /// What a person's number says in this field's type: `1` or `2` (GB/T 2261.1), the day of birth, years.
  fileprivate func value(of number: CertificateNumber, today: CivilDate) -> Value? {
    switch (elementID, type) {
    case (DataElement.sex, .choice): number.sex.map { .text($0.rawValue) }
    case (DataElement.birthDate, .date): number.birth.map { .text($0.text) }
    case (DataElement.age, .integer): number.age(on: today).map { Value($0) }
    default: nil
    }
  }

  /// The field with the rules of both: what is sound here is sound for each. The id of this one stays.
  /// - Returns: nil where no value is sound for both.
  package func strictest(with other: Field) -> Field? {
    var field = self
    field.required = required || other.required
    if field.required || requiredIf != other.requiredIf { field.requiredIf = nil }
    field.items = items.isEmpty || other.items.isEmpty ? [] : items + other.items.filter { !items.contains($0) }
    field.sensitive = sensitive || other.sensitive
    field.personal = personal || other.personal
    field.maxLength = [maxLength, other.maxLength].compactMap(\.self).min()
    field.pattern = pattern ?? other.pattern
    field.check = check ?? other.check
    field.hint = hint ?? other.hint
    field.min = Self.stricter(min, other.min, type) { $0 > 0 }
    field.max = Self.stricter(max, other.max, type) { $0 < 0 }
    if let min = field.min, let max = field.max, let order = FieldChecks.order(min, max, of: type), order > 0 {
      return nil
    }
    guard !options.isEmpty || !other.options.isEmpty else { return field }
    let common = Set(other.options.map(\.value))
    field.options = options.filter { common.contains($0.value) }
    return field.options.isEmpty ? nil : field
  }

  /// Of two bounds the one that is `wins` against the other; one that moves with the day stays beside a fixed one, and
  /// each field checks its own.
  private static func stricter(_ one: String?, _ two: String?, _ type: FieldType, wins: (Int) -> Bool) -> String? {
    guard let one, let two else { return one ?? two }
    guard let order = FieldChecks.order(one, two, of: type) else { return one < two ? one : two }
    return wins(order) ? one : two
  }
}

extension ProblemKind {
  package static let fieldDisagrees = ProblemKind(
    "field.disagrees", "回答说就是申请人本人，可是和申请人填的不一样：{}", remedy: "请核对后改成一样的，或者改正“谁来申请”的回答。")
  package static let fieldContradictsNumber = ProblemKind(
    "field.contradicts-id", "和身份证号说的不一样：{}", remedy: "请核对身份证；以号码为准改正这一项，或改正号码。")
}
