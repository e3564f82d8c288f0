package import Cryptography
package import Foundations
package import Replication

/// A device as the county knows it.
package struct DeviceRow: Sendable, Hashable {
  package var id: DeviceID
  package var station: StationID
  package var name: String
  /// Two characters, part of the offline numbers it gives out.
  package var number: String
  package var status: DeviceStatus
  /// SM2 public keys, 65 bytes; empty before enrolment.
  package var signingKey: [UInt8]
  package var encryptionKey: [UInt8]
  package var enrolledAt: Instant?
  package var seenAt: Instant?
  /// How often it was moved to another station.
  package var assignment: Int64
  /// The last sequence when it was moved: what it wrote itself up to there it is sent again, since it may have let go
  /// of it.
  package var assignedSequence: Int64

  package init(
    id: DeviceID, station: StationID, name: String, number: String, status: DeviceStatus, signingKey: [UInt8] = [],
    encryptionKey: [UInt8] = [], enrolledAt: Instant? = nil, seenAt: Instant? = nil, assignment: Int64 = 0,
    assignedSequence: Int64 = 0
  ) {
    self.id = id
    self.station = station
    self.name = name
    self.number = number
    self.status = status
    self.signingKey = signingKey
    self.encryptionKey = encryptionKey
    self.enrolledAt = enrolledAt
    self.seenAt = seenAt
    self.assignment = assignment
    self.assignedSequence = assignedSequence
  }
}

/// What a device may do.
package enum DeviceStatus: String, Sendable {
  /// Its code has not been used yet.
  case invited
  case active
  case revoked
}

/// A village service station 便民服务站.
package struct StationRow: Sendable, Hashable {
  package var id: StationID
  package var name: String
  /// 12 digits.
  package var division: String
  /// `agent` 代收, `receive` 收件, `accept` 授权受理.
  package var level: String
  package var sample: Bool

  package init(id: StationID, name: String, division: String, level: String, sample: Bool) {
    self.id = id
    self.name = name
    self.division = division
    self.level = level
    self.sample = sample
  }
}

/// Someone with an account on the server.
package struct UserRow: Sendable, Hashable {
  /// Opaque: it stands in the audit chain and in operations, where the name must not.
  package var id: PersonID
  package var name: String
  /// `clerk`, `supervisor`, `administrator`.
  package var role: String
  package var window: WindowID?
  package var disabled: Bool
  /// PBKDF2-HMAC-SM3 of the password, and its salt.
  package var secret: [UInt8]
  package var salt: [UInt8]

  package init(
    id: PersonID, name: String, role: String, window: WindowID?, disabled: Bool, secret: [UInt8], salt: [UInt8]
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.window = window
    self.disabled = disabled
    self.secret = secret
    self.salt = salt
  }

  /// An id that tells nothing: `u` and 48 random bits.
  package static func newID(_ random: some RandomSource) -> PersonID { PersonID("u" + Base32.text(random.bytes(6))) }
}

/// What a bearer token stands for.
package struct TokenRow: Sendable, Hashable {
  /// `window:…` or `user:…`.
  package let holder: String
  /// When it ends or ended; nil for one that stands until another takes its place.
  package let until: Instant?
}

/// Where a window's own system receives dispatches.
package struct EndpointRow: Sendable, Hashable {
  package var window: WindowID
  package var url: String
  /// The key of `whsec_…`.
  package var secret: [UInt8]
  /// 410 was answered: nothing is sent until it is set again.
  package var disabled: Bool

  package init(window: WindowID, url: String, secret: [UInt8], disabled: Bool) {
    self.window = window
    self.url = url
    self.secret = secret
    self.disabled = disabled
  }
}

/// An operation encoded and sealed: all that can be done before it is judged.
package struct SealedOperation: Sendable {
  let header: [UInt8]
  /// Nil where the payload was erased.
  let body: [UInt8]?
}

/// An application as the journal lists it: projected columns only.
package struct ApplicationRow: Sendable, Hashable {
  package var id: ApplicationID
  package var code: String
  package var matter: MatterID
  package var station: StationID
  package var status: String
  package var version: Int64
  package var lastSequence: Int64
  package var submittedAt: Instant?
  /// `ApplicationState.fingerprint`; `verify` computes it again.
  package var digest: [UInt8]

  package init(
    id: ApplicationID, code: String, matter: MatterID, station: StationID, status: String, version: Int64,
    lastSequence: Int64, submittedAt: Instant?, digest: [UInt8]
  ) {
    self.id = id
    self.code = code
    self.matter = matter
    self.station = station
    self.status = status
    self.version = version
    self.lastSequence = lastSequence
    self.submittedAt = submittedAt
    self.digest = digest
  }
}

/// A proceeding as the journal lists it.
package struct ProceedingRow: Sendable, Hashable {
  package var id: ProceedingID
  package var application: ApplicationID
  /// Nil: nothing matched, it stands in the unrouted queue.
  package var window: WindowID?
  package var status: String
  package var version: Int64
  package var receivedAt: Instant?
  package var lastSequence: Int64
  /// Whether it was accepted and deferred papers are still to come; nil in a row of an earlier program, which did not
  /// note it.
  package var awaitsDeferred: Bool?

  package init(
    id: ProceedingID, application: ApplicationID, window: WindowID?, status: String, version: Int64,
    receivedAt: Instant?, lastSequence: Int64, awaitsDeferred: Bool?
  ) {
    self.id = id
    self.application = application
    self.window = window
    self.status = status
    self.version = version
    self.receivedAt = receivedAt
    self.lastSequence = lastSequence
    self.awaitsDeferred = awaitsDeferred
  }

  /// Whether the row says what the log does: what an earlier program did not note it need not say.
  package func agrees(with computed: ProceedingRow) -> Bool {
    var row = self
    row.awaitsDeferred = awaitsDeferred ?? computed.awaitsDeferred
    return row == computed
  }
}

/// A dispatch 转办件 in the outbox.
package struct DispatchRow: Sendable, Hashable {
  /// SM3(proceeding, version, window): a restored server does not forward twice.
  package var id: String
  package var proceeding: ProceedingID
  package var application: ApplicationID
  package var version: Int64
  package var window: WindowID
  /// `queued`, `delivered`, `unknown`, `dead`, `withdrawn`.
  package var status: String
  package var attempts: Int64
  package var nextAt: Instant
  package var createdAt: Instant
  package var deliveredAt: Instant?
  /// The last failure in a few words; never record contents.
  package var failure: String?

  /// `failure` begins with this where the receiver may have the dispatch: it is asked before it is told again.
  package static let maybeArrived = "may have arrived: "

  package var mayHaveArrived: Bool { failure?.hasPrefix(Self.maybeArrived) == true }

  package init(
    id: String, proceeding: ProceedingID, application: ApplicationID, version: Int64, window: WindowID, status: String,
    attempts: Int64, nextAt: Instant, createdAt: Instant, deliveredAt: Instant? = nil, failure: String? = nil
  ) {
    self.id = id
    self.proceeding = proceeding
    self.application = application
    self.version = version
    self.window = window
    self.status = status
    self.attempts = attempts
    self.nextAt = nextAt
    self.createdAt = createdAt
    self.deliveredAt = deliveredAt
    self.failure = failure
  }
}

extension DispatchRow {
  /// The status of a dispatch that was taken out of the queue before it had gone out.
  package static let withdrawn = "withdrawn"
}

/// One line of the audit chain: each digest covers the one before.
package struct AuditRow: Sendable, Hashable {
  package var number: Int64
  package var at: Instant
  package var actor: String
  package var action: String
  package var subject: String
  package var digest: [UInt8]
}

/// An attachment's bytes on the server.
package struct BlobRow: Sendable, Hashable {
  package var digest: String
  package var bytes: Int64
  /// Whether the whole of it is here, whoever sent it.
  package var complete: Bool

  package init(digest: String, bytes: Int64, complete: Bool) {
    self.digest = digest
    self.bytes = bytes
    self.complete = complete
  }
}

/// That an attachment was named. Whether its bytes are here says nothing about it: *who names an attachment neither
/// reads it nor gets it for his own before he, or somebody of his station, has sent its bytes.*
package struct BlobClaim: Sendable, Hashable {
  /// The application it was named in.
  package let application: ApplicationID
  /// The station of the device that named it; of a claim by a device itself, nil.
  package let station: StationID?
  package let bytes: Int64
  /// Whether somebody who may has sent it.
  package let arrived: Bool

  package init(application: ApplicationID, station: StationID?, bytes: Int64, arrived: Bool) {
    self.application = application
    self.station = station
    self.bytes = bytes
    self.arrived = arrived
  }
}

/// An operation that a device brought back after a backup was put back.
package struct AdoptionRow: Sendable, Hashable {
  package let operation: OperationID
  /// `Attestation.digest` of what stands behind it, and its place there.
  package let attestation: Digest
  package let place: Int
  /// The judgement it had in the lost log.
  package let judgement: Judgement

  package init(operation: OperationID, attestation: Digest, place: Int, judgement: Judgement) {
    self.operation = operation
    self.attestation = attestation
    self.place = place
    self.judgement = judgement
  }
}
