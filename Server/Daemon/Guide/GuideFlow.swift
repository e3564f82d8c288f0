internal import Catalog
internal import Foundations

/// The order of the items as a picture, from top to bottom, and the same in words.
struct GuideFlow {
  private let matter: Matter
  /// Items in bands: those of a band wait for one of the band above, at the latest.
  private let bands: [[ServiceItem]]

  init(_ matter: Matter) {
    self.matter = matter
    var depth: [ItemID: Int] = [:]
    var waiting = matter.items
    // The catalogue has no circles, so that every round settles at least one item.
    while !waiting.isEmpty {
      let ready = waiting.filter { item in
        item.prerequisites.allSatisfy { $0.anyOf.allSatisfy { depth[$0] != nil || matter.item($0) == nil } }
      }
      guard !ready.isEmpty else { break }
      for item in ready {
        depth[item.id] = (item.prerequisites.flatMap(\.anyOf).compactMap { depth[$0] }.max() ?? -1) + 1
      }
      waiting.removeAll { depth[$0.id] != nil }
    }
    let settled = depth
    bands = (0...(settled.values.max() ?? 0)).map { band in matter.items.filter { settled[$0.id] == band } }
  }

  /// Whether anything waits for anything.
  var hasOrder: Bool { matter.items.contains { !$0.prerequisites.isEmpty } }

  /// Sentences: what can begin at once, and what waits for what.
  var sentences: [String] {
    let free = matter.items.filter(\.prerequisites.isEmpty).map(\.name)
    var lines = free.isEmpty ? [] : ["不用等别的，可以先办：\(free.joined(separator: "、"))"]
    for item in matter.items where !item.prerequisites.isEmpty {
      let waits = item.prerequisites.map { prerequisite in
        let names = prerequisite.anyOf.compactMap { matter.item($0)?.name }.joined(separator: "或")
        return prerequisite.hard ? "办好“\(names)”以后才能办" : "“\(names)”办好的结果可以直接用，不用等"
      }
      lines.append("\(item.name)：\(waits.joined(separator: "；"))")
    }
    return lines
  }

  // MARK: The picture

  private enum Size {
    static let perRow = 3
    static let lineCharacters = 10
    static let linesMax = 4
    static let (width, height, gapX, gapY, bandGap) = (222, 112, 27, 20, 64)
    static let line = 25
  }

  private struct Place {
    let x: Int
    let y: Int
    var top: (Int, Int) { (x + Size.width / 2, y) }
    var bottom: (Int, Int) { (x + Size.width / 2, y + Size.height) }
  }

  /// An inline picture; solid arrows must be waited for, dashed ones are only a source of data.
  var picture: HTML {
    var places: [ItemID: Place] = [:]
    var y = 4
    for band in bands {
      for (index, item) in band.enumerated() {
        let row = index / Size.perRow
        let inRow = min(Size.perRow, band.count - row * Size.perRow)
        let left = (Size.perRow - inRow) * (Size.width + Size.gapX) / 2
        places[item.id] = Place(
          x: left + index % Size.perRow * (Size.width + Size.gapX), y: y + row * (Size.height + Size.gapY))
      }
      let rows = (band.count + Size.perRow - 1) / Size.perRow
      y += rows * (Size.height + Size.gapY) - Size.gapY + Size.bandGap
    }
    let width = Size.perRow * (Size.width + Size.gapX) - Size.gapX
    return .element(
      "svg",
      [
        ("viewBox", "-2 0 \(width + 4) \(max(y - Size.bandGap, 0) + 6)"), ("role", "img"),
        ("aria-label", "办理先后顺序，文字说明见图下"),
      ], [arrowHead] + arrows(places) + boxes(places))
  }

  /// What the kinds of line mean.
  var legend: HTML {
    .element("p", [("class", "quiet")], "实线框是都要办的，虚线框看情况；实线箭头要等前一项办好，虚线箭头不用等。")
  }

  private var arrowHead: HTML {
    .element(
      "defs", [],
      [
        .element(
          "marker",
          [
            ("id", "head"), ("markerWidth", "10"), ("markerHeight", "10"), ("refX", "8"), ("refY", "4"),
            ("orient", "auto"),
          ], [.element("path", [("d", "M0,0 L9,4 L0,8 z"), ("fill", "#123a7a")], "")])
      ])
  }

  private func arrows(_ places: [ItemID: Place]) -> [HTML] {
    matter.items.flatMap { item in
      item.prerequisites.flatMap { prerequisite in
        prerequisite.anyOf.compactMap { id -> HTML? in
          guard let from = places[id]?.bottom, let to = places[item.id]?.top else { return nil }
          let bend = to.1 - Size.bandGap / 2
          return .element(
            "path",
            [
              ("d", "M\(from.0),\(from.1) C\(from.0),\(bend) \(to.0),\(bend) \(to.0),\(to.1 - 2)"), ("fill", "none"),
              ("stroke", "#123a7a"), ("stroke-width", "2.5"), ("stroke-dasharray", prerequisite.hard ? "none" : "7 6"),
              ("marker-end", "url(#head)"),
            ], "")
        }
      }
    }
  }

  private func boxes(_ places: [ItemID: Place]) -> [HTML] {
    matter.items.flatMap { item -> [HTML] in
      guard let place = places[item.id] else { return [] }
      let lines = Self.wrapped(item.name)
      let first = place.y + (Size.height - lines.count * Size.line) / 2 + 19
      let box = HTML.element(
        "rect",
        [
          ("x", "\(place.x)"), ("y", "\(place.y)"), ("width", "\(Size.width)"), ("height", "\(Size.height)"),
          ("rx", "8"), ("fill", item.choice == .standard ? "#f2f5fa" : "#ffffff"), ("stroke", "#123a7a"),
          ("stroke-width", "2"), ("stroke-dasharray", item.choice == .standard ? "none" : "3 4"),
        ], "")
      return [box]
        + lines.enumerated().map { index, line in
          .element(
            "text",
            [
              ("x", "\(place.x + Size.width / 2)"), ("y", "\(first + index * Size.line)"), ("text-anchor", "middle"),
            ], line)
        }
    }
  }

  private static func wrapped(_ name: String) -> [String] {
    var rest = Array(name)
    var lines: [String] = []
    while !rest.isEmpty, lines.count < Size.linesMax {
      lines.append(String(rest.prefix(Size.lineCharacters)))
      rest.removeFirst(min(Size.lineCharacters, rest.count))
    }
    if !rest.isEmpty, let last = lines.popLast() { lines.append(String(last.dropLast()) + "…") }
    return lines
  }
}
