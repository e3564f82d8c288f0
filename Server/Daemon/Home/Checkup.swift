internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// What `doctor` looks at: whatever goes wrong quietly and would only be noticed on the day it is needed.
struct Checkup {
  /// One line of the report.
  struct Finding {
    /// Stable, English.
    let check: String
    let isGood: Bool
    let text: String

    var value: Value { ["check": .text(check), "ok": .bool(isGood), "text": .text(text)] }
  }

  private static let freeBytesMin: Int64 = 2 << 30
  private static let rowsMax = 10_000

  private let session: Session
  private let home: ServerHome

  init(_ session: Session) throws(Problem) {
    self.session = session
    home = try session.home()
  }

  func run() throws(Problem) -> [Finding] {
    try home.requireInitialised()
    var findings = files()
    _ = try home.signingKey()
    let journal = try session.journal()
    let damage = try journal.integrityProblems()
    findings.append(
      Finding(check: "database", isGood: damage.isEmpty, text: damage.isEmpty ? "数据库完好" : "数据库有 \(damage.count) 处损坏"))
    let configuration = try Configuration.read(home)
    findings += certificate(configuration)
    findings += try journal.read { reader throws(Problem) in try registry(reader, configuration) }
    return findings
  }

  private func files() -> [Finding] {
    // Made at the next `serve` where an earlier version made the home.
    let encryptionKey = [home.encryptionKeyPath].filter { Machine.exists($0) }
    let open =
      ([home.path, home.keysPath, home.blobsPath, home.journalPath, home.storeKeyPath, home.signingKeyPath]
      + encryptionKey).filter { HomeFiles.mode(of: $0).map { $0 & 0o077 != 0 } ?? true }
    let recovery = home.recoveryKeys()
    let strangers = HomeOwner.strangers(in: home)
    var findings = [
      Finding(
        check: "owner", isGood: strangers.isEmpty,
        text: strangers.isEmpty ? "文件都属于服务器账号" : Self.strangersText(strangers, home)),
      Finding(
        check: "permissions", isGood: open.isEmpty,
        text: open.isEmpty ? "文件只有服务器账号能读" : "别的账号也能读，或者不见了：\(open.joined(separator: "、"))"),
      Finding(
        check: "recovery-key", isGood: recovery.isEmpty,
        text: recovery.isEmpty
          ? "恢复密钥不在服务器上" : "恢复密钥还在服务器上，请移到离线的地方：\(recovery.map(Width.clean).joined(separator: "、"))"),
    ]
    if let free = HomeFiles.freeBytes(home.path) {
      findings.append(
        Finding(check: "disk", isGood: free >= Self.freeBytesMin, text: "磁盘还剩 \(free >> 20) MB"))
    }
    return findings
  }

  /// Of the certificate that `server.json` names; what stands on the command line of `serve` nobody else knows.
  private func certificate(_ configuration: Configuration) -> [Finding] {
    do throws(Problem) {
      guard
        let files = try CertificateFiles(certificate: configuration.tlsCertificate, key: configuration.tlsKey)
      else { return [] }
      let texts = try files.read(at: session.clock.now())
      guard texts.warnings.isEmpty else {
        return texts.warnings.map { Finding(check: "certificate", isGood: false, text: $0) }
      }
      return [Finding(check: "certificate", isGood: true, text: "证书和私钥能用，\(ChinaTime.date(texts.ends).text) 到期")]
    } catch { return [Finding(check: "certificate", isGood: false, text: error.message)] }
  }

  private static let strangersShown = 5

  private static func strangersText(_ strangers: [String], _ home: ServerHome) -> String {
    let owner = HomeOwner.owner(of: home.path + "/.").map(HomeOwner.name) ?? ""
    let names = strangers.prefix(strangersShown).map(Machine.shown).joined(separator: "、")
    return "\(strangers.count) 个文件不属于服务器账号 \(owner)，请用 chown 改回来：\(names)"
      + (strangers.count > strangersShown ? " 等" : "")
  }

  private func registry(
    _ reader: any JournalReader, _ configuration: Configuration
  ) throws(Problem) -> [Finding] {
    let county = try Casework.County.load(reader)
    let year = ChinaTime.date(session.clock.now()).year
    let missing = county.calendar.years[year] == nil
    var disabled: [String] = []
    for window in county.windows where try reader.endpoint(window.id)?.disabled == true {
      disabled.append(window.id.text)
    }
    let examples = county.catalog.coverage(visibleTo: county.division).example
    let dead = try reader.dispatches(dead: true, limit: Self.rowsMax).count
    let lost = try reader.lostStations().map(\.text)
    let unchecked = try ShutOut.isUnchecked(reader)
    let unrouted = try reader.unrouted(after: nil, limit: Self.rowsMax).count
    return [
      Finding(
        check: "catalog", isGood: !county.catalog.matters.isEmpty,
        text: "事项目录 \(county.catalog.version)：\(county.catalog.matters.count) 件（其中未经确认的示例 \(examples) 件）"),
      Finding(
        check: "calendar", isGood: !missing,
        text: missing ? "没有 \(year) 年的放假安排，请用 calendar import 导入" : "\(year) 年的放假安排已有"),
      Finding(
        check: "endpoints", isGood: disabled.isEmpty,
        text: disabled.isEmpty ? "窗口的接收地址都在用" : "已停用的接收地址：\(disabled.joined(separator: "、"))"),
      Finding(
        check: "access", isGood: !unchecked,
        text: unchecked
          ? "恢复时没有读到原有的数据库：请核对哪些设备、账号该停用，核对完运行 doctor --access-checked" : "停用的设备和账号没有待核对的"),
      Finding(
        check: "stations", isGood: lost.isEmpty,
        text: lost.isEmpty
          ? "办件的站点都在站点表里" : "有办件的站点不在站点表里，请用 station add --id 加回来：\(lost.joined(separator: "、"))"),
      Finding(
        check: "outbox", isGood: dead == 0,
        text: dead == 0 ? "没有投递失败的转办件" : "\(dead) 个转办件没有送到，或者不知道送到没有，已停止重试，见 outbox list --dead"),
      Finding(
        check: "routing", isGood: unrouted == 0,
        text: unrouted == 0 ? "每个子办件都有窗口接" : "\(unrouted) 个子办件没有窗口接，见 tray list"),
      Finding(
        check: "public-endpoints", isGood: true, text: configuration.allowPublicEndpoints ? "允许公网接收地址" : "只允许内网接收地址"),
    ]
  }
}
