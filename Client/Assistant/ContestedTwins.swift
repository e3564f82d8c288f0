internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// The registers in conflict that a write does not name itself, and whose conflicts it would settle with what it says
/// of a twin. It may do so only where that is the same conflict under another name, which is asked once; settled along
/// with it, any other would lose a value that nobody has chosen against.
struct ContestedTwins {
  private let state: ApplicationState
  private let form: MergedForm
  private let set: Members
  private let applicant: Value
  /// Where every field of the form is written.
  private let places: [String: Part]
  /// All registers in conflict but those that are written themselves.
  let registers: Set<String>

  /// A part of a register, or the whole of one.
  private struct Part {
    let register: String
    let member: String?

    func value(in whole: Value) -> Value { member.map { whole[$0] ?? .null } ?? whole }
  }

  /// - Parameters:
  ///   - set: what is written, by register.
  ///   - applicant: the applicant as they are after it.
  init(state: ApplicationState, matter: Matter, form: MergedForm, set: Members, applicant: Value) {
    self.state = state
    self.form = form
    self.set = set
    self.applicant = applicant
    registers = Set(state.registers.keys.filter { set[$0] == nil && state.shownValues($0).count > 1 })
    var places: [String: Part] = [:]
    for field in matter.fields where !registers.isEmpty && places[field.id] == nil {
      places[field.id] = Part(
        register: field.group.map(Register.group) ?? field.id, member: field.group == nil ? nil : field.id)
    }
    self.places = places
  }

  /// What is to be written in them, and those that have to be settled by themselves before this can be written.
  ///
  /// What a write merely repeats, or what follows from an identity number, touches none of them.
  /// - Parameter additions: what the write brings with it, by field.
  func settled(with additions: Members) -> (values: Members, untouched: [String]) {
    var values: Members = [:]
    var untouched: [String] = []
    for register in registers.sorted() {
      let said = said(of: register)
      guard !said.isEmpty else { continue }
      if let value = value(of: register, said, additions) {
        values[register] = value
      } else {
        untouched.append(register)
      }
    }
    return (values, untouched)
  }

  /// What a register is with what was said of it, and with what an identity number says along with that: if it is the
  /// same whoever's value it is said of, and said against nothing that did not stand in what the person wrote over.
  private func value(of register: String, _ said: [Said], _ additions: Members) -> Value? {
    let derived = Set(form.entries.filter { DataElement.derived.contains($0.field.elementID) }.flatMap(\.members))
    var outcomes: Set<Value> = []
    for candidate in state.shownValues(register) {
      guard
        said.allSatisfy({ $0.value == $0.part.value(in: candidate) || $0.known.contains($0.part.value(in: candidate)) })
      else { return nil }
      var whole = candidate
      for (id, value) in additions where derived.contains(id) { add(value, places[id], to: &whole, in: register) }
      for each in said { add(each.value, each.part, to: &whole, in: register) }
      outcomes.insert(Register.isGroup(register) && whole.isBlank ? .null : whole)
    }
    return outcomes.count == 1 ? outcomes.first : nil
  }

  private func add(_ value: Value, _ part: Part?, to whole: inout Value, in register: String) {
    guard let part, part.register == register else { return }
    guard let member = part.member else { return whole = value }
    if whole.isNull { whole = [:] }
    whole[member] = value.isNull ? Value?.none : value
  }

  // MARK: What is said

  /// What a write says of a part that it does not write.
  private struct Said {
    let part: Part
    let value: Value
    /// What stood for the same thing in what it writes.
    let known: Set<Value>
  }

  private func said(of register: String) -> [Said] {
    form.entries.flatMap { entry -> [Said] in
      let all = parts(of: entry)
      let sources = all.filter { set[$0.register] != nil }
      guard let value = sources.lazy.compactMap(news).first else { return [] }
      let known = Set(sources.flatMap { source in state.shownValues(source.register).map(source.value(in:)) })
      return all.filter { $0.register == register }.map { Said(part: $0, value: value, known: known) }
    }
  }

  private func parts(of entry: MergedForm.Entry) -> [Part] {
    entry.members.compactMap { places[$0] }
      + (entry.applicantMember.map { [Part(register: Register.applicant, member: $0)] } ?? [])
  }

  /// The value that is written of a part, where not all have said so before. What a whole leaves out says nothing.
  private func news(_ part: Part) -> Value? {
    let whole = part.register == Register.applicant ? applicant : set[part.register] ?? .null
    let said = part.member.map { whole[$0] } ?? whole
    let shown = state.shownValues(part.register)
    guard let said, (shown.isEmpty ? [.null] : shown).contains(where: { part.value(in: $0) != said }) else {
      return nil
    }
    return said
  }
}
