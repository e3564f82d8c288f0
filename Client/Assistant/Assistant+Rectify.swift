internal import Application
internal import CaptureStore
internal import Catalog
package import Foundations
internal import Replication

/// Putting right on the spot 当场更正: what the applicant sees to be wrong once it was handed in, before a window has
/// accepted it (行政许可法 32; C26).
extension Assistant {
  /// Changes what was handed in, with the applicant's confirmation on record; it is no correction 补正 and counts as
  /// none: `{id, code, version, receipt, fields}`.
  /// - Parameters:
  ///   - confirmedBy: who confirmed it, the applicant or whoever acts for them.
  ///   - why: what was wrong; nil where it need not be said.
  /// - Throws: `application.closed`, `rectify.not-now`, and what `edit` and `submit` throw; nothing is changed then.
  package func rectify(
    _ id: String, _ assignments: [Assignment], confirmedBy: String, why: String? = nil
  ) throws(Problem) -> Value {
    let by = try Self.sentence(confirmedBy, "确认人")
    let reason = try why.map { text throws(Problem) in try Self.sentence(text, "原因") }
    return try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      try Submission.checkGoesOn(state)
      guard state.status == .submitted, state.inCorrection.isEmpty,
        state.proceedings.allSatisfy({ LifeCycle.untouched.contains($0.status) })
      else { throw Problem(.rectifyNotNow) }
      let set = try Edit(state, matter: try Self.matter(of: state, session), session, today: today).read(assignments)
      guard try Writing(session: session, today: today).write(set, state) != nil else {
        throw ProblemKind.textEmpty.with("更正的内容和原来一样")
      }
      var rectified: Value = ["confirmedBy": .text(by)]
      if let reason { rectified["reason"] = .text(reason) }
      var answer = try Submission(session, try Self.state(state.id, session), today: today)
        .submit(deferring: [], rectified: rectified)
      answer["fields"] = .array(set.keys.sorted().map { .text(Register.name($0)) })
      return answer
    }
  }

  /// What an application still needs before it can be handed in, by name: the fields, `{id, name}` each, then the
  /// papers that somebody has to bring, `{material, name}` each.
  package func missing(_ id: String) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let submission = try Submission(session, try Self.state(named: id, session), today: today)
      return submission.missingFields().map { ["id": .text($0.id), "name": .text($0.name)] }
        + submission.missingMaterials(deferred: []).map { ["material": .text($0.id), "name": .text($0.name)] }
    }
  }
}
