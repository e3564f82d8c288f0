internal import API
internal import Casework
internal import Cryptography
internal import Forwarding
internal import Foundations
internal import HTTP

/// What a running server is put together from: the casework, what answers requests, what forwards in the background.
struct Wiring: Sendable {
  private let api: APIService
  private let worker: ForwardingWorker
  private let days: DailyWatch

  init(casework: CaseService, home: ServerHome, configuration: Configuration, log: Log) throws(Problem) {
    var settings = ForwardingSettings()
    settings.rules = AddressRules(allowsPublic: configuration.allowPublicEndpoints)
    let worker = ForwardingWorker(casework, settings: settings, log: log)
    let blobs = try BlobFiles(folder: home.blobsPath, storeKey: try home.storeKey(), random: casework.random)
    self.worker = worker
    days = DailyWatch(casework, blobs, log: log)
    api = APIService(casework: casework, blobs: blobs) {
      let metrics = worker.metrics
      return [
        ("delivered", metrics.delivered), ("retried", metrics.retried), ("dead", metrics.dead),
        ("unknown", metrics.unknown), ("queued", Int64(metrics.queued ?? -1)), ("running", Int64(metrics.running)),
      ]
    }
  }

  /// What answers requests.
  var service: any HTTP.Service { api }

  /// Begins to forward, and to let days pass.
  func start() {
    worker.start()
    days.start()
  }

  /// After the last request was answered: waits for dispatches that are under way.
  func stop() {
    days.stop()
    worker.stop()
  }

  /// Counts an answered request.
  func count(_ record: RequestRecord) { api.count(record) }
}
