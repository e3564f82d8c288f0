internal import Catalog

/// The headings of the three sheets, in the order of the templates, and the words that may stand in the cells.
enum ClerkColumns {
  static let items = [
    ClerkColumn(heading: "事项编号", key: "id", isRequired: true),
    ClerkColumn(heading: "事项名称", key: "name", isRequired: true),
    ClerkColumn(heading: "办理部门", key: "authority"), ClerkColumn(heading: "办理方式", key: "choice"),
    ClerkColumn(heading: "前置事项", key: "prerequisites"), ClerkColumn(heading: "法定时限", key: "statutory"),
    ClerkColumn(heading: "承诺时限", key: "promised"), ClerkColumn(heading: "时限单位", key: "unit"),
    ClerkColumn(heading: "时限来源", key: "limitSource"), ClerkColumn(heading: "收费", key: "fee"),
    ClerkColumn(heading: "办理结果", key: "result"), ClerkColumn(heading: "设定依据", key: "basis"),
    ClerkColumn(heading: "能否代办", key: "agency"), ClerkColumn(heading: "办理层级", key: "level"),
    ClerkColumn(heading: "特别程序", key: "special"), ClerkColumn(heading: "事项类型", key: "typeCode"),
  ]
  static let materials = [
    ClerkColumn(heading: "材料编号", key: "id", isRequired: true),
    ClerkColumn(heading: "材料名称", key: "name", isRequired: true),
    ClerkColumn(heading: "是否必要", key: "required"), ClerkColumn(heading: "什么时候要", key: "requiredWhen"),
    ClerkColumn(heading: "来源", key: "source"), ClerkColumn(heading: "用于事项", key: "items"),
    ClerkColumn(heading: "出具单位", key: "issuer"), ClerkColumn(heading: "形式", key: "form"),
    ClerkColumn(heading: "份数", key: "copies"), ClerkColumn(heading: "结果来自", key: "resultOf"),
    ClerkColumn(heading: "可容缺", key: "deferrable"), ClerkColumn(heading: "主件", key: "main"),
    ClerkColumn(heading: "可承诺", key: "commitment"), ClerkColumn(heading: "材料类型", key: "type"),
    ClerkColumn(heading: "属于谁", key: "owner"), ClerkColumn(heading: "有效月数", key: "validMonths"),
    ClerkColumn(heading: "共享编号", key: "shared"), ClerkColumn(heading: "备注", key: "note"),
  ]
  static let fields = [
    ClerkColumn(heading: "表单项编号", key: "id", isRequired: true),
    ClerkColumn(heading: "表单项名称", key: "name", isRequired: true),
    ClerkColumn(heading: "类型", key: "type", isRequired: true), ClerkColumn(heading: "是否必填", key: "required"),
    ClerkColumn(heading: "什么时候填", key: "requiredWhen"), ClerkColumn(heading: "用于事项", key: "items"),
    ClerkColumn(heading: "选项", key: "options"), ClerkColumn(heading: "最多字数", key: "maxLength"),
    ClerkColumn(heading: "最小", key: "min"), ClerkColumn(heading: "最大", key: "max"),
    ClerkColumn(heading: "信息类别", key: "sensitive"), ClerkColumn(heading: "是谁的", key: "role"),
    ClerkColumn(heading: "数据元", key: "element"), ClerkColumn(heading: "示例", key: "example"),
    ClerkColumn(heading: "填写说明", key: "hint"),
  ]

  static let choices: [(String, ItemChoice)] = [("必办", .standard), ("选办", .optional), ("看情形", .conditional)]
  static let units: [(String, DayUnit)] = [("工作日", .workingDays), ("自然日", .naturalDays)]
  static let agencies: [(String, String?)] = [("可以", "yes"), ("部分", "partly"), ("不可以", "no")]
  static let levels: [(String, HandlingLevel)] = [("县", .county), ("镇", .town)]
  static let sources: [(String, MaterialSource)] = [
    ("自备", .own), ("电子证照", .certificate), ("网络核验", .verification), ("前序结果", .result), ("系统生成", .system),
  ]
  static let types: [(String, FieldType)] = [
    ("文字", .text), ("整数", .integer), ("小数", .number), ("金额", .money), ("是否", .boolean), ("日期", .date),
    ("日期时间", .datetime), ("月份", .month), ("单选", .choice), ("多选", .choices), ("身份证号", .idNumber),
    ("统一社会信用代码", .uscc), ("手机号", .phone), ("银行账号", .bankAccount), ("区划", .division), ("地址", .address),
    ("人员", .person), ("列表", .list), ("文件", .file),
  ]
  /// Sensitive, personal.
  static let kinds: [(String, (Bool, Bool))] = [
    ("敏感个人信息", (true, false)), ("个人信息", (false, true)), ("普通", (false, false)),
  ]
}
