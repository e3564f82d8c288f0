extension Rule {
  private static let folders: Set<String> = ["Client", "Server", "Shared", "Tests"]
  private static let topFiles: Set<String> = [
    "Package.swift", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
  ]
  /// What a person, and a machine, start first.
  private static let programs = ["Client/demo", "Tests/run", ".ci/run"]
  private static let threePrograms = Dictionary(uniqueKeysWithValues: programs.map { ($0, "#!/usr/bin/env bash\n") })

  /// Whoever opens the folder sees the whole at a glance.
  static let layout = Rule(
    name: "layout",
    promise: "The top level holds the agreed names and dotfiles only; demo and test runs are there to be started.",
    examples: [
      .refused(
        "a folder beyond the layout", saying: "Scripts is beyond the agreed top level", executables: Set(programs),
        threePrograms.merging(["Scripts/a": "", "Scripts/b": ""]) { $1 }),
      .refused(
        "a file beyond the layout", saying: "Makefile is beyond the agreed top level", executables: Set(programs),
        threePrograms.merging(["Makefile": ""]) { $1 }),
      .refused(
        "a file where a folder belongs", saying: "Server is beyond the agreed top level", executables: Set(programs),
        threePrograms.merging(["Server": ""]) { $1 }),
      .refused(
        "a run that is missing", saying: "Tests/run: is missing", executables: Set(programs),
        threePrograms.filter { $0.key != "Tests/run" }),
      .refused(
        "a demo nobody can start", saying: "Client/demo: is not executable", executables: ["Tests/run", ".ci/run"],
        threePrograms),
      .fine(
        "the agreed layout", executables: Set(programs),
        threePrograms.merging(["README.md": "", "Server/A": "", ".gitignore": "", ".github/a": ""]) { $1 }),
    ],
    findings: { tree in
      var seen: Set<String> = []
      let strangers = tree.files.compactMap { file -> Finding? in
        let isKnown = file.path == file.top ? topFiles.contains(file.top) : folders.contains(file.top)
        guard !isKnown, !file.top.hasPrefix("."), seen.insert(file.top).inserted else { return nil }
        return Finding(file.path, 0, "\(file.top) is beyond the agreed top level")
      }
      let unstartable = programs.compactMap { path -> Finding? in
        guard let file = tree.file(path) else { return Finding(path, 0, "is missing") }
        return file.isExecutable ? nil : Finding(path, 0, "is not executable")
      }
      return strangers + unstartable
    })

  /// Beginnings of paths that exist on one machine only. Put together here, so that this file does not name itself.
  private static let machinePathBeginnings = ["/wo" + "rk/", "/ro" + "ot/", "/Us" + "ers/", "/ho" + "me/", "C:" + "\\"]

  /// What works only where it was written does not work.
  static let machinePaths = Rule(
    name: "machine paths",
    promise: "No file names a place on its author's machine.",
    examples: machinePathBeginnings.map { beginning in
      .refused("a path below \(beginning)", saying: beginning, ["Tests/run": "cd \(beginning)bangban\n"])
    } + [
      .refused(
        "a path in quotes", saying: "A.swift:1", ["Shared/Wire/A.swift": "let a = \"\(machinePathBeginnings[0])a\"\n"]),
      .fine(
        "the same words in addresses and relative paths",
        ["README.md": "https://example.org\(machinePathBeginnings[0])a, our\(machinePathBeginnings[1])a"]),
    ],
    findings: { tree in
      tree.files.flatMap { file in
        machinePathBeginnings.flatMap { beginning in
          file.occurrences(of: beginning).filter { start in
            // Behind a letter or a full stop it is the middle of an address or of another path.
            start == 0 || !(isWord(file.bytes[start - 1]) || file.bytes[start - 1] == UInt8(ascii: "."))
          }.map { Finding(file.path, file.line(of: $0), "\(beginning)… is a place on one machine") }
        }
      }
    })
}
