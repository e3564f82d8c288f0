internal import Foundations

/// What a newer file of a matter says otherwise, for whoever has a draft open on an older one: one line a change.
package struct MatterDifference: Sendable, Equatable {
  /// What a change is about.
  package enum Subject: String, Sendable, CaseIterable {
    case item, field, material, question, matter
  }

  /// One change.
  package struct Change: Sendable, Equatable {
    package let subject: Subject
    package let id: String
    package let name: String
    /// Nil: it is new.
    package let before: String?
    /// Nil: it is gone.
    package let after: String?
  }

  package let changes: [Change]

  package init(from old: Matter, to new: Matter) {
    var changes: [Change] = []
    func compare<Part>(
      _ subject: Subject, _ before: [Part], _ after: [Part], id: (Part) -> String, name: (Part) -> String,
      words: (Part) -> String, unsaid: (Part) -> String? = { _ in nil }
    ) {
      let later = Dictionary(after.map { (id($0), $0) }, uniquingKeysWith: { first, _ in first })
      let earlier = Dictionary(before.map { (id($0), $0) }, uniquingKeysWith: { first, _ in first })
      for part in before {
        let next = later[id(part)]
        var after = next.map(words)
        // What is written for programs alone nobody is shown, only that it is another.
        if after == words(part) {
          guard let next, unsaid(next) != unsaid(part) else { continue }
          after = words(next) + "，和以前不一样"
        }
        changes.append(
          Change(subject: subject, id: id(part), name: name(next ?? part), before: words(part), after: after))
      }
      for part in after where earlier[id(part)] == nil {
        changes.append(Change(subject: subject, id: id(part), name: name(part), before: nil, after: words(part)))
      }
    }
    compare(.matter, [old], [new], id: { $0.id.text }, name: \.name) { Self.words($0) }
    compare(.item, old.items, new.items, id: { $0.id.text }, name: \.name) { Self.words($0) }
    compare(.field, old.fields, new.fields, id: \.id, name: \.name, words: { Self.words($0) }, unsaid: \.pattern)
    compare(.material, old.materials, new.materials, id: \.id, name: \.name) { Self.words($0) }
    compare(.question, old.guidance, new.guidance, id: \.id, name: \.text) { Self.words($0) }
    self.changes = changes
  }

  // MARK: What a person is shown of each part

  private static func words(_ matter: Matter) -> String {
    joined([matter.name, matter.overall.map(\.words)] + matter.conditions.map { $0 })
  }

  private static func words(_ item: ServiceItem) -> String {
    let choice = ["standard": "必办", "optional": "选办", "conditional": "看情况"][item.choice.rawValue]
    return joined([item.name, choice, item.authority, item.limit.map(\.words), item.fee, item.result])
  }

  private static func words(_ field: Field) -> String {
    let bounds = [field.min.map { "不小于\($0)" }, field.max.map { "不大于\($0)" }, field.maxLength.map { "最多\($0)字" }]
    let choices = field.options.isEmpty ? nil : field.options.map(\.label).joined(separator: "/")
    return joined(
      [field.name, field.type.words, field.required ? "必填" : field.requiredWhen ?? "可不填"] + bounds
        + [choices, field.pattern.map { _ in "格式有要求" }, field.check?.words])
  }

  private static func words(_ material: MaterialRequirement) -> String {
    joined([
      material.name, material.required ? "必须" : material.requiredWhen ?? "有时要", material.source.words,
      material.form, material.copies > 1 ? "\(material.copies)份" : nil, material.deferrable ? "可容缺" : nil,
    ])
  }

  private static func words(_ question: Question) -> String {
    joined([question.text] + question.answers.map { "\($0.label)：\($0.effect)" })
  }

  private static func joined(_ parts: [String?]) -> String { parts.compactMap(\.self).joined(separator: "，") }
}
