import Foundation
import Foundations
import Terminal
import XCTest

@testable import CommandLine

final class RunnerTests: XCTestCase {
  func testVersionAndHelp() {
    XCTAssertEqual(Harness().run("--version").output, "bangban \(ProgramVersion.text)\n")
    XCTAssertEqual(Harness().run("--version", "--json").values, [["version": .text(ProgramVersion.text)]])
    let help = Harness().run("help")
    XCTAssertEqual(help.status, .done)
    for command in Commands.table.commands { XCTAssertTrue(help.output.contains("  \(command.name) "), command.name) }
    for name in Commands.notBuilt { XCTAssertFalse(help.output.contains("  \(name) "), name) }
  }

  func testEveryCommandHasItsHelp() {
    for command in Commands.table.commands {
      for words in [["help"] + command.path, command.path + ["--help"]] {
        let page = Harness().run(words)
        XCTAssertEqual(page.status, .done, command.name)
        XCTAssertTrue(page.output.contains(command.usage), command.name)
        XCTAssertTrue(page.output.contains(command.summary), command.name)
        for option in command.options { XCTAssertTrue(page.output.contains(option.summary), option.name) }
      }
    }
    XCTAssertEqual(Harness().run("help", "shwo", "--json").code, "command.unknown")
  }

  func testHelpAsJSONIsOneObjectALine() {
    let help = Harness().run("help", "--json")
    XCTAssertEqual(help.values.count, Commands.table.commands.count)
    XCTAssertEqual(help.values.first?["name"], "demo")
    XCTAssertEqual(help.errors, "")
  }

  func testEnrolmentAsksForANewPassphraseNotForTheOldOne() {
    let home = FileManager.default.temporaryDirectory.path + "/bangban-enrol-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: home) }
    let harness = Harness(environment: ["BANGBAN_HOME": home])
    XCTAssertEqual(harness.run("enroll", "http://127.0.0.1:1", "x", "--json").code, "store.passphrase-needed")
    let bare = harness.run("enroll", "127.0.0.1:8420", "x", "--json")
    XCTAssertEqual(bare.code, "network.url")
    XCTAssertTrue(bare.errors.contains("http:"), bare.errors)
  }

  func testWhatIsSaidWhereNothingIsSavedYetIsTrue() {
    XCTAssertTrue(ProblemKind.inputEnded.remedy.contains("还没有建好"))
  }

  func testUsageErrorsExitTwo() {
    for (words, code) in [
      ([], "command.missing"), (["snyc"], "command.unknown"), (["catalog"], "command.incomplete"),
      (["import", "x"], "command.not-built"), (["show"], "argument.missing"),
      (["list", "--limit", "x"], "argument.number"),
      (["list", "--status", "drfat"], "argument.choice"), (["check", "idnumber", "1"], "argument.choice"),
      (["receipt", "verify", "f"], "command.not-built"), (["sync", "--to-file", "f", "--watch"], "argument.excess"),
      (["unlock", "--for", "soon"], "argument.shape"), (["workdays", "is", "tomorrow"], "date.format"),
      (["resolve", "7KQ", "phone"], "argument.missing"), (["edit", "7KQ", "phone"], "argument.shape"),
      (["attach", "7KQ", "m1", "--paper", "two"], "argument.shape"), (["withdraw", "7KQ"], "option.missing"),
    ] {
      let outcome = Harness().run(words + ["--json"])
      XCTAssertEqual(outcome.status, .usage, "\(words)")
      XCTAssertEqual(outcome.code, code, "\(words)")
      XCTAssertEqual(outcome.output, "", "\(words)")
    }
  }

  func testRetirementReadsAMonthOrADayThatThereIs() {
    for birth in ["1966-11", "1966-11-05", "１９６６-11"] {
      let outcome = Harness().run("retirement", birth, "men", "--json")
      XCTAssertEqual(outcome.values.first?["retires"], "2027-05", birth)
    }
    for birth in [
      "1966-11-99", "1966-11-abc", "1966--11", "-1966-11", "1966-+11", "1966-13", "1966-11-", "1966-11-05-01", "66-11",
      "1966-1", "1966年11月", "",
    ] {
      let outcome = Harness().run("retirement", "--json", "--", birth, "men")
      XCTAssertEqual(outcome.code, "retirement.birth", birth)
      XCTAssertEqual(outcome.output, "", birth)
    }
  }

  func testErrorsForPeopleNameCodeAndRemedy() {
    let outcome = Harness().run("snyc")
    XCTAssertTrue(outcome.errors.contains("[command.unknown]"))
    XCTAssertTrue(outcome.errors.contains("您是不是想用 sync"))
    XCTAssertTrue(outcome.errors.contains("help"))
  }

  func testCheckAnswersOneLineForEach() {
    let good = Harness().run("check", "id-number", "11010519491231002X", "--json")
    XCTAssertEqual(good.status, .done)
    XCTAssertEqual(good.values.first?["valid"], true)
    XCTAssertEqual(good.values.first?["value"], "11010519491231002X")
    let bad = Harness().run("check", "id-number", "11010519491231002X", "110105194912310021", "--json")
    XCTAssertEqual(bad.status, .refused)
    XCTAssertEqual(bad.values.map { $0["valid"] }, [true, false])
    XCTAssertEqual(bad.values.last?["code"], "field.id-number.checksum")
  }

  func testCheckOfStandardInputAlwaysExitsZero() {
    var harness = Harness()
    harness.input = "11010519491231002X\n错的\r\n\n13851520000"
    let outcome = harness.run("check", "id-number", "-", "--json")
    XCTAssertEqual(outcome.status, .done)
    XCTAssertEqual(outcome.values.map { $0["valid"] }, [true, false, false, false])
    XCTAssertEqual(outcome.values.map { $0["value"] }[1], "错的")
  }

  func testCheckOfBytesThatAreNoText() {
    let bytes = Array("11010519491231002X\n".utf8) + [0xFF, 0xFE, 0x0A, 0x00, 0x0A] + Array("13851520000\n".utf8)
    let outcome = Harness().run(["check", "phone", "-", "--json"], inputBytes: bytes)
    XCTAssertEqual(outcome.values.map { $0["valid"] }, [false, false, false, true])
    XCTAssertEqual(outcome.values[1]["code"], "input.encoding")
    XCTAssertEqual(outcome.status, .done)
  }

  func testCheckGoesOnBehindALineThatIsTooLong() {
    let long = [UInt8](repeating: 0x31, count: (1 << 20) + 9)
    let bytes = Array("13812345678\n".utf8) + long + Array("\n13851520000\n".utf8) + long
    let outcome = Harness().run(["check", "phone", "-", "--json"], inputBytes: bytes)
    XCTAssertEqual(outcome.values.map { $0["valid"] }, [true, false, true, false])
    XCTAssertEqual(outcome.values[1]["code"], "input.line")
    XCTAssertEqual(outcome.status, .done)
  }

  func testWorkdaysNeedNoStore() {
    XCTAssertEqual(Harness().run("workdays", "add", "２０２６-０２-１０", "５", "--json").values, [["date": "2026-02-24"]])
    XCTAssertEqual(Harness().run("workdays", "add", "2026-02-10", "5", "--json").values, [["date": "2026-02-24"]])
    XCTAssertEqual(Harness().run("workdays", "is", "2026-02-14", "--json").values, [["workingDay": true]])
    XCTAssertEqual(Harness().run("workdays", "is", "2026-10-01", "--json").values, [["workingDay": false]])
    XCTAssertEqual(Harness().run("workdays", "between", "2026-02-10", "2026-02-24", "--json").values, [["days": 5]])
    let missing = Harness().run("workdays", "is", "2031-01-05", "--json")
    XCTAssertEqual(missing.status, .refused)
    XCTAssertEqual(missing.code, "calendar.missing")
  }

  func testStandardInputIsReadOnceAndBounded() {
    var harness = Harness()
    harness.input = "2026-01-05\n"
    XCTAssertEqual(harness.run("workdays", "is", "-").status, .done)
    XCTAssertEqual(harness.run("workdays", "between", "-", "-", "--json").code, "argument.stdin-twice")
    let flood = [UInt8](repeating: 0x30, count: Limits.documentBytesMax + 100_000)
    let input = Input(isTerminal: false) { _ throws(Problem) in flood }
    XCTAssertThrowsError(try input.all()) { XCTAssertEqual(($0 as? Problem)?.code, "document.too-large") }
  }

  func testAFileThatIsNoJSONIsNamedByLineAndColumn() throws {
    var harness = Harness()
    harness.input = "{\"matter\":\n  oops}"
    let outcome = harness.run("new", "--from", "-", "--json")
    XCTAssertEqual(outcome.code, "document.malformed")
    XCTAssertEqual(outcome.status, .refused)
    XCTAssertTrue(outcome.errors.contains("第 2 行第 3 列"))
    XCTAssertEqual(Harness().run("new", "--from", "/nonexistent/f", "--json").code, "input.unreadable")
    XCTAssertEqual(Harness().run("new", "--from", "a\u{0}b", "--json").code, "input.unreadable")
  }

  func testHomeFollowsOptionThenVariablesThenXDG() throws {
    let session = { (globals: GlobalOptions, environment: [String: String]) in
      Session(
        globals: globals, output: Output(isJSON: true, isColoured: false, columns: 80) { _, _ in },
        input: Input(isTerminal: false) { _ throws(Problem) in [] }, variable: { environment[$0] })
    }
    var globals = GlobalOptions()
    let all = ["BANGBAN_HOME": "/b", "XDG_DATA_HOME": "/x", "HOME": "/h"]
    XCTAssertEqual(try session(globals, all).home(), "/b")
    XCTAssertEqual(try session(globals, ["XDG_DATA_HOME": "/x", "HOME": "/h"]).home(), "/x/bangban")
    XCTAssertEqual(try session(globals, ["XDG_DATA_HOME": "x", "HOME": "/h"]).home(), "/h/.local/share/bangban")
    XCTAssertThrowsError(try session(globals, [:]).home())
    globals.values["--home"] = "/o"
    XCTAssertEqual(try session(globals, all).home(), "/o")
  }
}
