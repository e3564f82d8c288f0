import Foundations
import Journal
import XCTest

@testable import Daemon

final class RegistryTests: XCTestCase {
  func testListsHaveTheKeysOfTheContract() throws {
    let bench = try Bench.initialised()
    let stations = bench.run("station", "list").values
    XCTAssertEqual(stations.count, 15)
    for station in stations {
      XCTAssertEqual(station["division"]?.text?.count, 12)
      XCTAssertEqual(station["sample"], true)
      XCTAssertTrue(station["name"]?.text?.hasSuffix("示例站点") == true)
      XCTAssertEqual(station["windows"]?.array?.count, 1)
      XCTAssertNotNil(station["id"]?.text)
      XCTAssertNotNil(station["level"]?.text)
    }
    for window in bench.run("window", "list").values {
      for key in ["id", "name", "level"] { XCTAssertNotNil(window[key]?.text, key) }
      for key in ["authorities", "divisions"] { XCTAssertNotNil(window[key]?.array, key) }
    }
    let person = bench.run(["station", "list"]).output
    XCTAssertTrue(person.contains("马坝镇示例站点"))
  }

  func testSection43AndAppendix2TheCountySetsItsCapItsPrefixAndItsAge() throws {
    let bench = try Bench.initialised()
    let before = bench.run("county", "show").value
    XCTAssertEqual(before["deferralCapDays"], .null)
    XCTAssertEqual(before["documentPrefix"], "盱审")
    XCTAssertEqual(before["willAge"], 60)
    XCTAssertEqual(before["set"], [])
    let bad: [([String], String)] = [
      (["--deferral-days", "0"], "county.setting"), (["--deferral-days", "21"], "county.setting"),
      (["--deferral-days", "many"], "county.setting"), (["--prefix", "盱 审"], "county.setting"),
      (["--prefix", "盱\u{202E}审"], "county.setting"), (["--prefix", ""], "county.setting"),
      (["--will-age", "12"], "county.setting"), ([], "county.nothing"),
    ]
    for (arguments, code) in bad {
      XCTAssertEqual(bench.run(["--json", "county", "set"] + arguments).code, code, "\(arguments)")
    }
    XCTAssertEqual(bench.run("county", "show").value, before, "nothing of it took")
    let set = bench.run(
      "county", "set", "--deferral-days", "10", "--prefix", "盱政务", "--will-age", "65", "--will-scope", "all")
    XCTAssertEqual(set.status, .done, set.error)
    let after = bench.run("county", "show").value
    XCTAssertEqual(after["deferralCapDays"], 10)
    XCTAssertEqual(after["documentPrefix"], "盱政务")
    XCTAssertEqual([after["willAge"], after["willScope"]], [65, "all"])
    XCTAssertEqual(after["name"], before["name"], "the rest stays")
    XCTAssertTrue(bench.run(["county", "show"]).output.contains("满 65 岁"))
    XCTAssertEqual(bench.run("county", "set", "--prefix", "default").value["documentPrefix"], "盱审")
    XCTAssertEqual(bench.run("county", "show").value["set"], ["deferralCapDays", "willAge", "willScope"])
  }

  func testStationIsAddedListedAndChecked() throws {
    let bench = try Bench.initialised()
    let added = bench.run("station", "add", "--name", "旧街村便民服务站", "--division", "320830101", "--level", "accept")
    XCTAssertEqual(added.status, .done, added.error)
    XCTAssertEqual(added.value["id"], "s-320830101-1")
    XCTAssertEqual(added.value["windows"], ["w-320830101"])
    XCTAssertEqual(bench.run("station", "list").values.count, 16)
    let bad: [([String], String)] = [
      (["--name", "甲", "--division", "610830101"], "registry.division"),
      (["--name", "甲", "--division", "320830999"], "registry.division"),
      (["--name", "甲", "--division", "320830"], "registry.division"),
      (["--name", " ", "--division", "320830101"], "registry.name"),
      (["--name", "甲\u{1B}[31m", "--division", "320830101"], "registry.name"),
      (["--name", "甲", "--division", "320830101", "--id", "s-320830101-1"], "registry.taken"),
      (["--name", "甲", "--division", "320830101", "--id", "../x"], "registry.id"),
    ]
    for (arguments, code) in bad {
      let outcome = bench.run(["--json", "station", "add"] + arguments)
      XCTAssertEqual(outcome.code, code, "\(arguments)")
      XCTAssertEqual(outcome.status, .refused)
    }
    XCTAssertEqual(bench.run("station", "list").values.count, 16)
  }

  func testStationImportIsAllOrNothingAndNamesTheLine() throws {
    let bench = try Bench.initialised()
    let bad = try bench.file(
      "bad.csv", "\u{FEFF}name,division,level\r\n甲村站,320830101,agent\r\n乙村站,999,agent\r\n丙站,320830102,x\r\n")
    let refused = bench.run("station", "import", bad)
    XCTAssertEqual(refused.code, "registry.division")
    XCTAssertTrue(refused.problem["message"]?.text?.contains("第 3 行") == true)
    XCTAssertEqual(refused.problem["others"]?.array?.count, 1)
    XCTAssertEqual(bench.run("station", "list").values.count, 15)
    let good = try bench.file(
      "good.csv", "name,division,level,id\n\"甲,村\"\"站\"\"\",320830101,agent,\n乙村站,320830102,,s-b\n")
    let twice = try bench.file("twice.csv", "name,division,id\n甲,610830100201,s-1\n乙,610830100201,s-1\n")
    XCTAssertEqual(bench.run("station", "import", twice).code, "table.value")
    XCTAssertTrue(bench.run("station", "import", twice).error.contains("第 3 行"))
    XCTAssertEqual(bench.run("station", "import", good).value["stations"], 2)
    let names = bench.run("station", "list").values.compactMap { $0["name"]?.text }
    XCTAssertTrue(names.contains("甲,村\"站\""))
    // What `list --json` prints can be imported again.
    let printed = try bench.file("again.json", bench.run("station", "list").output)
    XCTAssertEqual(bench.run("station", "import", printed).value["stations"], 17)
    XCTAssertEqual(bench.run("station", "list").values.count, 17)
  }

  func testWindowIsAddedImportedAndChecked() throws {
    let bench = try Bench.initialised()
    let added = bench.run(
      "window", "add", "--name", "县气象窗口", "--level", "county", "--authorities", "县气象局，气象", "--divisions", "320830")
    XCTAssertEqual(added.status, .done, added.error)
    XCTAssertEqual(added.value["authorities"], ["县气象局", "气象"])
    XCTAssertEqual(
      bench.run("window", "add", "--name", "甲", "--level", "county", "--divisions", "320830").code,
      "window.authority-missing")
    XCTAssertEqual(
      bench.run(
        "window", "add", "--name", "甲", "--level", "county", "--comprehensive", "--divisions", "320826"
      ).code, "registry.division")
    let count = bench.run("window", "list").values.count
    let file = try bench.file(
      "w.csv",
      "name,level,authorities,divisions,comprehensive\n乙窗口,town,,320830101;320830102,是\n丙窗口,county,县丙局,320830,\n")
    XCTAssertEqual(bench.run("window", "import", file).value["windows"], 2)
    XCTAssertEqual(bench.run("window", "list").values.count, count + 2)
    let printed = try bench.file("again.json", bench.run("window", "list").output)
    XCTAssertEqual(bench.run("window", "import", printed).status, .done)
    XCTAssertEqual(bench.run("window", "list").values.count, count + 2)
  }

  func testWindowsOfATableAsCountiesWriteItAreWhatItSays() throws {
    let bench = try Bench.initialised()
    func imported(_ text: String, _ name: String) throws -> Bench.Outcome {
      bench.run("window", "import", try bench.file(name, text))
    }
    let yes = ["TRUE", "true", "1", "Yes", "是", "１"]
    let no = ["FALSE", "0", "no", "否", ""]
    for (index, word) in (yes + no).enumerated() {
      let outcome = try imported(
        "name,level,authorities,divisions,comprehensive,id\n窗口\(index),county,县丙局,320830,\(word),w-\(index)\n", "w.csv")
      XCTAssertEqual(outcome.status, .done, "\(word): \(outcome.error)")
      let made = bench.run("window", "list").values.first { $0["id"]?.text == "w-\(index)" }
      XCTAssertEqual(made?["comprehensive"], .bool(index < yes.count), word)
    }
    let count = bench.run("window", "list").values.count
    for word in ["maybe", "综合", "2"] {
      let refused = try imported(
        "name,level,authorities,divisions,comprehensive\n甲,county,县丙局,320830,是\n乙,county,县丙局,320830,\(word)\n",
        "bad.csv")
      XCTAssertEqual(refused.code, "table.value", word)
      XCTAssertTrue(refused.problem["message"]?.text?.contains("第 3 行") == true, refused.error)
    }
    XCTAssertEqual(bench.run("window", "list").values.count, count, "not one of them")
    let chinese = try imported(
      "窗口名称,级别,部门,区划,综合窗口,编号\n县丁窗口,县级,县丁局,320830,否,w-d\n马坝窗口,乡镇,,320830101,是,w-m\n", "c.csv")
    XCTAssertEqual(chinese.value["windows"], 2, chinese.error)
    let listed = bench.run("window", "list").values
    XCTAssertEqual(listed.first { $0["id"] == "w-d" }?["authorities"], ["县丁局"])
    XCTAssertEqual(listed.first { $0["id"] == "w-m" }?["level"], "town")
    let stations = try bench.file("s.csv", "站点名称,区划,级别,编号\n甲村站,320830101,代收,s-a\n乙村站,320830102,,s-b\n")
    XCTAssertEqual(bench.run("station", "import", stations).value["stations"], 2)
    XCTAssertEqual(bench.run("station", "list").values.first { $0["id"] == "s-a" }?["level"], "agent")
    // As Excel on a Chinese machine saves it: 名称,区划,编号 and 王村,320830101,s-g.
    let gbk: [UInt8] = [
      0xC3, 0xFB, 0xB3, 0xC6, 0x2C, 0xC7, 0xF8, 0xBB, 0xAE, 0x2C, 0xB1, 0xE0, 0xBA, 0xC5, 0x0A, 0xCD, 0xF5, 0xB4,
      0xE5, 0x2C, 0x33, 0x32, 0x30, 0x38, 0x33, 0x30, 0x31, 0x30, 0x31, 0x2C, 0x73, 0x2D, 0x67, 0x0A,
    ]
    XCTAssertEqual(bench.run("station", "import", try bench.file("gbk.csv", bytes: gbk)).value["stations"], 1)
    XCTAssertEqual(bench.run("station", "list").values.first { $0["id"] == "s-g" }?["name"], "王村")
    let twice = try imported("name,名称,level,divisions\n甲,乙,county,320830\n", "twice.csv")
    XCTAssertEqual(twice.code, "table.columns")
  }

  func testHeadingsHoldInJSONAndWhereTwoOfThemMeanOneColumn() throws {
    let bench = try Bench.initialised()
    func station(_ id: String) -> Value? { bench.run("station", "list").values.first { $0["id"]?.text == id } }
    let json = try bench.file("s.json", #"[{"站点名称":"甲村站","区划":"320830101","级别":"代收","编号":"s-a"}]"#)
    let imported = bench.run("station", "import", json)
    XCTAssertEqual(imported.value["stations"], 1, imported.error)
    XCTAssertEqual(station("s-a")?["name"], "甲村站")
    XCTAssertEqual(station("s-a")?["level"], "agent")
    let both = try bench.file("s.csv", "站点名称,区划,区划代码,编号\n乙村站,马坝镇,320830101,s-b\n")
    XCTAssertEqual(bench.run("station", "import", both).value["stations"], 1)
    XCTAssertEqual(station("s-b")?["division"]?.text?.hasPrefix("320830101"), true)
    let lines = #"{"名称":"丙村站","区划":"马坝镇","区划代码":"320830101","编号":"s-c"}"#
    XCTAssertEqual(bench.run("station", "import", try bench.file("t.json", lines)).value["stations"], 1)
    XCTAssertEqual(station("s-c")?["division"]?.text?.hasPrefix("320830101"), true)
    for (table, words) in [
      ("名称,站点名称,区划\n甲,乙,320830101\n", "“名称”和“站点名称”是同一列"), ("名称,名称,区划\n甲,乙,320830101\n", "列名“名称”重复"),
      (#"[{"name":"甲","名称":"乙","区划":"320830101"}]"#, "“name”和“名称”是同一列"),
    ] {
      let refused = bench.run("station", "import", try bench.file("bad", table))
      XCTAssertEqual(refused.code, "table.columns", table)
      XCTAssertTrue(refused.problem["message"]?.text?.contains(words) == true, refused.error)
    }
  }

  func testTheListsOfATableAreSplitAsPeopleWriteThem() throws {
    let bench = try Bench.initialised()
    let table = "窗口名称,级别,部门,区划,编号\n甲,县级,县残联、县民政局,320830,w-a\n乙,乡镇,县甲局；县乙局,320830101、320830102,w-b\n"
    XCTAssertEqual(bench.run("window", "import", try bench.file("w.csv", table)).value["windows"], 2)
    let listed = bench.run("window", "list").values
    XCTAssertEqual(listed.first { $0["id"] == "w-a" }?["authorities"], ["县残联", "县民政局"])
    XCTAssertEqual(listed.first { $0["id"] == "w-b" }?["authorities"], ["县甲局", "县乙局"])
    XCTAssertEqual(listed.first { $0["id"] == "w-b" }?["divisions"]?.array?.count, 2)
  }

  func testDevicesAreInvitedReassignedAndRevoked() throws {
    let bench = try Bench.initialised()
    let added = bench.run("device", "add", "--station", "s-320830101", "--name", "一号")
    XCTAssertEqual(added.status, .done, added.error)
    XCTAssertEqual(added.value["station"], "s-320830101")
    XCTAssertNotNil(added.value["code"]?.text)
    let device = try XCTUnwrap(added.value["device"]?.text)
    XCTAssertEqual(bench.run("device", "list").value["status"], "invited")
    XCTAssertEqual(bench.run("device", "reassign", device, "--station", "s-320830102").value["station"], "s-320830102")
    XCTAssertEqual(bench.run("device", "reassign", device, "--station", "s-x").code, "station.unknown")
    try bench.journal().write { writer throws(Problem) in
      guard var row = try writer.device(DeviceID(device)) else { return }
      row.status = .active
      try writer.setDevice(row)
    }
    XCTAssertEqual(bench.run("device", "reassign", device, "--station", "s-320830101").value["station"], "s-320830101")
    XCTAssertEqual(bench.run("device", "revoke", device).value["status"], "revoked")
    XCTAssertEqual(bench.run("device", "reassign", device, "--station", "s-320830102").code, "device.revoked")
    XCTAssertEqual(bench.run("device", "revoke", "nobody").code, "device.unknown")
    XCTAssertEqual(bench.run("device", "add", "--station", "s-x", "--name", "二号").code, "station.unknown")
  }

  func testWhatWasGivenUpIsSentAgainForAWindow() throws {
    let bench = try Bench.initialised()
    let secret = try bench.file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    XCTAssertEqual(bench.run("outbox", "redeliver").code, "outbox.which")
    XCTAssertEqual(bench.run("outbox", "redeliver", "sm3:1", "--window", "w-320830-zh").code, "outbox.which")
    XCTAssertEqual(bench.run("outbox", "redeliver", "--window", "w-none").code, "window.unknown")
    XCTAssertEqual(bench.run("outbox", "redeliver", "--window", "w-320830-zh").value["redelivered"], 0)
    let set = bench.run(
      "window", "endpoint", "w-320830-zh", "--url", "http://10.1.2.3/", "--secret-file", secret)
    XCTAssertEqual(set.value["redelivered"], 0)
  }

  func testAWindowGivesItsOwnSystemUp() throws {
    let bench = try Bench.initialised()
    let secret = try bench.file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    let window = "w-320830-zh"
    func endpoint() -> Value? { bench.run("window", "list").values.first { $0["id"]?.text == window }?["endpoint"] }
    XCTAssertEqual(
      bench.run("window", "endpoint", window, "--url", "http://10.1.2.3/", "--secret-file", secret).status, .done)
    XCTAssertEqual(endpoint(), "http://10.1.2.3/")
    XCTAssertEqual(bench.run("window", "endpoint", window, "--remove", "--url", "http://10.1.2.3/").status, .usage)
    XCTAssertEqual(bench.run("window", "endpoint", window).status, .usage)
    XCTAssertEqual(bench.run("window", "endpoint", "w-none", "--remove").code, "window.unknown")
    XCTAssertEqual(bench.run("window", "endpoint", window, "--remove").value["removed"], true)
    XCTAssertNil(endpoint()?.text)
    XCTAssertEqual(bench.run("window", "endpoint", window, "--remove").value["removed"], false)
  }

  func testEndpointsStayOnTheMachineOrInPrivateNetworks() throws {
    let bench = try Bench.initialised()
    let secret = try bench.file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    func set(_ url: String, _ secret: String) -> Bench.Outcome {
      bench.run("window", "endpoint", "w-320830-zh", "--url", url, "--secret-file", secret)
    }
    for url in ["http://127.0.0.1:9000/hook", "http://10.1.2.3/", "https://192.168.1.9/a", "http://[::1]:80/x"] {
      XCTAssertEqual(set(url, secret).status, .done, url)
    }
    for url in ["http://8.8.8.8/", "https://[2606:4700::1111]/"] {
      XCTAssertEqual(set(url, secret).code, "window.endpoint-public", url)
    }
    for url in ["ftp://10.0.0.1/", "file:///etc/passwd", "10.0.0.1", "http://u:p@10.0.0.1/", ""] {
      XCTAssertEqual(set(url, secret).status == .done, false, url)
    }
    let short = try bench.file("short", "whsec_AAAA")
    XCTAssertEqual(set("http://10.1.2.3/", short).code, "webhook.secret")
    XCTAssertEqual(
      bench.run("window", "endpoint", "w-none", "--url", "http://10.1.2.3/", "--secret-file", secret).code,
      "window.unknown")
    let listed = bench.run("window", "list").values.first { $0["id"] == "w-320830-zh" }
    XCTAssertEqual(listed?["endpoint"], "http://[::1]:80/x", "a refusal changes nothing")
    XCTAssertFalse(bench.run("window", "list").output.contains("whsec_"))
    _ = try bench.file("home/server.json", #"{"allowPublicEndpoints":true}"#)
    XCTAssertEqual(set("https://8.8.8.8/hook", secret).status, .done)
    XCTAssertEqual(set("http://169.254.169.254/", secret).status, .refused, "not even then")
  }

  func testWindowTokenLetsItsWindowIn() throws {
    let bench = try Bench.initialised()
    let outcome = bench.run("window", "token", "w-320830-zh")
    XCTAssertEqual(outcome.value["window"], "w-320830-zh")
    let token = try XCTUnwrap(outcome.value["token"]?.text)
    XCTAssertEqual(token.count, 52)
    func row(_ token: String) throws -> TokenRow? {
      try bench.journal().read { reader throws(Problem) in try reader.token(token) }
    }
    XCTAssertEqual(try row(token)?.holder, "window:w-320830-zh")
    let windows = bench.run("window", "list").values.compactMap { $0["id"]?.text }
    let another = try XCTUnwrap(windows.first { $0 != "w-320830-zh" })
    let other = try XCTUnwrap(bench.run("window", "token", another).value["token"]?.text)
    let next = try XCTUnwrap(bench.run("window", "token", "w-320830-zh").value["token"]?.text)
    XCTAssertNotNil(try row(token)?.until, "a new token ends the one before")
    XCTAssertNil(try XCTUnwrap(try row(next)).until)
    XCTAssertNil(try XCTUnwrap(try row(other)).until, "of this window only")
    XCTAssertEqual(bench.run("window", "token", "w-x").code, "window.unknown")
  }

  func testAccountsComeAndGoButOneAdministratorStays() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(bench.run("user", "add", "李华", "--role", "clerk").code, "user.window-missing")
    let added = bench.run("user", "add", "李华", "--role", "clerk", "--window", "w-320830-zh")
    XCTAssertEqual(added.status, .done, added.error)
    let first = try XCTUnwrap(added.value["password"]?.text)
    XCTAssertEqual(bench.run("user", "add", "李华", "--role", "supervisor").code, "user.exists")
    let second = try XCTUnwrap(bench.run("user", "password", "李华").value["password"]?.text)
    XCTAssertNotEqual(first, second)
    let row = bench.run("user", "list").values.first { $0["name"] == "李华" }
    XCTAssertEqual(row?["role"], "clerk", "a new password changes nothing else")
    XCTAssertEqual(row?["window"], "w-320830-zh")
    XCTAssertEqual(bench.run("user", "disable", "李华").value["disabled"], true)
    XCTAssertEqual(bench.run("user", "disable", "admin").code, "user.last-administrator")
    XCTAssertEqual(bench.run("user", "disable", "nobody").code, "user.unknown")
  }

  func testADisabledAccountComesBackOnlyByEnable() throws {
    let bench = try Bench.initialised()
    let added = bench.run("user", "add", "李华", "--role", "clerk", "--window", "w-320830-zh")
    XCTAssertEqual(added.status, .done, added.error)
    XCTAssertEqual(bench.run("user", "enable", "李华").code, "user.not-disabled")
    XCTAssertEqual(bench.run("user", "disable", "李华").status, .done)
    let refused = bench.run("user", "password", "李华")
    XCTAssertEqual(refused.code, "user.disabled", "it would print a password that opens nothing")
    XCTAssertTrue(refused.problem["message"]?.text?.contains("李华") == true, refused.error)
    XCTAssertTrue(refused.problem["remedy"]?.text?.contains("user enable") == true, refused.error)
    let enabled = bench.run("user", "enable", "李华")
    XCTAssertEqual(enabled.status, .done, enabled.error)
    XCTAssertEqual(enabled.value["disabled"], false)
    XCTAssertEqual([enabled.value["role"], enabled.value["window"]], ["clerk", "w-320830-zh"])
    let password = try XCTUnwrap(enabled.value["password"]?.text)
    XCTAssertNotEqual(password, added.value["password"]?.text)
    XCTAssertEqual(bench.run("user", "list").values.first { $0["name"] == "李华" }?["disabled"], false)
    XCTAssertEqual(bench.run("user", "password", "李华").status, .done)
    XCTAssertEqual(bench.run("user", "enable", "nobody").code, "user.unknown")
    XCTAssertEqual(bench.run("verify").status, .done)
  }

  func testEveryChangeLeavesAnAuditLineAndTellsRunningServers() throws {
    let bench = try Bench.initialised()
    func revision() throws -> Value? {
      try bench.journal().read { reader throws(Problem) in try reader.document("settings", "revision") }
    }
    let before = try revision()
    bench.run("station", "add", "--name", "甲站", "--division", "320830101")
    bench.run("window", "token", "w-320830-zh")
    let rows = try bench.journal().read { reader throws(Problem) in try reader.audit(after: 0, limit: 10) }
    XCTAssertEqual(rows.map(\.action), ["server.init", "station.add", "window.token"])
    XCTAssertEqual(rows.map(\.subject), ["320830", "s-320830101-1", "w-320830-zh"])
    XCTAssertEqual(Set(rows.map(\.actor)), ["admin-cli"])
    XCTAssertEqual(before, 1)
    XCTAssertEqual(try revision(), 3)
  }
}
