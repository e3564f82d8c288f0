package import Foundations
package import Journal
package import Transport
internal import Webhook

/// A way to windows' own systems: the network, or in simulations the systems themselves.
package protocol DispatchLine {
  /// Sends one request and waits for the whole answer.
  /// - Throws: a problem where there is none.
  func send(_ request: HTTPClient.Request) throws(Problem) -> HTTPClient.Response
}

extension HTTPClient: DispatchLine {}

/// Carries one dispatch through one round: does what `ForwardingMachine` says, and tells it what came of that.
package struct Courier {
  private let outbox: any Outbox
  private let settings: ForwardingSettings
  private let line: any DispatchLine
  private let isStopping: @Sendable () -> Bool

  /// - Parameter isStopping: whether the program wants to end: what has been sent is waited for, nothing else is begun.
  package init(
    outbox: any Outbox, settings: ForwardingSettings, line: any DispatchLine, isStopping: @escaping @Sendable () -> Bool
  ) {
    self.outbox = outbox
    self.settings = settings
    self.line = line
    self.isStopping = isStopping
  }

  /// One try: what came back, or why nothing did.
  private enum Result {
    case answer(HTTPClient.Response)
    case failure(code: String, wasSent: Bool)
  }

  /// Where a round sends to.
  private struct Destination {
    let endpoint: EndpointRow
    let addresses: [NetworkAddress]
    let body: [UInt8]
  }

  /// Carries a dispatch through one round.
  /// - Returns: how the round ended; it is recorded.
  /// - Throws: what the outbox throws; the dispatch then stands in it as before.
  package func carry(_ row: DispatchRow) throws(Problem) -> ForwardingMachine.Outcome {
    var machine = ForwardingMachine(row, attemptsMax: settings.attemptsMax)
    let destination: Destination?
    var event: ForwardingMachine.Event
    (destination, event) = try prepare(row)
    while true {
      var next: ForwardingMachine.Event?
      for action in machine.handle(event, now: outbox.clock.now(), chance: chance()) {
        switch action {
        case .tell:
          guard let destination else { break }
          try outbox.recordDispatch(machine.rowWhileTelling)
          next = tell(row, destination)
        case .ask: next = destination.map { ask(row, $0) }
        case .disableEndpoint:
          if let endpoint = destination?.endpoint { try outbox.disableEndpoint(row.window, url: endpoint.url) }
        case .record(let outcome):
          try outbox.recordDispatch(machine.row)
          return outcome
        }
      }
      event = next ?? .barred("no destination")
    }
  }

  /// What a round begins with. The address is judged anew each time: what a name leads to changes.
  private func prepare(_ row: DispatchRow) throws(Problem) -> (Destination?, ForwardingMachine.Event) {
    guard let endpoint = try outbox.endpoint(row.window) else { return (nil, .withoutEndpoint) }
    guard !endpoint.disabled else { return (nil, .barred(ForwardingMachine.endpointGone)) }
    do throws(Problem) {
      let addresses = try settings.rules.addresses(of: endpoint.url)
      let body = try outbox.dispatchBody(row)
      return (Destination(endpoint: endpoint, addresses: addresses, body: body), .taken)
    } catch {
      let isForAPerson = error.kind == .forwardingAddress || error.kind == .networkURL
      return (nil, isForAPerson ? .barred(error.code) : .notReached(error.code))
    }
  }

  private func tell(_ row: DispatchRow, _ destination: Destination) -> ForwardingMachine.Event {
    switch send("POST", destination.endpoint.url, row, destination, body: destination.body) {
    case .answer(let answer):
      .answered(status: answer.status, retryAfterSeconds: answer.retryAfterSeconds(now: outbox.clock.now()))
    case .failure(let code, let wasSent): wasSent ? .unanswered(code) : .notReached(code)
    }
  }

  private func ask(_ row: DispatchRow, _ destination: Destination) -> ForwardingMachine.Event {
    guard !isStopping() else { return .askUnanswered("stopping") }
    let url = Self.url(of: row.id, at: destination.endpoint.url)
    var said: [UInt8] = []
    let result = send("GET", url, row, destination, body: []) { said += $0 }
    return switch result {
    case .answer(let answer): .askAnswered(status: answer.status, isOther: !Self.tells(said))
    case .failure(let code, _): .askUnanswered(code)
    }
  }

  /// Whether what a receiver says of a dispatch that it was asked for can be about it: anything but a page for people,
  /// which a portal answers to whatever is asked.
  package static func tells(_ bytes: [UInt8]) -> Bool {
    bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } != UInt8(ascii: "<")
  }

  /// `{url}/{id}`; a query stays behind it.
  static func url(of id: String, at url: String) -> String {
    let whole = url.prefix { $0 != "#" }
    let path = whole.prefix { $0 != "?" }
    let slash = path.hasSuffix("/") ? "" : "/"
    return "\(path)\(slash)\(id)\(whole.dropFirst(path.count))"
  }

  private func send(
    _ method: String, _ url: String, _ row: DispatchRow, _ destination: Destination, body: [UInt8],
    hearing: @escaping ([UInt8]) -> Void = { _ in }
  ) -> Result {
    var request = HTTPClient.Request(method, url)
    request.headers = StandardWebhook.headers(
      id: row.id, now: outbox.clock.now(), body: body, key: WebhookKey(bytes: destination.endpoint.secret))
    request.headers.append(("Idempotency-Key", row.id))
    // The addresses that were judged, so that a name that changes in between leads nowhere else.
    request.addresses = destination.addresses.map(\.text)
    request.patience = settings.patience
    request.authoritiesFile = settings.authoritiesFile
    // What a receiver says beside its status is of no length that we choose.
    request.destination = .writer(bytesMax: Int64(Limits.bodyBytesMax)) { hearing($0) }
    var givenBytes = 0
    if method == "POST" {
      request.isSentOnce = true
      request.headers.append(("Content-Type", "application/json"))
      request.body = .reader(length: Int64(body.count)) { position, most in
        let start = min(Int(clamping: position), body.count)
        let piece = Array(body[start..<min(start + most, body.count)])
        givenBytes = max(givenBytes, start + piece.count)
        return piece
      }
    }
    do throws(Problem) {
      return .answer(try line.send(request))
    } catch {
      // Nobody can have accepted what libcurl has not even asked us for.
      return .failure(code: error.code, wasSent: givenBytes == body.count)
    }
  }

  /// At least 0 and less than 1.
  private func chance() -> Double { Double(outbox.random.bytes(1).first ?? 0) / 256 }
}
