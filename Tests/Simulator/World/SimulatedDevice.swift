internal import Assistant
internal import CaptureStore
internal import Foundations
internal import SimulatedDisk
internal import Synchronizer

/// A station's laptop: the real use cases over a disk whose power can be cut.
final class SimulatedDevice {
  let index: Int
  /// What the oracle knows its disk to hold.
  var memory: DiskMemory
  /// The administrator's code for a new identity, until it is used.
  var code: String?
  /// The identity that the code is for.
  var invited: DeviceID?
  /// The device that this one is a copy of; its own index where it is none.
  let original: Int
  let disk: SimulatedDisk
  let clock: MachineClock
  let random = SimulatedRandom()
  /// What every command's line to the server is.
  var line: (any ServerLine)?
  /// Who it is, as far as the oracle has seen.
  var id: DeviceID { memory.id }
  /// Where it is, as far as the oracle has seen.
  var station: StationID { memory.station }
  private var boots = 1
  private var running: Assistant?

  init(index: Int, _ template: Template.Device, _ time: WorldTime) {
    self.index = index
    original = index
    memory = DiskMemory(template.id, of: template.station)
    disk = SimulatedDisk(template.image)
    clock = MachineClock(time)
  }

  /// A copy of a device's disk in another machine.
  init(index: Int, copyOf device: SimulatedDevice, _ time: WorldTime) {
    self.index = index
    original = device.original
    memory = device.memory
    disk = SimulatedDisk(device.disk.image)
    clock = MachineClock(time)
  }

  /// Small, so that a few operations and a small file take several requests, and a few of others several pages.
  private static let sizes: ExchangeSizes = {
    var sizes = ExchangeSizes()
    sizes.operationsMax = 4
    sizes.pageMax = 3
    sizes.partBytesMax = 400
    sizes.closedDaysKept = 0
    sizes.backupsHolding = 0
    return sizes
  }()

  /// The program as it runs; it is started where it does not.
  func assistant() -> Assistant {
    if let running { return running }
    let clock = clock
    let assistant = Assistant(
      home: disk.root + Template.home,
      environment: AssistantEnvironment(
        clock: clock, random: random, bootTime: { clock.bootTime() }, bootID: "boot-\(boots)", log: .silent,
        files: disk, sizes: Self.sizes),
      passphrase: PassphraseSource { () throws(Problem) in Template.passphrase })
    if let line { assistant.line = { _, _ in line } }
    running = assistant
    return assistant
  }

  func store() throws(Problem) -> CaptureStore { try assistant().store() }

  /// The command is over: the next one opens the store anew.
  func end() { running = nil }

  /// Lets go of its line, which knows it.
  func unplug() {
    end()
    line = nil
  }

  /// Starts the machine after its power was cut.
  func restart(_ chance: inout some RandomNumberGenerator) {
    running = nil
    disk.start(&chance)
    reboot()
  }

  func reboot() {
    running = nil
    boots += 1
    clock.reboot()
  }
}
