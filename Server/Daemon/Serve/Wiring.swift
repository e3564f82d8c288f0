internal import API
internal import Casework
internal import Cryptography
internal import Foundations
internal import HTTP

/// What a running server is put together from: the casework, what answers requests, what forwards in the background.
struct Wiring: Sendable {
  private let api: APIService

  init(casework: CaseService, home: ServerHome, configuration: Configuration, log: Log) throws(Problem) {
    let blobs = try BlobFiles(folder: home.blobsPath, storeKey: try home.storeKey(), random: casework.random)
    api = APIService(casework: casework, blobs: blobs) { [] }
  }

  /// What answers requests.
  var service: any HTTP.Service { api }

  /// Begins to forward.
  func start() {}

  /// After the last request was answered: waits for dispatches that are under way.
  func stop() {}

  /// Counts an answered request.
  func count(_ record: RequestRecord) { api.count(record) }
}
