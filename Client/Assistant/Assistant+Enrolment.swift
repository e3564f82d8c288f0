internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Synchronizer

/// The first enrolment of a home: cut off anywhere, the same command with the same code and passphrase goes on.
extension Assistant {
  /// Whether an enrolment of this home was cut off, so that its passphrase has been chosen.
  /// - Throws: `store.inaccessible`.
  package var hasUnfinishedEnrolment: Bool {
    get throws(Problem) { try PendingEnrolment.isKept(in: home, environment.files) }
  }

  /// Enrols a home without a store.
  func enrollFirst(_ address: String, _ code: String, name: String?) throws(Problem) -> Value {
    let passphrase = try passphrase.ask()
    try CaptureStore.check(passphrase: passphrase)
    let kept = try PendingEnrolment.kept(in: home, passphrase: passphrase, environment.files)
    let pending = if let kept { kept } else { try freshEnrolment(address, code, passphrase) }
    let answer: Value
    do throws(Problem) {
      answer = try Enrolment.ask(
        line(address, nil), code: code,
        keys: try Enrolment.Keys(signing: pending.signingKey, encryption: pending.encryptionKey))
    } catch {
      if kept == nil, Self.isUnheard(error) { PendingEnrolment.drop(in: home, environment.files) }
      throw Self.told(error, pending, address, code)
    }
    guard DeviceIdentity(enrolment: answer) != nil else { throw Problem(.enrolIncomplete) }
    try CaptureStore.create(
      folder: home, enrolment: answer, serverURL: address, signingKey: pending.signingKey,
      encryptionKey: pending.encryptionKey, passphrase: passphrase, person: name ?? "帮办员",
      environment: storeEnvironment)
    var value = Self.enrolled(answer)
    if !Self.isSame(pending.code, code) { value["unfinished"] = .text(Self.beginning(pending.code)) }
    return value
  }

  private func freshEnrolment(
    _ address: String, _ code: String, _ passphrase: String
  ) throws(Problem) -> PendingEnrolment {
    let keys = try Enrolment.Keys(random: environment.random)
    let fresh = PendingEnrolment(
      address: address, code: code, signingKey: keys.signing.privateBytes, encryptionKey: keys.encryption.privateBytes)
    try fresh.keep(in: home, passphrase: passphrase, environment: storeEnvironment)
    return fresh
  }

  /// Whether no server can have taken the code for these keys: it refused, or was never reached.
  private static func isUnheard(_ problem: Problem) -> Bool {
    [.refused, .usage].contains(problem.kind.exit)
      || ["network.unreachable", "network.certificate", "network.library-missing"].contains(problem.code)
  }

  /// What helps where an enrolment ended early.
  private static func told(
    _ problem: Problem, _ pending: PendingEnrolment, _ address: String, _ code: String
  ) -> Problem {
    let (kind, isOther) = (problem.kind, pending.address != address || !isSame(pending.code, code))
    switch problem.code {
    case "network.interrupted", "network.timeout":
      let remedy = "请稍后用同一个登记码和同一个口令，再运行一次同样的命令，登记码不会作废；总是这样的，请核对服务器地址开头是 http 还是 https。"
      return Problem(kind.advising(remedy), detail: problem.detail)
    case "network.unreachable":
      // Nothing is saved here yet, and there is no other address to set.
      let remedy = "请检查网络和服务器地址，再运行一次 bangban enroll；登记码没有用掉。"
      return Problem(kind.advising(remedy, saying: "连不上服务器：{}。"), detail: problem.detail)
    case "enroll.code-invalid" where isOther:
      let remedy = "请用上次的登记码和服务器地址再运行一次；那个登记码也不能用了，请向管理员要一个新的。"
      return Problem(
        kind.advising(remedy),
        detail: "上次没有做完的登记，用的是 \(beginning(pending.code)) 开头的登记码，服务器是 \(pending.address)")
    default: return problem
    }
  }

  /// Enough of a code to find it by.
  private static func beginning(_ code: String) -> String { String(code.trimmed.prefix(4)) }

  private static func isSame(_ code: String, _ other: String) -> Bool {
    // As the server reads them.
    code.lowercased().filter { $0.isLetter || $0.isNumber } == other.lowercased().filter { $0.isLetter || $0.isNumber }
  }
}
