package import Cryptography
package import Foundations

/// Makes a device known to the server with a one-time code.
package enum Enrolment {
  /// What the server answered, and the keys that were made for it.
  package struct Result: Sendable {
    /// `{device, station, number, serverKey, recoveryKey, county, timeline, catalog}`
    package let answer: Value
    package let signingKey: SM2.SigningKey
    package let encryptionKey: SM2.DecryptionKey
  }

  /// Asks with fresh keys, which never leave this machine.
  /// - Throws: `enroll.code-invalid`; problems of the network.
  package static func ask(
    _ line: any ServerLine, code: String, random: some RandomSource
  ) throws(Problem) -> Result {
    let signing = try SM2.SigningKey(random: random)
    let encryption = try SM2.DecryptionKey(random: random)
    // Nothing about the person: the device has the name that the county gave it.
    let body: Value = [
      "code": .text(code.trimmed), "signingKey": .text(Hexadecimal.text(signing.verifyingKey.publicBytes)),
      "encryptionKey": .text(Hexadecimal.text(encryption.encryptionKey.publicBytes)),
    ]
    let answer = try line.ask(
      ServerQuestion(
        "POST", "/v1/enroll", headers: [("Content-Type", "application/json")], body: JSON.bytes(body)))
    guard answer.isSuccess else { throw answer.problem }
    guard let value = try? JSONReader.read(answer.body), value.object != nil else {
      throw ProblemKind.syncAnswer.with("enroll")
    }
    return Result(answer: value, signingKey: signing, encryptionKey: encryption)
  }
}
