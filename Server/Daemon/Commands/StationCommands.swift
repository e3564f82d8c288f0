internal import Application
internal import Casework
internal import Foundations
internal import Journal
internal import Terminal

/// Service stations.
extension Commands {
  static let stations: [Spec] = [
    Spec(
      "station add", group: Group.county, "增加一个便民服务站点",
      options: [
        .one("--name", "N", "站点名称", required: true),
        .one("--division", "D", "所在乡镇（9 位）或村（12 位）的区划代码", required: true),
        .one("--level", "L", "agent 代收，receive 收件（默认），accept 授权受理", choices: Registry.stationLevels),
        .one("--id", "ID", "自己定编号；不写就自动给一个"),
      ],
      examples: ["station add --name 旧街村便民服务站 --division 320830101"], run: addStation),
    Spec(
      "station import", group: Group.county, "从表格导入站点：name,division,level,id",
      positionals: [PositionalSpec("F", "CSV 或 JSON 文件")],
      notes: [
        "第一行是列名；level 和 id 可以不写。编号已有的站点会改成表格里的内容。有一行不对就全部不导入。",
        "列名也可以写中文：站点名称、区划（写代码）、级别（代收、收件或授权受理）、编号。",
        "既有区划又有区划代码两列的，以区划代码为准。",
      ],
      run: importStations),
    Spec("station list", group: Group.county, "列出站点", run: listStations),
  ]

  private static func addStation(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let name = try Registry.name(try session.value(line["--name"]))
    let chosen = try line.option("--id").map { text throws(Problem) in try Registry.id(text) }
    let (row, county) = try session.change("station.add", subject: { $0.0.id.text }) { writer throws(Problem) in
      let county = try CountyFacts(writer)
      let row = try self.station(
        name: name, division: line["--division"], line.option("--level"), chosen, county, writer)
      guard try writer.station(row.id) == nil else { throw ProblemKind.registryTaken.with(row.id.text) }
      try writer.setStation(row)
      return (row, county)
    }
    session.output.result(Registry.value(row, in: county)) { ["已增加站点 \(row.name)，编号 \(row.id.text)"] }
    return .done
  }

  private static func station(
    name: String, division: String, _ level: String?, _ id: String?, _ county: CountyFacts, _ reader: any JournalReader
  ) throws(Problem) -> StationRow {
    let code = try Registry.division(division, in: county)
    guard code.level >= .town else { throw ProblemKind.registryDivision.with("\(code.text) 是全县，站点应在乡镇或村") }
    let stem = "s-\(code.canonical.text)"
    var given = id ?? ""
    if given.isEmpty {
      given = try Registry.freeID(stem, timeline: county.timeline) { id throws(Problem) in
        try reader.station(StationID(id)) != nil
      }
    }
    return StationRow(
      id: StationID(given), name: name, division: code.full, level: level ?? "receive", sample: false)
  }

  /// The columns as counties call them; the short ones are those of `station list`.
  private static let headings = [
    "站点名称": "name", "名称": "name", "区划": "division", "区划代码": "division", "级别": "level", "权限": "level", "站点编号": "id",
    "编号": "id",
  ]
  private static let levels = ["代收": "agent", "收件": "receive", "授权受理": "accept"]

  private static func importStations(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let rows = try Rows.read(
      try session.bytes(line[0]), columns: ["name", "division", "level", "id"], required: ["name", "division"],
      headings: headings)
    try rows.requireUnique("id")
    let count = try session.change("station.import", "\(rows.count)") { writer throws(Problem) in
      let county = try CountyFacts(writer)
      try Rows.each(rows) { row throws(Problem) in
        let level = levels[row.text("level")] ?? row.text("level")
        guard level.isEmpty || Registry.stationLevels.contains(level) else {
          throw ProblemKind.rowValue.with("level 应是 \(Registry.stationLevels.joined(separator: "、"))")
        }
        let id = row.text("id")
        try writer.setStation(
          try station(
            name: try Registry.name(row.text("name")), division: row.text("division"), level.isEmpty ? nil : level,
            id.isEmpty ? nil : try Registry.id(id), county, writer))
      }
      return rows.count
    }
    session.output.result(["stations": Value(count)]) { ["已导入 \(count) 个站点"] }
    return .done
  }

  private static func listStations(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let (county, rows) = try session.journal().read { reader throws(Problem) in
      (try CountyFacts(reader), try reader.stations())
    }
    session.output.results(rows.map { Registry.value($0, in: county) }) {
      var table = Table(["编号", "名称", "区划", "权限", "交件窗口"])
      for row in rows {
        table.add([
          row.id.text, row.name, row.division, levels.first { $0.value == row.level }?.key ?? row.level,
          Registry.windows(of: row, in: county).map(\.text).joined(separator: "、"),
        ])
      }
      return table.lines(columns: session.output.columns)
    }
    return .done
  }
}
