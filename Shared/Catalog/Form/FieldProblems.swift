package import Foundations

// What a form refuses. Details name the field by its label and the rule, never what was entered.
extension ProblemKind {
  /// No such field; the detail is its id and the nearest one.
  package static let fieldUnknown = ProblemKind(
    "field.unknown", "表单里没有这一项：{}", remedy: "请用 catalog show 查看这件事的全部填写项。")
  /// A value of another kind than the field's type.
  package static let fieldType = ProblemKind("field.type", "填写的种类不对：{}", remedy: "请按这一项的要求重新填写。")
  /// Text that cannot be read as the field's type.
  package static let fieldFormat = ProblemKind("field.format", "填写的格式不对：{}", remedy: "请按提示的格式重新填写。")
  /// Outside `min` and `max`.
  package static let fieldRange = ProblemKind("field.range", "超出允许的范围：{}", remedy: "请核对后重新填写。")
  /// More characters than `maxLength` or `Limits.textCharactersMax`.
  package static let fieldTooLong = ProblemKind("field.too-long", "内容太长：{}", remedy: "请精简后再填；详细情况可以写在备注或附件里。")
  /// More entries than `Limits.listEntriesMax`.
  package static let fieldTooMany = ProblemKind("field.too-many", "行数太多：{}", remedy: "请分成几件办理，或把名单作为附件。")
  /// Does not match `pattern`.
  package static let fieldPattern = ProblemKind("field.pattern", "格式不符合要求：{}", remedy: "请对照证件或示例重新填写。")
  /// None of `options`.
  package static let fieldOption = ProblemKind("field.option", "没有这个选项：{}", remedy: "请从列出的选项中选。")
  /// A required part or column is not there.
  package static let fieldRequired = ProblemKind("field.required", "必须填写：{}", remedy: "请补充这一项。")
  /// A control character, or one that turns the direction of text.
  package static let fieldControl = ProblemKind(
    "field.control-character", "内容里有看不见的控制字符：{}", remedy: "多半是从别处复制带来的，请重新手工输入。")
  /// A list was given as plain text.
  package static let fieldNeedsJSON = ProblemKind(
    "field.needs-json", exit: .usage, "这一项要用 JSON 填写：{}", remedy: "请写成 项目:=[{…}]，例如 heirs:='[{\"name\":\"张三\"}]'。")
}
