internal import COpenSSL
internal import Foundations

/// The SM2 curve (GB/T 32918.5-2017) and the making of keys on it.
@safe final class SM2Curve: Sendable {
  /// nil if OpenSSL was built without SM2.
  static let shared = SM2Curve()

  static let privateBytes = 32
  /// Uncompressed: 4, then x and y.
  static let publicBytes = 65

  // Read only after init; OpenSSL's curve groups may be shared between threads.
  private nonisolated(unsafe) let group: OpaquePointer
  /// n − 2, the greatest private key: signing divides by 1 + d.
  private let greatestPrivate: [UInt8]

  private init?() {
    guard AsymmetricLibrary.isReady, let group = unsafe EC_GROUP_new_by_curve_name(NID_sm2),
      let order = unsafe EC_GROUP_get0_order(group)
    else { return nil }
    unsafe self.group = group
    var bytes = [UInt8](repeating: 0, count: Self.privateBytes)
    guard unsafe BN_bn2binpad(order, &bytes, Int32(Self.privateBytes)) == Int32(Self.privateBytes) else { return nil }
    // The order is odd and does not end in 01, so no borrow leaves its last byte.
    bytes[Self.privateBytes - 1] -= 2
    greatestPrivate = bytes
  }

  deinit { unsafe EC_GROUP_free(group) }

  /// A uniformly random private key.
  func randomPrivate(_ random: some RandomSource) throws(Problem) -> [UInt8] {
    // Each try fails with a chance of 2⁻³²; a source that keeps failing is broken.
    for _ in 0..<16 {
      let candidate = random.bytes(Self.privateBytes)
      if isPrivate(candidate) { return candidate }
    }
    throw ProblemKind.cryptographyFailed.with("random numbers")
  }

  /// Whether this is a number from 1 to n − 2, 32 bytes big-endian.
  func isPrivate(_ bytes: [UInt8]) -> Bool {
    bytes.count == Self.privateBytes && bytes.contains { $0 != 0 } && !greatestPrivate.lexicographicallyPrecedes(bytes)
  }

  /// The public key of a private one.
  func publicKey(ofPrivate bytes: [UInt8]) throws(Problem) -> [UInt8] {
    let number = unsafe BN_bin2bn(bytes, Int32(clamping: bytes.count), nil)
    let point = unsafe EC_POINT_new(group)
    defer {
      unsafe BN_clear_free(number)
      unsafe EC_POINT_free(point)
    }
    var output = [UInt8](repeating: 0, count: Self.publicBytes)
    guard unsafe EC_POINT_mul(group, point, number, nil, nil, nil) == 1,
      unsafe EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &output, output.count, nil) == output.count
    else { throw failure("key") }
    return output
  }

  /// Whether these 65 bytes are a point of the curve.
  func isPublic(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == Self.publicBytes, bytes[0] == 4 else { return false }
    let point = unsafe EC_POINT_new(group)
    defer {
      unsafe EC_POINT_free(point)
      // What was refused left a reason in OpenSSL's queue, which nobody asks for.
      ERR_clear_error()
    }
    // Reading the point checks the curve's equation; the curve has cofactor 1, so every point but zero will do.
    return unsafe EC_POINT_oct2point(group, point, bytes, bytes.count, nil) == 1
      && EC_POINT_is_at_infinity(group, point) == 0
  }

  /// OpenSSL's key object.
  /// - Parameter privateBytes: nil for a public key alone.
  func key(publicBytes: [UInt8], privateBytes: [UInt8]?) throws(Problem) -> OpaquePointer {
    let number = unsafe privateBytes.flatMap { unsafe BN_bin2bn($0, Int32(clamping: $0.count), nil) }
    let parameters = unsafe bangban_sm2_parameters(publicBytes, publicBytes.count, number)
    let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "SM2", nil)
    defer {
      unsafe EVP_PKEY_CTX_free(context)
      unsafe OSSL_PARAM_free(parameters)
      unsafe BN_clear_free(number)
    }
    var key: OpaquePointer?
    let selection = privateBytes == nil ? bangban_public_key : bangban_key_pair
    guard unsafe parameters != nil, unsafe EVP_PKEY_fromdata_init(context) == 1,
      unsafe EVP_PKEY_fromdata(context, &key, Int32(selection), parameters) == 1, let key = unsafe key
    else { throw failure("key") }
    return unsafe key
  }
}

/// A step of OpenSSL that failed for no fault of the input. Its queue of reasons is emptied.
func failure(_ step: StaticString) -> Problem {
  ERR_clear_error()
  return ProblemKind.cryptographyFailed.with("SM2 \(step)")
}
