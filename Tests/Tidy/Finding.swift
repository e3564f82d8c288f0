/// One place in the tree that breaks a rule.
struct Finding: Hashable, Sendable, CustomStringConvertible {
  /// Path from the root of the tree.
  let path: String
  /// Counts from 1; 0 when the finding is about the file as a whole.
  let line: Int
  /// What is wrong and what would be right.
  let message: String

  init(_ path: String, _ line: Int = 0, _ message: String) {
    self.path = path
    self.line = line
    self.message = message
  }

  var description: String { line > 0 ? "\(path):\(line): \(message)" : "\(path): \(message)" }
}

/// A small tree that shows a rule at work, written down beside the rule.
struct Example: Sendable {
  /// What the example is about; named when it does not behave.
  let name: String
  let tree: Tree
  /// What the one finding must say; nil when there must be none.
  let expected: String?

  /// A tree the rule must refuse with exactly one finding that contains `saying`.
  static func refused(
    _ name: String, saying expected: String, executables: Set<String> = [], _ files: [String: String]
  ) -> Example {
    Example(name: name, tree: Tree(files, executables: executables), expected: expected)
  }

  /// A tree the rule must let pass.
  static func fine(_ name: String, executables: Set<String> = [], _ files: [String: String]) -> Example {
    Example(name: name, tree: Tree(files, executables: executables), expected: nil)
  }
}

/// A promise about the source tree, with the trees that prove that it is watched.
struct Rule: Sendable {
  /// One or two words; every finding is reported under it.
  let name: String
  /// The promise in one sentence.
  let promise: String
  let examples: [Example]
  /// Reads a tree and says what breaks the promise.
  let findings: @Sendable (Tree) -> [Finding]

  /// Every rule of the house.
  static let all: [Rule] = [
    .imports, .systemModules, .wrappers, .layers, .libraries, .documentation, .sizes, .leftovers, .traps, .links,
    .problemCodes, .layout, .machinePaths, .assertions, .scripts, .scenarios,
  ]
}
