internal import Foundations

/// How much of an attachment the server has from one sender.
package struct UploadStanding: Sendable, Hashable {
  package let received: Int64
  /// What the operations that name it say it has.
  package let bytes: Int64
  package let isComplete: Bool

  package init(received: Int64, bytes: Int64, isComplete: Bool) {
    self.received = received
    self.bytes = bytes
    self.isComplete = isComplete
  }

  /// The bytes that can be relied upon: all of them once it is whole.
  package var offset: Int64 { isComplete ? bytes : received }
}

/// The headers of a request that appends to an attachment; nil where one is missing or has another form.
package struct UploadHeaders: Sendable, Hashable {
  /// `Upload-Offset`.
  package let offset: Int64?
  /// `Upload-Complete`.
  package let completes: Bool?
  /// `Upload-Length`, if it was sent.
  package let total: Int64?
  /// `Content-Length`.
  package let count: Int64?

  /// - Parameter header: a header's value by its lower-case name.
  package init(header: (String) -> String?) {
    func number(_ name: String) -> Int64? { header(name).flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil } }
    offset = number("upload-offset")
    completes =
      switch header("upload-complete") {
      case "?1": true
      case "?0": false
      default: nil
      }
    total = number("upload-length")
    count = number("content-length")
  }
}

/// What a request that appends is to the server.
package enum UploadVerdict: Sendable, Hashable {
  /// It goes on where the attachment stands; so many bytes may still come.
  case append(at: Int64, roomBytes: Int64)
  /// It does not go on there.
  case mismatch(expected: Int64, provided: Int64)
  /// Nothing is missing any more, and nothing was to be added.
  case completed
  /// What it says of the length does not fit what is known of it.
  case inconsistent
  /// It is longer than what is known of it.
  case tooLarge
  /// No attachment may be as long as it is said to be.
  case overLimit
  /// A header is missing or has another form.
  case malformed
}

/// The server's half of the upload of one attachment (draft-ietf-httpbis-resumable-upload): a pure decision.
package enum UploadIntake {
  /// Decides what a request that appends is, before a byte of it is taken.
  package static func verdict(_ headers: UploadHeaders, _ standing: UploadStanding) -> UploadVerdict {
    guard let offset = headers.offset, let completes = headers.completes else { return .malformed }
    if standing.isComplete { return headers.count == 0 ? .completed : .inconsistent }
    let limit = Int64(Limits.attachmentBytesMax)
    guard standing.bytes <= limit, headers.total ?? 0 <= limit else { return .overLimit }
    guard offset == standing.received else { return .mismatch(expected: standing.received, provided: offset) }
    let (end, overflow) = offset.addingReportingOverflow(headers.count ?? 0)
    guard !overflow, end <= standing.bytes else { return .tooLarge }
    if let total = headers.total, total != standing.bytes { return .inconsistent }
    if completes, headers.count != nil, end != standing.bytes { return .inconsistent }
    return .append(at: offset, roomBytes: standing.bytes - offset)
  }

  /// Whether all is there after a request, and its digest is to be looked at.
  package static func isFinished(_ headers: UploadHeaders, through offset: Int64, of bytes: Int64) -> Bool {
    headers.completes == true && offset == bytes
  }
}
