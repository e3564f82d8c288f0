/// The regular expression that a form's `pattern` may be, plain enough for a clerk to read.
///
/// Known are `^` and `$` round the whole, literals, `\d`, escaped signs and `[A-Z0-9]`, and `?`, `{n}`, `{m,n}` behind
/// any of them: no groups, no alternatives, no unbounded repeats. FoundationEssentials has no expressions, and the
/// language's own are slow to start.
///
/// Matching follows all places at once (Ken Thompson, "Regular Expression Search Algorithm", CACM 1968): its time is
/// text × pattern, whatever either is.
package struct Pattern: Sendable, Hashable {
  /// What takes one character.
  struct Step: Sendable, Hashable {
    let ranges: [ClosedRange<UInt32>]
    /// May be passed without a character.
    let isOptional: Bool

    func takes(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } }
  }

  /// Steps in one pattern at most; `{m,n}` is written out.
  static let stepsMax = 4000

  private let steps: [Step]

  /// Reads an expression.
  /// - Throws: why it is none, for whoever wrote the catalogue.
  package init(_ expression: String) throws(PatternFault) { steps = try PatternParser.steps(expression) }

  /// Whether the whole text matches.
  package func matches(_ text: String) -> Bool {
    // Whether each place can be reached; the last one is the end of the pattern.
    var places = [Bool](repeating: false, count: steps.count + 1)
    places[0] = true
    pass(&places)
    for scalar in text.unicodeScalars {
      var next = [Bool](repeating: false, count: places.count)
      for (index, step) in steps.enumerated() where places[index] && step.takes(scalar) { next[index + 1] = true }
      guard next.contains(true) else { return false }
      pass(&next)
      places = next
    }
    return places[steps.count]
  }

  /// Adds the places that are reached without a character.
  private func pass(_ places: inout [Bool]) {
    for (index, step) in steps.enumerated() where places[index] && step.isOptional { places[index + 1] = true }
  }
}

/// Why an expression is no `Pattern`.
package struct PatternFault: Error, Sendable, Hashable {
  /// In Chinese, to stand behind the expression in quotes.
  package let reason: String
}
