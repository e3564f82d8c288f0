internal import Casework
internal import Foundations
internal import HTTP
internal import Replication

/// The server's word for what it answers a device.
extension APIResources {
  /// An answer with the server's signature where a device asks; any other as it is, and so what is made while it is
  /// sent, whose bytes are named by their digest.
  func proving(_ response: Response, to request: Request) -> Response {
    let signature = request.headers["bangban-signature"]
    guard signature != nil || request.path == "/v1/sync", case .bytes(let body) = response.content else {
      return response
    }
    let message = AnswerProof.message(
      method: request.method, path: request.path, signature: signature, question: request.body,
      status: response.status, header: response.header, body: body)
    guard let word = try? casework.sign(message) else { return response }
    var response = response
    response.headers.append((AnswerProof.header, AnswerProof.text(word)))
    // Every byte counts on a village's line.
    response.omitsDefaults = request.method == "POST"
    return response
  }

  /// The same of a refusal.
  func proving(_ error: any Error, to request: Request) -> any Error {
    switch error {
    case let refusal as Refusal: return Refusal(proving(refusal.response, to: request))
    case is Problem: return Refusal(proving(.failure(error), to: request))
    default: return error
    }
  }
}
