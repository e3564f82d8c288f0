import Decoders
import Foundations
import Replication
import Terminal

@testable import Application
@testable import Casework
@testable import Catalog
@testable import Daemon
@testable import HTTP
@testable import WindowSample

/// Readers that only the server's modules know.
enum ServerReaders {
  static let all: [Decoder] = [
    Decoder("http-target", ["/v1/sync?a=b&c=%E5%BC%A0+x", "http://host/v1/a%20b"].map { Array($0.utf8) }) { bytes in
      (try? Target(String(decoding: bytes, as: UTF8.self))) != nil
    },
    Decoder("table", ["code12,name\n610830100201,\"东,街\"\r\n", "a,\"b\"\"c\"\n"].map { Array($0.utf8) }) { bytes in
      (try? CSV.read(bytes)) != nil
    },
    Decoder("clerk-sheet", ClerkTemplates.files.prefix(1).map { Array($0.text.utf8) }) { bytes in
      (try? ClerkSheet(name: "f", bytes: bytes, columns: ClerkColumns.items)) != nil
    },
    Decoder("clerk-import", ClerkTemplates.files.dropFirst(2).prefix(1).map { Array($0.text.utf8) }) { bytes in
      let others = ClerkTemplates.files.prefix(2).map { (name: $0.name, bytes: Array($0.text.utf8)) }
      let base = Matter.blank(MatterID("test-1"), name: "试办", jurisdiction: "清涧县", division: "610830")
      guard let sheets = try? ClerkImport(items: others[0], materials: others[1], fields: (name: "f", bytes: bytes))
      else { return false }
      return (try? sheets.apply(to: base, today: Decoder.today)) != nil
    },
    Decoder("listen-address", ["127.0.0.1:8420", "[::1]:0", "0.0.0.0:80"].map { Array($0.utf8) }) { bytes in
      (try? ListenAddress(String(decoding: bytes, as: UTF8.self))) != nil
    },
    Decoder("server-configuration", [JSON.bytes(configuration), Array("{}".utf8)]) { bytes in
      (try? Configuration.read(bytes)) != nil
    },
    Decoder("window-action", json: actions) { value in
      guard let state = ApplicationState.fold(Decoder.operations.map { JudgedOperation($0, nil) }) else { return false }
      return
        (try? WindowAction(
          value, proceeding: proceeding, state: state, matter: Decoder.theMatter, calendar: WorkingCalendar(years: [:]),
          today: Decoder.today)) != nil
    },
    Decoder(
      "server-arguments",
      texts: ["init\n--county\n610830\n--json", "window\nendpoint\nw1\n--url\nhttp://127.0.0.1\n--secret-file\ns"]
    ) { text in
      var parser = ArgumentParser(Commands.table)
      switch parser.parse(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)).request {
      case .failure(let fault): return fault.problem.message.isEmpty
      case .success(.help(let path)): return (try? Help.lines(path, Commands.table, columns: 80)) != nil
      case .success: return true
      }
    },
    Decoder(
      "window-arguments",
      texts: [
        "--listen\n[::1]:80\n--secret-file\ns\n--store\nd\n--fail\n3", "--secret-file\ns\n--store\nd\n--fail-first",
      ]
    ) { text in
      (try? Options(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))) != nil
    },
  ]

  private static let configuration: Value = [
    "listen": "127.0.0.1:8420", "tlsCert": "a.pem", "tlsKey": "b.pem", "allowPublicEndpoints": true,
  ]

  private static let proceeding = ProceedingState(
    id: ProceedingID("p1"), itemName: "甲", window: nil, windowName: "窗口", authority: "局", status: .dispatched,
    version: 1,
    after: [], materials: ["m1"], fields: ["p.name"], promisedDays: 5, statutoryDays: 10, naturalDays: false)

  /// One of each shape.
  private static let actions: [Value] = [
    ["action": "accept", "version": 1], ["action": "reject", "version": 1, "reason": "不归这里", "redirectTo": "民政局"],
    [
      "action": "correct", "version": 1, "until": "2026-12-01",
      "defects": [
        ["field": "p.name", "problem": "写错", "remedy": "改正"], ["material": "m1", "problem": "缺页", "remedy": "补全"],
      ],
    ],
    ["action": "suspend", "version": 1, "procedure": "检验", "reason": "要检验", "workingDays": 3],
    ["action": "extend", "version": 1, "days": 5, "reason": "复杂", "approver": "王"],
    ["action": "verify", "version": 1, "material": "m1", "result": "相符"],
    ["action": "decide", "version": 1, "outcome": "refuse", "reason": "不符", "number": "1号"],
    ["action": "issue", "version": 1, "certificate": ["name": "证", "number": "1", "validUntil": "2027-12-01"]],
    ["action": "deliver", "version": 1, "method": "窗口领取", "receivedBy": "张三", "waybill": ""],
    ["action": "admit", "version": 1, "operation": "d-alice:4"],
    [
      "action": "correct", "version": 1, "until": "2026-12-01",
      "defects": [["field": "p.name", "problem": "写错", "remedy": "改正"]], "override": ["by": "主任", "reason": "漏看"],
    ],
    ["action": "reject", "version": 1, "reason": "不归这里", "ground": "notOurs", "redirectTo": "民政局"],
    ["action": "inspect", "version": 1, "name": "联合勘验", "finding": "合格", "by": ["甲", "乙"]],
    ["action": "notify", "version": 1, "parties": "邻居", "content": "可以陈述"],
    ["action": "rectify", "version": 1, "fields": ["p.name": "张三"], "confirmedBy": "张三", "reason": "写错"],
    ["action": "discredit", "version": 1, "note": "不实"], ["action": "repair", "version": 1, "reason": "已补交"],
    ["action": "clear", "version": 1, "opinion": "齐全"], ["action": "resume", "version": 1, "explanation": "复检"],
  ]
}
