internal import Foundations

/// Where the guidance of a matter can lead to, over all ways of answering it.
///
/// Ways that chose the same items and differ only in answers nobody asks for later are one state, so that what would be
/// thousands of ways is some dozens of states.
struct GuidancePaths {
  /// The place of an answer after which an item is both added and removed, and the items.
  private(set) var contradictions: [(place: String, items: [ItemID])] = []
  /// Answers after which nothing is left to handle, though none of them stops; nil where there is no such way.
  private(set) var empty: String?

  fileprivate struct State: Hashable {
    var added: UInt64 = 0
    var removed: UInt64 = 0
    /// Question and answer by their places, of those that later questions ask for.
    var remembered: [Int: Int] = [:]
  }

  /// More items or states than this are not followed: no county's matter comes near.
  private static let itemsMax = 64
  private static let statesMax = 20_000

  init(_ matter: Matter) {
    guard !matter.guidance.isEmpty, !matter.items.isEmpty, matter.items.count <= Self.itemsMax else { return }
    let bits = Dictionary(
      matter.items.enumerated().map { ($1.id, UInt64(1) << UInt64($0)) }, uniquingKeysWith: { first, _ in first })
    func mask(_ items: [ItemID]) -> UInt64 { items.reduce(0) { $0 | (bits[$1] ?? 0) } }
    let standard = mask(matter.items.filter { $0.choice == .standard }.map(\.id))
    let places = Dictionary(
      matter.guidance.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    // One way to each state is kept, to be able to say how one gets there.
    var states: [State: [String]] = [State(): []]
    for (index, question) in matter.guidance.enumerated() {
      let later = Set(matter.guidance.dropFirst(index + 1).flatMap(\.when).compactMap { places[$0.question] })
      var next: [State: [String]] = [:]
      for (state, way) in states {
        guard Self.isAsked(question, state, matter, places) else {
          next[state.forgetting(allBut: later)] = way
          continue
        }
        for (number, answer) in question.answers.enumerated() where !answer.stop {
          var after = state
          after.added |= mask(answer.addItems)
          after.removed |= mask(answer.removeItems)
          note(after, since: state, at: "guidance.\(index).answers.\(number)", matter)
          after.remembered[index] = number
          next[after.forgetting(allBut: later)] = way + ["\(question.text)：\(answer.label)"]
        }
      }
      guard next.count <= Self.statesMax else { return }
      states = next
    }
    let ends = states.filter { ($0.key.added | standard & ~$0.key.removed) == 0 }
    empty = ends.values.map { $0.joined(separator: "，") }.min()
  }

  private static func isAsked(_ question: Question, _ state: State, _ matter: Matter, _ places: [String: Int]) -> Bool {
    question.when.allSatisfy { condition in
      guard let place = places[condition.question], let answer = state.remembered[place] else { return false }
      return condition.answers.contains(matter.guidance[place].answers[answer].label)
    }
  }

  private mutating func note(_ after: State, since before: State, at place: String, _ matter: Matter) {
    let both = after.added & after.removed & ~(before.added & before.removed)
    guard both != 0, !contradictions.contains(where: { $0.place == place }) else { return }
    let items = matter.items.enumerated().filter { both & (UInt64(1) << UInt64($0.offset)) != 0 }.map(\.element.id)
    contradictions.append((place: place, items: items))
  }
}

extension GuidancePaths.State {
  fileprivate func forgetting(allBut later: Set<Int>) -> Self {
    var state = self
    state.remembered = remembered.filter { later.contains($0.key) }
    return state
  }
}
