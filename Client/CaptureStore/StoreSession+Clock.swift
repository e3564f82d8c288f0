package import Foundations

/// When something was done, and whether the clock that says so has jumped.
extension StoreSession {
  /// A clock that moved this much against the machine's running time has been set, not drifted.
  private static let jumpMillisecondsMax: Int64 = 2000

  /// A clock that is not further behind the server's goes right.
  private static let behindMillisecondsMax: Int64 = 300_000

  /// What a look at the clock leaves behind.
  private struct Look {
    var epoch: Int64
    let time: Int64
    let boot: Int64
    let bootID: String?
    /// The latest time that this clock has ever shown, as far as that was not a mistake.
    var latest: Int64

    /// It showed a time that had been before.
    var isBehind: Bool { time < latest - StoreSession.jumpMillisecondsMax }

    init(epoch: Int64, time: Int64, boot: Int64, bootID: String, latest: Int64) {
      (self.epoch, self.time, self.boot, self.bootID, self.latest) = (epoch, time, boot, bootID, latest)
    }

    /// A latest time stands there only where the clock is behind it: what a program of before reads, too.
    init?(_ value: Value?) {
      guard let parts = value?.array, parts.count >= 4, let epoch = parts[0].integer, let time = parts[1].integer,
        let boot = parts[2].integer
      else { return nil }
      (self.epoch, self.time, self.boot, bootID) = (epoch, time, boot, parts[3].text)
      latest = (parts.count > 4 ? parts[4].integer : nil) ?? time
    }

    var value: Value {
      let parts: [Value] = [.integer(epoch), .integer(time), .integer(boot), .text(bootID ?? "")]
      return .array(latest > time ? parts + [.integer(latest)] : parts)
    }
  }

  /// The time now and its epoch, which is raised if the clock was set since the last look.
  package func now() throws(Problem) -> (time: Instant, epoch: Int64) {
    let environment = store.environment
    let time = environment.clock.now()
    let boot = environment.bootTime()
    let last = Look(try meta("clock"))
    var look = Look(
      epoch: last?.epoch ?? 0, time: time.milliseconds, boot: boot, bootID: environment.bootID,
      latest: max(last?.latest ?? Int64.min, time.milliseconds))
    if let last {
      let isSameBoot = last.bootID == environment.bootID
      // Across a restart a clock that goes right again cannot be told from a machine that was off: whether the one
      // before it went wrong can, where it showed what had been before.
      let isMended = !isSameBoot && last.isBehind
      if isMended || Self.jumped(time.milliseconds &- last.time, boot &- last.boot, sameBoot: isSameBoot) {
        look.epoch += 1
      }
    }
    try setMeta("clock", look.value)
    return (time, look.epoch)
  }

  /// Notes the server's time, which has just been heard: a clock that goes right has been wrong before where it showed
  /// a later time.
  package func heard(_ server: Instant) throws(Problem) {
    let time = store.environment.clock.now().milliseconds
    guard var look = Look(try meta("clock")), look.latest != look.time,
      time >= server.milliseconds &- Self.behindMillisecondsMax
    else { return }
    look.latest = look.time
    try setMeta("clock", look.value)
  }

  /// - Parameters:
  ///   - wall: how far the wall clock has moved, milliseconds.
  ///   - boot: how far the boot clock has moved; means nothing across a restart.
  private static func jumped(_ wall: Int64, _ boot: Int64, sameBoot: Bool) -> Bool {
    guard sameBoot else { return wall < 0 }
    return wall < 0 || (wall &- boot).magnitude > UInt64(jumpMillisecondsMax)
  }
}
