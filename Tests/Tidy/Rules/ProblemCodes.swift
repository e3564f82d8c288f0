extension Rule {
  /// Scripts and windows' own systems rely on codes; people rely on the two sentences.
  static let problemCodes = Rule(
    name: "problem codes",
    promise: "Every problem has a code of its own and says in Chinese what happened and what to do next.",
    examples: [
      .refused(
        "a code that stands twice", saying: "B.swift:1: store.locked stands in Client/A.swift, too",
        [
          "Client/A.swift": #"let a = ProblemKind("store.locked", "打不开", remedy: "请稍后再试")"#,
          "Server/B.swift": #"let b = ProblemKind("store.locked", "打不开", remedy: "请稍后再试")"#,
        ]),
      .refused(
        "a code out of shape", saying: "Store_Locked is not of the shape",
        ["Client/A.swift": #"let a = ProblemKind("Store_Locked", "打不开", remedy: "请稍后再试")"#]),
      .refused(
        "a code of one word", saying: "locked is not of the shape",
        ["Client/A.swift": #"let a = ProblemKind("locked", "打不开", remedy: "请稍后再试")"#]),
      .refused(
        "a code that no search finds", saying: "is put together",
        ["Client/A.swift": #"let a = ProblemKind("store.\(word)", "打不开", remedy: remedy)"#]),
      .refused(
        "a message in English", saying: "store.locked needs a message in Chinese",
        ["Client/A.swift": #"let a = ProblemKind("store.locked", status: 500, "locked", remedy: "请稍后再试")"#]),
      .refused(
        "an empty remedy", saying: "store.locked needs a remedy in Chinese",
        ["Client/A.swift": #"let a = ProblemKind("store.locked", "打不开", remedy: "")"#]),
      .refused(
        "no remedy", saying: "store.locked needs a remedy in Chinese",
        ["Client/A.swift": #"let a = ProblemKind("store.locked", "打不开")"#]),
      .fine(
        "problems as they should be",
        [
          "Client/A.swift": #"""
          let a = ProblemKind(
            "field.id-number.checksum", status: 422, exit: .refused, "身份证号 {} 不对" + "，请看",
            remedy: "请核对证件")
          let b = ProblemKind(code, status: 1, message, remedy: remedy)
          // ProblemKind("field.id-number.checksum")
          """#,
          "Tests/Wire/A.swift": #"let a = ProblemKind("test", "", remedy: "")"#,
        ]),
    ],
    findings: { tree in
      var places: [String: String] = [:]
      return tree.product.flatMap { file -> [Finding] in
        guard let swift = file.swift else { return [] }
        return swift.calls(of: ["ProblemKind"]).flatMap { call -> [Finding] in
          guard let code = text(call.unlabelled.first, swift) else { return [] }
          guard !code.contains("\\(") else {
            return [
              Finding(file.path, call.line, "\(code) is put together; write it out, so that a search finds it")
            ]
          }
          var findings: [Finding] = []
          if let place = places.updateValue(file.path, forKey: code) {
            findings.append(Finding(file.path, call.line, "\(code) stands in \(place), too"))
          }
          if !isCode(code) {
            findings.append(Finding(file.path, call.line, "\(code) is not of the shape `area.what-happened`"))
          }
          if !isChinese(text(call.unlabelled.dropFirst().first, swift)) {
            findings.append(Finding(file.path, call.line, "\(code) needs a message in Chinese"))
          }
          if !isChinese(text(call.argument("remedy"), swift)) {
            findings.append(Finding(file.path, call.line, "\(code) needs a remedy in Chinese"))
          }
          return findings
        }
      }
    })

  /// The text of an argument written down as literals; nil for one that is worked out.
  private static func text(_ argument: Call.Argument?, _ swift: SwiftSource) -> String? {
    guard let argument else { return nil }
    let literals = swift.literals(in: argument.range)
    return literals.isEmpty ? nil : literals.map { swift.text($0.content) }.joined()
  }

  /// Lower-case words, joined by hyphens and by at least one full stop.
  private static func isCode(_ code: String) -> Bool {
    let parts = code.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1
      && parts.allSatisfy { part in
        part.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { word in
          !word.isEmpty && word.utf8.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 }
        }
      }
  }

  private static func isChinese(_ text: String?) -> Bool {
    text?.unicodeScalars.contains { ("\u{4E00}"..."\u{9FFF}").contains($0) } ?? false
  }
}
