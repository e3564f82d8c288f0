package import Application
internal import Foundations

/// A document 文书 as it is read aloud, printed or handed over: blocks of text without any layout of their own.
package struct PrintedDocument: Sendable, Hashable {
  package let kind: DocumentKind
  package let title: String
  /// The county's number, or a provisional one.
  package let number: String
  /// Whether the county has not numbered it yet.
  package let isProvisional: Bool
  package let blocks: [Block]

  /// A piece of a document.
  package enum Block: Sendable, Hashable {
    /// What the blocks behind it are about.
    case heading(String)
    /// A name and what stands behind it, a line each.
    case pairs([Pair])
    case paragraph(String)
    /// Numbered from 1.
    case list([String])
    case table(columns: [String], rows: [[String]])
    /// Places to sign, to stamp, to date.
    case signatures([String])
  }

  /// A name and what stands behind it.
  package struct Pair: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// What stands under the title.
  package var numberLine: String {
    isProvisional ? "临时凭证号 \(number)（以县里的正式编号为准）" : number
  }

  /// Where something is filled in by hand: the data does not say.
  package static let blank = "＿＿＿＿＿＿"
}

// MARK: Plain text

extension PrintedDocument {
  /// As plain text, for a terminal, a printer without a driver, or to be read aloud.
  package var text: String {
    var lines = [title, numberLine, ""]
    for block in blocks { lines += Self.lines(block) + [""] }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ block: Block) -> [String] {
    switch block {
    case .heading(let title): ["【\(title)】"]
    case .pairs(let pairs): pairs.map { "\($0.name)：\($0.value)" }
    case .paragraph(let text): [text]
    case .list(let items): items.enumerated().map { "\($0.offset + 1). \($0.element)" }
    case .table(let columns, let rows):
      [columns.joined(separator: "｜")] + rows.map { $0.joined(separator: "｜") }
    case .signatures(let places): places.map { "\($0)：\(blank)" }
    }
  }
}

// MARK: HTML

extension PrintedDocument {
  /// As one page for a browser's printer: large type, nothing fetched from anywhere.
  package var html: String {
    let head = [HTML.element("h1", [], title), .element("p", [("class", "number")], numberLine)]
    return HTML.page(title: title, style: Self.style, head + blocks.map(Self.markup))
  }

  /// Large enough for old eyes; black on white; a page breaks between blocks.
  private static let style = """
    body{font:20pt/1.6 "Noto Serif CJK SC","SimSun",serif;max-width:40em;margin:1em auto;padding:0 1em;color:#000;\
    background:#fff}h1{font-size:28pt;text-align:center;margin:.2em 0}\
    h2{font-size:22pt;margin:.8em 0 .2em;break-after:avoid}.number{text-align:right}dl{margin:.5em 0}\
    dt{float:left;clear:left;font-weight:bold}dt:after{content:"："}dd{margin:0 0 .2em 7em}table{width:100%;\
    border-collapse:collapse}th,td{border:1px solid #000;padding:.2em .4em;text-align:left;vertical-align:top}\
    .sign{margin-top:1.5em}@page{margin:20mm}@media print{body{margin:0;max-width:none}dl,table,.sign{\
    break-inside:avoid}}
    """

  private static func markup(_ block: Block) -> HTML {
    switch block {
    case .heading(let title): .element("h2", [], title)
    case .pairs(let pairs):
      .element("dl", [], pairs.flatMap { [HTML.element("dt", [], $0.name), .element("dd", [], $0.value)] })
    case .paragraph(let text): .element("p", [], text)
    case .list(let items): .element("ol", [], items.map { .element("li", [], $0) })
    case .table(let columns, let rows):
      .element("table", [], [line("th", columns)] + rows.map { line("td", $0) })
    case .signatures(let places):
      .element("div", [("class", "sign")], places.map { .element("p", [], "\($0)：\(blank)") })
    }
  }

  private static func line(_ cell: String, _ texts: [String]) -> HTML {
    .element("tr", [], texts.map { .element(cell, [], $0) })
  }
}
