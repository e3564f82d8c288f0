internal import Foundations
internal import Glibc

/// A listening TCP socket. Made here rather than by libmicrohttpd, which does not say why it could not.
struct Listener: ~Copyable {
  private let socket: Int32
  /// The port it really listens on.
  let port: UInt16

  /// - Throws: `serve.address-in-use`; `http.listen` with the system's reason.
  init(host: String, port: UInt16) throws(Problem) {
    let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    let place = "\(host):\(port)"
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(name, String(port), &hints, &found)
    guard code == 0, let first = unsafe found else {
      throw ProblemKind.httpListen.with("\(place) \(unsafe String(cString: gai_strerror(code)))")
    }
    defer { unsafe freeaddrinfo(found) }
    let made = unsafe Glibc.socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw Self.failure(place) }
    do throws(Problem) {
      self.port = try unsafe Self.bind(made, first, place)
    } catch {
      _ = close(made)
      throw error
    }
    socket = made
  }

  private static func failure(_ place: String) -> Problem {
    let code = errno
    return code == EADDRINUSE
      ? ProblemKind.httpAddressInUse.with(place)
      : ProblemKind.httpListen.with("\(place) \(unsafe String(cString: strerror(code)))")
  }

  private static func bind(
    _ socket: Int32, _ address: UnsafeMutablePointer<addrinfo>, _ place: String
  ) throws(Problem) -> UInt16 {
    var yes: Int32 = 1
    // A server that is started again at once finds its port still held by connections in TIME_WAIT.
    _ = unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard unsafe Glibc.bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
      listen(socket, 256) == 0
    else { throw failure(place) }
    var bound = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = unsafe withUnsafeMutablePointer(to: &bound) {
      unsafe getsockname(socket, UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self), &size)
    }
    guard code == 0 else { throw failure(place) }
    // sin_port and sin6_port are at the same place: after the family, in network order.
    return unsafe withUnsafeBytes(of: &bound) { unsafe UInt16($0[2]) << 8 | UInt16($0[3]) }
  }

  /// Hands the socket over to someone who will close it.
  consuming func take() -> Int32 {
    let socket = socket
    discard self
    return socket
  }

  deinit { _ = close(socket) }
}
