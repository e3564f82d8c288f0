/// A piece of HTML. There is no way to put text in that is not escaped.
package struct HTML: Sendable {
  package let source: String

  /// Elements within a line: a line break behind them would be a blank.
  private static let inline: Set<String> = ["a", "strong"]

  /// Text that somebody wrote, whatever is in it.
  package static func text(_ text: String) -> HTML { HTML(source: escaped(text)) }

  /// An element with its attributes in order.
  package static func element(_ name: String, _ attributes: [(String, String)] = [], _ children: [HTML]) -> HTML {
    let end = inline.contains(name) ? "" : "\n"
    return HTML(source: opening(name, attributes) + children.map(\.source).joined() + "</\(name)>" + end)
  }

  /// An element that holds one text.
  package static func element(_ name: String, _ attributes: [(String, String)] = [], _ content: String) -> HTML {
    element(name, attributes, [.text(content)])
  }

  /// An element without content, as `<line>`.
  package static func empty(_ name: String, _ attributes: [(String, String)]) -> HTML {
    HTML(source: opening(name, attributes))
  }

  /// A list of sentences; nothing for none.
  package static func list(_ lines: [String]) -> [HTML] {
    lines.isEmpty ? [] : [element("ul", [], lines.map { element("li", [], $0) })]
  }

  /// Rows under headings; the first cell of a row is its heading.
  package static func table(_ headings: [String], _ rows: [[HTML]]) -> HTML {
    let head = element("tr", [], headings.map { element("th", [("scope", "col")], $0) })
    let body = rows.map { row in
      element(
        "tr", [],
        row.enumerated().map { index, cell in
          index == 0
            ? element("th", [("scope", "row")], [cell]) : element("td", [("data-label", headings[index])], [cell])
        })
    }
    return element("table", [], [element("thead", [], [head]), element("tbody", [], body)])
  }

  /// What every page begins with.
  package static let beginning = "<!doctype html>\n"

  /// What every page of ours begins with, up to its title: enough to tell it from somebody else's.
  package static let ownBeginning: String = {
    let page = Self.page(title: "", style: "", [])
    return String(page[..<(page.firstRange(of: "<title>")?.lowerBound ?? page.endIndex)])
  }()

  /// A whole page, with its style inside: a page that is copied somewhere stays whole, and fetches nothing.
  package static func page(title: String, style: String, _ body: [HTML]) -> String {
    let head = element(
      "head", [],
      [
        empty("meta", [("charset", "utf-8")]),
        empty("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
        empty(
          "meta",
          [
            ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'"),
          ]), element("title", [], title), HTML(source: "<style>\(style)</style>\n"),
      ])
    return beginning + element("html", [("lang", "zh-CN")], [head, element("body", [], body)]).source
  }

  private static func opening(_ name: String, _ attributes: [(String, String)]) -> String {
    "<" + name + attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined() + ">"
  }

  private static func escaped(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      default:
        // Control characters have no place in a page, and some browsers read them as something else.
        output.unicodeScalars.append(scalar.value < 0x20 && scalar != "\n" || scalar.value == 0x7F ? " " : scalar)
      }
    }
    return output
  }
}
