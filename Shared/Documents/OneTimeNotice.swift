internal import Application
package import Catalog
package import Foundations

extension PrintedDocument {
  /// D01, the one-time notice 一次性告知书, to hand over before there is an application.
  /// - Parameters:
  ///   - returns: what usually comes back, in sentences.
  ///   - station: who told it, and when.
  package init(_ notice: Notice, returns: [String], station: String, today: CivilDate) {
    var blocks: [Block] = [.pairs([Pair("办理的一件事", notice.title)])]
    if !notice.isConfirmed { blocks.append(.paragraph(Notice.unconfirmed)) }
    for section in notice.sections {
      blocks.append(.heading(section.title))
      blocks.append(section.lines.count == 1 ? .paragraph(section.lines[0]) : .list(section.lines))
    }
    if !returns.isEmpty { blocks += [.heading("容易被退回的地方，出门前请再看一遍"), .list(returns)] }
    blocks.append(.signatures(["告知人", "申请人（已听明白）", "日期"]))
    self.init(
      kind: .notice, title: DocumentKind.notice.title, number: "\(station)，\(today.text)", isProvisional: false,
      blocks: blocks)
  }
}
