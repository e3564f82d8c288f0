import Foundation

extension Rule {
  /// A test that asserts nothing passes whatever happens.
  static let assertions = Rule(
    name: "assertions",
    promise: "Every file with tests asserts something.",
    examples: [
      .refused(
        "tests that only run", saying: "asserts nothing",
        ["Tests/Wire/A.swift": "func testReads() {\n  // XCTAssertEqual(1, 1)\n  read(\"XCTFail()\")\n}\n"]),
      .fine(
        "tests that assert, and helpers without tests",
        [
          "Tests/Wire/A.swift": "func testReads() { XCTAssertEqual(1, 1) }\n",
          "Tests/Wire/B.swift": "func testReads() throws { try XCTUnwrap(read()) }\n",
          "Tests/Wire/C.swift": "func testReads() { check(\"a\") }\n",
          "Tests/Wire/D.swift": "func read() {}\nfunc testing() {}\n",
          "Shared/Wire/A.swift": "func testReads() {}\n",
        ]),
    ],
    findings: { tree in
      tree.sources.filter { $0.top == "Tests" }.compactMap { file in
        guard let swift = file.swift, swift.declarations.contains(where: isTest) else { return nil }
        let asserts = swift.tokens.indices.contains { index in
          guard swift.tokens[index].isName else { return false }
          let first = swift.bytes[swift.tokens[index].range.lowerBound]
          // A String only for words that can be one of them.
          guard first == UInt8(ascii: "X") || first == UInt8(ascii: "c") else { return false }
          let word = swift.text(swift.tokens[index])
          return word.hasPrefix("XCTAssert") || word == "XCTFail" || word == "XCTUnwrap" || word.hasPrefix("check")
        }
        return asserts ? nil : Finding(file.path, 0, "asserts nothing")
      }
    })

  private static func isTest(_ declaration: Declaration) -> Bool {
    guard declaration.kind == .function, declaration.name.hasPrefix("test") else { return false }
    return declaration.name.dropFirst(4).first.map { $0.isUppercase || $0.isNumber } ?? false
  }

  /// A script is first read by the shell on the machine it is meant to help.
  static let scripts = Rule(
    name: "scripts",
    promise: "Every shell script is one that bash can read to its end.",
    examples: [
      .refused("an unfinished condition", saying: "bash -n", ["Tests/run": "#!/usr/bin/env bash\nif true; then\n"]),
      .refused("an open quote", saying: "bash -n", ["Client/demo": "#!/bin/sh\necho \"a\n"]),
      .fine(
        "a script, and what is none",
        ["Tests/run": "#!/usr/bin/env bash\nif true; then echo; fi\n", "a.py": "#!/usr/bin/env python3\nif a:\n"]),
    ],
    findings: { tree in
      tree.files.filter { file in
        let first = file.bytes.prefix { $0 != UInt8(ascii: "\n") }
        return file.isScript && String(decoding: first, as: UTF8.self).hasSuffix("sh")
      }.compactMap { file in
        do {
          guard let complaint = try complaint(about: file.bytes) else { return nil }
          return Finding(file.path, 0, "bash -n says: \(complaint)")
        } catch {
          return Finding(file.path, 0, "bash -n could not be asked: \(error)")
        }
      }
    })

  /// What `bash -n` says about a script; nil when it reads it to its end.
  private static func complaint(about script: [UInt8]) throws -> String? {
    let bash = Process()
    let input = Pipe()
    let output = Pipe()
    bash.executableURL = URL(filePath: "/bin/bash")
    bash.arguments = ["-n"]
    bash.standardInput = input
    bash.standardError = output
    try bash.run()
    // A shell that has seen enough closes its end; scripts are smaller than a pipe, so nothing waits here.
    try input.fileHandleForWriting.write(contentsOf: Data(script))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    bash.waitUntilExit()
    return bash.terminationStatus == 0 ? nil : String(decoding: said, as: UTF8.self)
  }
}
