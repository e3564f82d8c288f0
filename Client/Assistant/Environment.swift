internal import CaptureStore
internal import FoundationEssentials
package import Foundations
package import Synchronizer

/// What of the machine the assistant depends on; tests give their own.
package struct AssistantEnvironment: Sendable {
  package let clock: any Clock
  package let random: any RandomSource
  /// CLOCK_BOOTTIME in milliseconds: it never jumps, also not in sleep.
  package let bootTime: @Sendable () -> Int64
  /// Names this run of the machine; empty where it is not known.
  package let bootID: String
  package let log: Log
  package let files: any FileSystem
  package let sizes: ExchangeSizes
  /// Tests that open many stores say fewer; the store remembers what it was made with.
  package let passphraseRounds: Int

  package init(
    clock: any Clock, random: any RandomSource, bootTime: @escaping @Sendable () -> Int64,
    bootID: String = Self.machineBootID(), log: Log, files: any FileSystem = MachineFiles(),
    sizes: ExchangeSizes = ExchangeSizes(), passphraseRounds: Int = Limits.passphraseRounds
  ) {
    self.clock = clock
    self.random = random
    self.bootTime = bootTime
    self.bootID = bootID
    self.log = log
    self.files = files
    self.sizes = sizes
    self.passphraseRounds = passphraseRounds
  }

  /// The kernel's name for this run of the machine; empty where it does not tell.
  package static func machineBootID() -> String {
    guard let data = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") else { return "" }
    return String(decoding: data, as: UTF8.self).trimmed
  }
}

/// Where the passphrase comes from; asked only where the store's key is not at hand.
package struct PassphraseSource: Sendable {
  package let ask: @Sendable () throws(Problem) -> String

  package init(ask: @escaping @Sendable () throws(Problem) -> String) { self.ask = ask }

  /// Nobody can be asked: a locked store answers `store.locked-passphrase`.
  package static let none = PassphraseSource { () throws(Problem) in throw Problem(.storeLockedPassphrase) }
}

/// One `FIELD=VALUE` of `edit`.
package struct Assignment: Sendable, Hashable {
  /// What the field is to be.
  package enum Content: Sendable, Hashable {
    /// As typed; read by the field's type.
    case text(String)
    /// JSON, from `FIELD:=JSON`.
    case value(Value)
    case clear
  }

  /// A field's id, a group's name, `applicant.…`, `agent.…`, `items`, `answers` or `division`.
  package let field: String
  package let content: Content

  package init(_ field: String, _ content: Content) {
    self.field = field
    self.content = content
  }
}

/// How far a sync has come.
package struct SyncProgress: Sendable, Hashable {
  /// What is going over the line.
  package enum Phase: Sendable, Hashable { case records, attachments }

  package let phase: Phase
  /// Operations or attachments that are through.
  package let done: Int
  package let total: Int
  package let bytesSent: Int64
  package let bytesReceived: Int64
}

/// What `workdays` asks.
package enum WorkdayQuestion: Sendable, Hashable {
  case add(date: String, days: Int)
  case between(String, String)
  case isWorking(String)
}
