package import Foundations

/// One thing wrong in one catalogue file: where it stands, and why it is refused.
package struct CatalogIssue: Error, Sendable, Hashable {
  /// The file's name as it was handed in, e.g. `matters/qingjian/004-qingjian-04.json`.
  package let file: String
  /// Counted from 1; the line of the nearest key where the thing itself is missing.
  package let line: Int
  /// Dotted path within the file (`fields.3.min`); empty for the file as a whole.
  package let path: String
  /// The rule that was broken.
  package let kind: ProblemKind
  /// What in particular: the key, the value, the two numbers.
  package let detail: String

  /// Stable code, `catalog.key-unknown`.
  package var code: String { kind.code }
  /// A sentence in Chinese with the detail in it.
  package var reason: String { kind.with(detail).message }

  /// The same as a problem for people: file, line and path stand before the detail.
  package var problem: Problem {
    let place = path.isEmpty ? "\(file) 第 \(line) 行" : "\(file) 第 \(line) 行 \(path)"
    return kind.with("\(place)：\(detail)")
  }
}

extension CatalogFile {
  /// What is wrong with a file that can be read, by the line of what it is about.
  package func issue(_ kind: ProblemKind, at path: String, _ detail: String) -> CatalogIssue {
    let log = IssueLog()
    log.note(kind, at: path, detail)
    let issues = log.issues(file: name, lines: (try? JSONReader.readWithLines(bytes))?.lines ?? [:])
    return issues.first ?? CatalogIssue(file: name, line: 1, path: path, kind: kind, detail: detail)
  }
}

extension CatalogIssue {
  /// One problem that carries all the others; nil for no issue.
  package static func problem(_ issues: [CatalogIssue]) -> Problem? {
    guard let first = issues.first else { return nil }
    var problem = first.problem
    problem.others = issues.dropFirst().map(\.problem)
    return problem
  }
}

/// What can be wrong with a catalogue file. The codes are stable; a clerk's technician looks them up in
/// `BuiltIn/README.md`.
extension ProblemKind {
  package static let catalogTooLarge = ProblemKind(
    "catalog.too-large", "目录文件太大：{}",
    remedy: "一个文件只写一件事；请拆开或删去多余内容。")
  package static let catalogEncoding = ProblemKind(
    "catalog.encoding", "目录文件不是 UTF-8 编码：{}",
    remedy: "请用编辑器另存为 UTF-8。")
  package static let catalogSyntax = ProblemKind(
    "catalog.syntax", "目录文件不是正确的 JSON：{}",
    remedy: "请按行号检查引号、逗号和括号。")
  package static let catalogKeyUnknown = ProblemKind(
    "catalog.key-unknown", "目录文件里有不认识的键：{}",
    remedy: "请对照 README 改正或删去。")
  package static let catalogKeyMissing = ProblemKind(
    "catalog.key-missing", "目录文件里缺少必须的键：{}",
    remedy: "请对照 README 补上。")
  package static let catalogType = ProblemKind(
    "catalog.type", "值的类型不对：{}",
    remedy: "请对照 README 改成应有的类型。")
  package static let catalogValueUnknown = ProblemKind(
    "catalog.value-unknown", "取值不在允许的范围内：{}",
    remedy: "请改成 README 列出的值之一。")
  package static let catalogEmpty = ProblemKind(
    "catalog.empty", "不能为空：{}",
    remedy: "请补上内容，可选的键可以整个删去。")
  package static let catalogIdentifier = ProblemKind(
    "catalog.id-format", "编号写法不对：{}",
    remedy: "编号只用英文字母、数字和连字符；只有表单项编号可以有点。")
  package static let catalogDuplicate = ProblemKind(
    "catalog.duplicate", "重复：{}",
    remedy: "请给其中一个换个编号。")
  package static let catalogReference = ProblemKind(
    "catalog.reference", "引用了不存在的编号：{}",
    remedy: "请核对编号，或把被引用的内容补上。")
  package static let catalogCycle = ProblemKind(
    "catalog.cycle", "事项互为前置，绕成了圈：{}",
    remedy: "请去掉其中一条前置。")
  package static let catalogPattern = ProblemKind(
    "catalog.pattern", "格式规则写法不对：{}",
    remedy: "只能用 ^ $ [..] \\d ? {n} {m,n} 和普通字符。")
  package static let catalogBounds = ProblemKind(
    "catalog.bounds", "上下限不对：{}",
    remedy: "请核对大小和写法。")
  package static let catalogOptions = ProblemKind(
    "catalog.options", "选项或列与类型不符：{}",
    remedy: "选择类要有选项，列表类要有列，其他类型不写。")
  package static let catalogExample = ProblemKind(
    "catalog.example", "示例值不符合这一项的规则：{}",
    remedy: "请给一个能通过检查的示例。")
}
