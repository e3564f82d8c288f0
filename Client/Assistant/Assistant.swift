package import CaptureStore
package import Foundations
package import Synchronizer

/// Everything a person can do on a device, one method each. Each returns the `--json` objects.
///
/// One instance serves one command: it opens the store at the first use and keeps it open. Not Sendable.
package final class Assistant {
  let home: String
  let environment: AssistantEnvironment
  let passphrase: PassphraseSource
  /// Makes the way to a server from its address and the file of the authorities to trust; tests put their own here.
  package var line: (_ address: String, _ authoritiesFile: String?) -> any ServerLine = { address, authorities in
    HTTPLine(address: address, authoritiesFile: authorities)
  }
  private var opened: CaptureStore?

  /// - Parameter home: the folder of the store; it need not exist before `enroll`.
  package init(home: String, environment: AssistantEnvironment, passphrase: PassphraseSource) {
    var home = home
    while home.count > 1, home.hasSuffix("/") { home.removeLast() }
    self.home = home
    self.environment = environment
    self.passphrase = passphrase
  }

  var storeEnvironment: StoreEnvironment {
    StoreEnvironment(
      clock: environment.clock, random: environment.random, bootTime: environment.bootTime,
      bootID: environment.bootID, files: environment.files, passphraseRounds: environment.passphraseRounds)
  }

  /// - Throws: `device.not-enrolled`; problems `store.…` (exit 5) where the file cannot be used.
  func locked() throws(Problem) -> LockedStore { try LockedStore(folder: home, environment: storeEnvironment) }

  /// The opened store.
  /// - Throws: as `locked`; `store.passphrase`, `store.locked-passphrase`.
  package func store() throws(Problem) -> CaptureStore {
    if let opened { return opened }
    let store = try locked().open(passphrase: passphrase.ask)
    opened = store
    return store
  }

  /// The legal day in China.
  var today: CivilDate { ChinaTime.date(environment.clock.now()) }
}
