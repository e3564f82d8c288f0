import Foundations
import Terminal
import XCTest

@testable import CommandLine

final class ArgumentParserTests: XCTestCase {
  private func parse(_ words: String...) -> (globals: GlobalOptions, request: Result<Request<Session>, UsageFault>) {
    var parser = ArgumentParser(Commands.table)
    return parser.parse(words)
  }

  private func invocation(_ result: Result<Request<Session>, UsageFault>) -> Invocation? {
    if case .success(.run(_, let invocation)) = result { invocation } else { nil }
  }

  private func fault(_ result: Result<Request<Session>, UsageFault>) -> UsageFault? {
    if case .failure(let fault) = result { fault } else { nil }
  }

  func testGlobalOptionsStandAnywhere() {
    for words in [["--json", "show", "7KQ", "--home", "/h"], ["show", "--home=/h", "--json", "7KQ"]] {
      var parser = ArgumentParser(Commands.table)
      let (globals, request) = parser.parse(words)
      XCTAssertTrue(globals.json)
      XCTAssertEqual(globals.home, "/h")
      XCTAssertEqual(invocation(request)?.positionals, ["7KQ"])
    }
  }

  func testCommandsOfTwoWords() {
    guard case .success(.run(let command, _)) = parse("catalog", "list", "--all").request else { return XCTFail("no") }
    XCTAssertEqual(command.name, "catalog list")
    XCTAssertEqual(
      fault(parse("catalog").request),
      .subcommandMissing(group: "catalog", choices: ["list", "show", "search", "places"]))
    XCTAssertEqual(
      fault(parse("catalog", "lst").request),
      .subcommandUnknown(group: "catalog", "lst", nearest: "list", choices: ["list", "show", "search", "places"]))
  }

  func testSeveralValuesOfOneOption() {
    let parsed = invocation(parse("submit", "7KQ", "--defer", "m1", "m2").request)
    XCTAssertEqual(parsed?.values("--defer"), ["m1", "m2"])
    XCTAssertEqual(parsed?.positionals, ["7KQ"])
    XCTAssertEqual(
      invocation(parse("submit", "7KQ", "--defer", "m1", "--defer", "m2").request)?.values("--defer"), ["m1", "m2"])
  }

  func testMinusIsAValueAndNumbersMayBeNegative() {
    XCTAssertEqual(invocation(parse("new", "m", "--from", "-").request)?.option("--from"), "-")
    XCTAssertEqual(invocation(parse("workdays", "add", "2026-01-05", "-3").request)?.positionals, ["2026-01-05", "-3"])
  }

  func testDoubleMinusEndsOptions() {
    XCTAssertEqual(invocation(parse("note", "7KQ", "--", "--json").request)?.positionals, ["7KQ", "--json"])
    XCTAssertFalse(parse("note", "7KQ", "--", "--json").globals.json)
  }

  func testWrongUsageNamesTheNearestRightOne() {
    XCTAssertEqual(fault(parse("snyc").request), .commandUnknown("snyc", nearest: "sync"))
    XCTAssertEqual(
      fault(parse("new", "m", "--form", "f").request),
      .optionUnknown("--form", nearest: "--from", usage: "bangban new [MATTER] [--from F] [--resume ID]"))
    XCTAssertEqual(fault(parse("new", "m", "--from").request), .optionValueMissing("--from", placeholder: "F"))
    XCTAssertEqual(fault(parse("new", "m", "--from", "a", "--from", "b").request), .optionTwice("--from"))
    XCTAssertEqual(fault(parse("sync", "--watch=yes").request), .optionValueUnwanted("--watch"))
    XCTAssertEqual(fault(parse("show").request), .positionalMissing("ID", usage: "bangban show ID"))
    XCTAssertEqual(fault(parse("show", "a", "b").request), .positionalExcess("b", usage: "bangban show ID"))
    XCTAssertEqual(fault(parse().request), .commandMissing)
    XCTAssertTrue(UsageFault.commandUnknown("snyc", nearest: "sync").problem.message.contains("您是不是想用 sync"))
  }

  func testCommandsThatAreNotBuiltSaySo() {
    for name in Commands.notBuilt {
      let words = name.split(separator: " ").map(String.init)
      var parser = ArgumentParser(Commands.table)
      XCTAssertEqual(fault(parser.parse(words + ["x", "--json"]).request), .commandNotBuilt(name))
      XCTAssertFalse(Commands.table.commands.contains { $0.name == name })
    }
  }

  func testHelpAndVersionWinOverMissingWords() {
    guard case .success(.help(let path)) = parse("edit", "--help").request else { return XCTFail("no help") }
    XCTAssertEqual(path, ["edit"])
    guard case .success(.version) = parse("--version").request else { return XCTFail("no version") }
  }

  func testErrorsKeepTheWishForJSON() {
    XCTAssertTrue(parse("snyc", "--json").globals.json)
    XCTAssertTrue(parse("show", "--wrong", "--json").globals.json)
  }

  func testHostileArguments() {
    let long = String(repeating: "长", count: 100_000)
    XCTAssertEqual(fault(parse("note", "7KQ", long).request), .tooLong(3))
    for word in [
      "\u{0}", "a\u{0}b", "\u{1B}[31m", "--\u{0}", "-\u{1B}", "=", "--=", String(repeating: "-", count: 500),
    ] {
      let (_, request) = parse(word)
      guard let fault = fault(request) else {
        XCTFail("accepted \(word.debugDescription)")
        continue
      }
      XCTAssertEqual(fault.problem.kind.exit, .usage)
      XCTAssertFalse(
        fault.problem.message.unicodeScalars.contains { $0.value < 0x20 }, "a control character got through")
    }
  }

  func testEveryCommandOfTheContractIsKnown() {
    let contract = [
      "demo", "enroll", "unlock", "lock", "recover", "person add", "person list", "person switch", "config",
      "catalog list", "catalog show", "catalog search", "guide", "new", "edit", "note", "attach", "detach", "transfer",
      "submit",
      "withdraw", "share", "list", "show", "todo", "conflicts", "resolve", "sync", "prove", "receipt", "rate",
      "suggest",
      "check", "workdays add", "workdays between", "workdays is", "import", "doctor", "backup", "restore",
      "completions",
      "help",
    ]
    let known = Set(Commands.table.commands.map(\.name) + Commands.notBuilt + ["help"])
    XCTAssertEqual(contract.filter { !known.contains($0) }, [])
  }
}
