package import Foundations

/// Where a command's words go. Tests hand in a sink of their own.
package final class Output {
  /// Standard output or standard error.
  package enum Channel: Sendable { case standard, error }

  private let sink: (Channel, String) -> Void
  /// Whether results are for programs.
  package let isJSON: Bool
  /// Whether emphasis is shown.
  package let isColoured: Bool
  /// Of the screen.
  package let columns: Int

  /// - Parameter sink: gets whole lines, each with its line feed.
  package init(isJSON: Bool, isColoured: Bool, columns: Int, sink: @escaping (Channel, String) -> Void) {
    self.isJSON = isJSON
    self.isColoured = isColoured && !isJSON
    self.columns = min(max(columns, 40), 200)
    self.sink = sink
  }

  /// One line for a person; nothing with `--json`, where only JSON belongs on standard output.
  package func line(_ text: String = "") { if !isJSON { sink(.standard, text + "\n") } }
  /// Several lines for a person.
  package func lines(_ lines: [String]) { if !isJSON { sink(.standard, lines.map { $0 + "\n" }.joined()) } }

  /// Text as it is, whether or not `--json` is given: completions, printed sheets.
  package func raw(_ text: String) { sink(.standard, text.hasSuffix("\n") ? text : text + "\n") }

  /// A question without a line feed, so that the answer stands behind it. On standard error: a pipe must not get it.
  package func ask(_ text: String) { sink(.error, text) }

  /// One line on standard error.
  package func note(_ text: String) { sink(.error, text + "\n") }

  /// JSON that is safe on a screen, too: what `Width.clean` takes out of lines for people is written as `\u…`, which
  /// means the same to programs.
  static func json(_ value: Value) -> String {
    let text = JSON.text(value)
    guard text.unicodeScalars.contains(where: Width.steers) else { return text }
    var safe = ""
    for scalar in text.unicodeScalars {
      if Width.steers(scalar) {
        let digits = String(scalar.value, radix: 16)
        safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }

  /// One object of the result with `--json`, else its rendering.
  package func result(_ value: Value, _ rendering: () -> [String]) {
    if isJSON { sink(.standard, Self.json(value) + "\n") } else { lines(rendering()) }
  }

  /// A list: one object a line with `--json`, else its rendering.
  package func results(_ values: [Value], _ rendering: () -> [String]) {
    if isJSON {
      sink(.standard, values.map { Self.json($0) + "\n" }.joined())
    } else {
      lines(rendering())
    }
  }

  /// What went wrong, with its stable code: one object with `--json`, else sentences.
  package func problem(_ problem: Problem) {
    if isJSON {
      sink(.error, Self.json(["error": problem.value]) + "\n")
      return
    }
    for each in problem.told.prefix(Self.problemsMax) {
      sink(.error, style(.warning, "✗ ") + Width.clean(each.message) + style(.faint, "  [\(each.code)]") + "\n")
      if !each.kind.remedy.isEmpty { sink(.error, "  → " + Width.clean(each.kind.remedy) + "\n") }
    }
    let more = problem.told.count - Self.problemsMax
    if more > 0 { note("还有 \(more) 处，请先改正上面的，再检查一次。") }
  }

  /// Nobody reads more than so many at once; with `--json` all of them are there.
  package static let problemsMax = 100

  /// Emphasis that a terminal without colour shows as plain text.
  package enum Style: String {
    case heading = "1"
    case faint = "2"
    case good = "32"
    case warning = "31"
    case marked = "33"
  }

  /// A text with emphasis, where the terminal shows it.
  package func style(_ style: Style, _ text: String) -> String {
    isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}
