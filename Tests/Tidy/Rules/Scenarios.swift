extension Rule {
  private static let scenarioNumbers = 1...30

  /// A scenario without a test is a promise that nobody has looked at.
  static let scenarios = Rule(
    name: "scenarios",
    promise: "Each of the thirty scenarios is a test with its number in its name: --filter testScenario runs them all.",
    examples: [
      .refused(
        "a number without a test", saying: "no test of scenario 7",
        ["Tests/Wire/A.swift": scenarioTests(scenarioNumbers.filter { $0 != 7 })]),
      .fine(
        "every number, in whatever file",
        [
          "Tests/Wire/A.swift": scenarioTests(Array(1...9)), "Tests/HTTP/B.swift": scenarioTests(Array(10...30)),
        ]),
      .fine("a tree that has none", ["Tests/Wire/A.swift": "func testA() {}\n"]),
    ],
    findings: { tree in
      let names = tree.files.flatMap { $0.swift?.declarations ?? [] }.map(\.name)
      let numbers = Set(names.filter { $0.hasPrefix("testScenario") }.compactMap { Int($0.dropFirst(12).prefix(2)) })
      guard !numbers.isEmpty else { return [] }
      return scenarioNumbers.filter { !numbers.contains($0) }.map {
        Finding("Tests", 0, "no test of scenario \($0)")
      }
    })

  private static func scenarioTests(_ numbers: [Int]) -> String {
    numbers.map { "func testScenario\($0 < 10 ? "0" : "")\($0)Holds() {}\n" }.joined()
  }
}
