internal import CMicroHTTPD
internal import Glibc

// What libmicrohttpd calls, on the connection's thread. Captureless on purpose.

private func core(_ context: UnsafeMutableRawPointer?) -> ServerCore? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
}

private func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
}

/// MHD_OPTION_NOTIFY_CONNECTION: a connection came, or is about to be closed.
func connectionChanged(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ what: MHD_ConnectionNotificationCode
) {
  guard let core = unsafe core(context) else { return }
  let socket = unsafe bangban_mhd_socket(connection)
  guard socket >= 0 else { return }
  if what == .CONNECTION_NOTIFY_STARTED {
    core.connections.expectHeaders(socket)
  } else {
    core.connections.forget(socket)
  }
}

/// MHD_OPTION_URI_LOG_CALLBACK: the request line is there. The exchange made here is released by `completed`, which the
/// library calls for every request that has passed through here.
func targetRead(
  _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let core = unsafe core(context) else { return nil }
  let text = unsafe target.map { unsafe String(cString: $0) } ?? ""
  let socket = unsafe bangban_mhd_socket(connection)
  let exchange = Exchange(
    target: text, connection: socket, discardBytesMax: core.settings.discardBytesMax,
    cut: { [connections = core.connections] in connections.cut(socket) })
  return unsafe Unmanaged.passRetained(exchange).toOpaque()
}

/// MHD_OPTION_NOTIFY_COMPLETED: the answer is sent, or the connection broke.
func completed(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ how: MHD_RequestTerminationCode
) {
  guard let core = unsafe core(context), let held = unsafe slot?.pointee else { return }
  unsafe slot?.pointee = nil
  let exchange = unsafe Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue()
  core.ended(exchange)
  if how == .REQUEST_TERMINATED_COMPLETED_OK { core.connections.expectHeaders(exchange.connection) }
}

/// The access handler: called once with the headers, then with each piece of the body, then without one at its end.
func accessed(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ piece: UnsafePointer<CChar>?,
  _ pieceSize: UnsafeMutablePointer<Int>?, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let core = unsafe core(context), let exchange = unsafe exchange(slot?.pointee),
    let pieceSize = unsafe pieceSize,
    let connection = unsafe connection
  else { return .NO }
  if !exchange.isBegun {
    core.began()
    let name = unsafe method.map { unsafe String(cString: $0) } ?? ""
    let step = unsafe exchange.begin(
      method: name, fields: fields(connection), peer: peer(connection), service: core.service)
    core.connections.expectBytes(exchange.connection, exchange.expectedBytes)
    return unsafe perform(step, core, exchange, connection)
  }
  if unsafe pieceSize.pointee > 0 {
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: piece, count: pieceSize.pointee))
    unsafe pieceSize.pointee = 0
    return unsafe perform(exchange.receive(bytes), core, exchange, connection)
  }
  core.connections.expectNothing(exchange.connection)
  return unsafe perform(.answer(exchange.finish()), core, exchange, connection)
}

private func perform(
  _ step: Exchange.Step, _ core: ServerCore, _ exchange: Exchange, _ connection: OpaquePointer
) -> MHD_Result {
  switch step {
  case .read: return .YES
  case .cut: return .NO
  case .answer(let response):
    guard let answer = Answer(response, closes: core.isDraining) ?? Answer(.failure(CannotSend()), closes: true) else {
      return .NO
    }
    exchange.status = answer.status
    exchange.bytesSent = exchange.method == "HEAD" ? 0 : answer.length
    core.connections.expectBytes(exchange.connection, answer.length)
    return unsafe answer.queue(connection)
  }
}

/// A source for as long as the library has its answer.
final class HeldSource {
  let source: any BodySource

  init(_ source: any BodySource) { self.source = source }
}

/// MHD_ContentReaderCallback: the next bytes of an answer that is made while it is sent.
func sourceRead(
  _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ most: Int
) -> Int {
  guard let context = unsafe context, let buffer = unsafe buffer, most > 0 else { return bangban_mhd_content_failed }
  let held = unsafe Unmanaged<HeldSource>.fromOpaque(context).takeUnretainedValue()
  guard let bytes = try? held.source.read(at: Int64(clamping: position), most: most), (1...most).contains(bytes.count)
  else { return bangban_mhd_content_failed }
  unsafe UnsafeMutableRawBufferPointer(start: buffer, count: most).copyBytes(from: bytes)
  return bytes.count
}

/// MHD_ContentReaderFreeCallback: the answer is over.
func sourceReleased(_ context: UnsafeMutableRawPointer?) {
  guard let context = unsafe context else { return }
  unsafe Unmanaged<HeldSource>.fromOpaque(context).release()
}

/// A handler's answer has a header or a file that cannot be sent.
private struct CannotSend: Error {}

/// Collects the header lines.
private final class Fields {
  var fields: [(String, String)] = []
}

private func fields(_ connection: OpaquePointer) -> [(String, String)] {
  let collected = Fields()
  let context = unsafe Unmanaged.passUnretained(collected).toOpaque()
  _ = unsafe MHD_get_connection_values(connection, .HEADER_KIND, collect, context)
  return collected.fields
}

private func collect(
  _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?,
  _ value: UnsafePointer<CChar>?
) -> MHD_Result {
  guard let context = unsafe context, let name = unsafe name else { return .NO }
  let collected = unsafe Unmanaged<Fields>.fromOpaque(context).takeUnretainedValue()
  let text = unsafe value.map { unsafe String(cString: $0) } ?? ""
  unsafe collected.fields.append((String(cString: name), text))
  return .YES
}

private func peer(_ connection: OpaquePointer) -> String {
  var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN) + 1)
  let isKnown = unsafe text.withUnsafeMutableBufferPointer {
    unsafe bangban_mhd_peer(connection, $0.baseAddress, socklen_t($0.count))
  }
  return isKnown != 0 ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
}
