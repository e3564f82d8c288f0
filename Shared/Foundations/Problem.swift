/// What a program answers when it cannot do what it was asked.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  case refused = 1
  case usage = 2
  case attention = 3
  case offline = 4
  case storage = 5
}

/// One entry of the problem catalogue that client and server share: a stable code, what HTTP and the shell are told,
/// a sentence for a villager's helper, and what to do next. Modules add theirs as static members of an extension.
package struct ProblemKind: Sendable, Hashable {
  /// Stable, dotted, English: `field.id-number.checksum`.
  package let code: String
  /// HTTP status (RFC 9110).
  package let status: Int
  package let exit: ExitStatus
  /// One sentence in Chinese. `{}` is where the detail goes.
  package let message: String
  /// What to do next, in Chinese.
  package let remedy: String

  package init(_ code: String, status: Int = 422, exit: ExitStatus = .refused, _ message: String, remedy: String) {
    self.code = code
    self.status = status
    self.exit = exit
    self.message = message
    self.remedy = remedy
  }

  /// This problem with a detail: a name, a number, a place in a file; never the content of a record.
  package func with(_ detail: String, field: String? = nil) -> Problem {
    Problem(self, detail: detail, field: field)
  }

  /// This problem at one field of a form.
  package func at(_ field: String, _ detail: String? = nil) -> Problem { Problem(self, detail: detail, field: field) }
}

/// A problem that happened. Record contents never appear in one.
package struct Problem: Error, Sendable, Hashable {
  package let kind: ProblemKind
  package let detail: String?
  package let field: String?
  /// Further problems found in the same input: a person who has to correct ten fields is told all ten at once.
  package var others: [Problem] = []
  /// Whether its sentence names what the others say one by one: programs read them, and people need not.
  package var isSummary = false
  /// Numbers for programs, beside the sentence for people: `latest`, `expected`.
  package var numbers: [String: Int64] = [:]

  package init(_ kind: ProblemKind, detail: String? = nil, field: String? = nil) {
    self.kind = kind
    self.detail = detail
    self.field = field
  }

  package var code: String { kind.code }

  /// What people are told: each thing once.
  package var told: [Problem] { isSummary ? [self] : [self] + others }

  /// The sentence for a person.
  package var message: String {
    let parts = kind.message.split(separator: "{}", maxSplits: 1, omittingEmptySubsequences: false)
    guard let head = parts.first else { return kind.message }
    guard parts.count == 2 else { return detail.map { "\(kind.message)（\($0)）" } ?? kind.message }
    return head + (detail ?? "") + parts[1]
  }

  /// This problem with numbers that a program reads.
  package func telling(_ numbers: [String: Int64]) -> Problem {
    var problem = self
    problem.numbers.merge(numbers) { _, new in new }
    return problem
  }

  /// `{code, message, remedy, field?, others?}` and the numbers:
  /// the body of `--json` errors and, with `status`, of problem+json.
  package var value: Value {
    var value: Value = ["code": .text(code), "message": .text(message), "remedy": .text(kind.remedy)]
    if let field { value["field"] = .text(field) }
    for (name, number) in numbers { value[name] = .integer(number) }
    if !others.isEmpty { value["others"] = .array(others.map(\.value)) }
    return value
  }
}

extension ProblemKind {
  /// A failure that the code did not foresee; its detail names the place, never the data.
  package static let unexpected = ProblemKind(
    "internal.unexpected", status: 500, exit: .storage, "程序遇到了没有料到的情况：{}", remedy: "请把这条信息告诉管理员；已保存的内容不受影响。")
  /// A document that is not JSON at all.
  package static let documentMalformed = ProblemKind(
    "document.malformed", status: 400, "文件不是正确的 JSON：{}", remedy: "请按提示的行和列改正后再试。")
  /// A document over `Limits.documentBytesMax`, or a body over its bound.
  package static let documentTooLarge = ProblemKind(
    "document.too-large", status: 413, "内容太大：{}", remedy: "请减小后再试。")
}
