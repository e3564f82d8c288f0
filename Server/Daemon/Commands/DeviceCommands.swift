internal import Casework
internal import Foundations
internal import Journal
internal import Replication
internal import Terminal

/// Devices of the stations.
extension Commands {
  static let devices: [Spec] = [
    Spec(
      "device add", group: Group.county, "登记一台设备，给出一次性登记码（7 天内有效）",
      options: [
        .one("--station", "S", "设备属于哪个站点", required: true), .one("--name", "N", "设备名称", required: true),
      ],
      examples: ["device add --station s-320830101 --name 一号笔记本"], run: addDevice),
    Spec("device list", group: Group.county, "列出设备", run: listDevices),
    Spec(
      "device revoke", group: Group.county, "停用一台设备：它不能再同步，也看不到新的内容",
      positionals: [PositionalSpec("D", "设备编号")],
      notes: ["它还没有上传的内容，联网时收进待处理（tray list），由您决定采纳或搁置。"], run: revokeDevice),
    Spec(
      "device reassign", group: Group.county, "把一台设备改归另一个站点",
      options: [.one("--station", "S", "新的站点", required: true)], positionals: [PositionalSpec("D", "设备编号")],
      notes: [
        "设备下一次同步时得知，取得新站点的全部办件，不再保留原站点的。",
        "它已填好、还没上传的新办件仍归原站点；对原站点办件的修改收进待处理（tray list）。",
      ], run: reassignDevice),
  ]

  private static func addDevice(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let name = try Registry.name(try session.value(line["--name"]))
    let station = try session.id(line["--station"], like: "s-320830101")
    let (device, code) = try session.casework().inviteDevice(
      station: StationID(station), name: name, actor: Session.actor)
    session.output.result(["device": .text(device.text), "station": .text(station), "code": .text(code)]) {
      [
        "设备 \(device.text) 已登记到站点 \(station)", "一次性登记码：\(session.output.style(.marked, code))（7 天内有效，只显示这一次）",
        "在设备上运行：bangban enroll 服务器地址 \(code)",
      ]
    }
    return .done
  }

  private static func listDevices(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let rows = try session.journal().read { reader throws(Problem) in try reader.devices() }
    session.output.results(rows.map(Registry.value)) {
      var table = Table(["编号", "名称", "站点", "状态", "登记", "最近同步"])
      for row in rows {
        let status: String =
          switch row.status {
          case .invited: "待登记"
          case .active: "在用"
          case .revoked: "已停用"
          }
        table.add([
          row.id.text, row.name, row.station.text, status, row.enrolledAt.map(ChinaTime.text) ?? "",
          row.seenAt.map(ChinaTime.text) ?? "",
        ])
      }
      return table.lines(columns: session.output.columns)
    }
    return .done
  }

  private static func device(_ id: String, _ reader: any JournalReader) throws(Problem) -> DeviceRow {
    guard let row = try reader.device(DeviceID(id)) else {
      throw ProblemKind.deviceUnknown.with("“\(UsageFault.shown(id))”")
    }
    return row
  }

  /// What a device is told about itself, in the words for whoever administers it.
  static func administrators(_ problem: Problem, _ device: DeviceID) -> Problem {
    switch problem.kind {
    case .deviceRevoked: ProblemKind.deviceRevokedHere.with(device.text)
    case .deviceNotEnrolled: ProblemKind.deviceNotEnrolledHere.with(device.text)
    default: problem
    }
  }

  private static func revokeDevice(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let row = try session.change("device.revoke", line[0]) { writer throws(Problem) in
      try CaseService.revoke(device(line[0], writer), writer)
    }
    session.output.result(Registry.value(row)) { ["设备 \(row.id.text) 已停用；它已同步的内容都保留着，还没上传的会收进待处理"] }
    return .done
  }

  private static func reassignDevice(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let station = StationID(line["--station"])
    let id = try session.journal().read { reader throws(Problem) in try device(line[0], reader).id }
    let casework = try session.casework()
    let row: DeviceRow
    do throws(Problem) {
      row = try casework.reassignDevice(id, station: station, actor: Session.actor)
    } catch { throw administrators(error, id) }
    session.output.result(Registry.value(row)) {
      let when = row.status == .active ? "，它下一次同步时得知" : ""
      return ["设备 \(row.id.text) 改归站点 \(station.text)\(when)"]
    }
    return .done
  }
}

extension ProblemKind {
  /// As the device's own, in other words.
  static let deviceRevokedHere = ProblemKind(
    deviceRevoked.code, status: deviceRevoked.status, "设备 {} 已经停用，不再答复它。",
    remedy: "这台电脑还要用的话，请用 device add 给它一个新的登记码，重新登记。")
  /// As the device's own, in other words.
  static let deviceNotEnrolledHere = ProblemKind(
    deviceNotEnrolled.code, status: deviceNotEnrolled.status, "设备 {} 还没有用登记码登记。",
    remedy: "请先在那台电脑上运行 bangban enroll；登记码丢了，请用 device add 再给一个。")
  /// What a file of such a device brings is kept all the same.
  static let deviceRevokedFerry = ProblemKind(
    deviceRevoked.code, status: deviceRevoked.status, "{} 是已经停用的设备写的；里面的内容收进了待处理。",
    remedy: "请用 tray list 查看，再用 tray admit 采纳，或用 tray decline 搁置。")
}
