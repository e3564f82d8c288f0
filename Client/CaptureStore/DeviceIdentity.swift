package import Foundations

/// What a station's devices and the machine tell the store.
package struct StoreEnvironment: Sendable {
  package let clock: any Clock
  package let random: any RandomSource
  /// CLOCK_BOOTTIME in milliseconds.
  package let bootTime: @Sendable () -> Int64
  /// Names this run of the machine; empty where it is not known.
  package let bootID: String
  package let files: any FileSystem
  /// Rounds of PBKDF2 for the passphrase of a new store.
  package let passphraseRounds: Int

  package init(
    clock: any Clock, random: any RandomSource, bootTime: @escaping @Sendable () -> Int64, bootID: String,
    files: any FileSystem = MachineFiles(), passphraseRounds: Int = Limits.passphraseRounds
  ) {
    self.clock = clock
    self.random = random
    self.bootTime = bootTime
    self.bootID = bootID
    self.files = files
    self.passphraseRounds = passphraseRounds
  }
}

/// Who this device is, as the server told it at enrolment. Nothing in it is personal.
package struct DeviceIdentity: Sendable, Hashable {
  package let device: DeviceID
  /// How often the device was moved to another station.
  package let assignment: Int64
  package let station: StationID
  package let stationName: String
  /// The station's division, up to 12 digits.
  package let stationDivision: String
  /// `AGENT`, `RECEIVE` or `ACCEPT`.
  package let stationLevel: String
  /// Two characters: the device's part of local numbers.
  package let number: String
  package let countyName: String
  /// Six digits.
  package let countyDivision: String
  /// 65 bytes: checks what the server signs.
  package let serverKey: [UInt8]
  /// 65 bytes: the store's key is wrapped to it too; nil where the county keeps none.
  package let recoveryKey: [UInt8]?

  /// Reads the answer to an enrolment; nil where something is missing.
  package init?(enrolment: Value) {
    let station = enrolment["station"]
    guard let device = enrolment["device"]?.text, (1...64).contains(device.utf8.count),
      let stationID = station?["id"]?.text, let division = station?["division"]?.text,
      let number = enrolment["number"]?.text, let serverKey = Self.bytes(enrolment["serverKey"]),
      let county = enrolment["county"]?["division"]?.text
    else { return nil }
    self.device = DeviceID(device)
    assignment = enrolment["assignment"]?.integer ?? 0
    self.station = StationID(stationID)
    stationName = station?["name"]?.text ?? stationID
    stationDivision = division
    stationLevel = station?["level"]?.text ?? "AGENT"
    self.number = number
    countyName = enrolment["county"]?["name"]?.text ?? ""
    countyDivision = county
    self.serverKey = serverKey
    recoveryKey = Self.bytes(enrolment["recoveryKey"])
  }

  private static func bytes(_ value: Value?) -> [UInt8]? {
    value?.bytes ?? value?.text.flatMap { Hexadecimal.bytes($0) }
  }

  /// This identity at another station.
  /// - Parameter assignment: `{assignment, number, station}`; nil for anything else.
  package func moved(_ assignment: Value) -> DeviceIdentity? {
    var value = value
    for key in ["assignment", "number", "station"] {
      guard let part = assignment[key] else { return nil }
      value[key] = part
    }
    return DeviceIdentity(enrolment: value)
  }

  /// What `init(enrolment:)` reads.
  package var value: Value {
    [
      "device": .text(device.text), "assignment": .integer(assignment), "number": .text(number),
      "station": [
        "id": .text(station.text), "name": .text(stationName), "division": .text(stationDivision),
        "level": .text(stationLevel),
      ],
      "county": ["name": .text(countyName), "division": .text(countyDivision)],
      "serverKey": .bytes(serverKey), "recoveryKey": recoveryKey.map(Value.bytes) ?? .null,
    ]
  }
}
