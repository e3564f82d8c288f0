internal import Casework
internal import Foundations
internal import HTTP

/// What a running server is put together from: the casework, what answers requests, what works in the background.
struct Wiring {
  let service: any HTTP.Service
  let start: () -> Void
  /// After the last request was answered.
  let stop: () -> Void

  init(casework: CaseService, home: ServerHome, log: Log) throws(Problem) {
    var router = Router()
    router.add("GET", "/healthz") { _ in Response(200, headers: [("Content-Type", "text/plain")], body: Array("ok\n".utf8)) }
    service = router
    start = {}
    stop = {}
  }
}
