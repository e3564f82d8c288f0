internal import Cryptography
internal import Foundations
internal import Glibc
internal import SQLite

/// The machine that the figures are of.
enum Hardware {
  /// One line: processor, cores, memory, kernel, libraries.
  static func line() throws -> String {
    var system = utsname()
    unsafe uname(&system)
    let release = unsafe withUnsafePointer(to: &system.release) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 65) { unsafe String(cString: $0) }
    }
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let sqlite = try Connection(path: ":memory:", mode: .create).one("SELECT sqlite_version()") { $0.text(0) } ?? "?"
    return """
      \(try field("/proc/cpuinfo", "model name") ?? "unknown processor"), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) \
      cores, \(rounded(Double(memory) / 1e9, 1)) GB, Linux \(release), SQLite \(sqlite), \
      \(CryptographyLibraries.versions)
      """
  }

  private static func field(_ file: String, _ name: String) throws -> String? {
    let lines = String(decoding: try Scratch.bytes(file), as: UTF8.self).split(separator: "\n")
    return lines.first { $0.hasPrefix(name) }?.split(separator: ":").last.map { String($0).trimmed }
  }

  /// CLOCK_BOOTTIME in milliseconds.
  static func bootMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
