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
}
