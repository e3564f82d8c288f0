package import Foundations
package import Journal
internal import Replication

/// Stations and windows that the former server had, and where windows' own systems are. What comes back to a backup
/// from before may be of a station that it has never heard of, and lie with such a window, where nobody would find it;
/// and a system that is not known is told nothing.
package struct FormerRegistry: Sendable {
  private let stations: [StationRow]
  private let windows: [(id: WindowID, value: Value)]
  private let endpoints: [EndpointRow]
  /// The highest number of a device that each station has given out.
  private let numbers: [StationID: Int64]

  /// What was added, by the ids of stations and windows.
  package struct Added: Sendable, Hashable {
    package var stations: [String] = []
    package var windows: [String] = []
    package var endpoints: [String] = []
    package init() {}
  }

  /// None.
  package init() { (stations, windows, endpoints, numbers) = ([], [], [], [:]) }

  /// - Parameter former: the journal that a backup takes the place of.
  package init(_ former: any JournalReader) throws(Problem) {
    stations = try former.stations()
    var numbers: [StationID: Int64] = [:]
    for station in stations { numbers[station.id] = try CaseService.highestNumber(station.id, former) }
    self.numbers = numbers
    windows = try former.documents(RegistryKey.windows).map { (WindowID($0.key), $0.value) }
    var endpoints: [EndpointRow] = []
    for (id, _) in windows { if let endpoint = try former.endpoint(id) { endpoints.append(endpoint) } }
    self.endpoints = endpoints
  }

  /// Lets a journal that was put back have those it does not know. What it knows otherwise stays as it was: a backup
  /// may have been put back because of what was changed.
  package func carryOver(to writer: any JournalWriter) throws(Problem) -> Added {
    var added = Added()
    for station in stations where try writer.station(station.id) == nil {
      try writer.setStation(station)
      added.stations.append(station.id.text)
    }
    for (station, number) in numbers.sorted(by: { $0.key < $1.key }) {
      try CaseService.passOverNumbers(through: number, station, writer)
    }
    for (id, value) in windows where try writer.document(RegistryKey.windows, id.text) == nil {
      try writer.setDocument(RegistryKey.windows, id.text, value)
      added.windows.append(id.text)
    }
    for endpoint in endpoints where try writer.endpoint(endpoint.window) == nil {
      try writer.setEndpoint(endpoint)
      added.endpoints.append(endpoint.window.text)
    }
    if added != Added() { try County.touch(writer) }
    return added
  }
}
