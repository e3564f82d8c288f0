/// What can go wrong in a simulated world. A fault is enabled once the programs handle it.
package enum Faults {
  /// These happen.
  package static let enabled = [
    "requests and answers lost", "requests repeated", "requests that arrive later, in another order",
    "messages cut at a byte", "an answer of a newer protocol", "power cuts of devices and of the server",
    "writes that were not flushed lost, kept or torn", "full disks", "failing writes", "clocks that jump",
    "restarts", "a catalogue that changes in mid-draft",
  ]
  /// These do not happen yet: what is to follow from them is not in the programs.
  package static let notYetEnabled = [
    "a restored server and its timelines", "a restored device under a new identity", "clones", "revoked devices",
  ]
}
