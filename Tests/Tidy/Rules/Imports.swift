/// One `import` of a Swift file.
struct Import: Sendable {
  let module: String
  /// `internal`, `package`, …; nil without one.
  let access: String?
  let line: Int
}

extension SwiftSource {
  /// Finds every import, in order.
  func findImports() -> [Import] {
    let levels: Set<String> = ["internal", "package", "public", "private", "fileprivate"]
    let attributes: Set<String> = ["@", "testable", "preconcurrency", "_exported", "_implementationOnly"]
    let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    var imports: [Import] = []
    for (index, token) in tokens.enumerated().dropLast() where token.range.count == 6 && text(token) == "import" {
      // An access level or an attribute may stand before it on the line, and nothing else.
      let before = tokens[..<index].reversed().prefix { $0.line == token.line }.map { text($0) }
      guard before.allSatisfy({ levels.contains($0) || attributes.contains($0) }) else { continue }
      let name = kinds.contains(text(tokens[index + 1])) ? index + 2 : index + 1
      guard name < tokens.count else { continue }
      imports.append(
        Import(module: text(tokens[name]), access: before.first { levels.contains($0) }, line: token.line))
    }
    return imports
  }
}

extension Rule {
  /// An undeclared import compiles by luck, as long as another target happens to have built the module first.
  static let imports = Rule(
    name: "imports",
    promise: "A file imports only what its target declares, and every Swift file belongs to a target.",
    examples: [
      .refused(
        "an import its target does not declare", saying: "Upper.swift:1: imports Lower, which Upper does not declare",
        [
          "Package.swift": #"[module("Lower", "Shared/Lower", []), module("Upper", "Shared/Upper", [])]"#,
          "Shared/Upper/Upper.swift": "internal import Lower\n",
        ]),
      .refused(
        "a test that imports past its target", saying: "imports Lower",
        [
          "Package.swift": #"[module("Lower", "Shared/Lower", []), tests("Lower", [])]"#,
          "Tests/Lower/LowerTests.swift": "import XCTest\n@testable import Lower\n",
        ]),
      .refused(
        "a file outside every target", saying: "belongs to no target",
        ["Package.swift": #"[module("Lower", "Shared/Lower", [])]"#, "Shared/Loose.swift": ""]),
      .refused(
        "a manifest that hides its lists", saying: "not a literal",
        ["Package.swift": #"[module("Lower", "Shared/Lower", common)]"#]),
      .refused(
        "a target past the helpers", saying: "declare targets through",
        ["Package.swift": #"[.target(name: name), .target(name: "Lower", path: "Shared/Lower")]"#]),
      .fine(
        "declared imports, imports in comments and strings",
        [
          "Package.swift": """
          func module(_ name: String, _ path: String) {}
          [module("Lower", "Shared/Lower", []), module("Upper", "Shared/Upper", ["Lower"], exclude: ["Data"])]
          """,
          "Shared/Upper/Upper.swift": """
          package import Lower
          internal import struct Lower.Thing
          // import Nothing
          let text = "import Nothing"
          """,
        ]),
    ],
    findings: { tree in
      let manifest = Manifest(tree)
      let declared = Set(manifest.targets.map(\.name)).union(House.libraries.keys)
      return manifest.problems
        + tree.sources.flatMap { file -> [Finding] in
          guard let target = manifest.owner(of: file.path) else {
            return [Finding(file.path, 0, "belongs to no target of Package.swift")]
          }
          return file.imports.compactMap { each in
            guard declared.contains(each.module), each.module != target.name,
              !target.dependencies.contains(each.module)
            else { return nil }
            return Finding(
              file.path, each.line, "imports \(each.module), which \(target.name) does not declare in Package.swift")
          }
        }
    })

  /// Programs that a volunteer starts a hundred times a day may not pay for full Foundation.
  static let systemModules = Rule(
    name: "system modules",
    promise:
      "Beyond our own modules a file imports only the agreed ones of the toolchain; the product no full Foundation.",
    examples: [
      .refused(
        "full Foundation in the product", saying: "full Foundation",
        ["Client/Assistant/A.swift": "internal import Foundation\n"]),
      .refused(
        "a part of full Foundation", saying: "full Foundation",
        ["Server/API/A.swift": "internal import struct Foundation.Data\n"]),
      .refused(
        "a module nobody agreed on", saying: "Testing is not among",
        ["Tests/Wire/A.swift": "import Testing\n"]),
      .fine(
        "what the product may use, and what tests may",
        [
          "Shared/Wire/A.swift": "internal import FoundationEssentials\ninternal import Synchronization\n",
          "Tests/Wire/A.swift": "import Foundation\nimport XCTest\n@testable import Wire\n",
        ]),
    ],
    findings: { tree in
      let own = Set(House.shared + House.client + House.server).union(House.libraries.keys)
        .union(Manifest(tree).targets.map(\.name))
      return tree.sources.flatMap { file -> [Finding] in
        let allowed =
          file.top == "Tests" ? House.systemModules.union(House.systemModulesOfTests) : House.systemModules
        return file.imports.compactMap { each in
          guard !own.contains(each.module), !allowed.contains(each.module) else { return nil }
          guard each.module != "Foundation" else {
            return Finding(file.path, each.line, "imports full Foundation; FoundationEssentials is what starts fast")
          }
          return Finding(file.path, each.line, "\(each.module) is not among the agreed modules of the toolchain")
        }
      }
    })

  /// One module per C library knows its pointers and its result codes.
  static let wrappers = Rule(
    name: "wrappers",
    promise: "A C library is imported by its one wrapper only, with `internal import`.",
    examples: [
      .refused(
        "a second module that talks to SQLite", saying: "only SQLite may",
        ["Server/Journal/A.swift": "internal import CSQLite\n"]),
      .refused(
        "a test that talks to SQLite", saying: "only SQLite may",
        ["Tests/SQLite/A.swift": "internal import CSQLite\n"]),
      .refused(
        "a wrapper that passes C types on", saying: "internal import",
        ["Shared/SQLite/A.swift": "package import CSQLite\n"]),
      .refused(
        "two wrappers of a library that has no named one", saying: "only Assistant may",
        [
          "Client/Assistant/A.swift": "internal import CQRencode\n",
          "Server/Web/A.swift": "internal import CQRencode\n",
        ]),
      .fine(
        "each wrapper and its library, and the simulation below one",
        [
          "Package.swift": #"[module("SimulatedDisk", "Tests/Simulator/Disk", ["CSQLite"])]"#,
          "Tests/Simulator/Disk/A.swift": "internal import CSQLite\n",
          "Shared/SQLite/A.swift": "internal import CSQLite\n",
          "Shared/Transport/A.swift": "internal import CCurl\n",
        ]),
    ],
    findings: { tree in
      let manifest = Manifest(tree)
      var wrappers = House.libraries.compactMapValues(\.wrapper)
      return tree.sources.flatMap { file -> [Finding] in
        let folder = file.path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        return file.imports.filter { House.libraries[$0.module] != nil }.compactMap { each in
          let wrapper = wrappers[each.module] ?? folder
          wrappers[each.module] = wrapper
          let simulation = manifest.owner(of: file.path).map { $0.name == House.libraries[each.module]?.simulation }
          guard folder == wrapper && file.top != "Tests" || simulation == true else {
            return Finding(file.path, each.line, "imports \(each.module); only \(wrapper) may")
          }
          guard each.access == "internal" else {
            return Finding(file.path, each.line, "\(each.module) needs `internal import`: its types stay inside")
          }
          return nil
        }
      }
    })
}
