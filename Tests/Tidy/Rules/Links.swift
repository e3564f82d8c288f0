extension Rule {
  /// A path in a document is an offer to look; a dead one costs the next owner an hour.
  static let links = Rule(
    name: "links",
    promise: "Every relative link and every path named in a document leads somewhere, and every file a comment names.",
    examples: [
      .refused("a link to nothing", saying: "README.md:2: docs/a.md", ["README.md": "\n[a](docs/a.md)\n"]),
      .refused(
        "a link from a folder", saying: "Client/README.md:1: run",
        ["Client/README.md": "[run](run)", "run": ""]),
      .refused(
        "a link to a heading that is gone", saying: "README.md:2: #old",
        ["README.md": "# New\n[a](#old)\n"]),
      .refused("a named file", saying: "`Shared/Wire/Gone.swift`", ["README.md": "See `Shared/Wire/Gone.swift`.\n"]),
      .refused("a named folder", saying: "`Shared/Gone`", ["README.md": "See `Shared/Gone`.\n"]),
      .refused("a command that is gone", saying: "`Tests/gone`", ["README.md": "Run `Tests/gone --all`.\n"]),
      .refused(
        "a file a comment names", saying: "A.swift:1: Client/CCurl/gone.h",
        ["Shared/Wire/A.swift": "// See Client/CCurl/gone.h.\n"]),
      .fine(
        "what is there, elsewhere, or an example",
        [
          "README.md": """
          # Bangban 帮办: the *shape*
          [a](Client/A.md#two), [b](https://example.org/a.md), [c](#bangban-帮办-the-shape), [d](Client/)
          `Client/A.md`, `Client`, `Tests/run --quick`, `text/html`, `Client/{A,B}.md`, `/v1/a.md`, `A/*.swift`
          ```
          [e](gone.md) `Shared/Gone`
          ```
          """,
          "Client/A.md": "## Two\n[up](../README.md)\n",
          "Tests/run": "",
          "Shared/Wire/A.swift": "// Client/A.md says so; client and server.\nlet a = \"Client/gone.h\"\n",
        ]),
    ],
    findings: { tree in
      tree.files.flatMap { file -> [Finding] in
        if file.path.hasSuffix(".md") { return document(file, tree) }
        return file.swift.map { comments(file, $0, tree) } ?? []
      }
    })

  private static func document(_ file: SourceFile, _ tree: Tree) -> [Finding] {
    var findings: [Finding] = []
    for (number, line) in Markdown.lines(file.text) {
      let (prose, code) = Markdown.split(line)
      for target in Markdown.targets(prose) where !resolves(target, from: file, tree) {
        findings.append(Finding(file.path, number, "\(target) leads nowhere"))
      }
      for path in code.compactMap(namedPath)
      where !tree.contains(path) && !tree.contains(joined(file.folder, path)) {
        findings.append(Finding(file.path, number, "`\(path)` does not exist"))
      }
    }
    return findings
  }

  private static func resolves(_ target: String, from file: SourceFile, _ tree: Tree) -> Bool {
    guard !target.contains("://"), !target.hasPrefix("mailto:") else { return true }
    let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let path = parts[0].isEmpty ? file.path : joined(file.folder, parts[0])
    guard path.isEmpty || tree.contains(path) else { return false }
    guard parts.count == 2, path.hasSuffix(".md"), let document = tree.file(path) else { return true }
    return Markdown.headings(document.text).contains(parts[1])
  }

  /// The path a piece of inline code names, if it is one of ours: it begins at a top-level folder or is a Swift file.
  private static func namedPath(_ code: String) -> String? {
    let word = String(code.prefix { $0 != " " })
    guard word.contains("/"), !word.hasPrefix("/"), word.utf8.allSatisfy(isPathByte) else { return nil }
    let top = word.prefix { $0 != "/" }
    guard folders.contains(String(top)) || word.hasSuffix(".swift") else { return nil }
    return word.hasSuffix("/") ? String(word.dropLast()) : word
  }

  private static let folders: Set<String> = ["Client", "Server", "Shared", "Tests", ".ci"]

  /// Files, not folders: in prose "Client/Server" is no path.
  private static func comments(_ file: SourceFile, _ swift: SwiftSource, _ tree: Tree) -> [Finding] {
    folders.sorted().flatMap { folder in
      file.occurrences(of: folder + "/").compactMap { start -> Finding? in
        guard swift.parts[start] == .comment, start == 0 || !isPathByte(swift.bytes[start - 1]) else { return nil }
        var end = start
        while end < swift.bytes.count, isPathByte(swift.bytes[end]) { end += 1 }
        while end > start, swift.bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        let path = swift.text(start..<end)
        let name = path.drop { $0 != "/" }.split(separator: "/").last ?? ""
        guard name.dropFirst().contains("."), !tree.contains(path) else { return nil }
        return Finding(file.path, swift.line(of: start), "\(path) does not exist")
      }
    }
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    byte < 128 && isWord(byte)
      || [UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+")].contains(byte)
  }

  /// A path relative to a folder, with `.` and `..` worked out.
  private static func joined(_ folder: String, _ path: String) -> String {
    var components = folder.split(separator: "/").map(String.init)
    for component in path.split(separator: "/") {
      switch component {
      case ".": break
      case "..": _ = components.popLast()
      default: components.append(String(component))
      }
    }
    return components.joined(separator: "/")
  }
}

/// As much of Markdown as it takes to find links, inline code and headings.
private enum Markdown {
  /// The lines outside fenced code, numbered from 1.
  static func lines(_ text: String) -> [(Int, Substring)] {
    var isCode = false
    var lines: [(Int, Substring)] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let start = line.drop { $0 == " " }
      if start.hasPrefix("```") || start.hasPrefix("~~~") {
        isCode.toggle()
      } else if !isCode {
        lines.append((index + 1, line))
      }
    }
    return lines
  }

  /// What is outside backticks, and each piece inside them.
  static func split(_ line: Substring) -> (prose: String, code: [String]) {
    var prose = ""
    var code: [String] = []
    for (index, piece) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if index.isMultiple(of: 2) { prose += piece + " " } else { code.append(String(piece)) }
    }
    return (prose, code)
  }

  /// Targets of `[text](target "title")` and `[label]: target`.
  static func targets(_ prose: String) -> [String] {
    var targets: [String] = []
    for piece in prose.split(separator: "](", omittingEmptySubsequences: false).dropFirst() {
      guard piece.contains(")") else { continue }
      targets.append(String(piece.prefix { $0 != ")" && $0 != " " }))
    }
    if prose.hasPrefix("["), let colon = prose.firstRange(of: "]: ") {
      targets.append(String(prose[colon.upperBound...].prefix { $0 != " " }))
    }
    return targets
  }

  /// Anchors of the headings, as GitHub makes them: lower case, punctuation dropped, blanks to hyphens.
  static func headings(_ text: String) -> Set<String> {
    Set(
      lines(text).map(\.1).filter { $0.hasPrefix("#") }.map { line in
        let title = line.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(
          title.compactMap { character -> Character? in
            if character == " " { return "-" }
            return character.isLetter || character.isNumber || character == "-" || character == "_" ? character : nil
          })
      })
  }
}
