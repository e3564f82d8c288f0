internal import Foundations
internal import Glibc

/// An IP address, and what kind of place it stands for.
///
/// Pure. The kinds follow the special-purpose registries of IANA (RFC 6890 and its successors).
package struct NetworkAddress: Sendable, Hashable {
  /// Where an address leads to.
  package enum Reach: String, Sendable {
    /// This machine.
    case loopback
    /// A network of one's own: 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7.
    case `private`
    /// One cable; also where clouds keep their machines' secrets.
    case linkLocal
    /// The internet, and networks that use such addresses among themselves, as parts of 电子政务外网 do.
    case `public`
    /// Nothing that a window's system could stand at: multicast, documentation, unspecified.
    case reserved
  }

  /// 4 or 16 bytes in network order.
  package let bytes: [UInt8]

  /// Nil unless there are 4 or 16 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads dotted decimal or the text form of IPv6, without brackets; nil for anything else, also for the short and
  /// octal forms that some resolvers take: those are judged by what they resolve to.
  package init?(_ literal: String) {
    var bytes = [UInt8](repeating: 0, count: 16)
    let isIPv6 = literal.contains(":")
    let code = unsafe bytes.withUnsafeMutableBytes {
      unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, literal, $0.baseAddress)
    }
    guard code == 1 else { return nil }
    self.bytes = isIPv6 ? bytes : Array(bytes.prefix(4))
  }

  /// As a URL and libcurl write it: IPv6 in brackets, its groups in full.
  package var text: String {
    guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
    let groups = stride(from: 0, to: 16, by: 2).map { index in
      String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
    }
    return "[\(groups.joined(separator: ":"))]"
  }

  /// What kind of place this is.
  package var reach: Reach { bytes.count == 4 ? Self.reach(bytes[0], bytes[1], bytes[2]) : reachOfIPv6 }

  private static func reach(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Reach {
    switch (first, second, third) {
    case (127, _, _): .loopback
    case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): .private
    case (169, 254, _): .linkLocal
    case (0, _, _), (224..., _, _), (192, 0, 0), (192, 0, 2), (198, 18...19, _), (198, 51, 100), (203, 0, 113):
      .reserved
    default: .public
    }
  }

  private var reachOfIPv6: Reach {
    if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? .loopback : .reserved }
    // Forms that carry an IPv4 address lead to where that one does: mapped, NAT64, 6to4.
    let mapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    let translated = bytes.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
    if mapped || translated { return Self.reach(bytes[12], bytes[13], bytes[14]) }
    if bytes.starts(with: [0x20, 0x02]) { return Self.reach(bytes[2], bytes[3], bytes[4]) }
    // Documentation, and Teredo, which hides where it leads.
    if bytes.starts(with: [0x20, 0x01, 0x0D, 0xB8]) || bytes.starts(with: [0x20, 0x01, 0, 0]) { return .reserved }
    switch (bytes[0], bytes[1]) {
    case (0xFC...0xFD, _): return .private
    case (0xFE, 0x80...0xBF): return .linkLocal
    case (0x20...0x3F, _): return .public
    default: return .reserved
    }
  }
}
