/// Package.swift as the rules need it, read as text: the helpers `module`, `program`, `tests` and `library` declare
/// every target, and their arguments are literals.
struct Manifest: Sendable {
  static let path = "Package.swift"

  enum Kind: String, Sendable, CaseIterable { case module, program, tests, library }

  struct Target: Sendable {
    let kind: Kind
    let name: String
    let path: String
    let dependencies: [String]
    /// The Debian package of a library.
    let apt: String?
    let line: Int

    /// `Client`, `Server`, `Shared` or `Tests`.
    var side: String { String(path.prefix { $0 != "/" }) }
  }

  let targets: [Target]
  /// What could not be read, or is declared in another way.
  let problems: [Finding]

  init(_ tree: Tree) {
    guard let swift = tree.file(Self.path)?.swift else {
      targets = []
      problems = [Finding(Self.path, 0, "is missing")]
      return
    }
    var targets: [Target] = []
    var problems = Self.strangers(swift)
    for call in swift.calls(of: Set(Kind.allCases.map(\.rawValue))) {
      guard let target = Self.target(call, swift) else {
        problems.append(Finding(Self.path, call.line, "\(call.name)(…) has an argument that is not a literal"))
        continue
      }
      if targets.contains(where: { $0.name == target.name }) {
        problems.append(Finding(Self.path, call.line, "target \(target.name) is declared twice"))
      }
      targets.append(target)
    }
    self.targets = targets
    self.problems = problems
  }

  func target(_ name: String) -> Target? { targets.first { $0.name == name } }

  /// The target whose folder holds a file.
  func owner(of path: String) -> Target? { targets.first { path.hasPrefix($0.path + "/") } }

  private static func target(_ call: Call, _ swift: SwiftSource) -> Target? {
    guard let kind = Kind(rawValue: call.name) else { return nil }
    let values = call.unlabelled.map { argument in swift.literals(in: argument.range).map { swift.text($0.content) } }
    guard let name = values.first?.first else { return nil }
    switch kind {
    case .tests:
      guard values.count == 2, holdsOnlyLiterals(call.unlabelled[1].range, swift) else { return nil }
      return Target(
        kind: kind, name: "\(name)Tests", path: "Tests/\(name)", dependencies: values[1], apt: nil, line: call.line)
    case .module, .program:
      guard values.count == 3, let path = values[1].first, holdsOnlyLiterals(call.unlabelled[2].range, swift) else {
        return nil
      }
      return Target(kind: kind, name: name, path: path, dependencies: values[2], apt: nil, line: call.line)
    case .library:
      guard values.count == 2, let path = values[1].first else { return nil }
      let apt = call.argument("apt").flatMap { swift.literals(in: $0.range).first }.map { swift.text($0.content) }
      return Target(kind: kind, name: name, path: path, dependencies: [], apt: apt, line: call.line)
    }
  }

  /// Whether a list holds nothing but string literals.
  private static func holdsOnlyLiterals(_ range: Range<Int>, _ swift: SwiftSource) -> Bool {
    swift.tokens.filter { range.contains($0.range.lowerBound) }.allSatisfy { !$0.isName }
  }

  /// Targets that are not declared through the helpers: each kind's own call stands once, in its helper.
  private static func strangers(_ swift: SwiftSource) -> [Finding] {
    let kinds: Set<String> = ["target", "executableTarget", "testTarget", "systemLibrary"]
    let never: Set<String> = ["binaryTarget", "plugin", "macro"]
    var seen: Set<String> = []
    return swift.calls(of: kinds.union(never)).compactMap { call in
      guard never.contains(call.name) || !seen.insert(call.name).inserted else { return nil }
      return Finding(path, call.line, ".\(call.name)(…): declare targets through module, program, tests or library")
    }
  }
}

/// The order of the house, bottom to top. It is the architecture's; a new module gets its place here first.
enum House {
  static let shared = [
    "Foundations", "Cryptography", "SQLite", "Wire", "Replication", "Application", "Catalog", "Documents", "Transport",
    "Terminal",
  ]
  static let client = ["Keyring", "CaptureStore", "Synchronizer", "Assistant", "CommandLine"]
  static let server = [
    "Journal", "Casework", "HTTP", "Webhook", "Forwarding", "API", "Web", "Daemon", "WindowSample",
  ]

  /// A C library that was agreed on: who wraps it, and its Debian package.
  struct Library: Sendable {
    /// Nil while no module is named for it; then one module may, and no second.
    let wrapper: String?
    /// A module of tests that stands in for what is below the library, and so speaks its language.
    var simulation: String?
    let apt: String

    func admits(_ module: String) -> Bool { module == wrapper || module == simulation }
  }

  static let libraries: [String: Library] = [
    "CSQLite": Library(wrapper: "SQLite", simulation: "SimulatedDisk", apt: "libsqlite3-dev"),
    "COpenSSL": Library(wrapper: "Cryptography", apt: "libssl-dev"),
    "CGcrypt": Library(wrapper: "Cryptography", apt: "libgcrypt20-dev"),
    "CZlib": Library(wrapper: "Wire", apt: "zlib1g-dev"),
    "CCurl": Library(wrapper: "Transport", apt: "libcurl4-openssl-dev"),
    "CMicroHTTPD": Library(wrapper: "HTTP", apt: "libmicrohttpd-dev"),
    "CKeyring": Library(wrapper: "Keyring", apt: "libc6-dev"),
    "CQRencode": Library(wrapper: nil, apt: "libqrencode-dev"),
    "CPostgreSQL": Library(wrapper: "Journal", apt: "libpq-dev"),
  ]

  /// The toolchain's own modules. Programs start in 2 ms with FoundationEssentials and in 7 ms with full Foundation.
  static let systemModules: Set<String> = [
    "Dispatch", "FoundationEssentials", "Glibc", "Musl", "Swift", "Synchronization",
  ]
  static let systemModulesOfTests: Set<String> = [
    "Foundation", "FoundationNetworking", "FoundationXML", "XCTest",
  ]

  /// A module's height within its side; nil for one that has no place.
  static func height(_ name: String, _ side: String) -> Int? {
    switch side {
    case "Shared": shared.firstIndex(of: name)
    case "Client": client.firstIndex(of: name)
    case "Server": server.firstIndex(of: name)
    default: nil
    }
  }
}
