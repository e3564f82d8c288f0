import Foundation
import Foundations
import TestValues
import XCTest

/// Stations without a network: files on a stick, carried by somebody who cannot read them.
final class FerryTests: XCTestCase {
  /// A courier with a stick: every file that was ever put on it is still there, and any may be handed over again.
  private final class Courier {
    let county: County
    private var toCounty: [String] = []
    private var toDevice: [String: [String]] = [:]

    init(_ county: County) throws {
      self.county = county
      try FileManager.default.createDirectory(atPath: county.folder + "/stick", withIntermediateDirectories: true)
    }

    func collect(_ device: Device, line: UInt = #line) throws {
      let path = "\(county.folder)/stick/\(toCounty.count).ferry"
      try device.ask("sync", "--to-file", path, allowed: [0, 3], line: line)
      toCounty.append(path)
    }

    /// Hands files over in the county, the latest or one from before, and has answers written.
    func visit(_ generator: inout SeededGenerator, line: UInt = #line) throws {
      let files = (0..<generator.number(1...3)).compactMap { _ in
        generator.once(in: 2) ? toCounty.last : toCounty.randomElement(using: &generator)
      }
      for file in files { try county.administer("ferry", "in", file, line: line) }
      let folder = "\(county.folder)/stick/back-\(generator.number(0...Int.max))"
      for line in try county.administer("ferry", "out", folder, "--all", line: line) {
        toDevice[line["device"]?.text ?? "", default: []].append(line["file"]?.text ?? "")
      }
    }

    /// Hands a device the latest answer or one from before.
    func deliver(
      _ device: Device, _ name: String, _ generator: inout SeededGenerator, latest: Bool = false, line: UInt = #line
    ) throws {
      let files = toDevice[name] ?? []
      guard let file = latest || generator.once(in: 2) ? files.last : files.randomElement(using: &generator) else {
        return
      }
      try device.ask("sync", "--from-file", file, allowed: [0, 3], line: line)
    }

    var files: [String] { county.files(in: "stick") }
  }

  private func id(of device: Device, in county: County) throws -> String {
    let known = try county.administer("device", "list").compactMap { $0["device"]?.text }
    let store = try XCTUnwrap(FileManager.default.contents(atPath: device.home + "/store.db"))
    let wal = FileManager.default.contents(atPath: device.home + "/store.db-wal") ?? Data()
    return try XCTUnwrap(known.first { (store + wal).range(of: Data($0.utf8)) != nil })
  }

  func testTwoDevicesACourierAndTheNetworkInRandomOrderAgreeInTheEnd() throws {
    let county = try County(self)
    let devices = [try county.device("a"), try county.device("b", person: "李志强")]
    let names = try devices.map { try id(of: $0, in: county) }
    XCTAssertNotEqual(names[0], names[1])
    let courier = try Courier(county)
    var generator = SeededGenerator(20_261_121)
    let document = Documents.complete(try devices[0].matter("qingjian-10"), submit: false)
    let photo = try county.write(generator.bytes(300_000), to: "photo.jpg")
    var made: [String] = []
    for round in 0..<30 {
      let who = generator.number(0...1)
      let device = devices[who]
      switch generator.number(0...9) {
      case 0, 1:
        let id = try device.capture(document)["id"]?.text ?? ""
        made.append(id)
        if generator.once(in: 2) { _ = try device.list("attach", id, "m01", photo) }
      case 2, 3:
        // Whoever knows it; both write the same field sooner or later.
        guard let id = made.randomElement(using: &generator) else { continue }
        let edit = try device.run("edit", id, "w.job=第\(round)次")
        XCTAssertTrue([0, 1, 3].contains(edit.status), edit.errors)
      case 4, 5: try courier.collect(device)
      case 6: try courier.visit(&generator)
      case 7, 8: try courier.deliver(device, names[who], &generator)
      default: try device.sync()
      }
    }
    let late = try devices[0].capture(document)["id"]?.text ?? ""
    // The network is gone; the stick alone brings everything to an end: there, back, and once more for what the others
    // have written meanwhile.
    for _ in 0..<2 {
      for device in devices { try courier.collect(device) }
      for file in courier.files.filter({ !$0.contains("back-") }).shuffled(using: &generator) {
        try county.administer("ferry", "in", file)
      }
      try courier.visit(&generator)
      for (device, name) in zip(devices, names) {
        try courier.deliver(device, name, &generator, latest: true)
      }
    }
    for device in devices {
      let proof = try device.ask("prove")
      XCTAssertEqual(proof["differ"], [])
      XCTAssertEqual(proof["unsent"], 0)
      XCTAssertEqual(proof["behind"], 0)
      XCTAssertEqual(proof["applications"], .integer(Int64(made.count + 1)))
      XCTAssertEqual(try device.ask("doctor")["attachments"], 0)
      XCTAssertEqual(try device.ask("show", late)["id"]?.text, late)
      XCTAssertEqual(try device.run("doctor").status, 0)
    }
    XCTAssertEqual(try county.administer("applications").count, made.count + 1)
    XCTAssertEqual(try county.administer("tray", "list"), [])
    try county.checkVerify()
  }

  func testNothingAboutAnybodyStandsInTheFilesOrTheirNames() throws {
    let county = try County(self)
    let device = try county.device("a", person: "欧阳办件员", named: "端木芳的手机")
    let other = try county.device("b", person: "李志强")
    let courier = try Courier(county)
    var generator = SeededGenerator(7)
    var document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    document["applicant"] = [
      "kind": "person", "name": "慕容示例丹", "idNumber": "610830198507120020", "phone": "13912345678",
    ]
    let id = try device.capture(document)["id"]?.text ?? ""
    try device.ask("note", id, "周二晚上再来")
    let file = try county.write(Array("王记粮油代办".utf8), to: "材料.txt")
    _ = try device.list("attach", id, "m01", file)
    try courier.collect(device)
    try courier.visit(&generator)
    for (device, name) in [(device, try self.id(of: device, in: county)), (other, try self.id(of: other, in: county))] {
      try courier.deliver(device, name, &generator, latest: true)
    }
    XCTAssertEqual(try other.list("list", "--text", "慕容示例丹").count, 1, "the colleague's file brought it")
    let request = county.folder + "/stick/recovery"
    try device.ask("recover", "--to-file", request)
    try county.administer("device", "recover", try self.id(of: device, in: county), request)
    XCTAssertGreaterThanOrEqual(courier.files.count, 5)
    let code = try device.ask("show", id)["code"]?.text ?? ""
    let secrets = [
      "慕容示例丹", "欧阳办件员", "610830198507120020", "13912345678", "周二晚上再来", "王记粮油代办", "端木芳的手机", "李志强", code,
    ]
    for file in courier.files {
      let bytes = FileManager.default.contents(atPath: file) ?? Data()
      XCTAssertFalse(bytes.isEmpty)
      for secret in secrets {
        for encoding in [String.Encoding.utf8, .utf16LittleEndian, .utf16BigEndian] {
          guard let needle = secret.data(using: encoding) else { continue }
          XCTAssertNil(bytes.range(of: needle), "\(secret) stands in \(file)")
        }
        XCTAssertFalse(file.dropFirst(county.folder.count).contains(secret), file)
      }
    }
  }

  func testKillingEitherEndInTheMiddleLosesAndDoublesNothing() throws {
    let county = try County(self)
    let devices = [try county.device("a"), try county.device("b", person: "李志强")]
    let names = try devices.map { try id(of: $0, in: county) }
    let document = Documents.complete(try devices[0].matter("qingjian-10"), submit: false)
    var generator = SeededGenerator(11)
    let photo = try county.write(generator.bytes(3_000_000), to: "photo.jpg")
    let (out, back) = (county.folder + "/out.ferry", county.folder + "/back")
    var (applications, killed) = (0, 0)
    func interrupted(_ start: () throws -> Running) throws {
      for _ in 0..<3 {
        let running = try start()
        usleep(UInt32(generator.number(1000...90_000)))
        running.kill()
        if running.finish().status == 137 { killed += 1 }
      }
    }
    for round in 0..<6 {
      for _ in 0..<4 {
        let id = try devices[0].capture(document)["id"]?.text ?? ""
        if round % 3 == 0 { _ = try devices[0].list("attach", id, "m01", photo) }
        try devices[0].ask("submit", id)
        applications += 1
      }
      try interrupted { try devices[0].spawn(["sync", "--to-file", out]) }
      try devices[0].ask("sync", "--to-file", out, allowed: [0, 3])
      try interrupted { try county.spawn(.server, ["--home", county.home, "ferry", "in", out]) }
      try county.administer("ferry", "in", out)
      try interrupted { try county.spawn(.server, ["--home", county.home, "ferry", "out", back, "--all"]) }
      try county.administer("ferry", "out", back, "--all")
      for (device, name) in zip(devices, names) {
        try interrupted { try device.spawn(["sync", "--from-file", "\(back)/\(name).ferry"]) }
        let taken = try device.ask("sync", "--from-file", "\(back)/\(name).ferry", allowed: [0, 3])
        XCTAssertEqual(taken["upToDate"], true)
      }
    }
    XCTAssertGreaterThan(killed, 20)
    XCTAssertEqual(try county.administer("applications").count, applications)
    for device in devices {
      let proof = try device.ask("prove")
      XCTAssertEqual(proof["differ"], [])
      XCTAssertEqual(proof["match"], .integer(Int64(applications)))
      XCTAssertEqual(try device.run("doctor").status, 0)
    }
    XCTAssertEqual(try county.administer("tray", "list"), [])
    try county.checkVerify()
  }

  func testWrongFilesAreRefusedByNameAndLeaveEverythingAsItWas() throws {
    let county = try County(self)
    let (device, other) = (try county.device("a"), try county.device("b", person: "李志强"))
    let name = try id(of: device, in: county)
    _ = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))
    let file = county.folder + "/out.ferry"
    try device.ask("sync", "--to-file", file)
    let good = try XCTUnwrap(FileManager.default.contents(atPath: file))
    func intake(_ bytes: [UInt8], _ code: String, line: UInt = #line) throws {
      let outcome = try county.attempt("ferry", "in", try county.write(bytes, to: "bad.ferry"))
      XCTAssertEqual(outcome.code, code, line: line)
      XCTAssertEqual(outcome.status, 1, line: line)
    }
    try intake([], "ferry.foreign")
    try intake(Array("SQLite format 3".utf8), "ferry.foreign")
    try intake([UInt8](good.dropLast(9)), "ferry.damaged")
    try intake([UInt8](good.prefix(60)), "ferry.other-reader")
    var flipped = [UInt8](good)
    flipped[flipped.count - 100] ^= 8
    try intake(flipped, "ferry.damaged")
    try intake([UInt8](good) + [UInt8](repeating: 0, count: 80_000_000), "ferry.damaged")
    XCTAssertEqual(try county.attempt("ferry", "in", county.folder).code, "input.unreadable")
    XCTAssertEqual(
      try county.attempt("ferry", "out", county.folder + "/x", "--device", "nobody").code, "device.unknown")
    XCTAssertEqual(try county.administer("applications").count, 0)
    // A bad file among good ones holds up none of them.
    let several = try county.attempt("ferry", "in", try county.write(flipped, to: "bad.ferry"), file)
    XCTAssertEqual(several.status, 1)
    XCTAssertEqual(several.lines.first?["device"]?.text, name)
    XCTAssertEqual(try county.administer("applications").count, 1)
    try county.administer("ferry", "out", county.folder + "/back", "--all")
    let answer = county.folder + "/back/\(name).ferry"
    let foreign = try other.run("sync", "--from-file", answer)
    XCTAssertEqual(foreign.code, "ferry.other-reader")
    XCTAssertEqual(try device.run("sync", "--from-file", file).code, "ferry.direction")
    XCTAssertEqual(try device.run("sync", "--to-file", try county.write("mine", to: "letter")).code, "output.exists")
    try device.ask("sync", "--from-file", answer, allowed: [0, 3])
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    try county.checkVerify()
  }

  /// A stick goes both ways: what one side has not read yet is not written over by the other.
  func testAnAnswerTakesNoDeliverysPlaceNorADeliveryAnAnswers() throws {
    let county = try County(self)
    let (device, other) = (try county.device("a"), try county.device("b", person: "李志强"))
    let (name, last) = (try id(of: device, in: county), try id(of: other, in: county))
    let stick = county.folder + "/stick"
    try FileManager.default.createDirectory(atPath: stick, withIntermediateDirectories: true)
    _ = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))
    let delivery = "\(stick)/\(name).ferry"
    try device.ask("sync", "--to-file", delivery)
    let bytes = FileManager.default.contents(atPath: delivery)

    let written = try county.administer("ferry", "out", stick, "--all")
    XCTAssertEqual(FileManager.default.contents(atPath: delivery), bytes, "it was not read yet")
    let answer = try XCTUnwrap(written.first { $0["device"]?.text == name }?["file"]?.text)
    XCTAssertNotEqual(answer, delivery)
    try county.administer("ferry", "in", delivery)
    XCTAssertEqual(try county.administer("applications").count, 1)
    XCTAssertEqual(try county.administer("ferry", "out", stick, "--all").compactMap { $0["file"]?.text }.count, 2)
    XCTAssertEqual(try device.run("sync", "--to-file", answer).code, "output.exists", "the county's answer lies there")
    try device.ask("sync", "--from-file", answer, allowed: [0, 3])
    XCTAssertEqual(try device.ask("prove")["unsent"], 0)

    // What has both names already holds up that device only, and is told.
    let folder = county.folder + "/back"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let first = min(name, last)
    try county.write("mine", to: "back/\(first).ferry")
    let partly = try county.attempt("ferry", "out", folder, "--all")
    XCTAssertEqual(partly.code, "output.exists", partly.errors)
    XCTAssertEqual(partly.status, 1)
    XCTAssertEqual(partly.lines.compactMap { $0["device"]?.text }, [max(name, last)])
    XCTAssertEqual(FileManager.default.contents(atPath: "\(folder)/\(first).ferry"), Data("mine".utf8))
  }

  func testWhatIsWrongWithAFileIsToldBeforeTheNextOneAndOfACopyWhichDeviceItIs() throws {
    let county = try County(self)
    let device = try county.device("a")
    let name = try id(of: device, in: county)
    let made = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))
    let draft = made["id"]?.text ?? ""
    let good = county.folder + "/good.ferry"
    try device.ask("sync", "--to-file", good)
    let bad = try county.write("hallo", to: "bad.ferry")
    let both = try county.spawn(
      "/bin/sh",
      ["-c", "\"$0\" --home \"$1\" ferry in \"$2\" \"$3\" 2>&1", try Program.server.path(), county.home, bad, good]
    ).finish()
    XCTAssertEqual(both.status, 1)
    let lines = both.output.split(separator: "\n")
    let foreign = try XCTUnwrap(lines.firstIndex { $0.contains("[ferry.foreign]") }, both.output)
    let taken = try XCTUnwrap(lines.firstIndex { $0.contains("已收下") }, both.output)
    XCTAssertLessThan(foreign, taken, both.output)
    let copy = county.folder + "/copy"
    try FileManager.default.copyItem(atPath: device.home, toPath: copy)
    try device.ask("note", draft, "真的")
    try device.sync()
    let file = county.folder + "/copy.ferry"
    for command in [["note", draft, "副本写的"], ["sync", "--to-file", file]] {
      let outcome = try county.spawn(.bangban, ["--home", copy, "--json"] + command).finish()
      XCTAssertEqual(outcome.status, 0, outcome.errors)
    }
    let forked = try county.attempt("ferry", "in", file)
    XCTAssertEqual(forked.code, "sync.forked", forked.errors)
    XCTAssertTrue(forked.errors.contains("设备 \(name)"), forked.errors)
    XCTAssertFalse(forked.errors.contains("本机") || forked.errors.contains("管理员"), forked.errors)
    XCTAssertEqual(try county.administer("tray", "list").count, 1)
    // Where it is damaged is told in words.
    let whole = try XCTUnwrap(FileManager.default.contents(atPath: good))
    let cut = try county.attempt("ferry", "in", try county.write([UInt8](whole.dropLast(9)), to: "bad.ferry"))
    XCTAssertTrue(cut.errors.contains("从第 1 段起不完整"), cut.errors)
  }

  func testTheAdministratorIsToldWhatAnAdministratorCanDo() throws {
    let county = try County(self)
    let device = try county.device("a")
    let name = try id(of: device, in: county)
    let request = county.folder + "/request"
    try device.ask("recover", "--to-file", request)
    for text in ["not a key\n", String(repeating: "0", count: 64) + "\n"] {
      let wrong = try county.attempt(
        "device", "recover", name, request, "--recovery-key", try county.write(text, to: "wrong.key"))
      XCTAssertEqual(wrong.code, "recovery.key-invalid")
      XCTAssertEqual(wrong.status, 1)
      XCTAssertFalse(wrong.errors.contains("数据库"), wrong.errors)
    }
    let invited = try XCTUnwrap(
      try county.administer("device", "add", "--station", device.station, "--name", "乙").first?["device"]?.text)
    try county.administer("device", "revoke", name)
    for (device, code) in [(name, "device.revoked"), (invited, "device.not-enrolled")] {
      for command in [
        ["device", "recover", device, request], ["ferry", "out", county.folder + "/x", "--device", device],
      ] {
        let refused = try county.spawn(.server, ["--home", county.home, "--json"] + command).finish()
        XCTAssertEqual(refused.code, code, refused.errors)
        XCTAssertFalse(refused.errors.contains("管理员"), refused.errors)
        XCTAssertTrue(refused.errors.contains("device add"), refused.errors)
      }
    }
    XCTAssertEqual(county.files(in: "x"), [])
  }

  func testAHomeOfAnEarlierVersionGetsItsKeyAtTheNextServe() throws {
    let county = try County(self)
    let device = try county.device("a")
    let key = county.home + "/keys/encryption.key"
    county.stop()
    try FileManager.default.removeItem(atPath: key)
    let file = county.folder + "/out.ferry"
    try device.ask("sync", "--to-file", file)
    XCTAssertEqual(try county.attempt("ferry", "in", file).code, "server.key")
    try county.start()
    XCTAssertTrue(FileManager.default.fileExists(atPath: key))
    XCTAssertEqual(try county.attempt("ferry", "in", file).code, "ferry.other-reader", "it was for the former key")
    try device.sync()
    try device.ask("sync", "--to-file", file)
    try county.administer("ferry", "in", file)
    try county.administer("backup", county.folder + "/backup")
    XCTAssertTrue(FileManager.default.fileExists(atPath: county.folder + "/backup/keys/encryption.key"))
    try county.checkVerify()
  }

  func testAForgottenPassphraseCostsNoWork() throws {
    let county = try County(self)
    let device = try county.device("a")
    let name = try id(of: device, in: county)
    let document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    let id = try device.capture(document)["id"]?.text ?? ""
    let photo = try county.write([UInt8](repeating: 9, count: 200_000), to: "photo.jpg")
    _ = try device.list("attach", id, "m01", photo)
    var draft = document
    draft["consent"] = false
    draft["submit"] = false
    let held = try device.capture(draft)["id"]?.text ?? ""
    try device.ask("lock")
    let forgotten = try county.write("不记得了的口令\n", to: "forgotten")
    XCTAssertEqual(try device.run("--passphrase-file", forgotten, "list").code, "store.passphrase")
    let request = county.folder + "/request"
    XCTAssertEqual(try device.ask("recover", "--to-file", request)["device"]?.text, name)
    // The administrator keeps the county's key elsewhere.
    let safe = county.folder + "/safe.key"
    try FileManager.default.moveItem(atPath: county.home + "/keys/recovery.key", toPath: safe)
    XCTAssertEqual(try county.attempt("device", "recover", name, request).code, "recovery.key-missing")
    let answered = try XCTUnwrap(
      try county.administer("device", "recover", name, request, "--recovery-key", safe).first)
    let code = answered["code"]?.text ?? ""
    let answer = answered["file"]?.text ?? ""
    let new = try county.write("全新的口令 2026\n", to: "new")
    let wrong = try device.run(
      "--passphrase-file", new, "recover", "--from-file", answer, "--code", "0000-0000-0000-0000")
    XCTAssertEqual(wrong.code, "recover.code")
    let recovered = try device.run(
      "--passphrase-file", new, "recover", "--from-file", answer, "--code", "-", input: Array("\(code)\n".utf8))
    XCTAssertEqual(recovered.status, 0, recovered.errors)
    XCTAssertEqual(recovered.value["held"], 1)
    XCTAssertEqual(recovered.value["attachments"], 1)
    let again = try device.run("--passphrase-file", new, "recover", "--from-file", answer, "--code", code)
    XCTAssertEqual(again.code, "recover.none")
    XCTAssertEqual(try device.run("list").code, "store.passphrase", "the former one opens nothing")
    XCTAssertEqual(try device.run("--passphrase-file", new, "unlock").status, 0)
    XCTAssertEqual(try device.ask("show", held)["held"], true)
    XCTAssertEqual(try device.sync()["upToDate"], true)
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    XCTAssertEqual(try county.administer("applications").count, 1)
    try county.checkVerify()
  }
}
