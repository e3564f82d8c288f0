package import Casework
package import Foundations
package import Journal

/// The county's outbox.
extension CaseService: Outbox {
  /// In the order of their time; one transaction that only reads.
  package func dueDispatches(
    now: Instant, of each: Int, except windows: Set<WindowID>
  ) throws(Problem) -> [DispatchRow] {
    try journal.read { reader throws(Problem) in try reader.dueDispatches(now: now, of: each, except: windows) }
  }

  /// Nil where nothing waits for its time.
  package func nextDispatch(after time: Instant) throws(Problem) -> Instant? {
    try journal.read { reader throws(Problem) in try reader.nextDispatch(after: time) }
  }

  /// Due or not.
  package func queuedDispatches() throws(Problem) -> Int {
    try journal.read { reader throws(Problem) in try reader.queuedDispatches() }
  }

  /// Nil where the window uses the built-in inbox.
  package func endpoint(_ window: WindowID) throws(Problem) -> EndpointRow? {
    try journal.read { reader throws(Problem) in try reader.endpoint(window) }
  }

  /// Audited; nothing happens where the endpoint has another URL by now.
  package func disableEndpoint(_ window: WindowID, url: String) throws(Problem) {
    let now = clock.now()
    try journal.write { writer throws(Problem) in
      // Set anew while the request was under way: the answer was not meant for this one.
      guard var row = try writer.endpoint(window), row.url == url, !row.disabled else { return }
      row.disabled = true
      try writer.setEndpoint(row)
      try writer.addAudit(at: now, actor: "system", action: "endpoint.disable", subject: window.text)
    }
  }
}
