extension Rule {
  /// What is pure stays pure, and either end can be rebuilt without the other, as long as no arrow points up.
  static let layers = Rule(
    name: "layers",
    promise: "Dependencies point down in the order of the house; Client and Server never meet; Shared knows neither.",
    examples: [
      .refused(
        "an arrow that points up", saying: "Wire must not depend on Replication, which stands above it",
        [
          "Package.swift":
            #"[module("Wire", "Shared/Wire", ["Replication"]), module("Replication", "Shared/Replication", [])]"#
        ]
      ),
      .refused(
        "a client that knows the server", saying: "must not depend on Journal, which is in Server",
        [
          "Package.swift":
            #"[module("Journal", "Server/Journal", []), module("Assistant", "Client/Assistant", ["Journal"])]"#
        ]
      ),
      .refused(
        "a server that knows the client", saying: "must not depend on Keyring, which is in Client",
        [
          "Package.swift":
            #"[module("Keyring", "Client/Keyring", []), program("Daemon", "Server/Daemon", ["Keyring"])]"#
        ]),
      .refused(
        "shared code that knows one end", saying: "must not depend on Keyring, which is in Client",
        ["Package.swift": #"[module("Keyring", "Client/Keyring", []), module("Wire", "Shared/Wire", ["Keyring"])]"#]),
      .refused(
        "a product that leans on tests", saying: "must not depend on HelpTests, which is in Tests",
        ["Package.swift": #"[tests("Help", []), module("Wire", "Shared/Wire", ["HelpTests"])]"#]),
      .refused(
        "a module without a place", saying: "has no place in the order of the house",
        ["Package.swift": #"[module("Utilities", "Shared/Utilities", [])]"#]),
      .refused(
        "a folder that is not named after its target", saying: "belongs in a folder of its own name",
        ["Package.swift": #"[module("Wire", "Shared/Messages", [])]"#]),
      .refused(
        "a dependency nobody declares", saying: "depends on Wire, which is not declared",
        ["Package.swift": #"[module("Replication", "Shared/Replication", ["Wire"])]"#]),
      .fine(
        "arrows that point down, within a side and to Shared",
        [
          "Package.swift": """
          [
            library("CZlib", "Shared/CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
            module("Foundations", "Shared/Foundations", []),
            module("Wire", "Shared/Wire", ["Foundations", "CZlib"]),
            module("Transport", "Shared/Transport", ["Foundations", "Wire"]),
            program("CommandLine", "Client/CommandLine", ["Transport"]),
            program("Receiver", "Tests/Receiver", ["Foundations"]),
            tests("Wire", ["Wire"]),
          ]
          """
        ]),
    ],
    findings: { tree in
      let manifest = Manifest(tree)
      return manifest.targets.filter { $0.kind != .library }.flatMap { place($0) + arrows($0, manifest) }
    })

  private static func place(_ target: Manifest.Target) -> [Finding] {
    guard target.kind != .tests, target.side != "Tests" else { return [] }
    if target.path != "\(target.side)/\(target.name)" {
      return [
        Finding(Manifest.path, target.line, "\(target.name) belongs in a folder of its own name, not \(target.path)")
      ]
    }
    guard House.height(target.name, target.side) == nil else { return [] }
    return [
      Finding(Manifest.path, target.line, "\(target.name) has no place in the order of the house (Tests/Tidy, House)")
    ]
  }

  private static func arrows(_ target: Manifest.Target, _ manifest: Manifest) -> [Finding] {
    target.dependencies.compactMap { name in
      guard let other = manifest.target(name) else {
        return Finding(Manifest.path, target.line, "\(target.name) depends on \(name), which is not declared")
      }
      guard target.side != "Tests" else { return nil }
      if other.side != target.side, other.side != "Shared" {
        return Finding(
          Manifest.path, target.line, "\(target.name) must not depend on \(name), which is in \(other.side)")
      }
      guard other.side == target.side, let height = House.height(target.name, target.side),
        let otherHeight = House.height(name, other.side), otherHeight >= height
      else { return nil }
      return Finding(Manifest.path, target.line, "\(target.name) must not depend on \(name), which stands above it")
    }
  }

  /// Each dependency is one more thing a county has to trust and a machine has to have.
  static let libraries = Rule(
    name: "libraries",
    promise: "No Swift package is depended on, and of C libraries only the agreed ones from Debian.",
    examples: [
      .refused(
        "a Swift package", saying: "Swift package",
        [
          "Package.swift":
            #"let package = Package(dependencies: [.package(url: "https://example.org/a", from: "1.0.0")])"#
        ]
      ),
      .refused(
        "a library nobody agreed on", saying: "CLua is not among the agreed libraries",
        ["Package.swift": #"[library("CLua", "Shared/CLua", pkgConfig: "lua", apt: "liblua5.4-dev")]"#]),
      .refused(
        "a library under another package's name", saying: "comes from zlib1g-dev",
        ["Package.swift": #"[library("CZlib", "Shared/CZlib", pkgConfig: "zlib", apt: "libz-ng-dev")]"#]),
      .refused(
        "a second module that links a library", saying: "only SQLite may depend on CSQLite",
        [
          "Package.swift": """
          [
            library("CSQLite", "Shared/CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
            module("Journal", "Server/Journal", ["CSQLite"]),
          ]
          """
        ]),
      .fine(
        "an agreed library with its wrapper",
        [
          "Package.swift": """
          [
            library("CSQLite", "Shared/CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
            module("SQLite", "Shared/SQLite", ["CSQLite"]),
          ]
          """
        ]),
    ],
    findings: { tree in
      let manifest = Manifest(tree)
      let packages = tree.file(Manifest.path).map { file in
        file.occurrences(of: ".package(").map {
          Finding(file.path, file.line(of: $0), "depends on a Swift package; this project uses none")
        }
      }
      return (packages ?? []) + manifest.targets.flatMap { library($0) }
    })

  private static func library(_ target: Manifest.Target) -> [Finding] {
    guard target.kind == .library else {
      return target.dependencies.compactMap { name in
        guard let library = House.libraries[name], let wrapper = library.wrapper, !library.admits(target.name) else {
          return nil
        }
        return Finding(Manifest.path, target.line, "only \(wrapper) may depend on \(name)")
      }
    }
    guard let agreed = House.libraries[target.name] else {
      return [
        Finding(Manifest.path, target.line, "\(target.name) is not among the agreed libraries (Tests/Tidy, House)")
      ]
    }
    guard target.apt != agreed.apt else { return [] }
    return [Finding(Manifest.path, target.line, "\(target.name) comes from \(agreed.apt)")]
  }
}
