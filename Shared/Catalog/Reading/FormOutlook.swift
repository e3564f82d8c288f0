package import Foundations

/// Whether anybody can complete a matter's form on a day: what the reading of a file leaves open, since whether it is
/// sound does not depend on the day on which a laptop reads it. It is asked when a file is to be published.
package enum FormOutlook {
  /// Everything that keeps the form from being submitted as its examples have it, in the order of the file's lines.
  /// - Parameters:
  ///   - matter: one that was read without a fault.
  ///   - file: what it was read from; for its name and its lines.
  package static func issues(_ matter: Matter, in file: CatalogFile, today: CivilDate) -> [CatalogIssue] {
    let log = IssueLog()
    let entries = MergedForm(matter.fields, items: nil).entries
    for entry in entries { checkDays(entry.members, matter, today, log) }
    for (index, field) in matter.fields.enumerated() {
      for (place, column) in field.columns.enumerated() {
        checkDays([(path: "fields.\(index).columns.\(place)", field: column)], today, log)
      }
    }
    if log.entries.isEmpty { checkExamples(matter, today, log) }
    guard !log.entries.isEmpty else { return [] }
    return log.issues(file: file.name, lines: (try? JSONReader.readWithLines(file.bytes))?.lines ?? [:])
  }

  private static func checkDays(_ members: [String], _ matter: Matter, _ today: CivilDate, _ log: IssueLog) {
    let fields = matter.fields.enumerated().filter { members.contains($0.element.id) }
    checkDays(fields.map { (path: "fields.\($0.offset)", field: $0.element) }, today, log)
  }

  /// Of all that takes one answer the latest first day is not after the earliest last one.
  private static func checkDays(_ fields: [(path: String, field: Field)], _ today: CivilDate, _ log: IssueLog) {
    let times: Set<FieldType> = [.date, .datetime, .month]
    guard let type = fields.first?.field.type, times.contains(type) else { return }
    func day(_ bound: String) -> String {
      let text = bound == "today" ? today.text : bound
      return type == .month ? String(text.prefix(7)) : text
    }
    let first = fields.compactMap { place in place.field.min.map { (path: place.path, day: day($0)) } }
      .max { $0.day < $1.day }
    let last = fields.compactMap { $0.field.max.map(day) }.min()
    guard let first, let last, first.day > last else { return }
    log.note(.catalogFormClosed, at: "\(first.path).min", "要在 \(first.day) 以后，又要在 \(last) 以前，没有一天可填")
  }

  /// The examples of a whole form, under the rules under which it is submitted.
  private static func checkExamples(_ matter: Matter, _ today: CivilDate, _ log: IssueLog) {
    // An example of a day to come is over some day, and one of a day that was is still to come for a clock that is
    // behind: nobody has written anything wrong.
    let whole = matter.exampleFields(today: today).filter { !$0.startsToday }
    let values = Members(whole.map { ($0.id, $0.example) }, uniquingKeysWith: { first, _ in first })
    let lasting = problems(of: values, matter, FieldChecks.lastDay)
    for problem in problems(of: values, matter, today)
    where lasting.contains(where: { $0.kind == problem.kind && $0.field == problem.field }) {
      // A problem of a row names the row behind the field's id.
      let id = problem.field.map { String($0.prefix { $0 != "[" }) }
      let index = matter.fields.firstIndex { $0.id == id }
      log.note(.catalogExample, at: index.map { "fields.\($0).example" } ?? "fields", problem.message)
    }
  }

  /// What is wrong with the answers of a whole form on a day.
  private static func problems(of values: Members, _ matter: Matter, _ today: CivilDate) -> [Problem] {
    let outcome = FormValidator(fields: matter.fields, items: nil).validate(values, today: today)
    let form = MergedForm(matter.fields, items: nil)
    return outcome.problems + form.contradictions(outcome.values, applicant: .null, today: today)
  }
}

extension Field {
  /// Whether only days to come can be filled in.
  fileprivate var startsToday: Bool { min == "today" || columns.contains { $0.min == "today" } }
}

extension ProblemKind {
  package static let catalogFormClosed = ProblemKind(
    "catalog.form-closed", "表单里有一项谁也填不了：{}", remedy: "请核对 min 和 max；要填今天以后的日子，max 写晚一些或者不写。")
}
