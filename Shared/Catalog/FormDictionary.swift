internal import Application
internal import Foundations
package import Replication
internal import Wire

/// The compression dictionary of the sync messages, made from the catalogue's forms and never from people's data
///. Both ends make it from the same published matters, so it is never sent.
package enum FormDictionary {
  /// The words of the protocol itself; they stand in every message and therefore last, where deflate finds them
  /// cheapest.
  private static let protocolWords = [
    "originals", "copies", "mediaType", "image/jpeg", "application/pdf", "material", "bytes", "name", "digest",
    "version", "settles", "defer", "answers", "detail", "division", "relation", "organisation", "person", "uscc",
    "phone", "idNumber", "kind", "sensitive", "given", "consent", "station", "matterVersion", "matter", "code",
    "@agent", "@answers", "@division", "@items", "@applicant", "submit", "attach", "write", "create", "set",
  ]

  /// The dictionary both ends make of one catalogue.
  package static func dictionary(catalog: MatterCatalog) -> MessageDictionary {
    let templates = templates(catalog: catalog)
    let samples = SampleMessages.structures(catalog: catalog, templates: MessageTemplates(templates))
    let bytes = words(catalog) + samples.joined()
    return MessageDictionary(bytes: Array(bytes.suffix(Deflate.dictionaryBytesMax)), templates: templates)
  }

  /// The CBOR of field ids, option values, item and material ids, the most common last.
  private static func words(_ catalog: MatterCatalog) -> [UInt8] {
    var counts: [String: Int] = [:]
    for matter in catalog.matters.sorted(by: { $0.id < $1.id }) {
      for word in words(of: matter) { counts[word, default: 0] += 1 }
    }
    for word in protocolWords { counts[word] = nil }
    let ranked = counts.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) + protocolWords
    return ranked.flatMap { CBOR.encode(.text($0)) }
  }

  /// The keys of the objects that messages are full of: payloads, applicants, addresses, and the registers of each
  /// matter's form, each list in the order of its encoding.
  private static func templates(catalog: MatterCatalog) -> [[String]] {
    var templates = [
      ["code", "consent", "matter", "matterVersion", "set", "station"], ["idNumber", "kind", "name", "phone", "uscc"],
      ["detail", "division"], ["idNumber", "name", "phone"], ["at", "by", "given", "sensitive"],
      ["answers", "defer", "digest", "version"], ["set", "settles"],
    ]
    var seen = Set(templates)
    for matter in catalog.matters.sorted(by: { $0.id < $1.id }) {
      let fields = Set(matter.fields.map { field in field.group.map(Register.group) ?? field.id })
      let special = [Register.applicant, Register.agent, Register.items, Register.answers, Register.division]
      let keys = Members(fields.union(special).map { ($0, .null) }, uniquingKeysWith: { first, _ in first }).keys
      if seen.insert(keys).inserted { templates.append(keys) }
    }
    return templates
  }

  private static func words(of matter: Matter) -> [String] {
    [matter.id.text] + matter.items.map(\.id.text) + matter.materials.map(\.id) + matter.fields.flatMap(words(of:))
  }

  private static func words(of field: Field) -> [String] {
    [field.id] + (field.group.map { ["#" + $0] } ?? []) + field.options.map(\.value)
      + field.columns.flatMap(words(of:))
  }
}
