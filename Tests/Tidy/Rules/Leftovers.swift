extension Rule {
  /// Words for what somebody meant to do later. Put together here, so that this file does not name itself.
  private static let leftoverWords = [
    "TO" + "DO", "FIX" + "ME", "X" + "XX", "not imple" + "mented", "unimple" + "mented",
  ]

  /// A note to oneself in the code is a promise nobody is told about.
  static let leftovers = Rule(
    name: "leftovers",
    promise: "Swift files and scripts hold no notes of unfinished work.",
    examples: leftoverWords.map { word in
      .refused("the word \(word)", saying: word, ["Shared/Wire/A.swift": "let a = 1\n// \(word): later\n"])
    } + [
      .refused(
        "one in a script", saying: leftoverWords[1], ["Tests/run": "#!/usr/bin/env bash\n# \(leftoverWords[1])\n"]),
      .fine(
        "words that only look alike",
        [
          "Client/CommandLine/A.swift":
            "struct \(leftoverWords[0])List {}\nlet todo = \"todo\"\n// X\(leftoverWords[2])X\n",
          "README.md": "\(leftoverWords[0])",
        ]),
    ],
    findings: { tree in
      tree.files.filter { $0.swift != nil || $0.isScript }.flatMap { file in
        leftoverWords.flatMap { word in
          file.words(word).map { Finding(file.path, file.line(of: $0), "\(word): do it, or say it in an issue") }
        }
      }
    })

  /// Outside input never stops the program of a volunteer at somebody's kitchen table.
  static let traps = Rule(
    name: "traps",
    promise: "Product code neither traps on purpose nor unwraps by force; shared code does not print.",
    examples: [
      .refused("a forced try", saying: "try!", ["Shared/Wire/A.swift": "let a = try! read()\n"]),
      .refused("a forced cast", saying: "as!", ["Shared/Wire/A.swift": "let a = b as! Int\n"]),
      .refused("a fatal error", saying: "fatalError", ["Server/API/A.swift": "func a() { fatalError(\"a\") }\n"]),
      .refused(
        "a failing precondition", saying: "preconditionFailure", ["Server/API/A.swift": "preconditionFailure()\n"]),
      .refused("a forced unwrap", saying: "A.swift:2", ["Client/Assistant/A.swift": "let a =\n  names.first!.count\n"]),
      .refused("one after a call", saying: "unwraps", ["Client/Assistant/A.swift": "let a = Int(text)!\n"]),
      .refused(
        "one in an interpolation", saying: "unwraps", ["Client/Assistant/A.swift": #"let a = "\(name!)""# + "\n"]),
      .refused("an unwrapped type", saying: "unwraps", ["Client/Assistant/A.swift": "var name: String!\n"]),
      .refused("a print in shared code", saying: "print", ["Shared/Wire/A.swift": "func a() { print(1) }\n"]),
      .fine(
        "what only looks like a trap",
        [
          "Client/Assistant/A.swift": """
          let a = !b && !(c != d)
          let text = "wait! try! fatalError()"  // as! Int
          print(a)
          if a! = b {}
          """.replacing("a! =", with: "a !="),
          "Shared/Wire/A.swift": "writer.print(1)\nfunc print(_ a: Int) {}\n",
          "Tests/Wire/A.swift": "let a = try! read()!\n",
        ]),
    ],
    findings: { tree in
      tree.product.flatMap { file in
        file.swift.map { traps(in: $0, path: file.path, forbidsPrinting: file.top == "Shared") } ?? []
      }
    })

  private static func traps(in swift: SwiftSource, path: String, forbidsPrinting: Bool) -> [Finding] {
    let stops = swift.calls(of: ["fatalError", "preconditionFailure"]).map {
      Finding(path, $0.line, "\($0.name) stops the program; throw a problem")
    }
    var findings = stops
    for index in swift.tokens.indices.dropFirst() {
      let token = swift.tokens[index]
      let before = swift.tokens[index - 1]
      let byte = swift.bytes[token.range.lowerBound]
      if byte == UInt8(ascii: "!"), before.range.upperBound == token.range.lowerBound, endsValue(before, swift),
        swift.bytes.count == token.range.upperBound || swift.bytes[token.range.upperBound] != UInt8(ascii: "=")
      {
        let word = swift.text(before)
        let isForced = word == "try" || word == "as"
        findings.append(
          Finding(path, token.line, isForced ? "\(word)! stops the program" : "unwraps by force; say what happens else")
        )
      }
      guard forbidsPrinting, byte == UInt8(ascii: "("), before.isName, isPrint(index - 1, swift) else { continue }
      findings.append(Finding(path, before.line, "\(swift.text(before))(…) in shared code; the log is an argument"))
    }
    return findings
  }

  /// Whether a value or a type may end with this token, so that `!` behind it unwraps.
  private static func endsValue(_ token: SwiftSource.Token, _ swift: SwiftSource) -> Bool {
    guard !token.isName else { return true }
    switch swift.bytes[token.range.lowerBound] {
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ">"), UInt8(ascii: "?"): return true
    default: return false
    }
  }

  private static func isPrint(_ index: Int, _ swift: SwiftSource) -> Bool {
    guard ["print", "debugPrint"].contains(swift.text(swift.tokens[index])) else { return false }
    return index == 0 || ![".", "func"].contains(swift.text(swift.tokens[index - 1]))
  }
}

extension SourceFile {
  /// Whether a shell runs it.
  var isScript: Bool { bytes.starts(with: Array("#!".utf8)) }
}
