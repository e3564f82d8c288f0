package import Cryptography
package import Foundations
internal import Wire

/// How the county gives a store its key back whose passphrase nobody knows any more.
///
/// The store asks with its key as it was wrapped to the county's recovery key, and with a fresh key of its own to
/// answer to. The county unwraps it with the private recovery key and answers with the store's key sealed twice: under
/// a code that the administrator tells the person, and to the fresh key, which never leaves that store. So a file alone
/// opens nothing, a code alone opens nothing, and neither serves another store or another time.
package enum Recovery {
  /// What the store's key is wrapped to the recovery key for (`Envelope`).
  package static let storeKeyPurpose = "store-key"
  fileprivate static let answerPurpose = "recovery-answer"
  fileprivate static let requestHead = "bangban-recovery-request-1"
  fileprivate static let answerHead = "bangban-recovery-answer-1"
  fileprivate static let idBytes = 16
  /// What a request begins with.
  package static var requestMagic: [UInt8] { [0x86] + CBOR.encode(.text(requestHead)) }
  /// What an answer begins with.
  package static var answerMagic: [UInt8] { [0x84] + CBOR.encode(.text(answerHead)) }
  /// A request or an answer is far smaller.
  package static let fileBytesMax = 16 << 10
  private static let codeBytes = 10

  /// Where a store keeps its signing key sealed: by it the county knows whose store it is.
  package static let signingKeyPlace = SealPlace("meta", "signing-key", "value")

  /// A code of 80 bits that survives being read out: four groups of four.
  package static func newCode(_ random: some RandomSource) -> String {
    Base32.grouped(Base32.text(random.bytes(codeBytes)), by: 4)
  }

  /// What of a code counts, however it was typed.
  fileprivate static func plain(_ code: String) -> String {
    String(
      code.halfWidth.lowercased().compactMap { character in
        switch character {
        case "o": "0"
        case "i", "l": "1"
        default: character.isASCII && (character.isLetter || character.isNumber) ? character : nil
        }
      })
  }
}

/// What a store asks the county. No secret but the wrapped key is in it, and nothing about any person.
package struct RecoveryRequest: Sendable, Hashable {
  package let device: DeviceID
  /// Random: an answer belongs to one request.
  package let id: [UInt8]
  /// The store's fresh key, 65 bytes.
  package let replyKey: [UInt8]
  /// The store's key in an envelope to the recovery key.
  package let wrapped: [UInt8]
  /// The device's signing key as the store has it sealed.
  package let proof: [UInt8]

  package init(device: DeviceID, id: [UInt8], replyKey: [UInt8], wrapped: [UInt8], proof: [UInt8]) {
    self.device = device
    self.id = id
    self.replyKey = replyKey
    self.wrapped = wrapped
    self.proof = proof
  }

  /// A random id.
  package static func newID(_ random: some RandomSource) -> [UInt8] { random.bytes(Recovery.idBytes) }

  /// CBOR.
  package var bytes: [UInt8] {
    CBOR.encode([
      .text(Recovery.requestHead), .text(device.text), .bytes(id), .bytes(replyKey), .bytes(wrapped), .bytes(proof),
    ])
  }

  /// - Throws: `recover.malformed`.
  package init(_ bytes: [UInt8]) throws(Problem) {
    guard let parts = (try? CBOR.decode(bytes))?.array, parts.count == 6, parts[0].text == Recovery.requestHead,
      let device = parts[1].text, (1...64).contains(device.utf8.count), let id = parts[2].bytes,
      id.count == Recovery.idBytes, let replyKey = parts[3].bytes, let wrapped = parts[4].bytes,
      let proof = parts[5].bytes
    else { throw ProblemKind.recoverMalformed.with("申请") }
    self.init(device: DeviceID(device), id: id, replyKey: replyKey, wrapped: wrapped, proof: proof)
  }

  /// Unwraps the store's key.
  /// - Parameter signingKey: the public key under which the device is known.
  /// - Throws: `recover.key` where it was wrapped to another recovery key; `recover.other-store` where the store is not
  ///   this device's.
  package func storeKey(with recoveryKey: SM2.DecryptionKey, signingKey: [UInt8]) throws(Problem) -> [UInt8] {
    guard
      let key = try? Cryptography.Envelope.open(wrapped, with: recoveryKey, purpose: Recovery.storeKeyPurpose),
      let sealer = try? Sealer(key: key)
    else { throw Problem(.recoverKey) }
    guard let bytes = try? sealer.open(proof, at: Recovery.signingKeyPlace),
      let signer = try? SigningKey(privateBytes: bytes), signer.verifyingKey.publicBytes == signingKey
    else { throw ProblemKind.recoverOtherStore.with(device.text) }
    return key
  }
}

/// What the county answers.
package struct RecoveryAnswer: Sendable, Hashable {
  package let device: DeviceID
  /// The request's.
  package let id: [UInt8]
  private let envelope: [UInt8]

  /// Seals a store's key for the store that asked and the person who knows the code.
  package init(_ key: [UInt8], to request: RecoveryRequest, code: String, random: some RandomSource) throws(Problem) {
    device = request.device
    id = request.id
    let salt = random.bytes(Recovery.idBytes)
    let rounds = Limits.passphraseRounds
    let box = try Self.sealer(code, salt, rounds).seal(key, at: Self.place(device, id), random: random)
    envelope = try Cryptography.Envelope.seal(
      CBOR.encode([.bytes(salt), Value(rounds), .bytes(box)]), to: SM2.EncryptionKey(publicBytes: request.replyKey),
      purpose: Recovery.answerPurpose, random: random)
  }

  /// CBOR.
  package var bytes: [UInt8] {
    CBOR.encode([.text(Recovery.answerHead), .text(device.text), .bytes(id), .bytes(envelope)])
  }

  /// - Throws: `recover.malformed`.
  package init(_ bytes: [UInt8]) throws(Problem) {
    guard let parts = (try? CBOR.decode(bytes))?.array, parts.count == 4, parts[0].text == Recovery.answerHead,
      let device = parts[1].text, let id = parts[2].bytes, let envelope = parts[3].bytes
    else { throw ProblemKind.recoverMalformed.with("答复") }
    self.device = DeviceID(device)
    self.id = id
    self.envelope = envelope
  }

  /// The store's key.
  /// - Throws: `recover.malformed` where the answer was altered; `recover.code`.
  package func storeKey(with replyKey: SM2.DecryptionKey, code: String) throws(Problem) -> [UInt8] {
    guard
      let plain = try? Cryptography.Envelope.open(envelope, with: replyKey, purpose: Recovery.answerPurpose),
      let parts = (try? CBOR.decode(plain))?.array, parts.count == 3, let salt = parts[0].bytes,
      let rounds = parts[1].integer, (1...Int64(Limits.passphraseRounds) * 10).contains(rounds),
      let box = parts[2].bytes
    else { throw ProblemKind.recoverMalformed.with("答复") }
    guard let key = try? Self.sealer(code, salt, Int(rounds)).open(box, at: Self.place(device, id)) else {
      throw Problem(.recoverCode)
    }
    return key
  }

  private static func sealer(_ code: String, _ salt: [UInt8], _ rounds: Int) throws(Problem) -> Sealer {
    try Sealer(key: PassphraseKey.derive(passphrase: Recovery.plain(code), salt: salt, rounds: rounds))
  }

  private static func place(_ device: DeviceID, _ id: [UInt8]) -> SealPlace {
    SealPlace("recovery", "\(device.text) \(Hexadecimal.text(id))", "key")
  }
}

extension ProblemKind {
  /// Neither a request nor an answer; the detail says which was expected.
  package static let recoverMalformed = ProblemKind(
    "recover.malformed", status: 400, "这不是找回口令的{}文件，或者文件损坏了。", remedy: "请核对文件名，或重新复制一次。")
  /// The county's private key is not the one the store trusted.
  package static let recoverKey = ProblemKind(
    "recover.key", status: 403, "这把恢复密钥打不开申请。", remedy: "请核对是不是本县的 recovery.key，申请文件有没有损坏。")
  /// The store is another device's; the detail is the device that it says it is.
  package static let recoverOtherStore = ProblemKind(
    "recover.other-store", status: 403, "申请里的数据不是设备 {} 的，没有处理。", remedy: "请当面核对是哪一台电脑，再用 device list 查看它的编号。")
  /// The code does not fit the answer.
  package static let recoverCode = ProblemKind(
    "recover.code", status: 403, "恢复码不对，口令没有更换。", remedy: "请向县里的管理员再核对一遍恢复码。")
  /// The answer is for another device; the detail is that device.
  package static let recoverOtherDevice = ProblemKind(
    "recover.other-device", status: 403, "这个答复是给另一台电脑（{}）的。", remedy: "请核对文件，或请管理员为这台电脑重新处理。")
  /// The answer is for an earlier request.
  package static let recoverOtherRequest = ProblemKind(
    "recover.other-request", status: 409, "这个答复不是给这一次申请的。", remedy: "请把最近一次生成的申请文件交给管理员，用它换来的答复。")
  /// Nothing was asked, or it has been answered already.
  package static let recoverNone = ProblemKind(
    "recover.none", status: 409, "这台电脑没有等待答复的申请；用过的答复不能再用。", remedy: "仍要更换口令时，请用 bangban recover 重新申请。")
  /// The store's key was never wrapped to a recovery key.
  package static let recoverUnavailable = ProblemKind(
    "recover.unavailable", status: 409, "登记时县里没有恢复密钥，这台电脑的口令找不回来。", remedy: "请再想一想口令；已同步的内容都在服务器上。")
}
