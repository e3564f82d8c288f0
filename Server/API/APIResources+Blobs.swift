internal import Casework
internal import Cryptography
internal import Foundations
internal import HTTP
internal import Journal
internal import Replication

/// Attachments: uploads after draft-ietf-httpbis-resumable-upload, and what reads them.
extension APIResources {
  static let partBytesMax: Int64 = 2 << 20
  private static let mediaType = "application/partial-upload"

  // MARK: How it stands

  /// `HEAD`: how much has come from this device. It ends what is still under way.
  func blobStatus(_ request: Request) throws(Problem) -> Response {
    let digest = request.parameters["digest"] ?? ""
    guard request.headers["bangban-device"] != nil else {
      try casework.checkReading(digest, actor: try actor(request))
      return Response(
        204, headers: Self.progress(UploadStanding(received: 0, bytes: try blobs.bytes(digest), isComplete: true)))
    }
    let device = try device(request, lettingRevoked: true)
    uploads.end(Uploads.Key(digest: digest, device: device.id))
    let standing = try standing(digest, device)
    if standing.isComplete { try blobs.drop(digest, from: device.id) }
    return Response(204, headers: Self.progress(standing))
  }

  /// `DELETE`: the device does not go on with it.
  func cancelUpload(_ request: Request) throws(Problem) -> Response {
    let digest = request.parameters["digest"] ?? ""
    try refuseWindow(request)
    let device = try device(request, lettingRevoked: true)
    uploads.end(Uploads.Key(digest: digest, device: device.id))
    _ = try standing(digest, device)
    try blobs.drop(digest, from: device.id)
    return Response(204)
  }

  /// Windows read attachments and send none: nothing that they do names one.
  private func refuseWindow(_ request: Request) throws(Problem) {
    guard request.headers["bangban-device"] == nil, request.headers["authorization"] != nil else { return }
    _ = try actor(request)
    throw Problem(.blobDeviceOnly)
  }

  private func standing(_ digest: String, _ device: DeviceRow, total: Int64? = nil) throws(Problem) -> UploadStanding {
    try casework.upload(digest, from: device, total: total) { () throws(Problem) in
      try blobs.received(digest, from: device.id)
    }
  }

  private static func progress(_ standing: UploadStanding) -> [(name: String, value: String)] {
    [
      ("Upload-Offset", String(standing.offset)), ("Upload-Complete", standing.isComplete ? "?1" : "?0"),
      ("Upload-Length", String(standing.bytes)),
      ("Upload-Limit", "max-size=\(Limits.attachmentBytesMax), max-append-size=\(partBytesMax)"),
      ("Cache-Control", "no-store"),
    ]
  }

  // MARK: Appending

  /// Decides by its headers what is to become of a `PATCH`. What is not signed by its headers alone is held back until
  /// its body is there, as programs of the first release sign it.
  func planUpload(_ request: Request) throws -> Plan.Body {
    try refuseWindow(request)
    guard request.headers["content-type"]?.lowercased() == Self.mediaType else {
      var refusal = Response.problem(ProblemKind.blobMediaType.with(Self.mediaType))
      refusal.headers.append(("Accept-Patch", Self.mediaType))
      throw Refusal(refusal)
    }
    let headers = UploadHeaders { request.headers[$0] }
    guard request.headers["bangban-scheme"] == UploadSignature.scheme else {
      return .memory(bytesMax: Int(Self.partBytesMax))
    }
    guard let offset = headers.offset, let count = headers.count, let completes = headers.completes else {
      throw Self.refusal(.malformed, nil)
    }
    let device = try casework.authenticate(
      header: { request.headers[$0] }, lettingRevoked: true
    ) { id, time, nonce in
      UploadSignature.message(
        path: request.path, device: id, time: time, nonce: nonce, offset: offset, count: count, completes: completes)
    }
    return .sink(try begin(request, device, headers), bytesMax: Self.partBytesMax)
  }

  private func begin(_ request: Request, _ device: DeviceRow, _ headers: UploadHeaders) throws -> UploadSink {
    let digest = request.parameters["digest"] ?? ""
    let key = Uploads.Key(digest: digest, device: device.id)
    uploads.end(key)
    let standing = try standing(digest, device, total: headers.total)
    let verdict = UploadIntake.verdict(headers, standing)
    guard case .append(let offset, _) = verdict else { throw Self.refusal(verdict, standing) }
    let sink = UploadSink(
      digest, from: device, headers: headers, at: offset, of: standing.bytes, blobs: blobs, uploads: uploads)
    uploads.begin(sink)
    return sink
  }

  /// A request that appends is complete.
  func upload(_ request: Request) throws -> Response {
    if let sink = request.sink as? UploadSink { return try finish(sink) }
    let device = try device(request, lettingRevoked: true)
    let sink = try begin(request, device, UploadHeaders { request.headers[$0] })
    do { try sink.receive(request.body) } catch {
      sink.abandon()
      throw error
    }
    return try finish(sink)
  }

  private func finish(_ sink: UploadSink) throws(Problem) -> Response {
    let (digest, device) = (sink.key.digest, sink.device)
    return try sink.finish { offset throws(Problem) in
      guard UploadIntake.isFinished(sink.headers, through: offset, of: sink.bytes) else {
        let standing = UploadStanding(received: offset, bytes: sink.bytes, isComplete: false)
        return Response(204, headers: Self.progress(standing))
      }
      let standing = UploadStanding(received: offset, bytes: sink.bytes, isComplete: true)
      switch try blobs.keep(digest, from: device.id) {
      case .whole(let bytes):
        try casework.blobArrived(digest, bytes: bytes, from: device.id)
        return Response(204, headers: Self.progress(standing))
      case .damaged:
        // It was fully sent, says the draft's header; that it is not what it should be, the problem. The next begins
        // anew.
        var refusal = Response.problem(Problem(.blobDamaged))
        refusal.headers += Self.progress(standing)
        return refusal
      case .nothing:
        // A ferry file brought the rest meanwhile; or nothing was ever sent, and it begins again.
        let standing = try self.standing(digest, device)
        guard !standing.isComplete else { return Response(204, headers: Self.progress(standing)) }
        return Self.refusal(.mismatch(expected: standing.received, provided: offset), standing).response
      }
    }
  }

  private static func refusal(_ verdict: UploadVerdict, _ standing: UploadStanding?) -> Refusal {
    var response: Response
    switch verdict {
    case .mismatch(let expected, let provided):
      response = Response.problem(ProblemKind.blobOffset.with(String(expected)))
        .adding("type", draftType("mismatching-upload-offset"))
        .adding("expected-offset", .integer(expected)).adding("provided-offset", .integer(provided))
    case .completed:
      response = Response.problem(Problem(.blobCompleted)).adding("type", draftType("completed-upload"))
    case .inconsistent, .append:
      response = Response.problem(Problem(.blobLength)).adding("type", draftType("inconsistent-upload-length"))
    case .tooLarge: response = Response.problem(Problem(.blobTooLarge))
    case .overLimit:
      response = Response.problem(ProblemKind.blobLimit.with(String(Limits.attachmentBytesMax >> 20)))
    case .malformed:
      response = Response.problem(ProblemKind.blobRequest.with("Upload-Offset, Upload-Complete, Content-Length"))
    }
    if let standing { response.headers += progress(standing) }
    return Refusal(response)
  }

  private static func draftType(_ name: String) -> Value {
    .text("https://iana.org/assignments/http-problem-types#" + name)
  }

  // MARK: Reading

  /// `GET`: the whole of an attachment, or a range of it.
  func download(_ request: Request) throws(Problem) -> Response {
    let digest = request.parameters["digest"] ?? ""
    if request.headers["bangban-device"] != nil {
      try casework.checkReading(digest, device: try device(request))
    } else {
      try casework.checkReading(digest, actor: try actor(request))
    }
    let reading = try BlobReading(digest, in: blobs)
    let bytes = Int(reading.bytes)
    var headers = [
      (name: "Content-Type", value: "application/octet-stream"), ("Content-Disposition", "attachment"),
      ("Accept-Ranges", "bytes"), ("ETag", "\"\(digest)\""),
    ]
    let isSame = request.headers["if-range"].map { $0 == "\"\(digest)\"" } ?? true
    switch isSame ? ByteRange(request.headers["range"], of: bytes) : .whole {
    case .whole: return Response(200, headers: headers, stream: reading, length: reading.bytes)
    case .part(let range):
      headers.append(("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes)"))
      let rest = BlobRest(reading: reading, start: Int64(range.lowerBound))
      return Response(206, headers: headers, stream: rest, length: Int64(range.count))
    case .outside:
      var refusal = Response.problem(Problem(.blobRange))
      refusal.headers.append(("Content-Range", "bytes */\(bytes)"))
      return refusal
    }
  }
}

/// What a `Range` header asks for (RFC 9110, 14.2).
enum ByteRange: Hashable {
  /// No range, more than one, or one that cannot be read: all of it.
  case whole
  case part(Range<Int>)
  /// There is nothing there.
  case outside

  /// - Parameter count: of the bytes that are there.
  init(_ header: String?, of count: Int) {
    self = .whole
    guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return }
    let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { 48...57 ~= $0 } }) else { return }
    let (first, last) = (Int(ends[0]), Int(ends[1]))
    if ends[0].isEmpty {
      guard let last else { return }
      self = last == 0 || count == 0 ? .outside : .part(max(0, count - last)..<count)
      return
    }
    guard let first, ends[1].isEmpty || last != nil else { return }
    if let last, last < first { return }
    self = first >= count ? .outside : .part(first..<min(count, last.map { $0 < count ? $0 + 1 : count } ?? count))
  }
}
