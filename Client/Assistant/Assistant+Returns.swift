internal import Application
internal import CaptureStore
internal import Catalog
internal import Foundations
internal import Replication

/// What usually comes back: counted over the whole county, told before anybody leaves the house.
extension Assistant {
  private static let warningsMax = 5

  /// Causes of past returns of a matter, the most frequent first: `{material | field, name, cause, count, text}` each.
  /// - Parameter items: the chosen items; a material or field of others is not told of. Nil for all.
  static func returns(
    _ matter: Matter, items: [ItemID]? = nil, _ session: StoreSession
  ) throws(Problem) -> [Value] {
    guard let counts = try session.document("returns")?[matter.id.text]?.object else { return [] }
    func concerns(_ asked: [ItemID]) -> Bool {
      asked.isEmpty || items.map { asked.contains(where: $0.contains) } ?? true
    }
    var lines: [(count: Int64, key: String, line: Value)] = []
    for (key, causes) in counts {
      guard let (kind, id, name, asked) = subject(key, matter), concerns(asked) else { continue }
      for (code, count) in causes.object ?? [:] {
        guard let cause = ReturnCause(rawValue: code), let count = count.integer, count > 0 else { continue }
        lines.append(
          (
            count, key + code,
            [
              kind: .text(id), "name": .text(name), "cause": .text(code), "count": .integer(count),
              "text": .text("“\(name)”\(cause.name)，全县退回过 \(count) 次"),
            ]
          ))
      }
    }
    return lines.sorted { ($1.count, $0.key) < ($0.count, $1.key) }.prefix(warningsMax).map(\.line)
  }

  /// What a count is about, by the catalogue as it is now; nil for what is not in it any more.
  private static func subject(
    _ key: String, _ matter: Matter
  ) -> (kind: String, id: String, name: String, items: [ItemID])? {
    let parts = key.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    let id = parts[1]
    if parts[0] == "material" {
      return matter.materials.first { $0.id == id }.map { ("material", id, $0.name, $0.items) }
    }
    if let field = matter.fields.first(where: { $0.id == id }) { return ("field", id, field.name, field.items) }
    let members = matter.fields.filter { $0.group == id }
    if !members.isEmpty {
      return ("field", id, members.map(\.name).joined(separator: "、"), members.flatMap(\.items))
    }
    let known = [Register.applicant: "申请人", Register.agent: "代办人"]
    return known["@" + id].map { ("field", id, $0, []) }
  }
}
