internal import Application
internal import Assistant
internal import Foundations
internal import TestValues

/// What becomes of a draft whose form has changed, and of values that were handed in wrong.
extension Deeds {
  /// - Parameters:
  ///   - kind: `rebase`, `editNewer` or `rectify`; anything else is nothing.
  ///   - isHeld: what concerns a held draft becomes an operation once its applicant agrees.
  func changeForm(
    _ kind: Event.Kind, _ id: ApplicationID, isHeld: Bool, _ chance: inout SeededGenerator
  ) throws -> String {
    switch kind {
    case .rebase:
      _ = try device.assistant().rebase(id.text, applies: true)
      world.oracle.tally.count("drafts that went on with another form")
      if !isHeld { world.oracle.told(device, wrote: [:], application: id.text) }
    case .editNewer:
      let value = Value.text(chance.pick(Self.names) ?? "")
      _ = try device.assistant().edit(id.text, [Assignment(SimulatedMatters.newer, .text(value.text ?? ""))])
      world.oracle.tally.count("fields of another form written")
      world.oracle.told(device, mayWrite: [SimulatedMatters.newer: value], application: id.text)
    case .rectify:
      let (field, value) = (chance.pick(["owner", "shop"]) ?? "", chance.pick(Self.names) ?? "")
      _ = try device.assistant().rectify(id.text, [Assignment(field, .text(value))], confirmedBy: "张三丰")
      world.oracle.tally.count("values put right on the spot")
      world.oracle.told(device, wrote: [field: .text(value)], application: id.text)
    default: return "nothing"
    }
    return "done"
  }
}
