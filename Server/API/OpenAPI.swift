internal import Foundations

/// The description of the API (OpenAPI 3.1). A test asks every path it names, and every route must be named.
enum OpenAPI {
  static let document: Value = [
    "openapi": "3.1.0",
    "info": [
      "title": "帮办 Bangban", "version": "1",
      "description": "Errors are application/problem+json (RFC 9457) with the stable member code.",
    ],
    "paths": [
      "/v1/enroll": ["post": enroll], "/v1/sync": ["post": sync], "/v1/return": ["post": takeBack],
      "/v1/prove": ["post": prove],
      "/v1/blobs/{digest}": ["head": blobStatus, "patch": upload, "get": download, "delete": cancellation],
      "/v1/windows/{window}/proceedings": ["get": queue],
      "/v1/applications/{id}": ["get": application], "/v1/proceedings/{id}": ["get": proceeding],
      "/v1/proceedings/{id}/actions": ["post": action], "/v1/supervision/summary": ["get": summary],
      "/healthz": ["get": plain("alive")],
      "/readyz": ["get": plain("the journal answers; 503 with the reason while there is no room to write")],
      "/metrics": ["get": plain("Prometheus text")], "/openapi.json": ["get": plain("this document")],
    ],
    "webhooks": webhooks,
    "components": [
      "securitySchemes": [
        "token": ["type": "http", "scheme": "bearer"],
        "device": [
          "type": "apiKey", "in": "header", "name": "Bangban-Signature",
          "description":
            """
          SM2 over CBOR ["bangban-request-1", method, path, device, time, nonce, SM3(body)], \
          in hexadecimal, with Bangban-Device, Bangban-Time (ms) and Bangban-Nonce. With Bangban-Scheme: \
          bangban-upload-1, for PATCH of an attachment: SM2 over CBOR ["bangban-upload-1", "PATCH", path, device, \
          time, \
          nonce, Upload-Offset, Content-Length, whether Upload-Complete is ?1]; the bytes are proved by the digest. \
          Time and nonce make signatures differ; neither age nor reuse is checked, since clocks may be wrong by years \
          and a retry is the same request. What is repeated does nothing twice.
          """,
        ],
      ],
      "schemas": [
        "Problem": [
          "type": "object", "required": ["code", "message", "remedy", "status"],
          "properties": [
            "code": string, "message": string, "remedy": string, "title": string, "status": integer, "field": string,
          ],
        ],
        "Dispatch": dispatchSchema, "Proceeding": proceedingSchema,
      ],
    ],
  ]

  private static let string: Value = ["type": "string"]
  private static let integer: Value = ["type": "integer"]

  private static func answer(_ description: String, _ type: String = "application/json") -> Value {
    ["description": .text(description), "content": .object([type: ["schema": ["type": "object"]]])]
  }

  private static func operation(
    _ summary: String, parameters: [Value] = [], body: Value? = nil, answers: Members, security: [String] = []
  ) -> Value {
    var responses = answers
    responses["default"] = problem("a problem")
    var operation: Value = ["summary": .text(summary), "responses": .object(responses)]
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    if let body { operation["requestBody"] = ["required": true, "content": body] }
    // One of them is enough.
    if !security.isEmpty { operation["security"] = .array(security.map { .object([$0: []]) }) }
    return operation
  }

  private static func parameter(_ name: String, in place: String = "path", type: String = "string") -> Value {
    [
      "name": .text(name), "in": .text(place), "required": .bool(place == "path"), "schema": ["type": .text(type)],
    ]
  }

  private static func problem(_ description: String) -> Value {
    [
      "description": .text(description),
      "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
    ]
  }

  private static func plain(_ summary: String) -> Value {
    operation(summary, answers: ["200": ["description": "text"]])
  }

  private static let enroll = operation(
    "A device uses its one-time code and makes its keys known.",
    body: [
      "application/json": [
        "schema": [
          "type": "object", "required": ["code", "signingKey", "encryptionKey"],
          "properties": [
            "code": string, "name": string, "signingKey": string, "encryptionKey": string,
            "predecessor": [
              "type": "object", "required": ["device", "signature"],
              "properties": ["device": string, "signature": string],
            ],
          ],
        ]
      ]
    ],
    answers: ["200": answer("device, station, number, keys, county, timeline, catalogue; as gzip where accepted")])

  private static let sync = operation(
    "Operations up, a page of operations down, catalogue changes, all in one signed request.",
    body: ["application/vnd.bangban.sync": ["schema": ["type": "string", "contentEncoding": "binary"]]],
    answers: [
      "200": answer(
        "the answer; like every one to a device it is signed, in Bangban-Answer", "application/vnd.bangban.sync")
    ])

  private static let takeBack = operation(
    "Operations that the server lost when a backup was put back, with its own signatures over them; an empty page asks "
      + "where its log stands.",
    body: ["application/vnd.bangban.sync": ["schema": ["type": "string", "contentEncoding": "binary"]]],
    answers: ["200": answer("timelines, what was taken, attachments that are missing", "application/cbor")],
    security: ["device"])

  private static let prove = operation(
    """
    Compares digests of everything shared: [2, cursor, one digest over all or the digests of 1,024 buckets]. A cursor \
    that is further than the log is refused: sync.cursor-ahead.
    """,
    body: ["application/cbor": ["schema": ["type": "string", "contentEncoding": "binary"]]],
    answers: ["200": answer("buckets that differ, or null to ask for all; applications behind", "application/cbor")],
    security: ["device"])

  private static let standing: Value = [
    "description": "Upload-Offset, Upload-Complete, Upload-Length, Upload-Limit (max-size, max-append-size)"
  ]

  private static let blobStatus = operation(
    """
    How much of an attachment has come from this device (draft-ietf-httpbis-resumable-upload); ends an upload of it \
    that \
    is still under way. A window is told of whole ones only.
    """, parameters: [parameter("digest")], answers: ["204": standing], security: ["device", "token"])

  private static let upload = operation(
    """
    Appends to an attachment at Upload-Offset; ends an older upload of it by this device. What arrives is kept as it \
    arrives. With Upload-Complete: ?1 the whole is compared with its digest; blob.damaged: it was dropped, send it \
    again. Devices only: a window's token gets blob.device-only.
    """,
    parameters: [
      parameter("digest"), parameter("Upload-Offset", in: "header", type: "integer"),
      parameter("Upload-Complete", in: "header"), parameter("Upload-Length", in: "header", type: "integer"),
      parameter("Bangban-Scheme", in: "header"),
    ],
    body: ["application/partial-upload": ["schema": ["type": "string", "contentEncoding": "binary"]]],
    answers: [
      "204": standing,
      "400": problem(
        "blob.completed and blob.length, with the draft's types completed-upload, inconsistent-upload-length"),
      "413": problem("blob.limit, blob.too-large: longer than any attachment may be, or than it is said to be"),
      "409": problem("blob.offset, with the draft's type mismatching-upload-offset, expected-offset, provided-offset"),
    ], security: ["device"])

  private static let cancellation = operation(
    "Drops what has come of an attachment from this device.", parameters: [parameter("digest")],
    answers: ["204": ["description": "dropped"]], security: ["device"])

  private static let download = operation(
    "A whole attachment of an application in the caller's scope, or a range of it.",
    parameters: [parameter("digest"), parameter("Range", in: "header")],
    answers: [
      "200": answer("the bytes", "application/octet-stream"), "206": answer("a range", "application/octet-stream"),
    ], security: ["device", "token"])

  private static let queue = operation(
    "A window's queue in the order in which the applications came: {items, next}; `next` is `after` of the next page.",
    parameters: [
      parameter("window"), ["name": "status", "in": "query", "required": false, "schema": statuses],
      parameter("after", in: "query"),
      parameter("limit", in: "query", type: "integer"),
    ], answers: ["200": answer("a page")], security: ["token"])

  private static let application = operation(
    "An application; a window sees its own proceedings of it.", parameters: [parameter("id")],
    answers: ["200": answer("the application")], security: ["token"])

  private static let proceeding = operation(
    """
    A proceeding: the dispatch's data with status, version, history, the actions that fit, and its documents. `late` \
    lists what came too late for the version and is this window's business: `operation`, `at`, and `fields`, \
    `applicant`, `agent`, a `material` with what evidences it, or the material that it `removes`. The data is as it \
    stands now: with what windows put right and admitted, and with deferred materials that have come. \
    `arrived` is false where the file of a material is still under way.
    """,
    parameters: [parameter("id")],
    answers: ["200": whole], security: ["token"])

  private static let whole: Value = [
    "description": "the proceeding",
    "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Proceeding"]]],
  ]

  private static let action = operation(
    """
    A window acts; 409 comes with the current state. join and apart decide about one of the proceeding's duplicates: \
    `other` is its code, `goesOn` the code of the one that goes on (where it is left out, the one submitted first). \
    The proceeding's `actions` lists what fits its status; what does not is refused by a named code. `reject` with \
    the ground notOurs names the right authority in `redirectTo`. `correct` tells everything at once: of the same \
    papers a second one is refused as correct.again unless `override` names the supervisor {by, reason}. `suspend` \
    takes only the procedures that the law lists. `inspect` names two people at least in `by`. The `until` of \
    `correct` lies after today and within a year (correct.until). Where the item gives incomplete papers back, \
    `correct` takes no `until`, and the item is filed anew. `rectify` puts fields right on the spot, `confirmedBy` \
    the applicant, and is no return. `admit` takes in what came late, by its `operation`, for all windows that still \
    judge; `decline` leaves it out. `discredit` puts a deferral or commitment that was not kept on record in a \
    `note`; until `repair`, which gives a `reason`, the applicant makes no new one.
    """,
    parameters: [parameter("id"), parameter("Idempotency-Key", in: "header")],
    body: ["application/json": ["schema": actionBody]],
    answers: [
      "200": whole,
      "409": [
        "description": "it no longer fits",
        "content": [
          "application/problem+json": [
            "schema": [
              "allOf": [["$ref": "#/components/schemas/Problem"]],
              "properties": ["current": ["$ref": "#/components/schemas/Proceeding"]],
            ]
          ]
        ],
      ],
    ],
    security: ["token"])

  private static let summary = operation(
    "What the supervision board shows.", answers: ["200": answer("counts")], security: ["token"])
}
