import Foundation
import Foundations
import Transport
import XCTest

/// A county of its own for one test: folders, a server, devices. Loopback and free ports only; everything below one
/// temporary folder, which is removed.
final class County {
  let folder: String
  private(set) var url = ""
  private var server: Running?
  private var started: [Running] = []
  private var calls = 0
  private var tokens: [String: String] = [:]
  private var devices: [Device] = []
  private let http = HTTPClient(agent: "bangban-tests")

  /// - Parameter isServing: whether the server runs at once.
  init(_ test: XCTestCase, isServing: Bool = true) throws {
    folder = FileManager.default.temporaryDirectory.path + "/bangban-e2e-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder + "/logs", withIntermediateDirectories: true)
    test.addTeardownBlock { [self] in close() }
    try administer("init", "--county", "清涧县", "--demo")
    if isServing { try start() }
  }

  private func close() {
    if let server, !server.isRunning {
      let outcome = server.finish()
      XCTFail("the server ended by itself: \(outcome.status) \(outcome.errors)")
    }
    for device in devices { _ = try? device.run("lock") }
    for each in started { each.stop() }
    try? FileManager.default.removeItem(atPath: folder)
  }

  // MARK: Programs

  /// Only what the programs need: nothing of the person's own Bangban.
  private var environment: [String: String] {
    var environment = ["HOME": folder, "LANG": "C.UTF-8", "BANGBAN_PASSPHRASE": "一个很长的口令 2026"]
    for name in ["PATH", "TMPDIR", "LD_LIBRARY_PATH"] { environment[name] = ProcessInfo.processInfo.environment[name] }
    return environment
  }

  func spawn(_ program: String, _ arguments: [String], input: [UInt8]? = nil) throws -> Running {
    calls += 1
    let running = try Running(
      program, arguments, environment: environment, input: input, logs: "\(folder)/logs/\(calls)")
    started.append(running)
    return running
  }

  func spawn(_ program: Program, _ arguments: [String], input: [UInt8]? = nil) throws -> Running {
    try spawn(try program.path(), arguments, input: input)
  }

  /// Everything the programs have said on standard error so far.
  var allErrors: String { started.map(\.errors).joined() }

  // MARK: Files

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

  /// The files below a folder of this county.
  func files(in name: String) -> [String] {
    let top = "\(folder)/\(name)"
    let names = FileManager.default.enumerator(atPath: top)?.allObjects.compactMap { $0 as? String } ?? []
    return names.map { "\(top)/\($0)" }.filter {
      var isFolder: ObjCBool = false
      return unsafe FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  // MARK: The server

  var home: String { folder + "/server" }

  /// Starts the server, on a port the kernel chooses or the one it had.
  func start(_ options: String...) throws {
    let address = url.split(separator: "/").last.map(String.init) ?? "127.0.0.1:0"
    let running = try spawn(.server, ["--home", home, "serve", "--listen", address] + options)
    server = running
    url = try running.listeningURL()
  }

  @discardableResult
  func stop() -> Int32 {
    defer { server = nil }
    return server?.stop() ?? -1
  }

  func killServer() {
    server?.kill()
    server = nil
  }

  /// The server's process.
  var serverID: Int32 { server?.processID ?? 0 }

  var isServing: Bool { server?.isRunning ?? false }

  /// Runs an administration command whatever comes of it.
  func attempt(_ arguments: String...) throws -> Outcome {
    try spawn(.server, ["--home", home, "--json"] + arguments).finish()
  }

  /// Runs an administration command that must succeed.
  @discardableResult
  func administer(_ arguments: String..., line: UInt = #line) throws -> [Value] {
    let outcome = try spawn(.server, ["--home", home, "--json"] + arguments).finish()
    guard outcome.status == 0 else {
      throw Failure("line \(line): bangban-server \(arguments): \(outcome.status) \(outcome.errors.prefix(400))")
    }
    return outcome.lines
  }

  /// That the log and everything computed from it agree.
  func checkVerify(line: UInt = #line) throws {
    let outcome = try attempt("verify")
    XCTAssertEqual(outcome.status, 0, "\(outcome.output.prefix(600)) \(outcome.errors.prefix(200))", line: line)
  }

  // MARK: Devices

  /// A device with a home of its own, enrolled and unlocked.
  /// - Parameters:
  ///   - name: of its folder.
  ///   - label: what the administrator calls it.
  func device(
    _ name: String, person: String = "王小兰", station: Int = 0, named label: String = "站点电脑"
  ) throws -> Device {
    let stations = try administer("station", "list")
    let id = stations[station]["id"]?.text ?? ""
    let code = try administer("device", "add", "--station", id, "--name", label).first?["code"]?.text ?? ""
    let device = Device(self, home: "\(folder)/\(name)", station: id)
    let outcome = try device.run("enroll", url, "-", "--name", person, input: Array("\(code)\n".utf8))
    guard outcome.status == 0 else { throw Failure("enroll: \(outcome.errors)") }
    // What a key in the kernel's keyring saves is time only; the passphrase stands in the environment as well.
    _ = try device.run("unlock", "--for", "15m")
    devices.append(device)
    return device
  }

  // MARK: HTTP

  func send(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
  ) throws -> HTTPClient.Response {
    var request = HTTPClient.Request(method, url + path)
    request.headers = headers.map { (name: $0.0, value: $0.1) }
    request.patience.totalSecondsMax = 30
    if let body { request.body = .bytes(body) }
    return try http.send(request)
  }

  func token(_ window: String) throws -> String {
    if let known = tokens[window] { return known }
    let token = try administer("window", "token", window).first?["token"]?.text ?? ""
    tokens[window] = token
    return token
  }

  /// What a clerk asks or does at a window.
  func ask(
    _ method: String, _ path: String, window: String, body: Value? = nil, key: String? = nil
  ) throws -> (status: Int, value: Value) {
    var headers = [("Authorization", "Bearer \(try token(window))")]
    if body != nil { headers.append(("Content-Type", "application/json")) }
    if let key { headers.append(("Idempotency-Key", key)) }
    let response = try send(method, path, headers: headers, body: body.map { JSON.bytes($0) })
    return (response.status, (try? JSONReader.read(response.body)) ?? .null)
  }

  func queue(_ window: String, _ query: String = "") throws -> [Value] {
    try ask("GET", "/v1/windows/\(window)/proceedings\(query)", window: window).value["items"]?.array ?? []
  }
}

/// One laptop: worked with through the program, as a person would.
final class Device {
  let county: County
  let home: String
  let station: String

  init(_ county: County, home: String, station: String) {
    self.county = county
    self.home = home
    self.station = station
  }

  func spawn(_ arguments: [String], input: [UInt8]? = nil) throws -> Running {
    try county.spawn(.bangban, ["--home", home, "--json"] + arguments, input: input)
  }

  /// Runs a command whatever comes of it.
  func run(_ arguments: String..., input: [UInt8]? = nil) throws -> Outcome { try run(arguments, input: input) }

  func run(_ arguments: [String], input: [UInt8]? = nil) throws -> Outcome {
    try spawn(arguments, input: input).finish()
  }

  /// Runs a command that must succeed.
  /// - Returns: the lines of its answer.
  func list(_ arguments: String..., allowed: Set<Int32> = [0], line: UInt = #line) throws -> [Value] {
    let outcome = try run(arguments)
    guard allowed.contains(outcome.status) else {
      throw Failure("line \(line): bangban \(arguments): \(outcome.status) \(outcome.errors.prefix(600))")
    }
    return outcome.lines
  }

  /// Runs a command that must succeed and answers one object.
  @discardableResult
  func ask(_ arguments: String..., allowed: Set<Int32> = [0], line: UInt = #line) throws -> Value {
    let outcome = try run(arguments)
    guard allowed.contains(outcome.status) else {
      throw Failure("line \(line): bangban \(arguments): \(outcome.status) \(outcome.errors.prefix(600))")
    }
    return outcome.value
  }

  @discardableResult
  func sync(line: UInt = #line) throws -> Value { try ask("sync", allowed: [0, 3], line: line) }

  /// Captures an application from a document.
  func capture(_ document: Value, allowed: Set<Int32> = [0, 3], line: UInt = #line) throws -> Value {
    let outcome = try run("new", "--from", "-", input: JSON.bytes(document))
    guard allowed.contains(outcome.status) else {
      throw Failure("line \(line): new: \(outcome.status) \(outcome.errors.prefix(800))")
    }
    return outcome.value
  }

  /// A matter as `catalog show` gives it.
  func matter(_ id: String) throws -> Value { try ask("catalog", "show", id) }
}
