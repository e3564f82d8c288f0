extension Rule {
  /// Names say what; the comment says units, shape, what is thrown, and where a law or a paper fixed it.
  static let documentation = Rule(
    name: "documentation",
    promise: "Every shared type, function, initializer and protocol requirement of the product says what it is.",
    examples: [
      .refused("a type", saying: "A.swift:1: Form", ["Shared/Wire/A.swift": "package struct Form {}\n"]),
      .refused(
        "a function", saying: "A.swift:3: read",
        ["Shared/Wire/A.swift": "/// A form.\npackage struct Form {\n  package func read() {}\n}\n"]),
      .refused(
        "a function below an ordinary comment", saying: "A.swift:2: read",
        ["Shared/Wire/A.swift": "// Reads.\npackage func read() {}\n"]),
      .refused(
        "a function whose comment is cut off", saying: "A.swift:3: read",
        ["Shared/Wire/A.swift": "/// Reads.\n\npackage func read() {}\n"]),
      .refused(
        "a protocol requirement", saying: "A.swift:3: read",
        ["Shared/Wire/A.swift": "/// Reads.\npackage protocol Reader {\n  func read()\n}\n"]),
      .refused(
        "an initializer of a foreign type", saying: "A.swift:2: init",
        ["Shared/Wire/A.swift": "extension String {\n  package init(_ form: Form) {}\n}\n"]),
      .refused(
        "a static function after an attribute", saying: "A.swift:3: make",
        ["Server/API/A.swift": "\nextension Form {\n  @discardableResult\n  package static func make() -> Form {}\n}\n"]
      ),
      .fine(
        "what is documented, private or plain",
        [
          "Shared/Wire/A.swift": #"""
          /// A form.
          @frozen
          package struct Form: Comparable {
            package let name: String
            package init(_ name: String) { self.name = name }
            package static func == (left: Form, right: Form) -> Bool { left.name == right.name }
            package static func < (left: Form, right: Form) -> Bool { left.name < right.name }
            private func read() {}
            func write() { print("package func hidden() {}") }
            /// Sends.
            @discardableResult
            package func send() -> Int { 1 }
          }
          /* Reads. */
          private protocol Reader {
            func read()
          }
          """#,
          "Tests/Wire/A.swift": "package struct Form {}\n",
        ]),
    ],
    findings: { tree in
      let types = documentedTypes(tree)
      return tree.product.flatMap { file -> [Finding] in
        guard let swift = file.swift else { return [] }
        return swift.declarations.filter { needsDocumentation($0, swift, types) && !isDocumented($0, swift) }.map {
          Finding(file.path, $0.line, "\($0.name) needs a `///` comment directly above")
        }
      }
    })

  /// Names of the product's types that say what they are.
  private static func documentedTypes(_ tree: Tree) -> Set<String> {
    Set(
      tree.product.compactMap(\.swift).flatMap { swift in
        swift.declarations.filter {
          ($0.kind == .type || $0.kind == .protocolType) && isDocumented($0, swift)
        }.map(\.name)
      })
  }

  private static func needsDocumentation(
    _ declaration: Declaration, _ swift: SwiftSource, _ types: Set<String>
  ) -> Bool {
    let parent = declaration.parent.map { swift.declarations[$0] }
    let isRequirement = parent?.kind == .protocolType && parent?.isShared == true
    guard declaration.isShared || isRequirement else { return false }
    switch declaration.kind {
    case .type, .protocolType: return true
    // `==` and `<` mean what they always mean.
    case .function: return declaration.name != "=" && declaration.name != "<"
    case .initializer:
      // A documented type says what its initializers make, in an extension, too; a foreign type does not.
      return declaration.hasParameters && !(parent.map { types.contains($0.name) } ?? false)
    case .extensionOfType, .variable, .other: return false
    }
  }

  private static func isDocumented(_ declaration: Declaration, _ swift: SwiftSource) -> Bool {
    guard declaration.opensLine else { return false }
    var above = declaration.line - 1
    var line = trimmed(swift.line(above))
    while line.hasPrefix("// swift-format-ignore") {
      above -= 1
      line = trimmed(swift.line(above))
    }
    return line.hasPrefix("///")
  }
}

/// A line without the white space at its ends.
func trimmed(_ line: ArraySlice<UInt8>) -> Substring {
  let text = Substring(decoding: line, as: UTF8.self).drop { $0 == " " || $0 == "\t" }
  return text.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" }.map { text[...$0] } ?? ""
}
