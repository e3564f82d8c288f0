import Foundation
import Foundations
import Terminal
import XCTest

@testable import Daemon

final class CommandLineTests: XCTestCase {
  func testWrongUsageIsExitTwoAndNamesTheNearest() {
    let bench = Bench()
    let wrong: [([String], String)] = [
      ([], "command.missing"), (["sttion", "list"], "command.unknown"), (["station", "lst"], "command.unknown"),
      (["station"], "command.incomplete"), (["init"], "option.missing"), (["init", "--cuonty", "x"], "option.unknown"),
      (["init", "--county"], "option.value-missing"), (["station", "list", "more"], "argument.excess"),
      (["show"], "argument.missing"), (["user", "add", "甲", "--role", "king"], "argument.choice"),
      (["applications", "--limit", "many"], "argument.number"),
    ]
    for (arguments, code) in wrong {
      let outcome = bench.run(["--json"] + arguments)
      XCTAssertEqual(outcome.code, code, "\(arguments)")
      XCTAssertEqual(outcome.output, "")
      XCTAssertEqual(outcome.status, .usage, "\(arguments)")
    }
    XCTAssertTrue(bench.run(["--json", "sttion", "list"]).problem["message"]?.text?.contains("station") == true)
    XCTAssertTrue(bench.run(["--json", "init", "--cuonty"]).problem["message"]?.text?.contains("--county") == true)
  }

  func testWhatIsNotBuiltSaysSoAndStaysOutOfHelp() {
    let bench = Bench()
    let help = bench.run(["help"])
    XCTAssertEqual(help.status, .done)
    for line in ["exchange export --day 2026-01-01 d"] {
      let outcome = bench.run(["--json"] + line.split(separator: " ").map(String.init))
      XCTAssertEqual(outcome.code, "command.not-built", line)
      XCTAssertEqual(outcome.status, .usage, line)
    }
    for word in ["exchange"] {
      XCTAssertFalse(help.output.contains(word), word)
    }
  }

  func testEveryCommandHasAHelpPageWithItsUsage() {
    let bench = Bench()
    let overview = bench.run(["help"]).output
    for command in Commands.table.commands {
      XCTAssertTrue(overview.contains(command.name), command.name)
      let page = bench.run(["help"] + command.path)
      XCTAssertEqual(page.status, .done, page.error)
      XCTAssertTrue(page.output.contains("bangban-server \(command.usage)"), command.name)
      XCTAssertEqual(bench.run(command.path + ["--help"]).output, page.output)
    }
    XCTAssertEqual(bench.run(["help", "nothing"]).status, .usage)
    XCTAssertTrue(bench.run(["help", "station"]).output.contains("station import"))
  }

  func testEveryExampleInHelpIsUnderstood() {
    for command in Commands.table.commands {
      for example in command.examples {
        var parser = ArgumentParser(Commands.table)
        let (_, request) = parser.parse(example.split(separator: " ").map(String.init))
        guard case .success(.run(let parsed, _)) = request else {
          XCTFail("\(example): \(request)")
          continue
        }
        XCTAssertEqual(parsed.path, command.path)
      }
    }
  }

  func testVersionIsOneObject() {
    let outcome = Bench().run("--version")
    XCTAssertEqual(outcome.status, .done)
    XCTAssertNotNil(outcome.value["version"]?.text)
  }

  func testHostileArgumentsAreAnsweredInOneLineWithoutControlCharacters() throws {
    let bench = try Bench.initialised()
    let hostile = [
      "\u{1B}[2J\u{07}", "\u{202E}gnp", "../../etc/passwd", String(repeating: "站", count: 5000),
      "'; DROP TABLE stations;--",
      "a\nb", "💥", "-", "--", "\u{0}", "%s%n",
    ]
    for word in hostile {
      for arguments in [
        [word], ["show", word], ["device", "revoke", word], ["device", "add", "--station", word, "--name", "甲"],
        ["window", "token", word], ["station", "import", word], ["help", word], ["user", "disable", word],
        ["outbox", "redeliver", word], ["init", "--county", word],
      ] {
        let outcome = bench.run(arguments)
        if arguments != ["help", "--"] { XCTAssertNotEqual(outcome.status, .done, "\(arguments)") }
        let printed = outcome.error.unicodeScalars.filter { $0.properties.generalCategory == .control && $0 != "\n" }
        XCTAssertTrue(printed.isEmpty, "\(arguments)")
        XCTAssertLessThan(outcome.error.count, 3000, "\(arguments.map { $0.prefix(20) })")
      }
    }
    XCTAssertEqual(bench.run("station", "list").values.count, 15)
    XCTAssertEqual(bench.run("verify").status, .done)
  }

  func testOversizedArgumentIsRefused() {
    let outcome = Bench().run(["--json", "show", String(repeating: "x", count: 200_000)])
    XCTAssertEqual(outcome.code, "argument.too-long")
  }

  func testHomeComesFromOptionThenEnvironment() throws {
    let bench = try Bench.initialised()
    let session = { (home: String?, environment: [String: String]) throws -> String in
      var globals = GlobalOptions()
      if let home { globals.values["--home"] = home }
      return try Session(
        globals: globals, output: Output(isJSON: true, isColoured: false, columns: 80) { _, _ in },
        input: Input(isTerminal: false) { _ in [] }, variable: { environment[$0] }
      ).home().path
    }
    XCTAssertEqual(try session("/a", ["BANGBAN_SERVER_HOME": "/b", "HOME": "/c"]), "/a")
    XCTAssertEqual(try session(nil, ["BANGBAN_SERVER_HOME": "/b", "HOME": "/c"]), "/b")
    if !HomeFiles.isWritableFolder(ServerHome.systemPath) {
      XCTAssertEqual(try session(nil, ["HOME": "/c"]), "/c/.local/share/bangban-server")
      XCTAssertThrowsError(try session(nil, [:]))
    }
    XCTAssertEqual(bench.run("applications").status, .done)
    XCTAssertEqual(bench.run("tray", "list").output, "")
    XCTAssertEqual(bench.run("outbox", "list", "--dead").output, "")
  }

  func testListenAddresses() throws {
    XCTAssertEqual(try ListenAddress("127.0.0.1:0").port, 0)
    XCTAssertEqual(try ListenAddress("[::1]:8420").host, "[::1]")
    for text in ["", ":1", "localhost", "a:70000", "a:-1", "a b:1", "::1", "[x]:1", "a/b:1"] {
      XCTAssertThrowsError(try ListenAddress(text), text) { XCTAssertEqual(($0 as? Problem)?.code, "argument.shape") }
    }
  }

  /// `<(…)` of a shell is a pipe under a descriptor's name. Its writer is there, which of a named pipe nobody knows.
  func testAPipeOfTheShellsIsReadToItsEndAndANamedOneIsRefused() throws {
    func piped(_ bytes: Int, _ read: (String) throws(Problem) -> [UInt8]) throws -> Result<[UInt8], Problem> {
      let pipe = Pipe()
      let end = pipe.fileHandleForWriting
      let writer = Thread {
        // Reading has to wait for the first piece and for the next one.
        for count in [bytes / 2, bytes - bytes / 2] {
          usleep(50_000)
          try? end.write(contentsOf: Data(repeating: 7, count: count))
        }
        try? end.close()
      }
      writer.start()
      defer { try? pipe.fileHandleForReading.close() }
      return Result { () throws(Problem) in try read(String(pipe.fileHandleForReading.fileDescriptor)) }
    }
    Machine.surviveWrites()
    for folder in ["/dev/fd/", "/proc/self/fd/"] {
      XCTAssertEqual(try piped(9) { number throws(Problem) in try Machine.file(folder + number) }.get().count, 9)
      let long = try piped(40_000) { number throws(Problem) in try Machine.file(folder + number, bytesMax: 30_000) }
      XCTAssertThrowsError(try long.get()) { XCTAssertEqual(($0 as? Problem)?.code, "document.too-large") }
    }
    let named = Bench().folder + "-pipe"
    XCTAssertEqual(unsafe mkfifo(named, 0o600), 0)
    defer { _ = unsafe unlink(named) }
    for path in [named, "/dev/fd/../../" + named, "/proc/self/fd/../../../" + named] {
      XCTAssertThrowsError(try Machine.file(path), path) {
        XCTAssertEqual(($0 as? Problem)?.code, "input.unreadable")
      }
    }
  }
}
