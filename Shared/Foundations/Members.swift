/// The members of an object, in the order of the encodings of their keys (RFC 8949, section 4.2.1): shorter keys first,
/// then by their bytes. What is written down stands in this order already, and most objects are so small that looking
/// through them costs less than hashing. Objects that were made alike share one list of keys.
///
/// It is used as a dictionary is, but for two things: it has an order, and keys are their bytes, where a dictionary
/// takes two spellings of one accent for the same key. Whatever reads what others wrote refuses such twins.
package struct Members: Sendable {
  fileprivate var names: [MemberKey] = []
  /// In the order of their keys.
  package fileprivate(set) var values: [Value] = []

  /// Without members.
  package init() {}

  /// The members of a dictionary.
  package init(_ dictionary: [String: Value]) { self.init(uniqueKeysWithValues: dictionary.map { ($0.key, $0.value) }) }

  /// Members in any order.
  /// - Parameter combine: what becomes of two values of one key, in the order in which they came.
  package init(_ pairs: some Sequence<(String, Value)>, uniquingKeysWith combine: (Value, Value) -> Value) {
    let pairs = Array(pairs)
    guard !pairs.isEmpty else { return }
    reserveCapacity(pairs.count)
    guard pairs.count > Self.insertedMax else {
      for (key, value) in pairs { add(MemberKey(key), value, combine) }
      return
    }
    let given = pairs.map { MemberKey($0.0) }
    for place in given.sortedPlaces { add(given[place], pairs[place].1, combine) }
  }

  /// So few members are put in their places one by one; of more all are sorted first.
  private static let insertedMax = 8

  private mutating func add(_ name: MemberKey, _ value: Value, _ combine: (Value, Value) -> Value) {
    // Mostly they come in order.
    guard let last = names.last, !(last < name) else {
      names.append(name)
      values.append(value)
      return
    }
    let (index, isThere) = names.place(of: name)
    if isThere {
      values[index] = combine(values[index], value)
    } else {
      names.insert(name, at: index)
      values.insert(value, at: index)
    }
  }

  /// Members in any order, no two of which have the same key.
  package init(uniqueKeysWithValues pairs: some Sequence<(String, Value)>) {
    self.init(pairs, uniquingKeysWith: { _, last in last })
  }

  fileprivate init(names: [MemberKey], values: [Value]) {
    self.names = names
    self.values = values
  }

  /// The value of a key; nil where there is no such member. Writing nil removes it.
  package subscript(key: String) -> Value? {
    get { index(forKey: key).map { values[$0] } }
    set {
      let name = MemberKey(key)
      if let newValue { return add(name, newValue) { _, new in new } }
      let (index, isThere) = names.place(of: name)
      if isThere {
        names.remove(at: index)
        values.remove(at: index)
      }
    }
  }

  /// The value of a key, or what stands for it where there is no such member.
  package subscript(key: String, default standing: @autoclosure () -> Value) -> Value {
    get { self[key] ?? standing() }
    set { self[key] = newValue }
  }

  /// Adds a member behind all others.
  /// - Returns: false where its key does not belong there; nothing is added.
  package mutating func append(_ key: String, _ value: Value) -> Bool {
    let name = MemberKey(key)
    if let last = names.last, !(last < name) { return false }
    names.append(name)
    values.append(value)
    return true
  }

  /// Makes room for so many members.
  package mutating func reserveCapacity(_ count: Int) {
    names.reserveCapacity(count)
    values.reserveCapacity(count)
  }

  /// In their order.
  package var keys: [String] { names.map(\.text) }

  /// Whether two keys are spellings of one text: somebody who reads them would see one of them only.
  package var hasTwins: Bool { names.hasTwins }

  /// The members that the closure keeps.
  package func filter(_ isKept: (Element) -> Bool) -> Members {
    var kept = Members()
    for index in values.indices where isKept(self[index]) {
      kept.names.append(names[index])
      kept.values.append(values[index])
    }
    return kept
  }

  /// What becomes of the values, by their keys.
  package func mapValues<Other>(_ body: (Value) -> Other) -> [String: Other] { compactMapValues(body) }

  /// What becomes of the values of which something does, by their keys.
  package func compactMapValues<Other>(_ body: (Value) -> Other?) -> [String: Other] {
    var mapped: [String: Other] = [:]
    for index in values.indices { mapped[names[index].text] = body(values[index]) }
    return mapped
  }

  /// Takes in the members of another object.
  /// - Parameter combine: what becomes of the own value and the other one of a key that both have.
  package mutating func merge(_ other: Members, uniquingKeysWith combine: (Value, Value) -> Value) {
    if isEmpty { return self = other }
    // Side by side, for putting many between many one by one would move all of them each time.
    var merged = Members()
    merged.reserveCapacity(count + other.count)
    var index = 0
    for place in other.values.indices {
      while index < count, names[index] < other.names[place] {
        merged.add(at: index, of: self)
        index += 1
      }
      merged.add(at: place, of: other)
      guard index < count, names[index] == other.names[place] else { continue }
      merged.values[merged.values.count - 1] = combine(values[index], other.values[place])
      index += 1
    }
    while index < count {
      merged.add(at: index, of: self)
      index += 1
    }
    self = merged
  }

  private mutating func add(at index: Int, of other: Members) {
    names.append(other.names[index])
    values.append(other.values[index])
  }

  /// These members and those of another object, as by `merge`.
  package func merging(_ other: Members, uniquingKeysWith combine: (Value, Value) -> Value) -> Members {
    var merged = self
    merged.merge(other, uniquingKeysWith: combine)
    return merged
  }
}

extension Members: RandomAccessCollection {
  /// A member: its key and its value.
  package typealias Element = (key: String, value: Value)

  /// Places count from 0.
  package var startIndex: Int { 0 }
  /// The place behind the last member.
  package var endIndex: Int { values.count }
  /// The member at a place.
  package subscript(position: Int) -> Element { (names[position].text, values[position]) }

  /// Goes through the members in their order. The standard library's iterator would allocate for each of them, where it
  /// is used from another module.
  package struct Iterator: IteratorProtocol {
    fileprivate let members: Members
    private var position = 0

    fileprivate init(_ members: Members) { self.members = members }

    /// The next member; nil behind the last.
    package mutating func next() -> Element? {
      guard position < members.values.count else { return nil }
      defer { position += 1 }
      return (members.names[position].text, members.values[position])
    }
  }

  /// Goes through the members in their order.
  package func makeIterator() -> Iterator { Iterator(self) }

  /// The place of a key; nil where there is no such member.
  package func index(forKey key: String) -> Int? {
    guard !values.isEmpty else { return nil }
    let (index, isThere) = names.place(of: MemberKey(key))
    return isThere ? index : nil
  }
}

extension Members: ExpressibleByDictionaryLiteral {
  /// Of two values of one key the last stands.
  package init(dictionaryLiteral elements: (String, Value)...) {
    self.init(elements, uniquingKeysWith: { _, last in last })
  }
}

extension Members: Hashable {
  /// Whether both have the same keys with equal values.
  package static func == (left: Members, right: Members) -> Bool {
    left.hasKeys(of: right) && left.values == right.values
  }

  /// Whether the keys are the same.
  package func hasKeys(of other: Members) -> Bool { names.elementsEqual(other.names) }

  /// Agrees with `==`: whatever is spelled alike has one hash.
  package func hash(into hasher: inout Hasher) {
    for name in names { hasher.combine(name.text) }
    hasher.combine(values)
  }
}

/// The keys of objects that are made alike.
package struct MemberKeys: Sendable {
  private let names: [MemberKey]
  /// Where the value of each key stands among those that are given; nil where they are in order.
  private let order: [Int]?

  /// - Parameter keys: in any order.
  /// - Returns: nil where two of them are one key, in whichever spelling.
  package init?(_ keys: [String]) {
    let given = keys.map(MemberKey.init)
    let isSorted = zip(given, given.dropFirst()).allSatisfy { $0 < $1 }
    let order = isSorted ? nil : given.sortedPlaces
    names = order.map { $0.map { given[$0] } } ?? given
    self.order = order
    guard isSorted || zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }), !names.hasTwins else { return nil }
  }

  /// An object with these keys.
  /// - Parameter values: as many as there are keys, in the order in which those were given.
  package func members(_ values: [Value]) -> Members {
    Members(names: names, values: order.map { $0.map { values[$0] } } ?? values)
  }
}

/// A key with what tells nearly all keys apart: the number of its bytes, up to 255, and the first seven of them.
fileprivate struct MemberKey: Sendable, Equatable {
  let text: String
  let beginning: UInt64

  /// Keys of so many bytes stand in their beginning whole.
  private static let wholeBytes = 7

  init(_ text: String) {
    self.text = text
    var text = text
    beginning = text.withUTF8 { bytes in
      var beginning = UInt64(min(bytes.count, 255))
      for place in 0..<Self.wholeBytes {
        beginning = beginning << 8 | (place < bytes.count ? UInt64(unsafe bytes[place]) : 0)
      }
      return beginning
    }
  }

  var isWhole: Bool { beginning >> 56 <= UInt64(Self.wholeBytes) }

  var isASCII: Bool {
    var text = text
    return text.withUTF8 { unsafe $0.allSatisfy { $0 < 0x80 } }
  }

  static func < (left: MemberKey, right: MemberKey) -> Bool {
    if left.beginning != right.beginning { return left.beginning < right.beginning }
    if left.isWhole { return false }
    let (leftCount, rightCount) = (left.text.utf8.count, right.text.utf8.count)
    return leftCount != rightCount ? leftCount < rightCount : left.text.compareBytes(right.text) < 0
  }

  static func == (left: MemberKey, right: MemberKey) -> Bool {
    left.beginning == right.beginning && (left.isWhole || left.text.isSpelled(like: right.text))
  }
}

extension [MemberKey] {
  /// Where a key stands, or would stand.
  fileprivate func place(of key: MemberKey) -> (index: Int, isThere: Bool) {
    unsafe withUnsafeBufferPointer { names in
      var (low, high) = (0, names.count)
      while low < high {
        let middle = (low + high) / 2
        let beginning = unsafe names[middle].beginning
        // Mostly the beginnings tell, and nothing else of a key is touched.
        if beginning == key.beginning && key.isWhole { return (middle, true) }
        let isBefore = unsafe beginning == key.beginning ? names[middle] < key : beginning < key.beginning
        if isBefore { low = middle + 1 } else { high = middle }
      }
      return (low, unsafe low < names.count && names[low] == key)
    }
  }

  /// The places of the keys in their order; of equal keys in that in which they stand.
  fileprivate var sortedPlaces: [Int] {
    // Plain numbers are moved about; a key itself is touched only where its beginning does not tell.
    let beginnings = indices.map { (beginning: self[$0].beginning, place: $0) }
    return beginnings.sorted { left, right in
      if left.beginning != right.beginning { return left.beginning < right.beginning }
      if self[left.place] < self[right.place] { return true }
      return left.place < right.place && !(self[right.place] < self[left.place])
    }.map(\.place)
  }

  fileprivate var hasTwins: Bool {
    // Only what is not ASCII has a second spelling.
    guard contains(where: { !$0.isASCII }) else { return false }
    let accented = filter { !$0.isASCII }.map(\.text)
    return Set(accented).count < accented.count
  }
}
