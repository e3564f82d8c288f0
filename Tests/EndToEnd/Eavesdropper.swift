import Foundations
import HTTP
import Synchronization
import Transport

/// A server between a device and the real one, which keeps what passes.
final class Eavesdropper: Sendable {
  struct Message: Sendable {
    let method: String
    let path: String
    let headers: [String: String]
    let body: [UInt8]
  }

  private final class Notes: Sendable { let heard = Mutex<[Message]>([]) }
  private let notes: Notes
  private let proxy: HTTPServer

  /// Stands between a device and its server from now on.
  init(between device: Device) throws {
    let (notes, url) = (Notes(), device.county.url)
    self.notes = notes
    proxy = try HTTPServer(ServerSettings(), limits: { _, _ in 16 << 20 }) { request in
      let message = Message(method: request.method, path: request.path, headers: request.headers, body: request.body)
      notes.heard.withLock { $0.append(message) }
      let answer = try Self.send(message, to: url)
      let kept = ["bangban-answer", "content-type", "upload-offset", "upload-complete", "upload-limit"]
      let headers = answer.headers.filter { kept.contains($0.key) }.map { (name: $0.key, value: $0.value) }
      return HTTP.Response(answer.status, headers: headers, body: answer.body)
    }
    try device.ask("config", "server", "http://127.0.0.1:\(proxy.port)")
  }

  func stop() { proxy.stop() }

  static func send(_ message: Message, to url: String) throws -> HTTPClient.Response {
    var request = HTTPClient.Request(message.method, url + message.path)
    request.headers = message.headers.filter {
      $0.key.hasPrefix("bangban-") || $0.key.hasPrefix("upload-") || $0.key == "content-type"
    }.map { (name: $0.key, value: $0.value) }
    if message.method != "GET", message.method != "HEAD" { request.body = .bytes(message.body) }
    return try HTTPClient().send(request)
  }

  var messages: [Message] { notes.heard.withLock { $0 } }
}
