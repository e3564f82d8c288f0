import Application
import Catalog
import Cryptography
import Documents
import FoundationEssentials
import Foundations
import Replication
import Wire
import XCTest

/// Not the one of Foundation, which XCTest brings along.
typealias Operation = Replication.Operation

/// One application as its operations make it: a laptop writes, the county acts, nothing else is there.
final class Case {
  static let laptop = DeviceID("d-laptop")
  static let county = DeviceID("server")

  private var operations: [JudgedOperation] = []
  private var counters: [DeviceID: Int64] = [:]
  /// When the next operation happens.
  var now: Instant
  /// What the laptop knows of its station before the county has split the application.
  var stationLevel = StationLevel.agent
  /// Whether the laptop's clock jumped before the county heard of what it writes.
  var isClockDoubtful = false
  let id = ApplicationID(createdBy: OperationID(laptop, 1))
  let matter: Matter

  /// Opened on Monday, 23 November 2026.
  init(_ matter: Matter = Rules.matter, at text: String = "2026-11-23T09:00:00+08:00", applicant: Value = Case.wang) {
    self.matter = matter
    now = ChinaTime.instant(text) ?? Instant(milliseconds: 0)
    laptop(
      .create,
      [
        "matter": .text(matter.id.text), "matterVersion": 1, "code": "L-1", "station": "s1", "consent": ["given": true],
        "set": [Register.applicant: applicant, Register.items: ["i"], "p.phone": "13912345678"],
      ])
  }

  static let wang: Value = [
    "kind": "person", "name": "王小明", "idNumber": "61083019991231988X", "phone": "13912345678",
  ]

  var state: ApplicationState {
    guard let state = ApplicationState.fold(operations) else { preconditionFailure("no application") }
    return state
  }

  var proceeding: ProceedingState {
    guard let proceeding = state.proceeding(item) else { preconditionFailure("it was not routed") }
    return proceeding
  }

  var item: ProceedingID { ProceedingID(id, ItemID("i")) }

  /// A day passes, or several.
  func wait(days: Int64) { now = now.adding(seconds: days * 86_400) }

  // MARK: Who does something

  @discardableResult
  func laptop(_ kind: OperationKind, _ payload: Value, register: String? = nil) -> Disposition {
    let parents = register.map { [$0: operations.isEmpty ? [] : state.shown($0)] } ?? [:]
    return record(Self.laptop, kind, payload, parents: parents, by: .device)
  }

  @discardableResult
  func submit(deferring: [String] = [], committing: [String] = [], rectified: Value? = nil) -> Disposition {
    let state = state
    var payload: Value = [
      "version": .integer(Int64(state.versions.count) + 1),
      "digest": .bytes(state.currentSnapshot.digest(deferred: deferring).bytes),
    ]
    if !deferring.isEmpty { payload["defer"] = .array(deferring.map(Value.text)) }
    if !committing.isEmpty {
      payload["commit"] = .array(committing.map { ["material": .text($0), "signedBy": "applicant"] })
    }
    if !state.inCorrection.isEmpty { payload["answers"] = .array(state.inCorrection.map { .text($0.text) }) }
    payload["rectify"] = rectified
    return laptop(.submit, payload)
  }

  /// The county splits it.
  /// - Parameter changes: what the item's own rules say beyond the usual.
  @discardableResult
  func route(level: StationLevel = .agent, status: String = "dispatched", _ changes: Value = [:]) -> Case {
    var routed: Value = [
      "item": "i", "name": "开店许可", "window": "w", "windowName": "综合窗口", "authority": "县审批局", "type": "01",
      "status": .text(status), "promised": 5, "statutory": 20, "materials": ["m1", "m2"], "fields": ["p.phone"],
    ]
    for (key, value) in changes.object ?? [:] { routed[key] = value }
    county(.route, ["level": .text(level.rawValue), "version": 1, "proceedings": [routed]])
    return self
  }

  /// A window acts on the item; its document goes along.
  @discardableResult
  func window(_ kind: OperationKind, _ payload: Value = [:], issuing: [DocumentKind] = []) -> Case {
    var payload = payload
    payload["proceeding"] = .text(item.text)
    payload["place"] = "综合窗口"
    if !issuing.isEmpty {
      payload["documents"] = .array(
        issuing.map {
          ["kind": .text($0.rawValue), "number": .text("清审〔2026〕\($0.rawValue)号"), "proceeding": .text(item.text)]
        })
    }
    county(kind, payload)
    return self
  }

  @discardableResult
  func county(_ kind: OperationKind, _ payload: Value) -> Disposition {
    record(Self.county, kind, payload, parents: [:], by: .server)
  }

  private func record(
    _ author: DeviceID, _ kind: OperationKind, _ payload: Value, parents: [String: [OperationID]], by: Author
  ) -> Disposition {
    now = now.adding(seconds: 60)
    counters[author, default: 0] += 1
    let known = ApplicationState.fold(operations)
    let header = OperationHeader(
      id: OperationID(author, counters[author] ?? 0), application: id, person: PersonID("p-\(author.text)"), kind: kind,
      parents: parents, saw: (known?.known ?? [:]).filter { $0.key != author }, claimedAt: now)
    let operation = Operation(
      header: header, salt: [UInt8](repeating: 1, count: OperationCoding.saltBytes), payload: CBOR.encode(payload))
    let disposition = Judge.disposition(of: operation, by: by, in: known)
    operations.append(
      JudgedOperation(
        operation,
        Judgement(
          sequence: Int64(operations.count + 1), disposition: disposition, receivedAt: now, capturedAt: now,
          captureDoubtful: isClockDoubtful && author == Self.laptop)))
    return disposition
  }

  // MARK: What follows

  /// The legal clock now.
  var due: DueView? { ProceedingClock.due(proceeding, calendar: Rules.calendar, now: now) }

  func refusal(_ kind: OperationKind, _ payload: Value = [:]) -> String? {
    state.refusal(of: kind, payload, on: proceeding)
  }

  private var writer: DocumentWriter {
    DocumentWriter(
      state, matter: matter,
      around: DocumentSurroundings(
        county: "清涧县", station: "宽州镇便民服务站", level: stationLevel, agent: "李帮办", calendar: Rules.calendar))
  }

  /// A document as it is printed.
  func text(_ kind: DocumentKind) -> String {
    if let issued = state.document(kind) { return writer.write(issued).text }
    return writer.provisional(kind, now: now)?.text ?? ""
  }
}

/// What a test may ask of a text.
func XCTAssertText(_ text: String, has elements: [String], line: UInt = #line) {
  for element in elements { XCTAssertTrue(text.contains(element), "“\(element)” is not in:\n\(text)", line: line) }
}

/// The catalogue and the calendar beside which the rules are looked at.
enum Rules {
  static let folder: String =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Shared/Catalog/BuiltIn"

  private static func file(_ name: String) -> [UInt8] {
    (try? Data(contentsOf: URL(filePath: "\(folder)/\(name)"))).map { Array($0) } ?? []
  }

  static let calendar: WorkingCalendar = {
    guard let value = try? JSONReader.read(file("calendar.json")), let calendar = try? WorkingCalendar(value) else {
      return WorkingCalendar(years: [:])
    }
    return calendar
  }()

  static let today = CivilDate("2026-11-23") ?? CivilDate(dayNumber: 0)

  /// A matter of the built-in catalogue.
  static func builtIn(_ list: String, _ name: String) throws -> Matter {
    try XCTUnwrap(
      MatterDecoder.published(CatalogFile(name: name, bytes: file("matters/\(list)/\(name).json"))), "\(list)/\(name)")
  }

  static let matter: Matter = {
    let text = #"""
      {"id": "rule-01", "name": "开店“一件事”", "detail": "full", "version": 1, "subjects": ["person", "organisation"],
       "source": {"jurisdiction": "清涧县", "level": "county", "division": "610830", "title": "清单", "number": 1},
       "lead": [{"authority": "县审批局"}], "conditions": ["年满18周岁"],
       "items": [
        {"id": "i", "name": "开店许可", "authority": "县审批局", "choice": "standard", "typeCode": "01", "level": "county",
         "limit": {"statutory": 20, "promised": 5, "unit": "workingDays"}, "basis": "某条例第九条", "fee": "免费"},
        {"id": "j", "name": "招牌备案", "choice": "optional", "level": "town",
         "prerequisites": [{"anyOf": ["i"], "hard": true}]},
        {"id": "k", "name": "刷脸认证", "choice": "conditional", "agency": "no", "level": "county"}],
       "fields": [
        {"id": "p.phone", "name": "电话", "type": "phone", "required": true, "personal": true, "example": "13912345678"},
        {"id": "p.size", "name": "面积", "type": "integer", "required": false, "items": ["j"], "example": 20}],
       "materials": [
        {"id": "m1", "name": "场所照片", "required": true, "source": "own", "main": true, "items": ["i"]},
        {"id": "m2", "name": "健康证明", "required": true, "source": "own", "deferrable": true, "commitment": true},
        {"id": "m3", "name": "身份证", "required": true, "source": "certificate"}],
       "guidance": [
        {"id": "q1", "text": "做招牌吗", "answers": [
          {"label": "做", "effect": "加办招牌备案", "addItems": ["j"], "requireFields": ["p.size"]},
          {"label": "不做", "effect": "不用办"}]},
        {"id": "q2", "text": "本人来吗", "answers": [
          {"label": "来", "effect": "当场刷脸", "addItems": ["k"]},
          {"label": "来不了", "effect": "本人必须到场，先预约", "stop": true}]}]}
      """#
    guard case .matter(let matter) = MatterDecoder.decode(CatalogFile(name: "rule", bytes: Array(text.utf8))) else {
      preconditionFailure("the rules' matter")
    }
    return matter
  }()
}
