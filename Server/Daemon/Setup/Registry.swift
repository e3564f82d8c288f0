internal import Application
internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// Stations, windows and devices as the commands check and show them.
enum Registry {
  static let stationLevels = ["agent", "receive", "accept"]
  private static let nameCharactersMax = 60
  private static let idCharactersMax = 64

  /// A division's code in twelve digits.
  static func full(_ division: String) -> String { (try? DivisionCode(division))?.full ?? division }

  // MARK: - Checks

  /// A name as it will be shown everywhere.
  /// - Throws: `registry.name`.
  static func name(_ text: String) throws(Problem) -> String {
    let name = text.trimmed
    guard !name.isEmpty, name.count <= nameCharactersMax, Width.clean(name) == name else {
      throw ProblemKind.registryName.with("1 至 \(nameCharactersMax) 个字，不能有控制字符")
    }
    return name
  }

  /// An id that somebody chose: it stands in addresses and file names.
  /// - Throws: `registry.id`.
  static func id(_ text: String) throws(Problem) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || byte == UInt8(ascii: "-")
    }
    guard isPlain, !text.isEmpty, !text.hasPrefix("-"), text.utf8.count <= idCharactersMax else {
      throw ProblemKind.registryID.with("“\(UsageFault.shown(text))”")
    }
    return text
  }

  /// As much of a timeline's name as stands in an id: a million beginnings, and a county restores a few times.
  private static let timelineCharacters = 4

  /// The first id of a row of them that is free. After a backup was put back there is a row of its own: the log that is
  /// lost may have given an id to another station or window, whose applications come back and are not for this one.
  /// - Parameter timeline: of the log; nil on the first.
  static func freeID<Failure: Error>(
    _ stem: String, timeline: String?, _ isTaken: (String) throws(Failure) -> Bool
  ) throws(Failure) -> String {
    let row = timeline.map { "\(stem)-\($0.prefix(timelineCharacters))" } ?? stem
    var number = 1
    while try isTaken("\(row)-\(number)") { number += 1 }
    return "\(row)-\(number)"
  }

  /// A division of this county, known by name as far as its town.
  /// - Throws: `registry.division`.
  static func division(_ text: String, in county: CountyFacts) throws(Problem) -> DivisionCode {
    guard let code = try? DivisionCode(text) else {
      throw ProblemKind.registryDivision.with("“\(UsageFault.shown(text))”不是区划代码")
    }
    guard code.canonical.text.hasPrefix(county.division) else {
      throw ProblemKind.registryDivision.with("\(code.text) 不属于\(county.name)（\(county.division)）")
    }
    let known = String(code.canonical.text.prefix(9))
    guard county.divisions.name(of: known) != nil else {
      throw ProblemKind.registryDivision.with("\(county.name)没有代码为 \(known) 的乡镇")
    }
    return code
  }

  // MARK: - Rows as JSON

  /// `id, name, division, level, windows`, and whether it is a sample.
  static func value(_ station: StationRow, in county: CountyFacts) -> Value {
    [
      "id": .text(station.id.text), "name": .text(station.name), "division": .text(station.division),
      "level": .text(station.level), "sample": .bool(station.sample),
      "windows": .array(windows(of: station, in: county).map { .text($0.text) }),
    ]
  }

  /// The windows a station hands papers to: those of its town, else the county's comprehensive ones.
  static func windows(of station: StationRow, in county: CountyFacts) -> [WindowID] {
    let covering = county.windows.filter { $0.divisions.contains { station.division.hasPrefix($0) } }
    let towns = covering.filter { $0.level == .town }
    return (towns.isEmpty ? covering.filter(\.comprehensive) : towns).map(\.id)
  }

  /// `id, name, level, authorities, divisions`, and how it is reached.
  static func value(_ window: WindowDescription, endpoint: EndpointRow?) -> Value {
    var value = WindowCoding.value(window)
    value["id"] = .text(window.id.text)
    if let endpoint {
      value["endpoint"] = .text(endpoint.url)
      value["endpointDisabled"] = .bool(endpoint.disabled)
    }
    return value
  }

  /// A device; never its keys.
  static func value(_ device: DeviceRow) -> Value {
    [
      "device": .text(device.id.text), "station": .text(device.station.text), "name": .text(device.name),
      "number": .text(device.number), "status": .text(device.status.rawValue),
      "enrolledAt": Value(device.enrolledAt.map(ChinaTime.text)), "seenAt": Value(device.seenAt.map(ChinaTime.text)),
    ]
  }
}

extension ProblemKind {
  static let registryName = ProblemKind("registry.name", "名称不能用：{}。", remedy: "请换一个名称。")
  static let registryID = ProblemKind(
    "registry.id", "编号不能用：{}。", remedy: "编号只用小写英文字母、数字和减号，最多 64 个。")
  static let registryDivision = ProblemKind(
    "registry.division", "区划不能用：{}。", remedy: "请写本县乡镇（9 位）或村（12 位）的代码。")
  static let windowUnknown = ProblemKind(
    "window.unknown", status: 404, "没有这个窗口：{}。", remedy: "用 bangban-server window list 查看窗口编号。")
  static let deviceUnknown = ProblemKind(
    "device.unknown", status: 404, "没有这台设备：{}。", remedy: "用 bangban-server device list 查看设备编号。")
  static let registryTaken = ProblemKind(
    "registry.taken", status: 409, "编号已经用了：{}。", remedy: "请换一个编号；要改名称等内容，请用 import。")
}
