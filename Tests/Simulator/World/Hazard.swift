/// What a county has to live through beyond bad lines and bad disks. Each is enabled once the programs handle it and
/// the oracle knows what has to follow; until then it happens only where it is asked for by name.
package enum Hazard: String, Sendable, CaseIterable {
  /// The administrator stops a device, as after a theft.
  case revocation
  /// A device's disk is copied, and both go on.
  case clones
  /// A device goes back to an earlier copy of its disk.
  case deviceRestore = "device-restore"
  /// A backup of the server is put back, which begins a new timeline.
  case serverRestore = "server-restore"

  package static let enabled: Set<Hazard> = [.revocation, .clones, .deviceRestore, .serverRestore]

  /// What comes with it, and how often in relation to the rest.
  var weights: [(Event.Kind, Int)] {
    switch self {
    case .revocation: [(.revoke, 3), (.enrol, 4), (.review, 4)]
    case .clones: [(.clone, 4), (.enrol, 4), (.review, 2)]
    case .deviceRestore: [(.restoreDevice, 7), (.enrol, 3)]
    case .serverRestore: [(.restoreServer, 7), (.enrol, 2), (.forgedReturn, 1)]
    }
  }

  /// What always happens, in words for people.
  package static let faults = [
    "requests and answers lost", "requests repeated", "requests that arrive later, in another order",
    "messages cut at a byte", "an answer of a newer protocol", "operations of an unknown kind",
    "power cuts of devices and of the server", "unflushed writes lost, kept or torn", "full disks", "failing writes",
    "clocks that jump", "restarts", "a catalogue that changes in mid-draft",
    "sealed files carried late, lost, repeated and in any order", "an administrator who decides about the review tray",
    "laptops that change their stations", "applicants who think it over", "days in which nobody answers",
    "forms that change under open drafts", "values put right on the spot",
    "windows that are not there yet", "windows' own systems that are gone",
  ]
}
