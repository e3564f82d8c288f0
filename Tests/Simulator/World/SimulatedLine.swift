internal import Foundations
internal import Replication
internal import Synchronizer
internal import Wire

/// One device's way to the server, with the faults of the event that is under way.
final class SimulatedLine: ServerLine {
  private unowned let world: World
  private let device: SimulatedDevice
  private var faults: [Int: Event.LineFault] = [:]
  private(set) var questions = 0

  init(_ world: World, _ device: SimulatedDevice) {
    self.world = world
    self.device = device
  }

  /// A new event begins.
  func begin(_ faults: [Event.Fault]) {
    questions = 0
    self.faults = [:]
    for case .line(let fault, let question) in faults { self.faults[question] = fault }
  }

  private static let interrupted = ProblemKind(
    "network.interrupted", status: 502, exit: .offline, "联网中途断开", remedy: "请稍后再同步。")

  func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer {
    questions += 1
    world.time.pass(milliseconds: 40)
    guard let fault = faults[questions] else { return try deliver(question) }
    switch fault {
    case .requestLost:
      if let answer = planted?.answeredByNobody(question) { return answer }
      throw Problem(Self.interrupted)
    case .answerLost:
      let answer = try deliver(question)
      planted?.lost(answer)
      throw Problem(Self.interrupted)
    case .repeated:
      _ = try deliver(question)
      return try deliver(question, isRepeat: true)
    case .delayed:
      world.delayed.append((device, question))
      throw Problem(Self.interrupted)
    case .requestCut(let part) where question.method == "PATCH":
      _ = world.deliver(question, from: device, arrived: question.body.count * part / 1000)
      throw Problem(Self.interrupted)
    case .requestCut(let part):
      var cut = question
      cut.body = Self.cut(question.body, part)
      _ = try deliver(cut)
      throw Problem(Self.interrupted)
    case .answerCut(let part):
      let answer = try deliver(question)
      return Self.answer(answer, body: Self.cut(answer.body, part))
    case .answerOfNewVersion:
      let answer = try deliver(question)
      return Self.answer(answer, body: Self.newer(answer.body))
    }
  }

  private var planted: PlantedLine? { world.plant.map { PlantedLine(plant: $0, device: device) } }

  private func deliver(_ question: ServerQuestion, isRepeat: Bool = false) throws(Problem) -> ServerAnswer {
    if let answer = planted?.swallowed(question, world.oracle.history.lineage) { return answer }
    guard let sent = world.deliver(question, from: device) else { throw Problem(Self.interrupted) }
    guard question.path == "/v1/sync" else { return sent }
    let answer = planted?.altered(sent, isRepeat: isRepeat) ?? sent
    if answer.isSuccess, let page = device.read(answer.body) {
      world.oracle.noteAcknowledgement(page.acknowledged, device, timeline: page.cursor.timeline)
    } else if let counter = answer.number("acknowledged") {
      world.oracle.noteRefusal(acknowledging: counter, device)
    }
    return answer
  }

  private static func cut(_ bytes: [UInt8], _ thousandths: Int) -> [UInt8] {
    Array(bytes.prefix(bytes.count * thousandths / 1000))
  }

  /// The answer as the next protocol version might send it.
  private static func newer(_ bytes: [UInt8]) -> [UInt8] {
    guard var parts = (try? CBOR.decode(bytes))?.array, !parts.isEmpty else { return bytes }
    parts[0] = 2
    return CBOR.encode(.array(parts))
  }

  static func answer(_ answer: ServerAnswer, body: [UInt8]) -> ServerAnswer {
    ServerAnswer(
      status: answer.status, headers: answer.headers, body: body, bytesSent: answer.bytesSent,
      bytesReceived: Int64(body.count), problem: answer.problem)
  }
}
