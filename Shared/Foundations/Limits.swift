/// Every bound in one place. A breach is a clear refusal, never a crash.
package enum Limits {
  /// How deep JSON and CBOR may nest.
  package static let jsonDepthMax = 32
  /// How deep a message may nest: columns take three levels for each of the four they transpose.
  package static let messageDepthMax = jsonDepthMax + 20
  /// Values in one decoded document or message, and cells in one unpacked list: what a small body can be blown up to.
  package static let valuesMax = 2 << 20
  /// One `new --from` document, catalogue file or answers file.
  package static let documentBytesMax = 4 << 20
  /// The body of one request, as it is on the wire.
  package static let bodyBytesMax = 8 << 20
  /// The body of one request after decompression.
  package static let inflatedBytesMax = 32 << 20
  /// Requests that are unpacked at the same time before their signatures are looked at: each may take a quarter of a
  /// gigabyte.
  package static let requestsUnpackedMax = 4
  /// Operations in one sync request.
  package static let operationsPerRequestMax = 2000
  /// Operations in one page of a sync answer.
  package static let operationsPerPageMax = 2000
  /// Headers and payloads in one page of a sync answer, together; one operation is always a page.
  package static let pageBytesMax = 4 << 20
  /// Operations of one device in the review tray; more stay on the device.
  package static let reviewsPerDeviceMax = 20_000
  /// The payload of one operation.
  package static let payloadBytesMax = 1 << 20
  /// Values in the payload of one operation: many operations are read together.
  package static let payloadValuesMax = 1 << 16
  /// The names and references in the header of one operation, together: of thousands of registers with a conflict each.
  package static let headerBytesMax = 64 << 10
  /// Stations and devices that one application is shared with, its own among them.
  package static let scopesMax = 32
  /// Heads of one register that an operation names: as many devices would have to have written it at the same time.
  package static let headsMax = 256
  /// Held drafts of one device in its life. Few enough that nobody can search for a number whose application id is
  /// somebody else's.
  package static let heldNumberMax: Int64 = 1 << 20
  /// One attachment.
  package static let attachmentBytesMax = 64 << 20
  /// What has come of an attachment is dropped when nothing more came for so long: the upload then begins anew.
  package static let uploadDaysMax: Int64 = 30
  /// Characters in one text value where the form names no bound.
  package static let textCharactersMax = 4000
  /// Other applications for the same matter of the same person that a submission is told of.
  package static let duplicatesMax = 10
  /// Entries in one list value.
  package static let listEntriesMax = 200
  /// Rows of a listing that are printed without `--limit`.
  package static let listRowsDefault = 200
  /// How long a program waits for another one that holds the database.
  package static let lockWaitMilliseconds = 10_000
  /// Of a new passphrase that a person is asked for; one that opens a store already is not judged.
  package static let passphraseCharactersMin = 8
  /// Of a new passphrase that a file or the environment gives: four digits, enough once, are all tried in an hour.
  package static let givenPassphraseCharactersMin = 6
  /// Rounds of PBKDF2-HMAC-SM3 for a passphrase: 0.1–0.3 s on purpose.
  package static let passphraseRounds = 200_000
  /// How long one request of a client may take in all; a slow village link is slow, not dead.
  package static let requestSecondsMax = 300
  /// How long a connection may take to come up.
  package static let connectSecondsMax = 15
  /// How many days before it arrives something may have been captured; of more it is the clock that was wrong.
  package static let captureDaysMax: Int64 = 180
  /// Drafts older than this stand in `todo`.
  package static let draftDaysMax = 30
  /// How many days after an application's end a device keeps its attachments at least, where the county has them.
  package static let closedDaysKept = 30
  /// How many backups of the county hold an attachment before a device lets go of its own copy: one may turn out bad.
  package static let backupsHolding: Int64 = 2
  /// Attachments that one exchange asks the county about before it lets go of them.
  package static let endedQuestionsMax = 50
  /// Catalogues published before, the newest first, whose forms are kept ready for what was begun on them.
  package static let formerCatalogsMax = 40
}
