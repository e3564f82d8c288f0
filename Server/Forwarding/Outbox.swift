package import Foundations
package import Journal

/// Where dispatches come from and where it is noted what became of them. `CaseService` stands behind it.
///
/// Every call is a transaction of its own; none is held across the network.
package protocol Outbox: Sendable {
  var clock: any Clock { get }
  var random: any RandomSource { get }
  /// The first queued dispatch of each application to each window whose time has come, by that time; of each window
  /// only the first few, and of some none.
  /// - Parameters:
  ///   - each: how many to a window.
  ///   - windows: those that are passed over.
  func dueDispatches(now: Instant, of each: Int, except windows: Set<WindowID>) throws(Problem) -> [DispatchRow]
  /// The earliest time after another one at which a queued dispatch is due.
  func nextDispatch(after time: Instant) throws(Problem) -> Instant?
  /// How many are queued, due or not.
  func queuedDispatches() throws(Problem) -> Int
  /// Nil where the window uses the built-in inbox.
  func endpoint(_ window: WindowID) throws(Problem) -> EndpointRow?
  /// 410 was answered: sets `disabled` of the window's endpoint, if it still has this URL.
  func disableEndpoint(_ window: WindowID, url: String) throws(Problem)
  /// The JSON to send: `{type,id,timestamp,data}`.
  func dispatchBody(_ row: DispatchRow) throws(Problem) -> [UInt8]
  /// Writes the row as it is now.
  func recordDispatch(_ row: DispatchRow) throws(Problem)
  /// Calls back after a commit that may have queued dispatches; the listener returns at once.
  func onCommit(_ listener: @escaping @Sendable () -> Void)
}
