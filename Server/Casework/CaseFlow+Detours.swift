internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// What becomes of an item whose prerequisite has failed (rules.md 6.6): where the catalogue knows another way the
/// applicant is asked whether to go it; else, or where nobody goes it, the item ends with what it stood on.
extension CaseFlow {
  /// What an item waits for, as it stands.
  enum Standing {
    case granted, open, failed
  }

  /// How a set of alternatives stands for what waits for one of them, other ways included that were taken.
  static func standing(
    of alternatives: [ItemID], for proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?
  ) -> Standing {
    let before = alternatives.compactMap { state.proceeding(ProceedingID(state.id, $0)) }
    if before.contains(where: \.isGranted) { return .granted }
    guard !before.isEmpty, before.allSatisfy(\.hasFailed) else { return .open }
    guard let detour = way(around: alternatives, for: proceeding, matter),
      alternatives.contains(where: proceeding.detouredFrom.contains), proceeding.status != .correction
    else { return .failed }
    let version = state.versions.first { $0.number == proceeding.version }
    let papers = Set((version?.materials ?? []).map(\.material) + (version?.deferred ?? []))
    if !papers.isDisjoint(with: detour.materials) { return .granted }
    let taken = detour.items.filter { chosen($0, version) }
    let others = taken.map { state.proceeding(ProceedingID(state.id, $0)) }
    if others.contains(where: { $0?.isGranted == true }) { return .granted }
    return others.contains { $0?.hasFailed != true } ? .open : .failed
  }

  /// What the catalogue knows for the case that all of these fail.
  private static func way(
    around alternatives: [ItemID], for proceeding: ProceedingState, _ matter: Matter?
  ) -> Detour? {
    let prerequisites = matter?.item(proceeding.id.item)?.prerequisites ?? []
    return prerequisites.first { $0.hard && $0.otherwise != nil && Set(alternatives).isSubset(of: $0.anyOf) }?.otherwise
  }

  private static func chosen(_ item: ItemID, _ version: PinnedVersion?) -> Bool {
    version?.values[Register.items]?.array?.contains(.text(item.text)) == true
  }

  /// The failed sets of alternatives that another way leads around.
  private static func failures(
    _ proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?
  ) -> [(failed: ProceedingState, way: Detour)] {
    proceeding.after.compactMap { alternatives in
      guard standing(of: alternatives, for: proceeding, state, matter) == .failed,
        let way = way(around: alternatives, for: proceeding, matter),
        let failed = alternatives.compactMap({ state.proceeding(ProceedingID(state.id, $0)) }).first(where: \.hasFailed)
      else { return nil }
      return (failed, way)
    }
  }

  /// Whether every failure was told of, with the other way.
  static func isDetoured(_ proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?) -> Bool {
    let failed = proceeding.after.filter { standing(of: $0, for: proceeding, state, matter) == .failed }
    return failed.allSatisfy { $0.contains(where: proceeding.detouredFrom.contains) }
  }

  /// Asks the applicant which other way to go, once for each failure; nil where there is none, or they were asked.
  static func detour(of proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?) -> OwnAct? {
    // One failure without another way ends it, whatever the others have.
    let hopeless = proceeding.after.contains { alternatives in
      standing(of: alternatives, for: proceeding, state, matter) == .failed
        && way(around: alternatives, for: proceeding, matter) == nil
    }
    guard let matter, !hopeless,
      let (failed, way) = failures(proceeding, state, matter).first(where: { failure in
        !proceeding.detouredFrom.contains(failure.failed.id.item)
      })
    else { return nil }
    let problem = "前置事项“\(failed.itemName)”\(words(of: failed))"
    let items = way.items.map(matter.name(of:)).joined(separator: "、")
    var defects: [Value] = way.materials.map {
      ["material": .text($0), "problem": .text(problem), "remedy": .text(way.text)]
    }
    if !way.items.isEmpty {
      defects.append([
        "field": .text(Register.items), "problem": .text(problem), "remedy": .text("\(way.text)（可以加办：\(items)）"),
      ])
    }
    return OwnAct(
      kind: .reroute,
      content: EncodedValue([
        "proceeding": .text(proceeding.id.text), "upstream": .text(failed.id.item.text), "text": .text(way.text),
        "defects": .array(defects), "opens": opens(way, matter),
      ]))
  }

  /// What may be changed for it: the choice of items, and all that the added ones ask for.
  private static func opens(_ way: Detour, _ matter: Matter) -> Value {
    let added = Set(way.items)
    let fields = matter.fields.filter { !added.isDisjoint(with: $0.items) }.map {
      $0.group.map(Register.group) ?? $0.id
    }
    let materials = matter.materials.filter { !added.isDisjoint(with: $0.items) }.map(\.id)
    let registers = way.items.isEmpty ? [] : Set(fields + [Register.items, Register.answers]).sorted()
    return [
      "fields": .array(registers.map(Value.text)),
      "materials": .array(Set(materials + way.materials).sorted().map(Value.text)),
    ]
  }

  /// How something failed, in a few words.
  static func words(of failed: ProceedingState) -> String {
    failed.status == .rejected ? "不予受理" : failed.outcome == "refuse" ? "不予批准" : "终止办理"
  }

  /// Routes the items that were added as another way.
  static func routeAdded(
    _ state: ApplicationState, _ version: PinnedVersion, missing: Set<String>, county: County
  ) -> OwnAct? {
    let asked = state.proceedings.filter { !$0.detouredFrom.isEmpty && $0.status != .correction && !$0.status.isFinal }
    guard !asked.isEmpty, let matter = county.matter(of: state) else { return nil }
    let ways = asked.flatMap { matter.item($0.id.item)?.prerequisites ?? [] }.compactMap(\.otherwise).flatMap(\.items)
    let added = ways.filter { chosen($0, version) && state.proceeding(ProceedingID(state.id, $0)) == nil }
    guard !added.isEmpty else { return nil }
    var seen: Set<ItemID> = []
    let question = question(state, version, matter, missing: missing, county: county)
    return OwnAct(
      kind: .route,
      content: EncodedValue(routing(added.filter { seen.insert($0).inserted }, question, matter, county)))
  }
}
