internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// Pure work that gives way to everything else: on threads of its own with a low priority, as many as there are cores.
/// Where nobody else asks it is done as soon as any other; where somebody does, they hardly notice.
package enum Patient {
  /// Runs work and waits for what it gives.
  /// - Parameter isAwaited: whether somebody out there waits for it; what nobody waits for goes last.
  package static func run<Value: Sendable>(
    isAwaited: Bool = true, _ work: @escaping @Sendable () -> Value
  ) -> Value {
    let result = PatientResult<Value>()
    (isAwaited ? Crew.awaited : Crew.last).take { result.set(work()) }
    return result.wait()
  }

  /// The results of all elements, in their order.
  /// - Parameter body: called from several threads at once.
  package static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ body: @escaping @Sendable (Element) -> Result
  ) -> [Result] {
    let pieces = (0..<Crew.size).map { piece in
      let part = elements[elements.count * piece / Crew.size..<elements.count * (piece + 1) / Crew.size]
      let result = PatientResult<[Result]>()
      Crew.awaited.take { result.set(part.map(body)) }
      return result
    }
    return pieces.flatMap { $0.wait() }
  }

  /// The threads, which are started with the first work and stay.
  private final class Crew: Sendable {
    static let awaited = Crew(niceness: 18)
    static let last = Crew(niceness: 19)
    static let size = max(1, ProcessInfo.processInfo.activeProcessorCount)

    /// How far the threads stand back (`nice`): beside an ordinary thread one of 18 gets a fiftieth of a core.
    private let niceness: Int32

    private let waiting = Mutex<[@Sendable () -> Void]>([])
    private let isWork = DispatchSemaphore(value: 0)
    private let started = Mutex(0)

    private init(niceness: Int32) { self.niceness = niceness }

    /// Puts work behind what waits already.
    func take(_ work: @escaping @Sendable () -> Void) {
      waiting.withLock { $0.append(work) }
      isWork.signal()
      started.withLock { count in
        while count < Self.size, start() { count += 1 }
        // Without a thread the caller does what waits.
        if count == 0 { next() }
      }
    }

    private func start() -> Bool {
      var thread = pthread_t()
      // Crews live as long as the process.
      let crew = unsafe Unmanaged.passUnretained(self).toOpaque()
      let serve: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { crew in
        guard let crew = unsafe crew else { return nil }
        unsafe Unmanaged<Crew>.fromOpaque(crew).takeUnretainedValue().serve()
      }
      let status = unsafe pthread_create(&thread, nil, serve, crew)
      guard status == 0 else { return false }
      pthread_detach(thread)
      return true
    }

    private func serve() -> Never {
      // Of this thread alone: that is what the kernel of Linux makes of it.
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
      while true { next() }
    }

    private func next() {
      isWork.wait()
      waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }?()
    }
  }
}

/// What patient work gives, for the one who waits for it.
private final class PatientResult<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let done = DispatchSemaphore(value: 0)

  func set(_ made: Value) {
    value.withLock { $0 = made }
    done.signal()
  }

  func wait() -> Value {
    while true {
      done.wait()
      // It is signalled once, when the value is there.
      if let value = value.withLock({ $0 }) { return value }
    }
  }
}
