internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// Work that gives way to everything else, pure or only reading: on threads of its own with a low priority, as many as
/// there are cores. Where nobody else asks it is done as soon as any other; where somebody does, they hardly notice.
package enum Patient {
  /// How far the threads stand back (`nice`): beside an ordinary thread one of them gets a tenth of a core.
  private static let niceness: Int32 = 10

  /// How many pieces of work are done at the same time.
  package static var threadsMax: Int { Crew.size }

  /// Runs work and waits for what it gives.
  package static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) -> Value {
    let result = PatientResult<Value>()
    Crew.shared.take { result.set(work()) }
    return result.wait()
  }

  /// The results of all elements, in their order. The caller works with the others, so it may be patient work itself.
  /// - Parameter body: called from several threads at once.
  package static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ body: @escaping @Sendable (Element) -> Result
  ) -> [Result] {
    let line = AssemblyLine(elements, body)
    for _ in 1..<Crew.size { Crew.shared.take { while line.workPiece() {} } }
    return (0..<line.pieces).flatMap { line.result(of: $0) }
  }

  /// The threads, which are started with the first work and stay.
  private final class Crew: Sendable {
    static let shared = Crew()
    static let size = max(1, ProcessInfo.processInfo.activeProcessorCount)

    private let waiting = Mutex<[@Sendable () -> Void]>([])
    private let isWork = DispatchSemaphore(value: 0)
    private let started = Mutex(0)

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
      let status = unsafe pthread_create(&thread, nil, { _ in Patient.Crew.shared.serve() }, nil)
      guard status == 0 else { return false }
      pthread_detach(thread)
      return true
    }

    private func serve() -> Never {
      // Of this thread alone: that is what the kernel of Linux makes of it.
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Patient.niceness)
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
