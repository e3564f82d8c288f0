package import Foundations

/// What is likely wrong with a matter that can be read: warnings. The codes are stable; `BuiltIn/README.md` explains
/// each of them.
extension ProblemKind {
  package static let lintOutline = ProblemKind(
    "catalog.lint.outline", "只有清单，没有细化：{}", remedy: "请补上表单、材料、导引和时限。")
  package static let lintNoConditions = ProblemKind(
    "catalog.lint.no-conditions", "没有写申请条件：{}", remedy: "请在 conditions 里写明谁可以办、要符合什么条件。")
  package static let lintNoGuidance = ProblemKind(
    "catalog.lint.no-guidance", "没有导引问题：{}", remedy: "请把不同情形写成问题。")
  package static let lintNoLimit = ProblemKind(
    "catalog.lint.no-limit", "没有办理时限：{}", remedy: "请写法定或承诺的天数；没有法定时限的也要有承诺。")
  package static let lintNoBasis = ProblemKind(
    "catalog.lint.no-basis", "没有设定依据：{}", remedy: "请写 basis。")
  package static let lintNoAgency = ProblemKind(
    "catalog.lint.no-agency", "没有写能不能代办：{}", remedy: "请写 agency：yes、partly 或 no。")
  package static let lintMaterialBasis = ProblemKind(
    "catalog.lint.material-basis", "材料没有依据：{}", remedy: "没有依据的材料应当取消；有依据的请在要它的事项里写 basis。")
  package static let lintNotRegistered = ProblemKind(
    "catalog.lint.not-registered", "免交的材料没有登记从哪里取得：{}", remedy: "请写 shared，并在数据共享责任清单里登记。")
  package static let lintSharedUnknown = ProblemKind(
    "catalog.lint.shared-unknown", "数据共享责任清单里没有：{}", remedy: "请核对编号，或在 sharing.json 里登记。")
  package static let lintNoMain = ProblemKind(
    "catalog.lint.no-main", "没有一份主件，申请人却要交材料：{}", remedy: "请把决定所依据的材料标 main。")
  package static let lintPromise = ProblemKind(
    "catalog.lint.promise", "承诺时限压缩得不够：{}", remedy: "本县要求比法定时限短，请再压缩。")
  package static let lintAuthority = ProblemKind(
    "catalog.lint.authority-unknown", "不认识的部门：{}", remedy: "请照部门表写，或让一个窗口照这样登记。")
  package static let lintUnreachable = ProblemKind(
    "catalog.lint.item-unreachable", "没有一个回答会加上这个事项：{}", remedy: "请在导引里加上，或改成 standard、optional。")
  package static let lintFieldUnneeded = ProblemKind(
    "catalog.lint.field-unneeded", "没有事项会用到这一项：{}", remedy: "不用的信息不收集；请删去。")
  package static let lintSameName = ProblemKind(
    "catalog.lint.same-name", "两项同名，群众会填两遍：{}", remedy: "同一内容请写同一 role 和 element，不同内容请改名。")
  package static let lintNoEffect = ProblemKind(
    "catalog.lint.no-effect", "怎么回答都一样的问题：{}", remedy: "请删去，或写明回答带来的变化。")
  package static let lintPathEmpty = ProblemKind(
    "catalog.lint.path-empty", "照这样回答什么也不办，又没有停办的理由：{}", remedy: "请加上事项，或加一个 stop。")
  package static let lintPathContradiction = ProblemKind(
    "catalog.lint.path-contradiction", "一个回答加上、另一个回答去掉同一事项：{}", remedy: "请用 when 让两个问题不同时出现。")
  package static let lintFact = ProblemKind(
    "catalog.lint.fact", "依据的事实不对：{}", remedy: "请核对编号，或在 facts.json 里声明这个事实。")
  package static let lintFactField = ProblemKind(
    "catalog.lint.fact-field", "事实的来源不对：{}", remedy: "请在 facts.json 里核对表单项、读法和是谁的。")
  package static let lintDraft = ProblemKind(
    "catalog.lint.draft", "还有待确认的内容：{}", remedy: "请核对后去掉“待县里确认”“【知】”“【设】”。")
}
