package import Cryptography
package import Foundations
internal import Journal
package import Replication

/// Giving a device's store its key back.
extension CaseService {
  /// Answers a store whose passphrase was forgotten.
  /// - Parameters:
  ///   - id: the device that the administrator means; the request must be its own store's.
  ///   - recoveryKey: the county's, from where it is kept.
  /// - Returns: the answer, and the code that the administrator tells the person and nobody else.
  /// - Throws: `device.not-enrolled`, `device.revoked`; `recover.other-device`, `recover.other-store`, `recover.key`.
  package func recover(
    _ id: DeviceID, request: RecoveryRequest, recoveryKey: SM2.DecryptionKey, actor: String
  ) throws(Problem) -> (answer: RecoveryAnswer, code: String) {
    let now = clock.now()
    let device = try journal.read { reader throws(Problem) in try Self.activeDevice(id, reader) }
    guard request.device == id else { throw ProblemKind.recoverOtherDevice.with(request.device.text) }
    let key = try request.storeKey(with: recoveryKey, signingKey: device.signingKey)
    let code = Recovery.newCode(random)
    let answer = try RecoveryAnswer(key, to: request, code: code, random: random)
    // Nothing is handed out that does not stand in the audit chain.
    try journal.write { writer throws(Problem) in
      try writer.addAudit(at: now, actor: actor, action: "device.recover", subject: id.text)
    }
    return (answer, code)
  }
}
