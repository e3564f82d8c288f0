import Application
import Casework
import Catalog
import Cryptography
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// What came too late for a version, at the windows: they see what is their business, open it, and judge by what they
/// admitted.
final class LateTests: XCTestCase {
  private var bench: CountyBench!
  private var device: BenchDevice!
  private let digest = "sm3:" + String(repeating: "ab", count: 32)

  override func setUpWithError() throws {
    bench = try CountyBench()
    device = try bench.device()
  }

  private func submitted(
    _ matter: String = "qingjian-04", items: [ItemID]? = nil, deferring: [String] = [],
    overriding: Members = [:]
  ) throws -> ApplicationID {
    let id = device.create(try bench.matter(matter), items: items, overriding: overriding)
    try device.submit(id, deferring: deferring)
    try device.sync()
    XCTAssertEqual(try bench.state(id).versions.count, 1)
    return id
  }

  private func proceeding(_ id: ApplicationID, _ item: String) throws -> ProceedingState {
    try XCTUnwrap(try bench.state(id).proceeding(ProceedingID(id, ItemID(item))))
  }

  private func view(_ id: ApplicationID, _ item: String) throws -> Value {
    let proceeding = try proceeding(id, item)
    return try bench.service.proceeding(proceeding.id, actor: bench.actor(proceeding))
  }

  private func late(_ id: ApplicationID, _ item: String) throws -> [Value] {
    try view(id, item)["late"]?.array ?? []
  }

  private func act(_ id: ApplicationID, _ item: String, _ body: Value) throws {
    let proceeding = try proceeding(id, item)
    var body = body
    body["version"] = .integer(proceeding.version)
    _ = try bench.service.act(proceeding.id, body: body, actor: bench.actor(proceeding))
  }

  private func code(_ id: ApplicationID, _ item: String, _ body: Value) -> String? {
    bench.refusal { try act(id, item, body) }?.code
  }

  /// The device attaches a file.
  private func attach(_ material: String, to id: ApplicationID) -> OperationID {
    device.write(
      .attach,
      [
        "material": .text(material), "digest": .text(digest), "bytes": 10, "mediaType": "image/jpeg",
        "name": "a.jpg",
      ], id)
    return OperationID(device.id, device.counter)
  }

  private func reads(_ id: ApplicationID, _ item: String) throws -> Bool {
    let actor = bench.actor(try proceeding(id, item))
    return bench.refusal { try self.bench.service.checkReading(self.digest, actor: actor) } == nil
  }

  private func materials(_ id: ApplicationID, _ item: String, _ material: String) throws -> [Value] {
    (try view(id, item)["materials"]?.array ?? []).filter { $0["id"]?.text == material }
  }

  /// Laptop and county have made the same of it.
  private func assertAgreement(_ id: ApplicationID) throws {
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  // MARK: Whose it is

  func testWhatCameLateIsItsWindowsAndHidesNothingInTheTray() throws {
    let id = try submitted()
    for name: Value in ["李四", "王五"] { try device.edit(id, "mo.name", name) }
    let last = OperationID(device.id, device.counter).text
    try device.sync()
    XCTAssertEqual(try late(id, "i01").count, 2)
    XCTAssertEqual(try bench.service.tray(limit: 10).lines, [])
    let attempts: [() throws -> Void] = [
      { _ = try self.bench.service.trayItem(last) },
      { _ = try self.bench.service.admit(last, actor: "test") },
      { _ = try self.bench.service.decline(last, why: "不必", from: NoAttachments(), actor: "test") },
    ]
    for attempt in attempts {
      let refusal = bench.refusal(attempt)
      XCTAssertEqual(refusal?.code, "tray.late")
      XCTAssertEqual(refusal?.detail, id.text)
    }
    for _ in 0..<2 { device.create(try bench.matter("qingjian-04"), overriding: ["mo.phone": "这不是电话"]) }
    try device.sync()
    let cut = try bench.service.tray(limit: 1)
    XCTAssertEqual(cut.lines.map { $0["code"] }, ["field.phone.format"])
    XCTAssertTrue(cut.more, "a listing that was cut says so")
    let whole = try bench.service.tray(limit: 2)
    XCTAssertEqual(whole.lines.count, 2)
    XCTAssertFalse(whole.more)
  }

  // MARK: What was admitted

  func testWhatAWindowAdmitsIsWhatEveryWindowReadsFromThenOn() throws {
    let id = try submitted()
    try device.edit(id, "mo.name", "李四")
    try device.sync()
    let operation = try XCTUnwrap(try late(id, "i01").first?["operation"])
    XCTAssertEqual(try late(id, "i01").first?["fields"], ["mo.name": "李四"])
    try act(id, "i01", ["action": "admit", "operation": operation])
    XCTAssertEqual(try bench.state(id).value("mo.name"), "李四")
    for item in ["i01", "i04"] {
      XCTAssertEqual(try view(id, item)["fields"]?["mo.name"]?["value"], "李四", item)
    }
    XCTAssertEqual(try bench.state(id).version?.values["mo.name"], try bench.matter("qingjian-04").example("mo.name"))

    // What goes out afterwards, and what goes out once more, say so, too.
    try act(id, "i01", ["action": "accept"])
    try act(id, "i01", ["action": "decide", "outcome": "approve"])
    for item in ["i01", "i04"] {
      XCTAssertEqual(try dispatched(id, item)["fields"]?["mo.name"]?["value"], "李四", item)
    }
    try assertAgreement(id)
  }

  func testAFieldThatIsClearedLateIsGoneOnceThatIsAdmitted() throws {
    let id = try submitted()
    XCTAssertNotNil(try view(id, "i01")["fields"]?["nb.weight"])
    try device.edit(id, "nb.weight", nil)
    try device.sync()
    let operation = try XCTUnwrap(try late(id, "i01").first?["operation"])
    try act(id, "i01", ["action": "admit", "operation": operation])
    XCTAssertNil(try view(id, "i01")["fields"]?["nb.weight"])
    try assertAgreement(id)
  }

  func testTheQueueNamesTheApplicantAsAdmitted() throws {
    let id = try submitted()
    var applicant = try XCTUnwrap(try device.state(id).value(Register.applicant))
    applicant["name"] = "张山"
    try device.edit(id, Register.applicant, applicant)
    try device.sync()
    let operation = try XCTUnwrap(try late(id, "i01").first?["operation"])
    try act(id, "i01", ["action": "admit", "operation": operation])
    let window = try XCTUnwrap(try proceeding(id, "i01").window)
    let queue = try bench.service.queue(window, status: nil, limit: 10)
    XCTAssertEqual(queue["items"]?.array?.first?["applicant"], "张山")
    XCTAssertEqual(try view(id, "i04")["applicant"]?["name"], "张山")
    try assertAgreement(id)
  }

  /// A window that has accepted keeps its version. What it admits is not put in the place of what another window had
  /// asked for in a correction.
  func testOneWindowsWordReplacesNoAnswerItHadNotBeforeIt() throws {
    let id = try submitted("qingjian-01", items: [ItemID("i01"), ItemID("i10")])
    XCTAssertEqual(try proceeding(id, "i01").status, .accepted, "receiving was accepting")
    try device.edit(id, "grad.certNo", "甲")
    try device.edit(id, "applicant.nation", "乙")
    try device.sync()
    let operations = try late(id, "i01").compactMap { $0["operation"] }
    XCTAssertEqual(operations.count, 2)
    try act(
      id, "i10",
      [
        "action": "correct", "until": "2026-12-01",
        "defects": [["field": "grad.certNo", "problem": "写错了", "remedy": "请照毕业证填写"]],
      ])
    try device.sync()
    try device.edit(id, "grad.certNo", "丙")
    try device.submit(id)
    try device.sync()
    XCTAssertEqual(try proceeding(id, "i01").version, 1)
    XCTAssertEqual(try proceeding(id, "i10").version, 2)
    for operation in operations { try act(id, "i01", ["action": "admit", "operation": operation]) }
    XCTAssertEqual(try view(id, "i01")["fields"]?["grad.certNo"]?["value"], "甲")
    XCTAssertEqual(try view(id, "i10")["fields"]?["grad.certNo"]?["value"], "丙")
    for item in ["i01", "i10"] {
      XCTAssertEqual(try view(id, item)["fields"]?["applicant.nation"]?["value"], "乙", "both said the same before")
    }
    try assertAgreement(id)
  }

  // MARK: What a further version had not seen

  func testAVersionOfALaptopThatHadNotSeenItUndoesNothingThatAWindowWrote() throws {
    let id = try submitted()
    let other = try bench.device()
    try other.sync()
    try act(
      id, "i01", ["action": "rectify", "fields": ["mo.phone": "13887654321"], "confirmedBy": "张三", "reason": "少抄一位"])
    try device.edit(id, "fa.name", "李福")
    try device.sync()
    let operation = try XCTUnwrap(try late(id, "i01").first?["operation"])
    try act(id, "i01", ["action": "admit", "operation": operation])
    // The other laptop has seen nothing of it.
    try other.edit(id, "mo.name", "李四")
    try other.submit(id)
    try other.sync()

    let state = try bench.state(id)
    XCTAssertEqual(state.versions.count, 2)
    XCTAssertEqual(try proceeding(id, "i01").version, 2)
    XCTAssertEqual(state.version?.values["mo.phone"], try bench.matter("qingjian-04").example("mo.phone"))
    XCTAssertEqual(state.version?.digest, try other.state(id).version?.digest)
    for item in ["i01", "i04"] {
      let fields = try XCTUnwrap(try view(id, item)["fields"])
      XCTAssertEqual(fields["mo.phone"]?["value"], "13887654321", item)
      XCTAssertEqual(fields["fa.name"]?["value"], "李福", item)
      XCTAssertEqual(fields["mo.name"]?["value"], "李四", item)
    }
    XCTAssertEqual(try view(id, "i01")["rectifications"]?.array?.first?["fields"], ["mo.phone"])
    XCTAssertEqual(try other.state(id), state)
    try assertAgreement(id)
  }

  // MARK: Papers

  func testADeferredPaperThatHasComeIsListedAndCanBeOpened() throws {
    let id = try submitted(deferring: ["m02"])
    XCTAssertNotNil(try materials(id, "i01", "m02").first?["deferredUntil"]?.text)
    let entry = attach("m02", to: id)
    try device.sync()
    for item in ["i01", "i04"] {
      let lines = try materials(id, item, "m02")
      XCTAssertEqual(lines.count, 1)
      XCTAssertEqual(lines.first?["digest"], .text(digest))
      XCTAssertEqual(lines.first?["url"], .text("/v1/blobs/\(digest)"))
      XCTAssertEqual(lines.first?["arrived"], false, "nobody opens what is still under way")
      XCTAssertNil(lines.first?["deferredUntil"])
    }
    XCTAssertEqual(try dispatched(id, "i01")["materials"], try view(id, "i01")["materials"])
    try bench.service.blobArrived(digest, bytes: 10, from: device.id)
    XCTAssertNil(try materials(id, "i01", "m02").first?["arrived"])
    XCTAssertTrue(try reads(id, "i01"))

    // What is taken out again is owed again.
    device.write(.detach, ["operation": .text(entry.text)], id)
    try device.sync()
    XCTAssertEqual(try materials(id, "i01", "m02").count, 1)
    XCTAssertNotNil(try materials(id, "i01", "m02").first?["deferredUntil"])
    try assertAgreement(id)
  }

  /// An application whose m04 came after the version, whole.
  private func submittedWithLatePaper() throws -> ApplicationID {
    let id = try submitted()
    _ = attach("m04", to: id)
    try device.sync()
    try bench.service.blobArrived(digest, bytes: 10, from: device.id)
    return id
  }

  func testAWindowOpensALatePaperBeforeItAdmitsItAndThenHasIt() throws {
    let id = try submittedWithLatePaper()
    let line = try XCTUnwrap(try late(id, "i01").first)
    XCTAssertEqual(line["material"], "m04")
    XCTAssertEqual(line["digest"], .text(digest))
    XCTAssertEqual(line["mediaType"], "image/jpeg")
    XCTAssertEqual(line["bytes"], 10)
    XCTAssertEqual(line["url"], .text("/v1/blobs/\(digest)"))
    XCTAssertTrue(try reads(id, "i01"))
    XCTAssertFalse(try reads(id, "i04"), "its item does not need it")
    XCTAssertEqual(try materials(id, "i01", "m04"), [])

    try act(id, "i01", ["action": "admit", "operation": line["operation"] ?? .null])
    XCTAssertEqual(try materials(id, "i01", "m04").map { $0["digest"] }, [.text(digest)])
    XCTAssertTrue(try reads(id, "i01"))
    try assertAgreement(id)
  }

  func testADeclinedPaperIsNotToBeOpened() throws {
    let id = try submittedWithLatePaper()
    let operation = try XCTUnwrap(try late(id, "i01").first?["operation"])
    try act(id, "i01", ["action": "decline", "operation": operation])
    XCTAssertFalse(try reads(id, "i01"))
    XCTAssertEqual(try materials(id, "i01", "m04"), [])
    try assertAgreement(id)
  }

  func testAPaperWhoseRemovalIsAdmittedIsGone() throws {
    let id = device.create(try bench.matter("qingjian-04"))
    let entry = attach("m04", to: id)
    try device.sync()
    try bench.service.blobArrived(digest, bytes: 10, from: device.id)
    try device.submit(id)
    device.write(.detach, ["operation": .text(entry.text)], id)
    try device.sync()
    XCTAssertEqual(try materials(id, "i01", "m04").count, 1, "the version stands")
    let line = try XCTUnwrap(try late(id, "i01").first)
    XCTAssertEqual(line["removes"]?["id"], "m04")
    XCTAssertEqual(line["removes"]?["digest"], .text(digest))
    try act(id, "i01", ["action": "admit", "operation": line["operation"] ?? .null])
    XCTAssertEqual(try materials(id, "i01", "m04"), [])
    XCTAssertFalse(try reads(id, "i01"))
    try assertAgreement(id)
  }

  // MARK: Whose business it is

  /// A matter of two departments, and what came late for it: the operations in their order.
  private func submittedToTwo(_ edits: KeyValuePairs<String, Value>) throws -> (id: ApplicationID, late: [Value]) {
    let id = try submitted("qingjian-01", items: [ItemID("i10"), ItemID("i11")])
    for (register, value) in edits { try device.edit(id, register, value) }
    try device.sync()
    let late = try bench.state(id).late.map { Value.text($0.operation.text) }
    XCTAssertEqual(late.count, edits.count)
    return (id, late)
  }

  private func operations(_ id: ApplicationID, _ item: String) throws -> [Value] {
    try late(id, item).compactMap { $0["operation"] }
  }

  func testAWindowSeesAndSettlesOnlyWhatIsItsBusiness() throws {
    let (id, late) = try submittedToTwo(["hk.householder": "户主", "rent.rooms": "2"])
    XCTAssertEqual(try operations(id, "i10"), [late[0]])
    XCTAssertEqual(try operations(id, "i11"), [late[1]])
    for action in ["admit", "decline"] {
      let foreign: Value = ["action": .text(action), "operation": late[0]]
      let unknown: Value = ["action": .text(action), "operation": .text(OperationID(device.id, 99).text)]
      XCTAssertEqual(code(id, "i11", foreign), "late.not-found")
      XCTAssertEqual(code(id, "i11", unknown), "late.not-found", "the one is like the other")
    }
    try act(id, "i10", ["action": "admit", "operation": late[0]])
    XCTAssertEqual(try view(id, "i10")["fields"]?["hk.householder"]?["value"], "户主")
    let offered = try view(id, "i10")["actions"]?.array ?? []
    XCTAssertFalse(offered.contains("admit") || offered.contains("decline"), "there is nothing left for it")
    XCTAssertEqual(try view(id, "i11")["actions"]?.array?.contains("admit"), true)
    try assertAgreement(id)
  }

  func testALatePaperIsItsItemsBusinessOnly() throws {
    let (id, _) = try submittedToTwo([:])
    let entry = attach("m09", to: id)
    try device.sync()
    try bench.service.blobArrived(digest, bytes: 10, from: device.id)
    XCTAssertEqual(try operations(id, "i10"), [.text(entry.text)])
    XCTAssertEqual(try operations(id, "i11"), [])
    XCTAssertTrue(try reads(id, "i10"))
    XCTAssertFalse(try reads(id, "i11"))
    XCTAssertEqual(code(id, "i11", ["action": "decline", "operation": .text(entry.text)]), "late.not-found")
  }

  func testWhatConcernsSeveralWindowsAnyOfThemSettlesForAll() throws {
    let (id, late) = try submittedToTwo([Register.applicant: ["kind": "person", "name": "张山"]])
    for item in ["i10", "i11"] {
      XCTAssertEqual(try self.late(id, item).map { $0["applicant"]?["name"] }, ["张山"], item)
    }
    try act(id, "i11", ["action": "admit", "operation": late[0]])
    for item in ["i10", "i11"] {
      XCTAssertEqual(try view(id, item)["applicant"]?["name"], "张山", item)
      XCTAssertEqual(try operations(id, item), [])
    }
    try assertAgreement(id)
  }

  func testWhatIsNobodysBusinessAnyWindowSettles() throws {
    let (id, late) = try submittedToTwo(["file.from": "西安", Register.division: "610830100202"])
    for item in ["i10", "i11"] {
      XCTAssertEqual(try operations(id, item), late, item)
      XCTAssertEqual(try self.late(id, item).map { $0["fields"] }, [[:], [:]], "it reads no more of it for that")
    }
    try act(id, "i10", ["action": "decline", "operation": late[0]])
    try act(id, "i11", ["action": "decline", "operation": late[1]])
    XCTAssertEqual(try bench.state(id).late, [])
    try assertAgreement(id)
  }

  func testWhatWasTheBusinessOfOneThatHasEndedWaitsForNobody() throws {
    let (id, late) = try submittedToTwo(["hk.householder": "户主"])
    XCTAssertEqual(try operations(id, "i11"), [])
    try act(id, "i10", ["action": "reject", "reason": "不属于本机关职权", "redirectTo": "别的机关"])
    XCTAssertEqual(try operations(id, "i11"), late)
    try act(id, "i11", ["action": "decline", "operation": late[0]])
    XCTAssertEqual(try bench.state(id).late, [])
    try assertAgreement(id)
  }

  /// The body of a proceeding's dispatch to a window's own system.
  private func dispatched(_ id: ApplicationID, _ item: String) throws -> Value {
    let proceeding = try proceeding(id, item)
    let window = try XCTUnwrap(proceeding.window)
    let dispatch = DispatchID.of(proceeding.id, version: proceeding.version, window: window)
    let row = try XCTUnwrap(
      try bench.journal.read { reader throws(Problem) in try reader.dispatch(dispatch, of: id) })
    return try XCTUnwrap(try JSONReader.read(try bench.service.dispatchBody(row))["data"])
  }
}

extension Matter {
  fileprivate func example(_ field: String) -> Value? { fields.first { $0.id == field }?.example }
}
