package import Cryptography
package import Foundations
internal import Wire

/// Makes a device known to the server with a one-time code.
package enum Enrolment {
  /// A device's own keys; they never leave this machine.
  package struct Keys: Sendable {
    package let signing: SM2.SigningKey
    package let encryption: SM2.DecryptionKey

    /// Fresh ones.
    package init(random: some RandomSource) throws(Problem) {
      signing = try SM2.SigningKey(random: random)
      encryption = try SM2.DecryptionKey(random: random)
    }

    /// - Parameters:
    ///   - signing, encryption: 32 bytes each.
    package init(signing: [UInt8], encryption: [UInt8]) throws(Problem) {
      self.signing = try SM2.SigningKey(privateBytes: signing)
      self.encryption = try SM2.DecryptionKey(privateBytes: encryption)
    }
  }

  /// The identity that has ended, with its key: who holds it was that device, and what was shared with it goes on.
  package struct Predecessor: Sendable {
    let device: DeviceID
    let key: SM2.SigningKey

    package init(device: DeviceID, key: SM2.SigningKey) {
      self.device = device
      self.key = key
    }
  }

  /// Asks for an identity.
  /// - Returns: `{device, station, number, serverKey, recoveryKey, county, timeline, catalog}`
  /// - Throws: `enroll.code-invalid`; problems of the network.
  package static func ask(
    _ line: any ServerLine, code: String, keys: Keys, predecessor: Predecessor? = nil
  ) throws(Problem) -> Value {
    let signing = keys.signing.verifyingKey.publicBytes
    let encryption = keys.encryption.encryptionKey.publicBytes
    // Nothing about the person: the device has the name that the county gave it.
    var body: Value = [
      "code": .text(code.trimmed), "signingKey": .text(Hexadecimal.text(signing)),
      "encryptionKey": .text(Hexadecimal.text(encryption)),
    ]
    if let predecessor {
      let message = CBOR.encode([
        "bangban-successor-1", .text(predecessor.device.text), .bytes(signing), .bytes(encryption),
      ])
      body["predecessor"] = [
        "device": .text(predecessor.device.text),
        "signature": .text(Hexadecimal.text(try predecessor.key.sign(message))),
      ]
    }
    var question = ServerQuestion(
      "POST", "/v1/enroll", headers: [("Content-Type", "application/json")], body: JSON.bytes(body))
    // The whole catalogue comes with it.
    question.takesPacked = true
    let answer = try line.ask(question)
    guard answer.isSuccess else { throw answer.problem }
    guard let value = try? JSONReader.read(answer.body), value.object != nil else {
      throw ProblemKind.syncAnswer.with("enroll")
    }
    return value
  }
}
