internal import Application
internal import CaptureStore
internal import Catalog
package import Foundations
internal import Replication

/// A catalogue that changed while a draft was open: nothing of the draft is lost, and a person decides.
extension Assistant {
  /// What a newer form says otherwise, and what that means for this application:
  /// `{id, code, from, to, changes:[{subject, id, name, before?, after?}], missing, notNeeded, invalid, applied}`.
  /// - Parameter applies: goes on with the newer form; values it does not ask for stay recorded and go to nobody.
  /// - Throws: `rebase.current` where there is no newer form, `rebase.submitted` once a version was pinned,
  ///   `edit.conflict` where items or answers are still to be settled.
  package func rebase(_ id: String, applies: Bool) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      let old = try Self.matter(of: state, session)
      guard let new = try session.matter(state.matter), new.version != old.version else {
        throw ProblemKind.rebaseCurrent.with(state.code)
      }
      let rebase = Rebase(state: state, old: old, new: new, today: today)
      var answer = rebase.view
      if applies {
        guard state.versions.isEmpty else { throw ProblemKind.rebaseSubmitted.with(state.code) }
        // They are made from what is shown: where people differ it would be one of several.
        let open = [Register.items, Register.answers].filter { state.shownValues($0).count > 1 }
        if let problem = Submission.joined(open.map { Edit.conflict($0, old) }) { throw problem }
        _ = try Writing(session: session, today: today).write(rebase.registers, state)
      }
      answer["applied"] = .bool(applies)
      return answer
    }
  }
}

/// A draft between two versions of its matter.
struct Rebase {
  let state: ApplicationState
  let old: Matter
  let new: Matter
  let today: CivilDate

  private var answers: [String: String] { (state.value(Register.answers)?.object ?? [:]).compactMapValues(\.text) }

  /// The chosen items that the newer form still has; nil where none is left and its own choice counts.
  private var items: [ItemID]? {
    let chosen = (state.value(Register.items)?.array ?? []).compactMap(\.text).map { ItemID($0) }
    let known = chosen.filter(new.proceedingItems.contains)
    return known.isEmpty ? nil : known
  }

  private var guidance: Guidance { Guidance(new, answers: answers, named: items) }

  /// What has to be written so that the application goes on with the newer form.
  var registers: Members {
    let guidance = guidance
    var form: Value = ["version": Value(new.version)]
    if !new.rules.isEmpty { form["rules"] = .array(new.rules.map(\.relation.value)) }
    return [
      Register.form: form, Register.items: .array(guidance.items.map { .text($0.text) }),
      Register.answers: guidance.answers.isEmpty ? .null : .object(Members(guidance.answers.mapValues(Value.text))),
    ]
  }

  var view: Value {
    let (values, applicant) = (state.fieldValues, state.value(Register.applicant) ?? .null)
    let guidance = guidance
    let form = guidance.form
    let known = Set(new.fields.map(\.id))
    let kept = values.filter { known.contains($0.key) }
    let outcome = guidance.validator.validate(kept, today: today)
    let gone = values.keys.filter { !known.contains($0) }.sorted()
    let missing = form.missing(kept, applicant: applicant, today: today).filter { entry in
      entry.members.allSatisfy { (values[$0] ?? .null).isBlank }
    }
    return [
      "id": .text(state.id.text), "code": .text(state.code), "from": Value(old.version), "to": Value(new.version),
      "changes": .array(MatterDifference(from: old, to: new).changes.map(Self.view)),
      "missing": .array(missing.map { ["field": .text($0.field.id), "name": .text($0.field.name)] }),
      "notNeeded": .array(
        (gone + outcome.notNeeded).map { id in
          ["field": .text(id), "name": .text((old.fields + new.fields).first { $0.id == id }?.name ?? id)]
        }),
      "invalid": .array(
        outcome.problems.map { ["field": Value($0.field), "code": .text($0.code), "text": .text($0.message)] }),
      "droppedItems": .array(
        (state.value(Register.items)?.array ?? []).compactMap(\.text).map { ItemID($0) }
          .filter { !new.proceedingItems.contains($0) }.map { .text(old.name(of: $0)) }),
    ]
  }

  private static func view(_ change: MatterDifference.Change) -> Value {
    [
      "subject": .text(change.subject.rawValue), "id": .text(change.id), "name": .text(change.name),
      "before": Value(change.before), "after": Value(change.after),
    ]
  }
}

extension ProblemKind {
  package static let rebaseCurrent = ProblemKind(
    "rebase.current", status: 409, "这个办件用的就是现在的表单：{}", remedy: "不用更新，接着办就行。")
  package static let rebaseSubmitted = ProblemKind(
    "rebase.submitted", status: 409, "已经提交，按提交时的表单办完：{}", remedy: "不用更新；补正也按这份表单填。")
}
