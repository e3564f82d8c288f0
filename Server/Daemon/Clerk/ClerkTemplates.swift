internal import Catalog

/// Sheets for a clerk to start from, and the sheets of a matter that is there already.
enum ClerkTemplates {
  /// A byte order mark, by which Excel knows UTF-8.
  private static let mark = "\u{FEFF}"

  /// Three sheets with a row or two of example, and what may stand in the cells.
  static var files: [(name: String, text: String)] {
    [
      ("items.csv", table(ClerkColumns.items, itemRows)),
      ("materials.csv", table(ClerkColumns.materials, materialRows)),
      ("fields.csv", table(ClerkColumns.fields, fieldRows)), ("说明.txt", mark + guide),
    ]
  }

  private static let itemRows = [
    [
      "i01", "营业执照办理", "县审批局", "看情形", "", "3", "1", "工作日", "待县里确认", "免费", "营业执照", "市场主体登记管理条例19",
      "部分", "县", "", "01",
    ],
    ["i02", "门头牌匾设置", "县住建局", "必办", "i01?", "20", "3", "工作日", "待县里确认", "免费", "审批回执", "待县里确认", "可以", "县", "现场踏勘", "01"],
  ]
  private static let materialRows = [
    [
      "m01", "居民身份证", "是", "", "电子证照", "", "公安", "原件核验", "1", "", "否", "是", "否", "id-card", "applicant", "", "id-card",
      "",
    ],
    ["m02", "招牌效果图", "是", "", "自备", "i02", "申请人", "电子", "1", "", "否", "是", "否", "sign-picture", "", "", "", "手机拍照即可"],
  ]
  private static let fieldRows = [
    ["applicant.name", "申请人姓名", "文字", "是", "", "", "", "50", "", "", "个人信息", "", "", "许国强", ""],
    ["applicant.idNumber", "身份证号", "身份证号", "是", "", "", "", "", "", "", "个人信息", "", "idNo", "610830198103159893", ""],
    ["applicant.phone", "联系电话", "手机号", "是", "", "", "", "", "", "", "个人信息", "", "", "13900000091", ""],
    ["sign.size", "牌匾尺寸", "文字", "是", "", "i02", "", "50", "", "", "普通", "", "", "3米×0.8米", "长×高"],
    ["sign.light", "有没有照明", "是否", "是", "", "i02", "", "", "", "", "普通", "", "", "是", ""],
    ["sign.stuff", "材质", "单选", "是", "", "i02", "1=金属；2=亚克力；3=灯箱", "", "", "", "普通", "", "", "金属", ""],
  ]

  private static let guide = """
    三张表怎么填

    一行写一个，第一行是列名，不要改。用 Excel 填好以后另存为 CSV（GBK 或 UTF-8 都可以）。
    编号、身份证号这样的长数字，先把那一列的格式设为“文本”再填，不然会变成 6.1E+17。
    事项编号、材料编号只用英文字母、数字和连字符；表单项编号还可以有点。多个编号之间用分号隔开。

    事项表：办理方式 \(words(ClerkColumns.choices))；时限单位 \(words(ClerkColumns.units))；能否代办 \
    \(words(ClerkColumns.agencies))；办理层级 \(words(ClerkColumns.levels))。
      前置事项：i01 要先办好；i01/i02 有一个就行；i01? 只是数据来源，不用等。
    材料表：来源 \(words(ClerkColumns.sources))。是否必要、可容缺、主件、可承诺写 是 或 否。
      共享编号是数据共享责任清单（sharing.json）里的编号。
    表单项表：类型 \(words(ClerkColumns.types))；信息类别 \(words(ClerkColumns.kinds))。
      选项写成 1=男；2=女。最小、最大对日期可以写“今天”。示例必须给，用编出来的人。

    导入：bangban-server catalog import --matter 编号 items.csv materials.csv fields.csv --into 文件夹
    检查：bangban-server catalog validate 文件夹
    确认：bangban-server catalog confirm 编号 --by 姓名 --basis 依据 --in 文件夹

    """

  private static func words<Result>(_ words: [(String, Result)]) -> String {
    words.map(\.0).joined(separator: "、")
  }

  private static func table(_ columns: [ClerkColumn], _ rows: [[String]]) -> String {
    mark + ([columns.map(\.heading)] + rows).map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func cell(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
