extension Rule {
  private static let fileLinesMax = 500
  private static let bodyLinesMax = 70
  private static let lineCharactersMax = 120

  /// What does not fit a screen is not read before it is changed.
  static let sizes = Rule(
    name: "sizes",
    promise: "A Swift file has at most 500 lines, a body 70, a line 120 characters.",
    examples: [
      .refused("a long file", saying: "501 lines", ["Shared/Wire/A.swift": lines(501)]),
      .refused(
        "a long function", saying: "A.swift:1: the body of read has 71 lines",
        ["Tests/Wire/A.swift": "func read() {\n\(lines(71))}\n"]),
      .refused(
        "a long initializer after deceptive braces", saying: "the body of init has 71 lines",
        ["Tests/Wire/A.swift": "struct A {\n  // }\n  init(a: String = \"}\\(\"}\")\") {\n\(lines(71))  }\n}\n"]),
      .refused("a long computed property", saying: "the body of all", ["A.swift": "var all: Int {\n\(lines(71))}\n"]),
      .refused(
        "a long line", saying: "A.swift:2: 121 characters",
        ["A.swift": "\n" + String(repeating: "字", count: 121) + "\n"]),
      .fine(
        "sizes at their bounds",
        [
          "A.swift": lines(500),
          "B.swift": "func read(\n  a: Int\n) -> Int {\n\(lines(70))}\nfunc write() {\n\(lines(70))}\n",
          "C.swift": "struct A {\n\(lines(100))}\n" + String(repeating: "字", count: 120),
          "D.swift": "func a() {\n  let text = \"\"\"\n    {{{ \\\"\"\"\n    \"\"\"\n}\n\(lines(80))",
        ]),
    ],
    findings: { tree in
      tree.files.flatMap { file -> [Finding] in
        guard let swift = file.swift else { return [] }
        var findings: [Finding] = []
        if swift.lineCount > fileLinesMax {
          findings.append(Finding(file.path, 0, "\(swift.lineCount) lines; at most \(fileLinesMax)"))
        }
        for declaration in swift.declarations {
          guard let body = declaration.body, isBounded(declaration.kind), body.count - 2 > bodyLinesMax else {
            continue
          }
          let count = body.count - 2
          let message = "the body of \(declaration.name) has \(count) lines; at most \(bodyLinesMax)"
          findings.append(Finding(file.path, declaration.line, message))
        }
        return findings + longLines(file.path, swift)
      }
    })

  private static func isBounded(_ kind: Declaration.Kind) -> Bool {
    kind == .function || kind == .initializer || kind == .variable
  }

  private static func longLines(_ path: String, _ swift: SwiftSource) -> [Finding] {
    var findings: [Finding] = []
    for number in 1...max(swift.lineStarts.count, 1) {
      let line = swift.line(number)
      guard line.count > lineCharactersMax else { continue }
      let count = String(decoding: line, as: UTF8.self).count
      if count > lineCharactersMax {
        findings.append(Finding(path, number, "\(count) characters; at most \(lineCharactersMax)"))
      }
    }
    return findings
  }

  /// So many lines of nothing in particular.
  private static func lines(_ count: Int) -> String { String(repeating: "  // …\n", count: count) }
}
