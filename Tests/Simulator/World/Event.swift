internal import Foundations
package import SimulatedDisk
internal import TestValues

/// One thing that happens in a simulated world. What exactly follows from its own seed, so that a script from which
/// events were taken out does the same with the rest.
package struct Event: Sendable, Hashable {
  /// What happens.
  package enum Kind: String, Sendable, CaseIterable {
    // On a device, by a person.
    case create, edit, editGroup, note, attach, attachPaper, submit, resolve, withdraw, share, sync
    // At the county.
    case act, forward, publish
    /// A device with a later program, which writes kinds of operations that nobody knows yet.
    case newerDevice
    // To a machine.
    case clockJump, reboot, devicePowerCut, serverPowerCut
    // On the line.
    case oldRequest
    // By files that somebody carries.
    case ferryOut, ferryIn, ferryAnswer, ferryRead
    /// The administrator decides about something in the review tray.
    case review
    /// A device that was ended gets a new identity.
    case enrol
    // Only with a hazard that is enabled.
    case revoke, clone, restoreDevice, restoreServer
    /// Somebody says that the server has lost what it never had.
    case forgedReturn
    // With dice of their own (`Script.addLater`).
    /// Somebody decides about two applications for the same matter of the same person, or decides otherwise.
    case decide
    /// A field that a rule of the form ties to another one.
    case editDates
    /// The administrator erases an application.
    case purge
    /// The administrator moves a device to another station.
    case reassign
    /// A draft is begun whose applicant has not agreed yet; and one agrees.
    case hold, consent
    /// Days pass at the county, and the law's limits take effect.
    case days
    /// A draft goes on with the form that was published since; what was handed in is put right on the spot.
    case rebase, rectify
    /// A field that only the second version of the form has.
    case editNewer
    /// A window does what is rarer than accepting, returning and deciding.
    case handle
    /// The administrator lets a window be there for others, or for its own again.
    case windows
    /// A window's own system goes, or is set anew.
    case endpoint
    /// What was attached by mistake is taken back.
    case detach
    /// A backup of the server is made, and none is put back.
    case backUp
  }

  /// Its name in the script.
  package let number: Int
  package let kind: Kind
  /// Which device, counted round.
  package let device: Int
  /// Everything else that has to be chosen.
  package let seed: UInt64
  package var faults: [Fault]

  /// What goes wrong while it happens.
  package enum Fault: Sendable, Hashable {
    case deviceDisk(SimulatedDisk.Fault, after: Int)
    case serverDisk(SimulatedDisk.Fault, after: Int)
    case line(LineFault, question: Int)
  }

  /// What the network does to one question.
  package enum LineFault: Sendable, Hashable {
    case requestLost, answerLost
    /// Delivered twice, as by a proxy that tries again.
    case repeated
    /// The device gives up; the request arrives later.
    case delayed
    /// Only so many thousandths arrive, and pass for the whole.
    case requestCut(Int), answerCut(Int)
    /// A server of a newer protocol answers.
    case answerOfNewVersion
  }

  package var line: String {
    let actors = Set<Kind>([
      .act, .forward, .publish, .newerDevice, .serverPowerCut, .oldRequest, .restoreServer, .ferryIn, .ferryAnswer,
      .review, .purge, .days, .handle, .windows,
      .endpoint, .backUp,
    ])
    let who = actors.contains(kind) ? "" : " device \(device)"
    return "\(number) \(kind.rawValue)\(who)" + faults.map { " [\($0.line)]" }.joined()
  }
}

extension Event.Fault {
  fileprivate var line: String {
    switch self {
    case .deviceDisk(let fault, let operations): "device's disk: \(Self.text(fault)) at write \(operations)"
    case .serverDisk(let fault, let operations): "server's disk: \(Self.text(fault)) at write \(operations)"
    case .line(let fault, let question): "question \(question): \(Self.text(fault))"
    }
  }

  private static func text(_ fault: SimulatedDisk.Fault) -> String {
    switch fault {
    case .powerCut: "power cut"
    case .full(let operations): "full for \(operations)"
    case .failure: "failure"
    }
  }

  private static func text(_ fault: Event.LineFault) -> String {
    switch fault {
    case .requestLost: "request lost"
    case .answerLost: "answer lost"
    case .repeated: "delivered twice"
    case .delayed: "delayed"
    case .requestCut(let part): "request cut at \(part)/1000"
    case .answerCut(let part): "answer cut at \(part)/1000"
    case .answerOfNewVersion: "answer of a newer protocol"
    }
  }
}

/// What a seed makes: how big the world is, and what happens in it.
package struct Script: Sendable {
  package let seed: UInt64
  package let devices: [Int]
  /// The device with a later program.
  package let newerDevice: Int
  /// How many windows have systems of their own, 1 to 3.
  package internal(set) var systems = 2
  package var events: [Event]

  /// How often each kind comes, in relation to the others.
  private static let weights: [(Event.Kind, Int)] = [
    (.create, 5), (.edit, 20), (.editGroup, 9), (.note, 2), (.attach, 6), (.attachPaper, 2), (.submit, 7),
    (.resolve, 7), (.withdraw, 1), (.share, 3), (.sync, 36), (.act, 20), (.forward, 5), (.publish, 1),
    (.clockJump, 2), (.reboot, 1), (.devicePowerCut, 1), (.serverPowerCut, 1), (.oldRequest, 3), (.newerDevice, 1),
  ]

  private static let ferryWeights: [(Event.Kind, Int)] = [
    (.ferryOut, 12), (.ferryIn, 12), (.ferryAnswer, 8), (.ferryRead, 12),
  ]

  /// - Parameter hazards: what may happen beyond what always may.
  package init(seed: UInt64, hazards: Set<Hazard> = Hazard.enabled) {
    var chance = SeededGenerator(seed &* 0x9E37_79B9_7F4A_7C15 ^ 0x5EED)
    // Few devices meet each other more often; the last of the template is kept for the later program.
    let count = 2 + (chance.once(in: 6) ? chance.number(0...5) : chance.number(0...2))
    var order = Array(0..<Template.devicesMax)
    order.shuffle(using: &chance)
    self.seed = seed
    devices = Array(order.prefix(count))
    newerDevice = order[Template.devicesMax - 1]
    var weights = Self.weights
    // In every other world devices lose their identities, in every third files are carried, in every fourth backups of
    // the server are put back: what is rare in life must meet often enough here.
    if chance.once(in: 2) {
      weights += Hazard.allCases.filter { hazards.contains($0) && $0 != .serverRestore }.flatMap(\.weights)
    }
    if chance.once(in: 3) { weights += Self.ferryWeights }
    if hazards.contains(.serverRestore), chance.once(in: 4) { weights += Hazard.serverRestore.weights }
    let kinds = weights.flatMap { Array(repeating: $0.0, count: $0.1) }
    let faultiness = chance.number(0...3)
    var planned = Self.opening(count, &chance)
    for _ in 0..<chance.number(12...45) {
      let kind = chance.pick(kinds) ?? .sync
      planned.append((kind, chance.number(0...count - 1), Self.faults(of: kind, faultiness, &chance)))
    }
    events = planned.enumerated().map { index, plan in
      Event(number: index + 1, kind: plan.0, device: plan.1, seed: chance.next(), faults: plan.2)
    }
    addLater(SeededGenerator(seed ^ 0xD0B1E))
  }

  /// Most worlds begin with an application that several devices have: only who shares can collide.
  private static func opening(
    _ count: Int, _ chance: inout SeededGenerator
  ) -> [(Event.Kind, Int, [Event.Fault])] {
    guard !chance.once(in: 4) else { return [] }
    let syncs = (1..<count).map { (Event.Kind.sync, $0, [Event.Fault]()) }
    return [(.create, 0, []), (.share, 0, []), (.sync, 0, [])] + syncs
  }

  /// - Parameter faultiness: 0 for a world in which only people make mistakes.
  private static func faults(
    of kind: Event.Kind, _ faultiness: Int, _ chance: inout SeededGenerator
  ) -> [Event.Fault] {
    guard faultiness > 0 else { return [] }
    var faults: [Event.Fault] = []
    let touchesServer = [.sync, .act, .forward, .publish, .revoke, .review, .enrol, .ferryIn].contains(kind)
    if [.sync, .enrol].contains(kind), chance.once(in: 4 - faultiness + 1) {
      for _ in 0..<chance.number(1...2) { faults.append(.line(lineFault(&chance), question: chance.number(1...3))) }
    }
    if touchesServer, chance.once(in: 12 / faultiness) {
      faults.append(.serverDisk(diskFault(&chance), after: chance.number(1...40)))
    }
    let spares: Set<Event.Kind> = [
      .act, .forward, .publish, .clone, .restoreDevice, .restoreServer, .forgedReturn, .revoke, .review,
      .ferryIn, .ferryAnswer,
    ]
    if !spares.contains(kind), chance.once(in: 10 / faultiness) {
      faults.append(.deviceDisk(diskFault(&chance), after: chance.number(1...(kind == .sync ? 40 : 12))))
    }
    return faults
  }

  static func diskFault(_ chance: inout SeededGenerator) -> SimulatedDisk.Fault {
    switch chance.number(0...4) {
    case 0: .full(operations: chance.number(1...30))
    case 1: .failure
    default: .powerCut
    }
  }

  private static func lineFault(_ chance: inout SeededGenerator) -> Event.LineFault {
    switch chance.number(0...9) {
    case 0, 1: .requestLost
    case 2, 3: .answerLost
    case 4, 5: .repeated
    case 6: .delayed
    case 7: .requestCut(chance.number(0...999))
    case 8: .answerCut(chance.number(0...999))
    default: .answerOfNewVersion
    }
  }
}
