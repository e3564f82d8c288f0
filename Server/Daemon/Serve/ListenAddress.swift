internal import Foundations
internal import Terminal

/// `HOST:PORT`, `[::1]:8420`.
struct ListenAddress: Equatable {
  /// An IPv6 address stands in brackets, as in a URL.
  let host: String
  /// 0: the system picks one.
  let port: UInt16

  /// - Throws: `argument.shape`.
  init(_ text: String) throws(Problem) {
    guard let colon = text.lastIndex(of: ":") else { throw Self.fault(text) }
    let host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    let isPlain = host.utf8.allSatisfy { byte in
      0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || [0x2D, 0x2E].contains(byte)
    }
    let isBracketed =
      host.hasPrefix("[") && host.hasSuffix("]")
      && host.dropFirst().dropLast().utf8.allSatisfy { byte in
        0x30...0x39 ~= byte || 0x41...0x46 ~= byte || 0x61...0x66 ~= byte || [0x2E, 0x3A].contains(byte)
      }
    guard !host.isEmpty, host.utf8.count <= 253, isPlain || isBracketed,
      digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let port = UInt16(digits)
    else { throw Self.fault(text) }
    self.host = String(host)
    self.port = port
  }

  private static func fault(_ text: String) -> Problem {
    UsageFault.shape(text, expected: "127.0.0.1:8420").problem
  }
}
