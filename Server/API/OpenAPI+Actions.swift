internal import Application
internal import Foundations

/// What a window may say, action by action, and what is said to its own system.
extension OpenAPI {
  /// One action of a window: what must be said beside `action` and `version`, and what may be.
  struct Action {
    let name: String
    var needs: Members = [:]
    var may: Members = [:]

    /// The body of this action.
    var schema: Value {
      let own: Members = ["action": ["const": .text(name)], "version": ["type": "integer"]]
      return [
        "title": .text(name), "type": "object",
        "required": .array((["action", "version"] + needs.keys.sorted()).map(Value.text)),
        "properties": .object(own.merging(needs) { first, _ in first }.merging(may) { first, _ in first }),
      ]
    }
  }

  static let actions: [Action] = [
    Action(name: "accept"),
    Action(
      name: "reject", needs: ["reason": text],
      may: ["ground": oneOf("notNeeded", "notOurs", "falsehood", "other"), "redirectTo": text]),
    Action(
      name: "correct", needs: ["defects": list(defect)],
      may: ["until": day, "override": object(needs: ["by": text, "reason": text])]),
    Action(name: "rectify", needs: ["fields": ["type": "object"], "confirmedBy": text], may: ["reason": text]),
    Action(name: "preview"), Action(name: "clear", may: ["opinion": text]),
    Action(name: "suspend", needs: ["procedure": text, "reason": text, "workingDays": count(to: 365)]),
    Action(name: "resume", may: ["explanation": text]),
    Action(name: "extend", needs: ["days": count(to: nil), "reason": text, "approver": text]),
    Action(name: "inspect", needs: ["by": list(text, atLeast: 2), "finding": text], may: ["name": text]),
    Action(name: "notify", needs: ["parties": text, "content": text]),
    Action(name: "verify", needs: ["material": text, "result": text]),
    Action(name: "decide", needs: ["outcome": oneOf("approve", "refuse")], may: ["reason": text, "number": text]),
    Action(
      name: "issue", needs: ["certificate": object(needs: ["name": text, "number": text], may: ["validUntil": day])]),
    Action(name: "deliver", needs: ["method": text, "receivedBy": text], may: ["waybill": text]),
    Action(name: "admit", needs: ["operation": text], may: ["reason": text]),
    Action(name: "decline", needs: ["operation": text], may: ["reason": text]),
    Action(name: "terminate", needs: ["reason": text]), Action(name: "discredit", needs: ["note": text]),
    Action(name: "repair", needs: ["reason": text]),
    Action(name: "join", needs: ["other": text], may: ["goesOn": text]), Action(name: "apart", needs: ["other": text]),
  ]

  /// The body of a request to act.
  static let actionBody: Value = [
    "type": "object", "required": ["action", "version"], "discriminator": ["propertyName": "action"],
    "oneOf": .array(actions.map(\.schema)),
  ]

  /// What a window needs of a proceeding: what goes to its own system; further members come with time.
  static let dispatchSchema: Value = [
    "type": "object", "required": ["id", "version", "window", "application", "item", "fields", "materials"],
    "properties": [
      "id": text, "version": ["type": "integer"], "window": named, "application": ["type": "object"], "item": named,
      "applicant": ["type": ["object", "null"]], "agent": ["type": "object"], "fields": ["type": "object"],
      "materials": list(["type": "object"]), "duplicates": list(["type": "object"]),
      "receivedAt": ["type": ["string", "null"]], "due": ["type": ["string", "null"]],
      // Only where true: the time of arrival, since the clock of whoever captured it could not be trusted.
      "receivedDoubtful": ["type": "boolean"],
    ],
  ]

  /// A proceeding as its window sees it: that and how it stands.
  static let proceedingSchema: Value = [
    "allOf": [["$ref": "#/components/schemas/Dispatch"]], "type": "object",
    "required": ["status", "actions", "history", "documents", "late", "defects"],
    "properties": [
      "status": statuses, "acceptedAt": ["type": ["string", "null"]], "until": ["type": ["string", "null"]],
      "actions": list(text), "late": list(["type": "object"]), "history": list(["type": "object"]),
      "documents": list(["type": "object"]), "defects": list(["type": "object"]),
    ],
  ]

  /// What goes to a window's own system.
  static let webhooks: Value = [
    "proceeding.dispatched": [
      "post": [
        "summary": """
        A proceeding for the window, signed after the Standard Webhooks (webhook-id, webhook-timestamp, \
        webhook-signature), with the same Idempotency-Key at each repetition. 2xx and 409: it is there. 410: nothing \
        more is sent to this address. Anything else is repeated, later and later, not before Retry-After. Where no \
        answer came, GET {url}/{id} asks first: 200 with anything but a page for people says that it is there, 404 \
        that it is not.
        """,
        "requestBody": [
          "required": true,
          "content": [
            "application/json": [
              "schema": [
                "type": "object", "required": ["type", "id", "timestamp", "data"],
                "properties": [
                  "type": ["const": "proceeding.dispatched"], "id": text, "timestamp": text,
                  "data": ["$ref": "#/components/schemas/Dispatch"],
                ],
              ]
            ]
          ],
        ],
        "responses": ["200": ["description": "it is there"]],
      ]
    ]
  ]

  /// Of a proceeding.
  static let statuses: Value = ["enum": .array(ProceedingStatus.allCases.map { .text($0.rawValue) })]

  private static let text: Value = ["type": "string"]
  private static let day: Value = ["type": "string", "format": "date"]
  private static let named: Value = ["type": "object", "properties": ["id": text, "name": text]]
  /// With the id of a field or of a material.
  private static let defect = object(
    needs: ["problem": text, "remedy": text], may: ["field": text, "material": text])

  private static func oneOf(_ options: String...) -> Value { ["enum": .array(options.map(Value.text))] }

  private static func list(_ items: Value, atLeast count: Int64 = 0) -> Value {
    count == 0 ? ["type": "array", "items": items] : ["type": "array", "items": items, "minItems": .integer(count)]
  }

  private static func count(to most: Int64?) -> Value {
    var schema: Value = ["type": "integer", "minimum": 1]
    if let most { schema["maximum"] = .integer(most) }
    return schema
  }

  private static func object(needs: Members, may: Members = [:]) -> Value {
    [
      "type": "object", "required": .array(needs.keys.sorted().map(Value.text)),
      "properties": .object(needs.merging(may) { first, _ in first }),
    ]
  }
}
