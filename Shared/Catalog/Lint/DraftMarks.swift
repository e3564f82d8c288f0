internal import Foundations

/// Marks of what Bangban proposed and no county has said yet: they may stand in an example, never in a confirmed
/// matter.
package enum DraftMarks {
  private static let marks = ["待县里确认", "【知】", "【知-", "【设】"]

  /// One text with a mark in it.
  package struct Place: Sendable, Equatable {
    package let path: String
    package let text: String
  }

  /// Whether a text says of itself that it is a draft.
  package static func isDraft(_ text: String) -> Bool { marks.contains { text.contains($0) } }

  /// A text as it may be shown to people: without our own tags, but saying that the county has to confirm it.
  package static func readable(_ text: String) -> String {
    ["【知-高】", "【知-中】", "【知-低】", "【知】", "【设】", "【法✔】", "【文✔】", "【标✔】"].reduce(text) { text, tag in
      text.split(separator: tag, omittingEmptySubsequences: false).joined()
    }
  }

  /// Every text of a matter that a reader sees and that still has a mark, in the file's order.
  package static func places(in matter: Matter) -> [Place] {
    var texts: [(String, String?)] = [("note", matter.note), ("overall.source", matter.overall?.source)]
    texts += matter.conditions.enumerated().map { ("conditions.\($0)", $1) }
    for (index, item) in matter.items.enumerated() {
      let path = "items.\(index)"
      texts += [
        ("\(path).limit.source", item.limit?.source), ("\(path).special", item.special), ("\(path).fee", item.fee),
        ("\(path).result", item.result), ("\(path).basis", item.basis),
        ("\(path).inspection.name", item.inspection?.name),
      ]
      texts += item.prerequisites.enumerated().map {
        ("\(path).prerequisites.\($0).otherwise.text", $1.otherwise?.text)
      }
    }
    texts += matter.fields.enumerated().map { ("fields.\($0).hint", $1.hint) }
    for (index, material) in matter.materials.enumerated() {
      texts += [("materials.\(index).form", material.form), ("materials.\(index).note", material.note)]
    }
    for (index, question) in matter.guidance.enumerated() {
      texts += question.answers.enumerated().map { ("guidance.\(index).answers.\($0).effect", $1.effect) }
    }
    texts += matter.entitlements.enumerated().map { ("entitlements.\($0).basis", $1.basis) }
    return texts.compactMap { path, text in
      guard let text, isDraft(text) else { return nil }
      return Place(path: path, text: text)
    }
  }

  // MARK: Accepting

  /// The matter with every mark taken away: what was proposed is what the county says now.
  /// - Parameter basis: stands where a ground was nothing but a mark.
  static func accepted(_ matter: Matter, basis: String) -> Matter {
    func ground(_ text: String?) -> String? { text.map { clean($0) ?? basis } }
    func onGround(_ limit: TimeLimit?) -> TimeLimit? {
      limit.map { limit in
        var limit = limit
        limit.source = ground(limit.source)
        return limit
      }
    }
    var confirmed = matter
    // A note that is a draft tells how it was drafted: that sentence is over, the others stay.
    let notes = (matter.note ?? "").split(separator: "。").filter { !isDraft(String($0)) }.joined(separator: "。")
    confirmed.note = notes.isEmpty ? nil : notes
    confirmed.overall = onGround(matter.overall)
    confirmed.conditions = matter.conditions.compactMap { clean($0) }
    confirmed.items = matter.items.map { item in
      var item = item
      (item.limit, item.basis) = (onGround(item.limit), ground(item.basis))
      (item.special, item.fee, item.result) = (clean(item.special), clean(item.fee), clean(item.result))
      item.prerequisites = item.prerequisites.map { prerequisite in
        var prerequisite = prerequisite
        if let text = prerequisite.otherwise?.text { prerequisite.otherwise?.text = clean(text) ?? "可以改走别的路" }
        return prerequisite
      }
      item.inspection = item.inspection.map {
        Inspection(name: clean($0.name) ?? "现场勘验", workingDays: $0.workingDays)
      }
      return item
    }
    confirmed.fields = matter.fields.map { field in
      var field = field
      field.hint = clean(field.hint)
      return field
    }
    confirmed.materials = matter.materials.map { material in
      var material = material
      (material.form, material.note) = (clean(material.form), clean(material.note))
      return material
    }
    confirmed.guidance = matter.guidance.map { Self.accepted($0) }
    confirmed.entitlements = matter.entitlements.map {
      Entitlement(when: $0.when, reason: $0.reason, basis: ground($0.basis))
    }
    return confirmed
  }

  private static func accepted(_ question: Question) -> Question {
    var question = question
    question.answers = question.answers.map { answer in
      var answer = answer
      answer.effect = clean(answer.effect) ?? "接着办"
      return answer
    }
    return question
  }

  /// A text without its marks; nil where it was nothing else.
  private static func clean(_ text: String?) -> String? {
    guard let text, isDraft(text) else { return text }
    let rest = without(marksIn: text)
    return rest.isEmpty ? nil : rest
  }

  /// `满六十周岁，待县里确认；【知】` → `满六十周岁`.
  private static func without(marksIn text: String) -> String {
    var rest = text
    for mark in ["天数待县里确认", "【知-高】", "【知-中】", "【知-低】", "【知】", "【设】", "待县里确认"] {
      rest = rest.split(separator: mark, omittingEmptySubsequences: false).joined()
    }
    rest = rest.split(separator: "（）", omittingEmptySubsequences: false).joined()
    while let last = rest.last, "，；、：:,; ".contains(last) { rest.removeLast() }
    return rest.trimmed
  }
}
