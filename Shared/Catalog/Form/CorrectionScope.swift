internal import Application
internal import Foundations

/// What a correction 补正 opens beside what it names: whatever is the same thing, follows from it or depends on it.
/// Otherwise the applicant who is the father could put his name right under one of its names only, and it would come
/// too late under the others.
package struct CorrectionScope: Sendable, Equatable {
  /// Registers, sorted.
  package let registers: [String]
  /// Materials, sorted.
  package let materials: [String]

  /// - Parameters:
  ///   - registers: those that the correction names.
  ///   - materials: likewise.
  package init(_ guidance: Guidance, registers named: Set<String>, materials: Set<String>) {
    let form = guidance.form
    let byID = Dictionary(guidance.matter.fields.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    func register(_ id: String) -> String { byID[id].flatMap(\.group).map(Register.group) ?? id }
    var open = named
    for entry in form.entries {
      let own = Set(entry.members.map(register) + (entry.applicantMember == nil ? [] : [Register.applicant]))
      guard !own.isDisjoint(with: named) else { continue }
      open.formUnion(own)
      // A number that is put right says another birth; an answer that is, asks for something else.
      for other in form.entries {
        let follows =
          entry.field.type == .idNumber && other.role == entry.role
          && DataElement.derived.contains(other.field.elementID)
        let depends = other.field.requiredIf.map { entry.members.contains($0.field) } ?? false
        if follows || depends { open.formUnion(other.members.map(register)) }
      }
    }
    registers = open.sorted()
    let papers = guidance.materials
    self.materials = materials.union(materials.flatMap { papers.entry(of: $0)?.members ?? [] }).sorted()
  }
}
