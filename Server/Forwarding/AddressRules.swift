package import Foundations
internal import Glibc
internal import Transport

/// Where dispatches may be sent: they tell about people, so what is meant for an office next door must not end up on
/// the internet, nor an endpoint's URL be a way to talk to this machine's surroundings.
package struct AddressRules: Sendable {
  /// Off: only this machine and private networks.
  package var allowsPublic: Bool

  package init(allowsPublic: Bool = false) { self.allowsPublic = allowsPublic }

  /// Whether one address may be sent to.
  package func allows(_ address: NetworkAddress) -> Bool {
    switch address.reach {
    case .loopback, .private: true
    case .public: allowsPublic
    case .linkLocal, .reserved: false
    }
  }

  /// Looks up an endpoint's host and judges every address it has, since any of them may be the one that is used.
  /// Blocking.
  /// - Returns: the addresses, at least one: the only ones to connect to.
  /// - Throws: `network.url`, `network.unreachable` if there is no such name, `forwarding.address`.
  package func addresses(of url: String) throws(Problem) -> [NetworkAddress] {
    let host = try WebAddress(url).host
    let addresses = NetworkAddress(host).map { [$0] } ?? Self.resolve(host)
    guard !addresses.isEmpty else { throw ProblemKind.networkUnreachable.with(host) }
    for address in addresses where !allows(address) { throw ProblemKind.forwardingAddress.with(address.reach.rawValue) }
    return addresses
  }

  /// As many addresses as one request can sensibly try.
  private static let addressesMax = 8

  private static func resolve(_ host: String) -> [NetworkAddress] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &found) == 0 else { return [] }
    defer { unsafe freeaddrinfo(found) }
    var addresses: [NetworkAddress] = []
    var next = unsafe found
    while let entry = unsafe next {
      if let address = unsafe address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
      unsafe next = entry.pointee.ai_next
    }
    return Array(addresses.prefix(addressesMax))
  }

  private static func address(_ entry: addrinfo) -> NetworkAddress? {
    let place: Range<Int>
    switch unsafe entry.ai_family {
    case AF_INET: place = 4..<8  // After family and port.
    case AF_INET6: place = 8..<24  // After family, port and flow label.
    default: return nil
    }
    guard let start = unsafe entry.ai_addr, unsafe Int(entry.ai_addrlen) >= place.upperBound else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: place.upperBound)
    return NetworkAddress(bytes: unsafe Array(bytes[place]))
  }
}

extension ProblemKind {
  /// An endpoint at an address that dispatches must not be sent to.
  package static let forwardingAddress = ProblemKind(
    "forwarding.address", status: 422, "不允许把转办件发到这个地址（{}）", remedy: "请使用本机或内网地址；确需公网地址时请管理员打开相应设置。")
}
