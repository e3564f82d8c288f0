package import Catalog
package import Foundations
internal import TestValues

/// Applicants that do not exist, as different from each other as a county's people are: what compresses well only
/// because everybody is called 张三 measures nothing.
package struct SyntheticPeople {
  private var random: SeededGenerator

  package init(seed: UInt64) { random = SeededGenerator(seed) }

  private static let surnames = Array(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏傅方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤")
  private static let given = Array("伟芳娜敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂英华玉红建国志文秀珍海燕雪梅鹏飞宇浩欣怡子轩梓涵雨泽晨曦思远嘉宁俊凯一诺佳琪春生秋菊冬青福贵满仓根柱栓牢改转引弟")
  private static let places = Array("东西南北中上下前后大小新老高平石榆柳槐枣杏梁沟坪塬峁湾川寨堡")

  private mutating func pick<Element>(_ items: [Element], _ fallback: Element) -> Element {
    items.randomElement(using: &random) ?? fallback
  }

  /// A name of two or three characters.
  package mutating func name() -> String {
    var name = String(pick(Self.surnames, "王"))
    for _ in 0..<Int.random(in: 1...2, using: &random) { name.append(pick(Self.given, "明")) }
    return name
  }

  /// A citizen's number with a right check character (GB 11643).
  package mutating func idNumber(years: ClosedRange<Int> = 1950...2004, male: Bool? = nil) -> String {
    let area = pick(["610830", "612731", "610802", "320830", "360732"], "610830")
    let year = Int.random(in: years, using: &random)
    let month = Int.random(in: 1...12, using: &random)
    let day = Int.random(in: 1...28, using: &random)
    var order = Int.random(in: 1...998, using: &random)
    if let male, (order % 2 == 1) != male { order += 1 }
    let body = area + padded(year, 4) + padded(month, 2) + padded(day, 2) + padded(order, 3)
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    let sum = zip(body.utf8, weights).reduce(0) { $0 + Int($1.0 - 48) * $1.1 }
    return body + String(Array("10X98765432")[sum % 11])
  }

  package mutating func phone() -> String {
    pick(["138", "139", "150", "151", "158", "177", "187", "199"], "139")
      + padded(Int.random(in: 0...99_999_999, using: &random), 8)
  }

  private mutating func detail() -> String {
    String(pick(Self.places, "东")) + String(pick(Self.places, "沟")) + "村"
      + String(Int.random(in: 1...12, using: &random)) + "组" + String(Int.random(in: 1...180, using: &random)) + "号"
  }

  /// A value for a field that its form allows.
  package mutating func value(for field: Field) -> Value {
    switch field.type {
    case .idNumber:
      field.name.contains("男")
        ? .text(idNumber(male: true))
        : field.name.contains("女") ? .text(idNumber(male: false)) : .text(idNumber())
    case .phone: .text(phone())
    case .text: field.pattern == nil && field.name.contains("名") ? .text(name()) : field.example
    case .address:
      ["division": field.example["division"] ?? "610830100201", "detail": .text(detail())]
    case .date:
      field.max == "today" || field.example.text.map { $0 < "2025" } == true
        ? .text(CivilDate(dayNumber: Int.random(in: 15_000...20_000, using: &random)).text) : field.example
    case .datetime:
      .text(
        ChinaTime.text(Instant(milliseconds: Int64.random(in: 1_600_000_000...1_760_000_000, using: &random) * 1000)))
    case .choice: field.options.isEmpty ? field.example : .text(pick(field.options.map(\.value), ""))
    case .boolean: field.example
    default: field.example
    }
  }

  /// All values of a form, the optional ones too.
  package mutating func values(of matter: Matter) -> Members {
    var values: Members = [:]
    for field in matter.fields where field.group == nil && field.type != .file && field.type != .list {
      values[field.id] = value(for: field)
    }
    return values
  }

  /// Who applies.
  package mutating func applicant() -> Value {
    ["kind": "person", "name": .text(name()), "idNumber": .text(idNumber()), "phone": .text(phone())]
  }
}
