internal import Foundations
internal import Wire

/// The compression dictionary of the sync messages, made from the catalogue's forms and never from people's data
/// (sync.md, section 4). Both ends make it from the same published matters, so it is never sent.
package enum FormDictionary {
  /// The words of the protocol itself; they stand in every message and therefore last, where deflate finds them
  /// cheapest.
  private static let protocolWords = [
    "originals", "copies", "mediaType", "image/jpeg", "application/pdf", "material", "bytes", "name", "digest",
    "version", "settles", "defer", "answers", "detail", "division", "relation", "organisation", "person", "uscc",
    "phone", "idNumber", "kind", "sensitive", "given", "consent", "station", "matterVersion", "matter", "code",
    "@agent", "@answers", "@division", "@items", "@applicant", "submit", "attach", "write", "create", "set",
  ]

  /// The dictionary: the CBOR of field ids, option values, item and material ids, the most common last.
  /// - Returns: at most `Deflate.dictionaryBytesMax` bytes; the rarest words are left out.
  package static func bytes(catalog: MatterCatalog) -> [UInt8] {
    var counts: [String: Int] = [:]
    for matter in catalog.matters.sorted(by: { $0.id < $1.id }) {
      for word in words(of: matter) { counts[word, default: 0] += 1 }
    }
    for word in protocolWords { counts[word] = nil }
    let ranked = counts.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) + protocolWords
    let all = ranked.flatMap { CBOR.encode(.text($0)) }
    return Array(all.suffix(Deflate.dictionaryBytesMax))
  }

  private static func words(of matter: Matter) -> [String] {
    [matter.id.text] + matter.items.map(\.id.text) + matter.materials.map(\.id) + matter.fields.flatMap(words(of:))
  }

  private static func words(of field: Field) -> [String] {
    [field.id] + (field.group.map { ["#" + $0] } ?? []) + field.options.map(\.value)
      + field.columns.flatMap(words(of:))
  }
}
