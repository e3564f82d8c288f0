internal import Catalog
internal import Foundations

/// The first page of the published guide: every matter by list, the county's own first.
struct GuideIndex {
  let county: String
  /// As a county sees them: the nearest list first.
  let matters: [Matter]
  let day: CivilDate

  var text: String {
    var body = [HTML.element("h1", [], "\(county)办事指南"), intro]
    body.append(.element("nav", [], [.element("ul", [], lists.map(link))]))
    for list in lists { body += section(list) }
    body.append(
      .element("footer", [], [.element("p", [("class", "quiet")], "共 \(matters.count) 件；\(day.text) 发布。")]))
    return HTML.page(title: "\(county)办事指南", style: GuideStyle.sheet, body)
  }

  private var intro: HTML {
    .element("p", [], "一件事，一次告知、一张表、一套材料，一处交齐。不会用手机、走不动的，请找村（社区）便民服务站帮办，不收费。")
  }

  private struct List {
    let title: String
    let anchor: String
    let matters: [Matter]
  }

  private var lists: [List] {
    var order: [String] = []
    var groups: [String: [Matter]] = [:]
    for matter in matters {
      if groups[matter.source.division] == nil { order.append(matter.source.division) }
      groups[matter.source.division, default: []].append(matter)
    }
    return order.map { division in
      let matters = groups[division] ?? []
      return List(title: matters.first?.source.title ?? "", anchor: "list-\(division)", matters: matters)
    }
  }

  private func link(_ list: List) -> HTML {
    .element("li", [], [.element("a", [("href", "#\(list.anchor)")], "\(list.title)（\(list.matters.count) 件）")])
  }

  private func section(_ list: List) -> [HTML] {
    let entries = list.matters.map { matter in
      let mark = [MatterDetail.full: "", .example: "（示例，待县里确认）", .outline: "（只有清单）"][matter.detail] ?? ""
      return HTML.element(
        "li", [], [.element("a", [("href", GuidePage.name(matter))], "\(matter.source.number)．\(matter.name)\(mark)")])
    }
    return [
      .element("h2", [("id", list.anchor)], list.title), .element("ul", [("class", "matters")], entries),
    ]
  }
}
