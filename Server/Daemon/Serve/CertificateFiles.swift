internal import Cryptography
internal import Foundations
internal import HTTP
internal import Terminal

/// The files of `--tls-cert` and `--tls-key`: read, and looked at before any laptop meets them.
struct CertificateFiles {
  /// What is in them.
  struct Texts {
    let certificate: String
    let key: String
    /// Until when the server's own certificate holds.
    let ends: Instant
    /// What their administrator should see to, in whole sentences.
    let warnings: [String]
  }

  /// So long before its end a certificate is spoken of: time to have it renewed.
  static let daysBefore: Int64 = 30
  private static let bytesMax = 1 << 20

  private let certificate: String
  private let key: String

  /// - Returns: nil where neither is named.
  /// - Throws: `serve.tls-incomplete`.
  init?(certificate: String?, key: String?) throws(Problem) {
    guard certificate != nil || key != nil else { return nil }
    guard let certificate, let key else { throw Problem(.tlsIncomplete) }
    self.certificate = certificate
    self.key = key
  }

  /// Reads both.
  /// - Throws: `input.unreadable`, `serve.tls-file`; `http.certificate` where they cannot serve.
  func read(at now: Instant) throws(Problem) -> Texts {
    let (certificate, key) = (try pem(certificate), try pem(key))
    let pair: CertificatePair
    do throws(CertificatePair.Fault) {
      pair = try CertificatePair(certificate: certificate, key: key)
    } catch { throw ProblemKind.httpCertificate.with(words(error)) }
    var warnings = Self.warnings(from: pair.begins, to: pair.ends, at: now)
    if let end = pair.othersEnd, end <= now { warnings.append("证书链里有一张已过期，请核对") }
    // Debian lets servers read keys by their group; nobody else is to, and no group to change them.
    if let mode = HomeFiles.mode(of: self.key), mode & 0o027 != 0 {
      warnings.append("别的账号也能读或改私钥：\(Machine.shown(self.key))，请运行 chmod 600")
    }
    return Texts(certificate: certificate, key: key, ends: pair.ends, warnings: warnings)
  }

  /// What is to be said of the days of the server's own certificate.
  static func warnings(from begins: Instant, to ends: Instant, at now: Instant) -> [String] {
    let day = ChinaTime.date(ends).text
    if ends <= now { return ["证书已经过期（\(day)），各台设备都连不上，请马上换新"] }
    if begins > now { return ["证书要到 \(ChinaTime.date(begins).text) 才生效，请核对服务器的时间"] }
    guard ends < now.adding(seconds: daysBefore * 86_400) else { return [] }
    return ["证书 \(day) 到期，不到 \(daysBefore) 天了，请换新"]
  }

  private func pem(_ path: String) throws(Problem) -> String {
    guard let text = String(validating: try Machine.file(path, bytesMax: Self.bytesMax), as: UTF8.self),
      text.contains("-----BEGIN ")
    else { throw ProblemKind.tlsFile.with(UsageFault.shown(path)) }
    return text
  }

  private func words(_ fault: CertificatePair.Fault) -> String {
    switch fault {
    case .certificate: "\(Machine.shown(certificate)) 里没有能读的证书"
    case .key: "\(Machine.shown(key)) 里没有能读的私钥"
    case .passphrase: "私钥 \(Machine.shown(key)) 设了口令，服务器自己启动时没有人输入"
    case .mismatch: "证书和私钥不是一对"
    }
  }
}

extension ProblemKind {
  static let tlsIncomplete = ProblemKind(
    "serve.tls-incomplete", status: 400, exit: .usage, "证书和私钥要一起写。", remedy: "请同时写上 --tls-cert 和 --tls-key。")
  static let tlsFile = ProblemKind(
    "serve.tls-file", status: 400, exit: .usage, "这不是 PEM 文件：{}", remedy: "请检查 --tls-cert 和 --tls-key 两个文件。")
}
