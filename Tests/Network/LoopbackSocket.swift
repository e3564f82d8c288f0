internal import Foundations
internal import Glibc

/// Plain TCP on this machine only.
enum LoopbackSocket {
  private static func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  /// A socket that listens on a port the kernel chose.
  static func listening() throws(Problem) -> (socket: Int32, port: UInt16) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = address(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer -> Bool in
      let plain = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      return unsafe bind(socket, plain, size) == 0 && listen(socket, 64) == 0 && getsockname(socket, plain, &size) == 0
    }
    guard isListening else { throw ProblemKind.unexpected.with("listen") }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  /// Nil where nobody listens.
  static func connected(to port: UInt16) -> Int32? {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = address(port)
    let code = unsafe withUnsafePointer(to: &address) {
      unsafe connect(
        socket, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_in>.size))
    }
    guard code == 0 else {
      _ = close(socket)
      return nil
    }
    return socket
  }

  /// - Returns: how many bytes came; nil at the end.
  static func receive(_ socket: Int32, into buffer: inout [UInt8]) -> Int? {
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
    return count > 0 ? count : nil
  }

  /// - Returns: whether all went out.
  static func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
