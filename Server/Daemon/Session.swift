internal import API
internal import Casework
internal import Foundations
internal import Journal
internal import Terminal

/// What one run of the program works with. Nothing is opened before a command asks for it.
final class Session {
  /// Who stands in the audit chain behind what is done here.
  static let actor = "admin-cli"

  let globals: GlobalOptions
  let output: Output
  let input: Input
  let clock: any Clock
  let random: any RandomSource
  private let variable: (String) -> String?
  private var use: HomeUse?

  init(
    globals: GlobalOptions, output: Output, input: Input, clock: any Clock = SystemClock(),
    random: any RandomSource = SystemRandom(), variable: @escaping (String) -> String? = Machine.variable
  ) {
    self.globals = globals
    self.output = output
    self.input = input
    self.clock = clock
    self.random = random
    self.variable = variable
  }

  /// The server's home by the first of `--home`, `$BANGBAN_SERVER_HOME`, `/var/lib/bangban` where it can be written,
  /// `~/.local/share/bangban-server`.
  /// - Throws: `server.home-unknown` where not even `$HOME` is set.
  func home() throws(Problem) -> ServerHome {
    if let path = globals.home ?? variable("BANGBAN_SERVER_HOME") {
      guard !path.isEmpty, !path.utf8.contains(0) else { throw Problem(.homeUnknown) }
      return ServerHome(path: path)
    }
    if HomeFiles.isWritableFolder(ServerHome.systemPath) { return ServerHome(path: ServerHome.systemPath) }
    guard let home = variable("HOME") else { throw Problem(.homeUnknown) }
    return ServerHome(path: home + "/.local/share/bangban-server")
  }

  /// The server's home, for what writes into it.
  /// - Throws: `home.owner` for another account than the server's own.
  func ownHome() throws(Problem) -> ServerHome {
    let home = try home()
    try HomeOwner.require(home)
    return home
  }

  /// A named folder of the built-in catalogue.
  func builtInFolder() throws(Problem) -> String { try BuiltInFolder.find(variable) }

  /// The journal of an initialised home, beside a server that may be running on it. Until this session ends no backup
  /// takes the place of what it works on.
  /// - Throws: as `ServerHome.openJournal`; `restore.running`.
  func journal() throws(Problem) -> SQLiteJournal {
    let home = try home()
    try home.requireInitialised()
    if use == nil { use = try HomeUse(home) }
    return try home.openJournal(random: random)
  }

  /// The casework on this home.
  func casework(log: Log = .silent) throws(Problem) -> CaseService { try casework(on: try ownHome(), log) }

  /// The casework of which a command only reads: it may be another account's.
  func caseworkToRead() throws(Problem) -> CaseService { try casework(on: try home(), .silent) }

  private func casework(on home: ServerHome, _ log: Log) throws(Problem) -> CaseService {
    CaseService(
      journal: try journal(), signingKey: try home.signingKey(), clock: clock, random: random,
      log: log)
  }

  /// The attachments of the county's folder.
  func attachments() throws(Problem) -> BlobFiles { try attachments(of: try ownHome()) }

  /// The attachments of which a command only reads: it may be another account's.
  func attachmentsToRead() throws(Problem) -> BlobFiles { try attachments(of: try home()) }

  private func attachments(of home: ServerHome) throws(Problem) -> BlobFiles {
    try BlobFiles(folder: home.blobsPath, storeKey: try home.storeKey(), random: random)
  }

  /// Changes the registry: all of it, with the audit line and the revision that a running server looks at, or nothing.
  /// - Parameters:
  ///   - action: `station.add`.
  ///   - subject: the id of what was changed; never personal data.
  func change<Result>(
    _ action: String, subject: (Result) -> String, _ body: (any JournalWriter) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    let now = clock.now()
    _ = try ownHome()
    return try journal().write { writer throws(Problem) in
      let result = try body(writer)
      try County.touch(writer)
      try writer.addAudit(at: now, actor: Self.actor, action: action, subject: subject(result))
      return result
    }
  }

  /// As above, where the id is known beforehand.
  func change<Result>(
    _ action: String, _ subject: String, _ body: (any JournalWriter) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    try change(action, subject: { _ in subject }, body)
  }

  /// Carries out what follows from a change, which stands whatever becomes of that: a look that fails is made again by
  /// the next `daily`.
  func follow(_ body: (CaseService) throws(Problem) -> Int) -> Int {
    do throws(Problem) { return try body(try casework()) } catch {
      output.note("改动已生效；随后的处理这次没有做完，每天的检查会再做：\(error.message)")
      return 0
    }
  }

  /// A value of the command line: `-` stands for standard input.
  func value(_ text: String) throws(Problem) -> String { text == "-" ? try input.value() : text }

  /// An id of the command line; what is longer than any of ours is not looked for, nor repeated.
  /// - Throws: `argument.shape`.
  func id(_ text: String, like example: String) throws(Problem) -> String {
    let id = try value(text)
    guard !id.isEmpty, id.utf8.count <= 100, Width.clean(id) == id else {
      throw UsageFault.shape(id, expected: example).problem
    }
    return id
  }

  /// A document named on the command line: a file, or `-`.
  func bytes(_ path: String) throws(Problem) -> [UInt8] {
    path == "-" ? try input.all() : try Machine.file(path)
  }
}

extension ProblemKind {
  static let homeUnknown = ProblemKind(
    "server.home-unknown", status: 400, exit: .usage, "不知道服务器的数据放在哪里", remedy: "请用 --home 指定一个文件夹。")
}
