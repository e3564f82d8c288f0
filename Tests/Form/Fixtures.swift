import Foundations
import TestValues

@testable import Catalog

/// 2026-11-21.
let today = CivilDate(dayNumber: 20_778)

func field(
  _ id: String, _ type: FieldType, name: String? = nil, required: Bool = true, min: String? = nil, max: String? = nil,
  maxLength: Int? = nil, pattern: String? = nil, options: [(String, String)] = [], items: [String] = [],
  group: String? = nil, sensitive: Bool = false, columns: [Field] = []
) -> Field {
  Field(
    id: id, name: name ?? id, type: type, required: required, min: min, max: max, maxLength: maxLength,
    pattern: pattern,
    options: options.map { Option(value: $0.0, label: $0.1) }, items: items.map { ItemID($0) }, group: group,
    sensitive: sensitive, example: .null, columns: columns)
}

/// One field of each type, as a matter has them.
let form: [Field] = [
  field("name", .text, name: "姓名", maxLength: 50),
  field("note", .text, name: "说明", required: false),
  field("birthNo", .text, name: "出生证编号", pattern: #"^[A-Z]\d{9}$"#),
  field("kids", .integer, name: "子女数", min: "0", max: "10"),
  field("area", .number, name: "面积", min: "0.01"),
  field("base", .money, name: "缴费基数", min: "0", max: "30000"),
  field("married", .boolean, name: "已婚"),
  field("born", .date, name: "出生日期", max: "today"),
  field("bornAt", .datetime, name: "出生时间", max: "today"),
  field("since", .month, name: "参保月份", max: "today"),
  field("delivery", .choice, name: "领取方式", options: [("1", "窗口自取"), ("2", "邮寄")]),
  field("kinds", .choices, name: "项目", options: [("1", "热食"), ("2", "冷食"), ("3", "糕点")]),
  field("idNo", .idNumber, name: "身份证号", sensitive: true),
  field("uscc", .uscc, name: "信用代码", required: false),
  field("phone", .phone, name: "手机"),
  field("bankNo", .bankAccount, name: "银行账号", items: ["s2"], group: "bank", sensitive: true),
  field("place", .division, name: "所属村"),
  field("home", .address, name: "住址"),
  field("spouse", .person, name: "配偶"),
  field(
    "heirs", .list, name: "继承人", required: false,
    columns: [
      field("name", .text, name: "姓名", maxLength: 50), field("idNumber", .idNumber, name: "身份证号"),
      field("agrees", .boolean, name: "同意", required: false),
    ]),
  field("plan", .file, name: "布局图", required: false),
]

/// A sound value of each.
let sound: Members = [
  "name": "张小明", "note": "第一行\n第二行", "birthNo": "U320001234", "kids": 2, "area": "86.5", "base": "4500.00",
  "married": true, "born": "1987-04-12", "bornAt": "2025-08-08T09:15:00+08:00", "since": "2026-11", "delivery": "2",
  "kinds": ["1", "3"], "idNo": "32083019870412980X", "uscc": "91320826MACXXX025T", "phone": "13812345678",
  "bankNo": "6222020200112233446", "place": "320830101201",
  "home": ["division": "320830101201", "detail": "旧街村三组 12 号"],
  "spouse": ["name": "李红", "idNumber": "320826200002299818", "phone": "0517-88211234"],
  "heirs": [["name": "张三", "idNumber": "362133196506159814", "agrees": false]],
  "plan": "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
]

extension SeededGenerator {
  /// Text of the kinds that break readers of form values.
  mutating func formText(lengthMax: Int) -> String {
    let pool = Array("0123456789-. :+TZXJabc年月日是否，、张三·😀e\u{301}\u{0}\u{202E}\n\"{[元,¥")
    return String(
      (0..<Int.random(in: 0...lengthMax, using: &self)).compactMap { _ in pool.randomElement(using: &self) })
  }

  /// Any value, of the shapes that no field has, too.
  mutating func value(depth: Int) -> Value {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &self) {
    case 0: .null
    case 1: .bool(true)
    case 2: .integer(Int64.random(in: .min ... .max, using: &self))
    case 3: .double(1.5)
    case 4: .bytes([1])
    case 5, 6: .text(formText(lengthMax: 24))
    case 7: .array((0..<3).map { _ in value(depth: depth - 1) })
    default:
      .object([
        "name": value(depth: depth - 1), "idNumber": value(depth: depth - 1), "division": value(depth: depth - 1),
        "detail": value(depth: depth - 1),
      ])
    }
  }
}
