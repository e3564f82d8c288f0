internal import Foundations

/// The command line of the sample window.
struct Options {
  var host = "127.0.0.1"
  var port: UInt16 = 0
  var secretFile = ""
  var store = ""
  /// How often each dispatch is answered with 500 before it is accepted.
  var failuresPerDispatch = 0
  /// A dispatch is stored and then not answered: the case in which the sender cannot know.
  var hangsAfterAccept = false

  static let usage = """
    usage: bangban-window-sample --listen HOST:PORT --secret-file FILE --store DIR
                                 [--fail-first | --fail N] [--hang-after-accept]

    A window's own system in small. POST / takes signed dispatches of Bangban (Standard Webhooks) and keeps each
    once as DIR/<id>.json; GET /<id> tells whether it has come: 200 (with JSON, never a page for people) or 404.

      --listen HOST:PORT    where to listen; port 0 lets the system pick one
      --secret-file FILE    holds the key of both ends, whsec_…
      --store DIR           where dispatches are kept
      --fail-first          answer each dispatch with 500 the first time
      --fail N              answer each dispatch with 500 the first N times
      --hang-after-accept   keep each dispatch, but do not answer the request that brought it

    """

  /// - Throws: `sample.usage`.
  init(_ arguments: [String]) throws(Problem) {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      switch option {
      case "--fail-first": failuresPerDispatch = 1
      case "--hang-after-accept": hangsAfterAccept = true
      case "--listen": try listen(Self.value(option, &rest))
      case "--secret-file": secretFile = try Self.value(option, &rest)
      case "--store": store = try Self.value(option, &rest)
      case "--fail":
        guard let count = Int(try Self.value(option, &rest)), count >= 0 else {
          throw ProblemKind.sampleUsage.with("--fail N")
        }
        failuresPerDispatch = count
      default: throw ProblemKind.sampleUsage.with(option)
      }
    }
    guard !secretFile.isEmpty else { throw ProblemKind.sampleUsage.with("--secret-file FILE") }
    guard !store.isEmpty else { throw ProblemKind.sampleUsage.with("--store DIR") }
  }

  private static func value(_ option: String, _ rest: inout ArraySlice<String>) throws(Problem) -> String {
    guard let value = rest.popFirst(), !value.isEmpty else { throw ProblemKind.sampleUsage.with(option) }
    return value
  }

  private mutating func listen(_ text: String) throws(Problem) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
      colon != text.startIndex
    else { throw ProblemKind.sampleUsage.with("--listen HOST:PORT") }
    host = String(text[..<colon])
    self.port = port
  }
}

extension ProblemKind {
  /// An option that is unknown, lacks its value, or is missing.
  static let sampleUsage = ProblemKind(
    "sample.usage", status: 400, exit: .usage, "命令写得不对：{}", remedy: "用 bangban-window-sample --help 查看用法。")
  /// The secret cannot be read, or the store cannot be written.
  static let sampleFile = ProblemKind(
    "sample.file", status: 500, exit: .storage, "文件无法读写：{}", remedy: "请检查路径、权限和磁盘空间。")
}
