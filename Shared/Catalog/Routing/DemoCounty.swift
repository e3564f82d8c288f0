package import Foundations

/// The windows and sample stations that `init` sets up for a county: one counter of the county's 政务服务中心 for each
/// department its matters name, a comprehensive window, one 便民服务中心 and one sample station a town.
package struct DemoCounty: Sendable, Equatable {
  /// A county or town by code and name.
  package struct Place: Sendable, Hashable {
    /// Six digits for a county, nine for a town.
    package let code: String
    package let name: String

    package init(code: String, name: String) {
      self.code = code
      self.name = name
    }
  }

  /// A sample station, marked as such by its name.
  package struct Station: Sendable, Equatable {
    package let id: StationID
    package let name: String
    /// The town's nine digits.
    package let division: String
    /// The windows it hands papers to: the town's centre.
    package let windows: [WindowID]
  }

  package let windows: [WindowDescription]
  package let stations: [Station]

  /// - Parameters:
  ///   - county: the county.
  ///   - towns: its towns, sub-districts and what stands beside them.
  ///   - matters: the matters visible to the county (`MatterCatalog.visible`).
  package init(county: Place, towns: [Place], matters: [Matter]) {
    let centres = towns.map { town in
      WindowDescription(
        id: WindowID("w-\(town.code)"), name: "\(town.name)便民服务中心", level: .town,
        authorities: ["\(town.name)便民服务中心"], divisions: [town.code], comprehensive: true)
    }
    let comprehensive = WindowDescription(
      id: WindowID("w-\(county.code)-zh"), name: "\(county.name)政务服务中心综合窗口", level: .county, authorities: [],
      divisions: [county.code], comprehensive: true)
    windows = Self.counters(of: county, matters) + [comprehensive] + centres
    stations = zip(towns, centres).map { town, centre in
      Station(
        id: StationID("s-\(town.code)"), name: "\(town.name)示例站点", division: town.code, windows: [centre.id])
    }
  }

  /// One counter a department, under all the names the matters give it. Departments below another one sit at its
  /// counter; one that the table does not know gets a counter only where it is named alone.
  private static func counters(of county: Place, _ matters: [Matter]) -> [WindowDescription] {
    var names: [Department: Set<String>] = [:]
    for printed in matters.flatMap(\.authorities) {
      let alternatives = Department.alternatives(in: printed)
      for department in alternatives where department.code != nil {
        names[department.root, default: []].insert(alternatives.count == 1 ? printed : department.name)
      }
      if alternatives.count == 1, let only = alternatives.first, only.code == nil, !Self.isOfTown(printed) {
        names[only, default: []].insert(printed)
      }
    }
    let unknown = names.keys.filter { $0.code == nil }.map(\.name).sorted()
    return names.map { department, printed in
      let code = department.code ?? "x\((unknown.firstIndex(of: department.name) ?? 0) + 1)"
      return WindowDescription(
        id: WindowID("w-\(county.code)-\(code)"), name: "\(county.name)政务服务中心\(department.name)窗口", level: .county,
        authorities: printed.sorted(), divisions: [county.code])
    }
    .sorted { $0.id < $1.id }
  }

  /// Whether a name belongs to a town or village, which has no counter in the county's centre.
  private static func isOfTown(_ printed: String) -> Bool { printed.contains("乡镇") || printed.contains("村") }
}
