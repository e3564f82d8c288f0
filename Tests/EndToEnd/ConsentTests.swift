import Foundations
import Replication
import SQLite
import Wire
import XCTest

/// A draft leaves the device once consent is recorded (sync.md, section 3), seen from outside the programs.
final class ConsentTests: XCTestCase {
  private static let secrets = ["慕容示例丹", "610830198507120020", "13912345678", "枣林则沟路八十八号", "周二晚上再来"]

  private func document(_ device: Device, consent: Bool) throws -> Value {
    var document = Documents.complete(try device.matter("qingjian-10"), submit: false)
    var fields = document["fields"]?.object ?? [:]
    fields["w.name"] = "慕容示例丹"
    fields["w.idNo"] = "610830198507120020"
    fields["w.phone"] = "13912345678"
    document["fields"] = .object(fields)
    document["applicant"] = [
      "kind": "person", "name": "慕容示例丹", "idNumber": "610830198507120020", "phone": "13912345678",
    ]
    document["consent"] = .bool(consent)
    return document
  }

  /// The operations of all sync requests, read as the server reads them.
  private func operations(_ messages: [Eavesdropper.Message], _ device: Device) throws -> [Replication.Operation] {
    let store = try Connection(path: device.home + "/store.db", mode: .readOnly)
    let kept = try store.one("SELECT value FROM documents WHERE name = 'dictionary'") { $0.blob(0) }
    let dictionary = try XCTUnwrap(MessageDictionary(try CBOR.decode(try XCTUnwrap(kept))))
    let requests = messages.filter { $0.path == "/v1/sync" }
    XCTAssertFalse(requests.isEmpty)
    return try requests.flatMap { message in
      try SyncRequest.read(message.body) { $0 == dictionary.id ? dictionary : nil }.request.operations
    }
  }

  func testNothingOfAHeldDraftReachesTheServerBeforeConsent() throws {
    let county = try County(self)
    let (device, other) = (try county.device("a"), try county.device("b", person: "李志强"))
    let ear = try Eavesdropper(between: device)
    defer { ear.stop() }
    let made = try device.capture(try document(device, consent: false))
    XCTAssertEqual(made["held"], true)
    let id = made["id"]?.text ?? ""
    try device.ask("edit", id, "w.hukouAddr:={\"division\":\"610830100201\",\"detail\":\"枣林则沟路八十八号\"}")
    try device.ask("note", id, "周二晚上再来")
    let bytes = (0..<40_000).map { _ in UInt8.random(in: 0...255) }
    let digest =
      try device.list(
        "attach", id, "m04", try county.write(bytes, to: "photo.jpg"))[0]["digest"]?.text ?? ""
    XCTAssertTrue(digest.hasPrefix("sm3:"))
    // One that may go, so that there is something to hear.
    let open = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))
    let before = try device.sync()
    XCTAssertEqual(before["held"], 1)
    XCTAssertEqual(before["upToDate"], true)
    XCTAssertEqual(try device.sync()["pushed"], 0)
    XCTAssertEqual(try device.ask("prove")["held"], 1)
    XCTAssertEqual(try device.run("share", id, "--with", other.station).code, "consent.missing")
    XCTAssertEqual(try device.run("submit", id).code, "submit.consent")

    let heard = ear.messages
    let sent = try operations(heard, device)
    XCTAssertEqual(Set(sent.map(\.header.application.text)), [open["id"]?.text ?? ""])
    XCTAssertEqual(sent.map(\.id.counter), Array(1...Int64(sent.count)), "no gap where the draft is")
    for message in heard {
      let texts = [message.path] + Array(message.headers.values)
      XCTAssertFalse(texts.contains { $0.contains(id) || $0.contains(digest) }, message.path)
    }
    XCTAssertFalse(heard.contains { $0.method == "PATCH" || $0.method == "HEAD" })
    let name = String(digest.dropFirst(4))
    XCTAssertFalse(county.files(in: "server").contains { $0.contains(name) })
    XCTAssertEqual(try county.administer("applications").compactMap { $0["id"] }, [open["id"] ?? .null])
    try other.sync()
    XCTAssertEqual(try other.run("show", id).code, "application.not-found")

    let consent = try device.ask("consent", id)
    XCTAssertEqual(consent["given"], true)
    XCTAssertEqual(consent["code"], made["code"])
    try device.sync()
    let after = try operations(Array(ear.messages.dropFirst(heard.count)), device)
    XCTAssertEqual(Set(after.map(\.header.application.text)), [id])
    let payloads = after.flatMap(\.payload)
    for secret in Self.secrets {
      XCTAssertTrue(payloads.contains(secret.utf8), "\(secret): what could not be heard before is heard now")
    }
    XCTAssertTrue(ear.messages.contains { $0.method == "PATCH" && $0.path.contains(digest) })
    try other.sync()
    XCTAssertEqual(try other.list("list", "--text", "13912345678").map { $0["id"] }, [.text(id)])
    XCTAssertEqual(try other.ask("show", id)["consent"]?["at"], consent["at"])
    for each in [device, other] {
      let proof = try each.ask("prove")
      XCTAssertEqual(proof["differ"], [])
      XCTAssertEqual(proof["match"], 2)
    }
    try county.checkVerify()
  }

  func testAWithdrawnHeldDraftIsGone() throws {
    let county = try County(self)
    let device = try county.device("a")
    let id = try device.capture(try document(device, consent: false))["id"]?.text ?? ""
    _ = try device.list("attach", id, "m04", try county.write("承诺书", to: "a.txt"))
    XCTAssertEqual(county.files(in: "a/attachments").count, 1)
    let words = try county.spawn(.bangban, ["--home", device.home, "withdraw", id, "--why", "不同意"]).finish()
    XCTAssertEqual(words.status, 0, words.errors)
    XCTAssertTrue(words.output.contains("从这台电脑上删除"), words.output)
    XCTAssertEqual(try device.list("list"), [])
    XCTAssertEqual(county.files(in: "a/attachments"), [])
    XCTAssertEqual(try device.sync()["pushed"], 0)
    XCTAssertEqual(try county.administer("applications"), [])
    XCTAssertEqual(try device.run("doctor").status, 0)
  }

  // MARK: The wizard

  func testTheWizardAsksForConsentInWords() throws {
    let county = try County(self)
    let device = try county.device("a")
    let plain = try XCTUnwrap(
      try device.list("catalog", "list").compactMap { $0["id"]?.text }.first { matter in
        try device.ask("guide", matter)["questions"] == []
      })
    func wizard(_ lines: String...) throws -> Outcome {
      try device.run("new", plain, input: Array(lines.map { $0 + "\n" }.joined().utf8))
    }
    XCTAssertEqual(try wizard("", "n", "", "n").status, 0, "the return key is no answer")
    XCTAssertEqual(try device.list("list"), [])
    let digits = try wizard("1", "0", "１", "好", "不同意", "1", "否")
    XCTAssertEqual(digits.status, 0, "no digit is an answer: \(digits.errors)")
    XCTAssertEqual(try device.list("list"), [])
    XCTAssertEqual(try wizard("", "").code, "input.ended")
    XCTAssertEqual(try device.list("list"), [])
    XCTAssertEqual(try wizard("n", "y").code, "input.ended")
    XCTAssertEqual(try device.list("list").map { $0["held"] }, [true])
    XCTAssertEqual(try wizard("1", "同意").code, "input.ended")
    XCTAssertEqual(Set(try device.list("list").map { $0["held"] }), [true, false])
    XCTAssertEqual(try device.sync()["held"], 1)
    XCTAssertEqual(try county.administer("applications").count, 1)
  }

  func testTheWizardRecordsALateConsentAndSubmits() throws {
    let county = try County(self)
    let device = try county.device("a")
    let matter = try device.matter("qingjian-10")
    var filled = try document(device, consent: false)
    // Nothing is left to ask but the consent.
    var fields = filled["fields"]?.object ?? [:]
    for field in matter["fields"]?.array ?? [] {
      if let name = field["id"]?.text, fields[name] == nil { fields[name] = field["example"] }
    }
    filled["fields"] = .object(fields)
    let id = try device.capture(filled)["id"]?.text ?? ""
    let refused = try device.run("edit", id, input: Array("n\n".utf8))
    XCTAssertEqual(refused.status, 0, refused.errors)
    XCTAssertEqual(refused.value["held"], true)
    XCTAssertEqual(try device.ask("show", id)["held"], true)
    // Agreed, and not handed in: neither a digit nor the return key submits.
    let kept = try device.run("edit", id, input: Array("y\n1\n\n".utf8))
    XCTAssertEqual(kept.status, 0, kept.errors)
    XCTAssertNil(kept.value["version"])
    XCTAssertTrue(kept.errors.contains("没有提交，还是草稿"), kept.errors)
    XCTAssertEqual(try device.ask("show", id)["status"], "draft")
    let agreed = try device.run("edit", id, input: Array("是\n".utf8))
    XCTAssertEqual(agreed.status, 0, agreed.errors)
    XCTAssertEqual(agreed.value["version"], 1)
    XCTAssertNil(agreed.value["held"])
    XCTAssertEqual(try device.ask("show", id)["status"], "submitted")
    XCTAssertEqual(try device.sync()["refused"], 0)
    try county.checkVerify()
  }
}
