internal import Application
internal import CaptureStore
package import Foundations
internal import Replication

/// Taking back what was attached by mistake.
extension Assistant {
  /// Takes one attachment or paper of a material back, and out of those that are the same paper
  /// (`Submission.members`): `{id, code, material, n}`, with what `Beside` says where it comes after the version. A
  /// file that nothing names any more and that nobody else can have heard of goes from this device.
  /// - Parameters:
  ///   - material: the material's id or name.
  ///   - number: which one, from 1, as `show` lists them, behind these what came late; nil where there is only one.
  /// - Throws: `detach.none`, `detach.which`, `detach.number`; the refusal the server would give.
  package func detach(_ id: String, material: String, number: Int?) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let draft = try Submission(session, try Self.state(named: id, session), today: today)
      let (state, name) = (draft.state, try Self.material(material, draft.matter))
      let place = try Self.place(number, in: state, of: name)
      let entry = state.attached(name)[place]
      var written: [OperationID] = []
      for member in draft.members(of: name) {
        let same = state.attached(member).first { state.isHeld($0) && $0.content == entry.content }
        guard let same = member == name ? entry : same else { continue }
        let payload: Value = ["material": .text(member), "operation": .text(same.operation.text)]
        written.append(try session.append(Deed(.detach, state.id, payload)).id)
      }
      let after = try Self.state(state.id, session)
      if let digest = entry.content.digest, !after.names(digest) {
        try session.forgetUnsent(digest, attached: entry.operation, of: state.id)
      }
      var answer: Value = [
        "id": .text(state.id.text), "code": .text(state.code), "material": .text(name), "n": Value(place + 1),
      ]
      Beside(written, after)?.add(to: &answer)
      return answer
    }
  }

  /// Which entry of a material is meant, from 0.
  private static func place(_ number: Int?, in state: ApplicationState, of material: String) throws(Problem) -> Int {
    let entries = state.attached(material)
    let held = entries.indices.filter { state.isHeld(entries[$0]) }
    guard let first = held.first else { throw ProblemKind.detachNone.with(material) }
    guard let number else {
      guard held.count == 1 else { throw ProblemKind.detachWhich.with("\(material)，共 \(held.count) 个") }
      return first
    }
    guard held.contains(number - 1) else { throw ProblemKind.detachNumber.with(String(number)) }
    return number - 1
  }
}

extension ApplicationState {
  /// What there is of a material, as `show` lists it, and behind that what came late.
  func attached(_ material: String) -> [MaterialEntry] {
    (materials + late.compactMap(\.material)).filter { $0.material == material }
  }

  /// Whether nobody has taken an entry back, not even late.
  func isHeld(_ entry: MaterialEntry) -> Bool { !late.contains { $0.removes == entry.operation } }

  /// Whether a file is part of it: of what is there, of what came late, or of a version that a window may have.
  fileprivate func names(_ digest: String) -> Bool {
    let entries = materials + late.compactMap(\.material) + versions.flatMap(\.materials)
    return entries.contains { $0.content.digest == digest } || fieldValues.contains { $0.value == .text(digest) }
  }
}

extension ProblemKind {
  package static let detachNone = ProblemKind(
    "detach.none", status: 409, "这份材料还没有附上什么：{}", remedy: "请用 bangban show 查看附上了哪些材料。")
  package static let detachWhich = ProblemKind(
    "detach.which", exit: .usage, "这份材料附上的不止一个，要写第几个：{}", remedy: "请用 bangban show 查看，再写上是第几个。")
  package static let detachNumber = ProblemKind(
    "detach.number", exit: .usage, "这份材料没有第 {} 个，或者已经撤下。", remedy: "请用 bangban show 查看附上的是第几个。")
}
