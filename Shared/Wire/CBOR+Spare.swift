package import Foundations

extension CBOR {
  /// A member that an object does not have yet. What the object's bytes are with it is known without encoding all else
  /// again: the same object may be written many times over, each time with another value there.
  package struct Spare: Sendable {
    package let key: String
    /// How many members the object has.
    private let count: Int
    /// Bytes of the head, and of the members that stand before this one.
    private let headBytes: Int
    private let bytesBefore: Int

    /// - Returns: nil where the value is no object, or has the member.
    package init?(_ key: String, in value: Value) {
      guard let members = value.object, members[key] == nil else { return nil }
      self.key = key
      count = members.count
      var head: [UInt8] = []
      CBOR.appendHead(5, UInt64(members.count), to: &head)
      headBytes = head.count
      var whole = members
      whole[key] = .null
      var before: [UInt8] = []
      for (name, value) in whole.prefix(while: { $0.key != key }) {
        CBOR.append(.text(name), to: &before)
        CBOR.append(value, to: &before)
      }
      bytesBefore = before.count
    }

    /// The bytes of the object with the member.
    /// - Parameter bytes: those of the object without it.
    package func filled(_ bytes: [UInt8], with member: Value) -> [UInt8] {
      var output: [UInt8] = []
      output.reserveCapacity(bytes.count + 256)
      CBOR.appendHead(5, UInt64(count + 1), to: &output)
      output += bytes[headBytes..<headBytes + bytesBefore]
      CBOR.append(.text(key), to: &output)
      CBOR.append(member, to: &output)
      output += bytes[(headBytes + bytesBefore)...]
      return output
    }
  }
}
