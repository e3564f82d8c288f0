internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Replication
internal import Wire

/// Signs requests that are no sync, so that the server knows the device.
struct DeviceSignature {
  let device: DeviceID
  let key: SM2.SigningKey
  let serverKey: [UInt8]
  let clock: any Clock
  let random: any RandomSource

  /// - Throws: `store.…` where the key cannot be read.
  init(_ store: CaptureStore, clock: any Clock, random: any RandomSource) throws(Problem) {
    (device, key, serverKey) = try store.read { session throws(Problem) in
      (session.identity.device, try session.signingKey(), session.identity.serverKey)
    }
    self.clock = clock
    self.random = random
  }

  /// The question with its signature: SM2 over the CBOR array
  /// ["bangban-request-1", method, path, device, time, nonce, SM3(body)].
  func sign(_ question: ServerQuestion) throws(Problem) -> ServerQuestion {
    try sign(question) { time, nonce in
      CBOR.encode([
        "bangban-request-1", .text(question.method), .text(question.path), .text(device.text), .integer(time),
        .text(nonce), .bytes(Digest(of: question.body).bytes),
      ])
    }
  }

  /// A part of an attachment with its signature, which leaves out the bytes (`UploadSignature`).
  func sign(_ question: ServerQuestion, _ part: UploadPart) throws(Problem) -> ServerQuestion {
    var signed = try sign(question) { time, nonce in
      UploadSignature.message(
        path: question.path, device: device, time: time, nonce: nonce, offset: part.offset, count: part.count,
        completes: part.completes)
    }
    signed.headers.append(("Bangban-Scheme", UploadSignature.scheme))
    return signed
  }

  private func sign(
    _ question: ServerQuestion, message: (_ time: Int64, _ nonce: String) -> [UInt8]
  ) throws(Problem) -> ServerQuestion {
    let time = clock.now().milliseconds
    let nonce = Hexadecimal.text(random.bytes(16))
    var signed = question
    signed.serverKey = serverKey
    signed.headers += [
      ("Bangban-Device", device.text), ("Bangban-Time", String(time)), ("Bangban-Nonce", nonce),
      ("Bangban-Signature", Hexadecimal.text(try key.sign(message(time, nonce)))),
    ]
    return signed
  }
}
