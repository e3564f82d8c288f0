internal import Foundations

/// Who and what takes part, and what the acts leave for one another.
final class DemoCast {
  let stage: DemoStage
  let server: DemoCountyServer
  /// Two stations' clerks and a volunteer.
  let clerk: DemoDevice
  let colleague: DemoDevice
  let volunteer: DemoDevice
  var devices: [DemoDevice] { [clerk, colleague, volunteer] }
  /// The window with a system of its own, and the folder of what that has received.
  let ownSystem: (window: String, name: String, store: String)

  /// Matters of the county: a newborn's, a freelancer's, a student's.
  private(set) var matters: Members = [:]
  /// Applications by the name the acts give them.
  var applications: [String: (id: String, code: String)] = [:]

  static let birth = "新生儿出生"
  static let work = "灵活就业"
  static let school = "教育资助"
  private static let countyName = "清涧县"

  private init(
    _ stage: DemoStage, _ server: DemoCountyServer, _ devices: (DemoDevice, DemoDevice, DemoDevice),
    _ ownSystem: (window: String, name: String, store: String)
  ) {
    self.stage = stage
    self.server = server
    (clerk, colleague, volunteer) = devices
    self.ownSystem = ownSystem
  }

  // MARK: Act 1: the county's server and three devices

  static func assemble(_ stage: DemoStage) throws(Problem) -> DemoCast {
    stage.title("第一幕　县里开张，三台设备登记")
    let server = DemoCountyServer(stage)
    try server.administer("init", "--county", countyName, "--demo")
    let stations = try server.administer("station", "list")
    let windows = try server.administer("window", "list")
    try stage.check(
      stations.count >= 2 && windows.count >= 3, "\(countyName)的服务器建好了：\(stations.count) 个便民服务站，\(windows.count) 个窗口")
    let ownSystem = try connectOwnSystem(stage, server, windows)
    try server.start()
    stage.tell("服务器启动，只在本机：\(server.url)")
    let passphrase = try stage.write(Base32.text(SystemRandom().bytes(20)) + "\n", to: "passphrase")
    let names = stations.prefix(2).map { (id: Words.text($0["id"]), name: Words.text($0["name"])) }
    let people = [("王小兰", 0), ("李志强", 1), ("志愿者赵晓燕", 0)]
    var devices: [DemoDevice] = []
    for (index, (person, station)) in people.enumerated() {
      let device = DemoDevice(
        stage, "device\(index + 1)", person: person, station: names[station].id, passphraseFile: passphrase)
      try enroll(device, stationName: names[station].name, server)
      devices.append(device)
    }
    stage.count("devices", devices.count)
    return DemoCast(stage, server, (devices[0], devices[1], devices[2]), ownSystem)
  }

  private static func enroll(_ device: DemoDevice, stationName: String, _ server: DemoCountyServer) throws(Problem) {
    let added = try server.administer(
      "device", "add", "--station", device.station, "--name", "\(device.person)的电脑")
    guard let code = added.first?["code"]?.text else { throw ProblemKind.demoFailed.with("没有得到登记码") }
    let enrolled = try device.ask("enroll", server.url, code, "--name", device.person)
    try device.stage.check(
      enrolled["device"]?.isBlank == false, "\(device.person)的电脑用一次性登记码登记到\(stationName)")
  }

  /// Gives one window, that of the newborn's first item, a system of its own that fails at the first try.
  private static func connectOwnSystem(
    _ stage: DemoStage, _ server: DemoCountyServer, _ windows: [Value]
  ) throws(Problem) -> (window: String, name: String, store: String) {
    let window = windows.first { window in
      (window["authorities"]?.array ?? []).contains { $0.text?.contains("卫健") == true }
    }
    guard let window, let id = window["id"]?.text else { throw ProblemKind.demoFailed.with("没有卫健窗口") }
    let store = try stage.makeFolder("window-system")
    let secret = try stage.write("whsec_" + Base64.text(SystemRandom().bytes(32)), to: "window-secret")
    let (_, url) = try stage.serve(
      "bangban-window-sample",
      ["--listen", "127.0.0.1:0", "--secret-file", secret, "--fail-first", "--store", store])
    try server.administer("window", "endpoint", id, "--url", url, "--secret-file", secret)
    let name = Words.text(window["name"])
    stage.tell("\(name)有自己的业务系统，接在 \(url)；它第一次会故意出错")
    return (id, name, store)
  }

  // MARK: Matters and applications

  /// A matter of the county as `catalog show` gives it.
  func matter(_ word: String) throws(Problem) -> Value {
    if let known = matters[word] { return known }
    let found = try clerk.list("catalog", "search", word).first {
      $0["county"]?.text?.contains("清涧") == true || $0["id"]?.text?.hasPrefix("qingjian") == true
    }
    guard let id = found?["id"]?.text else { throw ProblemKind.demoFailed.with("目录里没有“\(word)”") }
    let matter = try clerk.ask("catalog", "show", id)
    matters[word] = matter
    return matter
  }

  /// Captures an application from a file.
  func capture(
    _ name: String, on device: DemoDevice, submit: Bool, without field: String? = nil
  ) throws(Problem) -> Value {
    let document = DemoDocument.make(try matter(name), submit: submit, without: field)
    let file = try stage.write(JSON.pretty(document), to: "\(device.person)-\(name).json")
    let value = try device.ask("new", "--from", file)
    guard let id = value["id"]?.text, let code = value["code"]?.text else {
      throw ProblemKind.demoFailed.with("“\(name)”没有得到编号")
    }
    applications[name] = (id, code)
    stage.count("applications")
    return value
  }

  func id(_ name: String) -> String { applications[name]?.id ?? "" }
  func code(_ name: String) -> String { applications[name]?.code ?? "" }
}

/// Base 64 (RFC 4648) for the webhook's secret.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = Array(bytes[start..<min(start + 3, bytes.count)])
      let number = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
      for index in 0..<4 {
        let digit = alphabet[Int(number >> UInt32(18 - 6 * index) & 63)]
        output.append(index <= part.count ? digit : UInt8(ascii: "="))
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
