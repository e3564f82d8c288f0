internal import Application
internal import CaptureStore
package import Catalog
package import Foundations
internal import Replication

/// An application as a person has it before their eyes while they are asked something.
package struct Sight: Sendable {
  let state: ApplicationState

  /// The shown value of every field.
  package var fields: Members { state.fieldValues }
  package var applicant: Value { state.value(Register.applicant) ?? [:] }

  /// Names of the registers in which different values stand side by side.
  package var conflicts: [String] {
    state.openConflicts.filter(state.isOpen).map(Register.name).sorted()
  }
}

/// What is still to be asked and brought for one application.
package struct OpenForm: Sendable {
  /// Everything that is asked, answered or not, in the form's order; `required` is what must have a value now.
  package let fields: [Field]
  /// Papers the applicant must bring and that are neither there nor noted.
  package let materials: [MaterialSet.Entry]
  /// The application that asks for it.
  package let sight: Sight
}

extension Assistant {
  /// The one form and the one set of materials of an application, as its answers and values have them.
  package func openForm(_ id: String) throws(Problem) -> OpenForm {
    try store().read { session throws(Problem) in
      let submission = try Submission(session, try Self.state(named: id, session), today: today)
      return submission.openForm
    }
  }
}

extension Submission {
  var openForm: OpenForm {
    let guidance = guidance
    let present = Set(state.materials.map(\.material))
    let asked = guidance.form.asked(state.fieldValues, applicant: applicant, today: today)
    return OpenForm(
      fields: asked.map { entry in
        var field = entry.field
        // Whatever has a condition is asked only where it holds.
        field.required = entry.isRequired || entry.field.requiredIf != nil
        return field
      }, materials: guidance.materials.own.filter { present.isDisjoint(with: $0.members) }, sight: Sight(state: state))
  }
}
