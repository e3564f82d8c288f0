internal import SimulatedDisk
internal import TestValues

/// What came into the simulation later is drawn with dice of its own, so that a seed goes on doing what it did before.
extension Script {
  mutating func addLater(_ dice: SeededGenerator) {
    var chance = dice
    systems = chance.number(1...3)
    // In every other world people decide, in every other one dates are tied, in every third something is erased.
    if chance.once(in: 2) {
      insert(.create, times: 2, after: 0.1, &chance)
      insert(.submit, times: 4, after: 0.3, &chance)
      insert(.sync, times: 6, after: 0.3, &chance)
      insert(.decide, times: chance.number(4...10), after: 0.5, &chance)
      insert(.sync, times: 4, after: 0.6, &chance)
    }
    if chance.once(in: 2) {
      insert(.editDates, times: chance.number(3...8), after: 0.1, &chance)
      insert(.editGroup, times: chance.number(3...8), after: 0.1, &chance)
    }
    if chance.once(in: 3) { insert(.purge, times: chance.number(1...2), after: 0.4, &chance) }
    if chance.once(in: 2) { eraseBeforeRestore(&chance) }
    cutRestores(&chance)
    // In every fourth world laptops change their stations.
    if chance.once(in: 4) {
      insert(.reassign, times: chance.number(1...3), after: 0.2, &chance)
      insert(.sync, times: 5, after: 0.3, &chance)
    }
    // In every fifth applicants think it over.
    if chance.once(in: 5) {
      insert(.hold, times: chance.number(1...3), after: 0.05, &chance)
      insert(.consent, times: chance.number(2...4), after: 0.2, &chance)
    }
    if chance.once(in: 5) { insert(.days, times: chance.number(1...3), after: 0.4, &chance) }
    // In every fourth the form changes under open drafts, in every fourth windows do more than accept and decide.
    if chance.once(in: 4) { changeForms(&chance) }
    if chance.once(in: 4) {
      insert(.submit, times: 2, after: 0.2, &chance)
      insert(.rectify, times: chance.number(1...4), after: 0.3, &chance)
      insert(.handle, times: chance.number(3...10), after: 0.3, &chance)
      insert(.sync, times: 4, after: 0.3, &chance)
    }
    // In every fifth there is not always a window for everything.
    if chance.once(in: 5) { insert(.windows, times: chance.number(2...6), after: 0.05, &chance) }
    // In every fifth their own systems come and go.
    if chance.once(in: 5) {
      insert(.endpoint, times: chance.number(2...6), after: 0.1, &chance)
      insert(.submit, times: 3, after: 0.2, &chance)
      insert(.sync, times: 4, after: 0.2, &chance)
      insert(.forward, times: chance.number(4...8), after: 0.3, &chance)
    }
    // In every third, what was attached is taken back.
    if chance.once(in: 3) {
      insert(.attach, times: 3, after: 0.1, &chance)
      insert(.detach, times: chance.number(3...6), after: 0.2, &chance)
    }
    letGoBeforeRestore(&chance)
  }

  /// Something is made, sent, erased and heard of between the backup and its return: seldom by chance.
  private mutating func eraseBeforeRestore(_ chance: inout SeededGenerator) {
    guard let place = lastRestore else { return }
    let author = chance.number(0...devices.count - 1)
    insert([.create, .sync, .sync, .purge, .sync, .sync], at: place, by: author, &chance)
  }

  /// Applications end with attachments that backups hold, and laptops let go of them before a backup is put back.
  private mutating func letGoBeforeRestore(_ chance: inout SeededGenerator) {
    guard let place = lastRestore else { return }
    let author = chance.number(0...devices.count - 1)
    var kinds: [Event.Kind] = [.backUp, .create, .attach, .attach, .sync, .withdraw, .withdraw]
    for _ in 0..<chance.number(2...3) { kinds += [.sync, .sync, .backUp] }
    insert(kinds + [.sync, .sync], at: place, by: author, &chance)
  }

  private var lastRestore: Int? { events.lastIndex { $0.kind == .restoreServer } }

  /// - Parameter author: who writes, and does every other thing.
  private mutating func insert(
    _ kinds: [Event.Kind], at first: Int, by author: Int, _ chance: inout SeededGenerator
  ) {
    var place = first
    for kind in kinds {
      let device =
        [.create, .attach, .withdraw].contains(kind) || chance.once(in: 2)
        ? author : chance.number(0...devices.count - 1)
      events.insert(
        Event(number: events.count + 1, kind: kind, device: device, seed: chance.next(), faults: []), at: place)
      place += 1
    }
  }

  /// A draft that two laptops have is open while its form changes, and both go on with it: seldom by chance.
  private mutating func changeForms(_ chance: inout SeededGenerator) {
    let (one, other) = (chance.number(0...devices.count - 1), chance.number(0...devices.count - 1))
    let steps: [(Event.Kind, Int)] = [
      (.create, one), (.share, one), (.sync, one), (.sync, other), (.publish, one), (.edit, other), (.sync, one),
      (.sync, other), (.rebase, one), (.edit, other), (.editNewer, one), (.rebase, other), (.editNewer, other),
      (.sync, one), (.sync, other), (.create, other), (.editNewer, other), (.submit, one), (.edit, other),
      (.rebase, other), (.sync, one), (.sync, other),
    ]
    var place = chance.number(0...events.count / 2)
    // Any of them may be left out, and anything may happen between them.
    for (kind, device) in steps where !chance.once(in: 8) {
      events.insert(
        Event(number: events.count + 1, kind: kind, device: device, seed: chance.next(), faults: []), at: place)
      place = min(events.count, place + chance.number(1...2))
    }
  }

  /// - Parameter part: of the script that is over before the first of them.
  private mutating func insert(_ kind: Event.Kind, times: Int, after part: Double, _ chance: inout SeededGenerator) {
    for _ in 0..<times {
      let first = min(events.count, Int(Double(events.count) * part))
      var faults: [Event.Fault] = []
      if [.purge, .reassign, .days, .handle, .windows, .endpoint].contains(kind), chance.once(in: 3) {
        faults.append(.serverDisk(Self.diskFault(&chance), after: chance.number(1...40)))
      }
      let event = Event(
        number: events.count + 1, kind: kind, device: chance.number(0...devices.count - 1), seed: chance.next(),
        faults: faults)
      events.insert(event, at: chance.number(first...events.count))
    }
  }

  /// Putting a backup back is cut off at any write.
  private mutating func cutRestores(_ chance: inout SeededGenerator) {
    for index in events.indices where events[index].kind == .restoreServer && chance.once(in: 3) {
      events[index].faults.append(.serverDisk(Self.diskFault(&chance), after: chance.number(1...12)))
    }
  }
}
