package import Foundations

/// When something was done, and whether the clock that says so has jumped.
extension StoreSession {
  /// A clock that moved this much against the machine's running time has been set, not drifted.
  private static let jumpMillisecondsMax: Int64 = 2000

  /// The time now and its epoch, which is raised if the clock was set since the last look.
  package func now() throws(Problem) -> (time: Instant, epoch: Int64) {
    let environment = store.environment
    let time = environment.clock.now()
    let boot = environment.bootTime()
    let last = try meta("clock")?.array ?? []
    var epoch: Int64 = 0
    if last.count == 4, let lastEpoch = last[0].integer, let lastTime = last[1].integer, let lastBoot = last[2].integer
    {
      epoch = lastEpoch
      if Self.jumped(time.milliseconds &- lastTime, boot &- lastBoot, sameBoot: last[3].text == environment.bootID) {
        epoch += 1
      }
    }
    try setMeta("clock", [.integer(epoch), .integer(time.milliseconds), .integer(boot), .text(environment.bootID)])
    return (time, epoch)
  }

  /// - Parameters:
  ///   - wall: how far the wall clock has moved, milliseconds.
  ///   - boot: how far the boot clock has moved; means nothing across a restart.
  private static func jumped(_ wall: Int64, _ boot: Int64, sameBoot: Bool) -> Bool {
    guard sameBoot else { return wall < 0 }
    return wall < 0 || (wall &- boot).magnitude > UInt64(jumpMillisecondsMax)
  }
}
