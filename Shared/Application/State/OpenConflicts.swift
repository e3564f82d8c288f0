internal import Foundations

/// The conflicts that a person is asked about.
///
/// Invariant: *whoever is asked to settle something is asked about what a submission would meet.* Two late values side
/// by side are no conflict of what was pinned, and keep a further version back all the same: while one can be made,
/// they are listed and settled like any other.
extension ApplicationState {
  /// Whether a further version can be made that is no answer to a correction: it takes in what came late.
  package var canSubmitAgain: Bool { status == .submitted && standsBehind == nil }

  private var takesLateIn: Bool { !late.isEmpty && canSubmitAgain }

  /// Registers in which a person must choose or put something right, in the order of their names.
  package var openConflicts: [String] { takesLateIn ? currentSnapshot.conflicts : conflicts }

  /// The different values of a register among which a person chooses; more than one is a conflict of it.
  package func openCandidates(_ register: String) -> [RegisterWrite] {
    takesLateIn ? shownCandidates(register) : registers[register]?.candidates ?? []
  }

  /// Whether different values of a register stand side by side, whatever else it breaks.
  package func isOpen(_ register: String) -> Bool { openCandidates(register).count > 1 }

  /// The values between which relations of the form must hold.
  var relatedValues: Members { takesLateIn ? currentSnapshot.values : shownValues }
}
