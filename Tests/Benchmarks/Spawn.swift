internal import Glibc

/// Starts programs; the one place here that builds C's argument lists.
enum Spawn {
  /// Starts a program whose standard streams are files.
  /// - Parameter environment: all it gets besides `PATH` and `HOME`.
  static func start(
    _ program: String, _ arguments: [String], environment: [String: String], input: String, output: String,
    errors: String
  ) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o600)
    var variables = environment
    for name in ["PATH", "HOME"] { variables[name] = variable(name) }
    var pid: pid_t = 0
    let code = unsafe strings([program] + arguments) { arguments in
      unsafe strings(variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) { variables in
        unsafe posix_spawn(&pid, program, &actions, nil, arguments, variables)
      }
    }
    guard code == 0 else { throw Failure("\(program) does not start (\(unsafe String(cString: strerror(code))))") }
    return pid
  }

  /// A variable of this process's environment.
  static func variable(_ name: String) -> String? {
    guard let pointer = unsafe getenv(name) else { return nil }
    return unsafe String(validatingCString: pointer)
  }

  private static func strings(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
  ) -> Int32 {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return EINVAL }
      return unsafe body(start)
    }
  }
}
