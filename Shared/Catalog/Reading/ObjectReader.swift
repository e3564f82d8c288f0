internal import Foundations

/// Reads the members of one JSON object, strictly: what is missing, of another type or not known is noted, and reading
/// goes on with a stand-in value. The stand-ins never leave the module: a file with an issue yields no matter.
struct ObjectReader {
  let path: String
  let log: IssueLog
  private let members: Members

  /// - Parameter keys: every key this object may have.
  init(_ value: Value, at path: String, keys: [String], log: IssueLog) {
    self.path = path
    self.log = log
    guard let members = value.object else {
      log.note(.catalogType, at: path, "应为对象，实为 \(value.kindName)")
      self.members = [:]
      self.broken = true
      return
    }
    self.members = members
    for key in members.keys.sorted() where !keys.contains(key) {
      let near = keys.first { Self.isNear($0, key) }
      log.note(.catalogKeyUnknown, at: place(key), near.map { "“\(key)”，是不是“\($0)”？" } ?? "“\(key)”")
    }
  }

  /// Not an object at all: its missing keys are not worth naming.
  private var broken = false

  func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func has(_ key: String) -> Bool { members[key] != nil }

  /// The member, noted where it is missing.
  func required(_ key: String) -> Value? {
    if members[key] == nil, !broken { log.note(.catalogKeyMissing, at: place(key), "“\(key)”") }
    return members[key]
  }

  func optional(_ key: String) -> Value? { members[key] }

  // MARK: - Scalars

  func text(_ key: String) -> String { required(key).flatMap { text($0, key) } ?? "" }

  func textIfPresent(_ key: String) -> String? { members[key].flatMap { text($0, key) } }

  private func text(_ value: Value, _ key: String) -> String? {
    guard let text = value.text else {
      mismatch(key, "文字", value)
      return nil
    }
    if value.isBlank { log.note(.catalogEmpty, at: place(key), "“\(key)”") }
    return text
  }

  func integer(_ key: String) -> Int { required(key).flatMap { integer($0, key) } ?? 0 }

  func integerIfPresent(_ key: String) -> Int? { members[key].flatMap { integer($0, key) } }

  private func integer(_ value: Value, _ key: String) -> Int? {
    guard let number = value.integer else {
      mismatch(key, "整数", value)
      return nil
    }
    return Int(number)
  }

  func bool(_ key: String) -> Bool { required(key).map { bool($0, key) } ?? false }

  func bool(_ key: String, default standard: Bool) -> Bool { members[key].map { bool($0, key) } ?? standard }

  private func bool(_ value: Value, _ key: String) -> Bool {
    guard let bool = value.bool else {
      mismatch(key, "true 或 false", value)
      return false
    }
    return bool
  }

  /// One of an enumeration's raw values; `fallback` stands in where it is not.
  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ fallback: Choice) -> Choice
  where Choice.RawValue == String {
    guard let value = required(key) else { return fallback }
    return choice(value, at: place(key)) ?? fallback
  }

  func choiceIfPresent<Choice: RawRepresentable & CaseIterable>(_ key: String, of: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    members[key].flatMap { choice($0, at: place(key)) }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(_ value: Value, at path: String) -> Choice?
  where Choice.RawValue == String {
    guard let text = value.text else {
      log.note(.catalogType, at: path, "应为文字，实为 \(value.kindName)")
      return nil
    }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: "、")
      log.note(.catalogValueUnknown, at: path, "“\(text)”；可用：\(known)")
      return nil
    }
    return choice
  }

  // MARK: - Lists

  /// The entries of a list; a list that is left out is empty.
  func list<Element>(_ key: String, required isRequired: Bool = false, _ read: (Value, String) -> Element?) -> [Element]
  {
    guard let value = isRequired ? required(key) : optional(key) else { return [] }
    guard let entries = value.array else {
      mismatch(key, "列表", value)
      return []
    }
    return entries.enumerated().compactMap { read($1, "\(place(key)).\($0)") }
  }

  func texts(_ key: String) -> [String] {
    list(key) { value, path in
      guard let text = value.text else {
        log.note(.catalogType, at: path, "应为文字，实为 \(value.kindName)")
        return nil
      }
      if value.isBlank { log.note(.catalogEmpty, at: path, "“\(key)”") }
      return text
    }
  }

  func choices<Choice: RawRepresentable & CaseIterable>(_ key: String, of: Choice.Type) -> [Choice]
  where Choice.RawValue == String {
    list(key, required: true) { value, path in choice(value, at: path) }
  }

  /// An object whose members are texts; one that is left out is empty.
  func textsByKey(_ key: String) -> [String: String] {
    guard let value = members[key] else { return [:] }
    guard let object = value.object else {
      mismatch(key, "对象", value)
      return [:]
    }
    var output: [String: String] = [:]
    for (name, member) in object.sorted(by: { $0.key < $1.key }) {
      if let text = member.text, !member.isBlank {
        output[name] = text
      } else {
        log.note(.catalogType, at: "\(place(key)).\(name)", "应为文字，实为 \(member.kindName)")
      }
    }
    return output
  }

  func items(_ key: String) -> [ItemID] { texts(key).map { ItemID($0) } }

  private func mismatch(_ key: String, _ expected: String, _ value: Value) {
    log.note(.catalogType, at: place(key), "“\(key)”应为\(expected)，实为 \(value.kindName)")
  }

  /// Whether two keys differ by one slip of the finger: a letter more, less, other, or two swapped.
  static func isNear(_ left: String, _ right: String) -> Bool {
    let a = Array(left.utf8)
    let b = Array(right.utf8)
    guard abs(a.count - b.count) <= 1 else { return false }
    let head = zip(a, b).prefix { $0 == $1 }.count
    let restA = Array(a.dropFirst(head))
    let restB = Array(b.dropFirst(head))
    let tail = zip(restA.reversed(), restB.reversed()).prefix { $0 == $1 }.count
    let leftA = Array(restA.dropLast(tail))
    let leftB = Array(restB.dropLast(tail))
    return max(leftA.count, leftB.count) <= 1 || (leftA.count == 2 && leftA == leftB.reversed())
  }
}
