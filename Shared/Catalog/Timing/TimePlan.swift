package import Foundations

/// When a matter's items are done if each takes what was promised: those that wait for none run side by side, so that
/// the whole takes as long as its longest chain 关键路径, not the sum (rules.md 6.5).
package struct TimePlan: Sendable, Equatable {
  /// The chain that decides, from its first item to its last.
  package let path: [ItemID]
  /// Working days of that chain; nil where no item says any.
  package let promised: Int?
  /// What the law allows for the whole: the longest chain of statutory days, where every item of it has some; with a
  /// licence among several items at most 45 (行政许可法 26, 42).
  package let statutory: Int?
  /// The item of the chain that takes longest.
  package let bottleneck: ItemID?

  /// How long joint handling may take where a licence is among the items (行政许可法 42, second paragraph).
  private static let jointHandlingDays = 45
  private static let licence = "01"

  /// - Parameter chosen: the items of the application.
  package init(_ matter: Matter, items chosen: [ItemID]) {
    let items = chosen.compactMap { matter.item($0) }
    let promises = Chain(items) { $0.limit.flatMap { Self.workingDays($0.promised ?? $0.statutory, $0.unit) } }
    path = promises.path
    let overall = matter.overall
    let announced = overall.flatMap { Self.workingDays($0.promised, $0.unit) }
    // An item that says nothing counts as none.
    let length = items.contains { promises.days($0) != nil } ? promises.length : nil
    // A county may announce less than its chain; more would be no promise.
    promised = [length, announced].compactMap(\.self).min()
    bottleneck = path.max { (promises.days($0) ?? 0) < (promises.days($1) ?? 0) }

    let laws = Chain(items) { $0.limit.flatMap { Self.workingDays($0.statutory, $0.unit) } }
    let isWhole = !items.isEmpty && items.allSatisfy { laws.days($0) != nil }
    let isJoint = items.count > 1 && items.contains { $0.typeCode == Self.licence }
    let law = isWhole ? laws.length : overall.flatMap { Self.workingDays($0.statutory, $0.unit) }
    statutory = law.map { isJoint ? min($0, Self.jointHandlingDays) : $0 }
  }

  /// How much shorter the promise is than the law, in percent, rounded down; nil where either is unknown.
  package var compression: Int? {
    guard let promised, let statutory, statutory > 0, promised <= statutory else { return nil }
    return (statutory - promised) * 100 / statutory
  }

  /// Days in working days: of seven natural days five are.
  static func workingDays(_ days: Int?, _ unit: DayUnit) -> Int? {
    guard let days, days >= 0 else { return nil }
    // Bounded, so that no chain of them overflows.
    let counted = min(days, unit.daysMax)
    return unit == .workingDays ? counted : (counted * 5 + 6) / 7
  }
}

/// Items one after another, each after what it waits for.
private struct Chain {
  private let items: [ItemID: ServiceItem]
  private let daysOf: (ServiceItem) -> Int?
  private var ends: [ItemID: Int] = [:]
  private var before: [ItemID: ItemID] = [:]

  init(_ list: [ServiceItem], days: @escaping (ServiceItem) -> Int?) {
    items = Dictionary(list.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    daysOf = days
    var waiting = list
    // The catalogue refuses circles; should one come in all the same, its items count from the first day.
    while !waiting.isEmpty {
      let ready = waiting.filter { item in prerequisites(of: item).allSatisfy { $0.contains { ends[$0] != nil } } }
      for item in ready.isEmpty ? waiting : ready { place(item) }
      if ready.isEmpty { break }
      waiting.removeAll { ends[$0.id] != nil }
    }
  }

  /// What an item waits for among the chosen ones, each a set of alternatives.
  private func prerequisites(of item: ServiceItem) -> [[ItemID]] {
    item.prerequisites.filter(\.hard).map { $0.anyOf.filter { items[$0] != nil } }.filter { !$0.isEmpty }
  }

  private mutating func place(_ item: ServiceItem) {
    var start = 0
    for alternatives in prerequisites(of: item) {
      // One is enough: the first that is done.
      let done = alternatives.compactMap { id in ends[id].map { (id: id, end: $0) } }
      guard let first = done.min(by: { ($0.end, $0.id.text) < ($1.end, $1.id.text) }) else { continue }
      if first.end > start || before[item.id] == nil, first.end >= start {
        start = first.end
        before[item.id] = first.id
      }
    }
    ends[item.id] = start + (daysOf(item) ?? 0)
  }

  func days(_ item: ServiceItem) -> Int? { daysOf(item) }
  func days(_ id: ItemID) -> Int? { items[id].flatMap(daysOf) }
  var length: Int { ends.values.max() ?? 0 }

  /// The chain to the item that is done last; of several that with the smallest id.
  var path: [ItemID] {
    guard let last = ends.min(by: { ($1.value, $0.key.text) < ($0.value, $1.key.text) })?.key else { return [] }
    var path = [last]
    while let previous = before[path[0]], !path.contains(previous) { path.insert(previous, at: 0) }
    return path
  }
}

/// When a matter will be done if it is accepted on a day: while still at the kitchen table.
package struct Forecast: Sendable, Equatable {
  /// The day of acceptance, which is not counted.
  package let accepted: CivilDate
  /// The last item's promised day; nil where nothing was promised.
  package let finish: EstimatedDate?
  /// The day that the law sets for the whole; nil where it sets none.
  package let statutoryFinish: EstimatedDate?
  /// The item that decides, and its authority.
  package let bottleneck: ItemID?
  /// What is not counted in: special procedures, corrections, mailing, and what the catalogue names.
  package let excluded: [String]
}

extension Guidance {
  /// - Parameters:
  ///   - accepted: the legal day of acceptance; a day off counts as the working day after it.
  package func forecast(accepted: CivilDate, calendar: WorkingCalendar) -> Forecast {
    let plan = timePlan
    let counting = calendar.estimating
    let start = counting.firstWorkingDay(onOrAfter: accepted)
    func end(_ days: Int) -> EstimatedDate {
      let end = counting.adding(workingDays: days, to: start.date)
      return EstimatedDate(date: end.date, estimated: end.estimated || start.estimated)
    }
    let named = items.compactMap { matter.item($0)?.limit }.flatMap(\.excluded) + (matter.overall?.excluded ?? [])
    var seen: Set<String> = []
    return Forecast(
      accepted: start.date, finish: plan.promised.map(end), statutoryFinish: plan.statutory.map(end),
      bottleneck: plan.bottleneck, excluded: (["特别程序", "等待补正", "邮寄"] + named).filter { seen.insert($0).inserted })
  }
}
