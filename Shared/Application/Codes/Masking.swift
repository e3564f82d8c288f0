internal import Foundations

/// Personal data as it may stand on a screen or a receipt that others see. Masking is for display only:
/// it protects against a glance, not against someone who holds the record.
package enum Masking {
  /// Identity number: the first six and the last four characters stay.
  package static func idNumber(_ text: String) -> String {
    let count = text.count
    // Short permit numbers would be given away whole by six and four.
    return count >= 14 ? stars(text, head: 6, tail: 4) : stars(text, head: count / 4, tail: count / 4)
  }

  /// Telephone: the first three and the last four digits stay.
  package static func phone(_ text: String) -> String { stars(text, head: 3, tail: 4) }

  /// Bank account: four digits at each end, grouped as on the card.
  package static func bankAccount(_ text: String) -> String {
    text.count >= 12 ? "\(text.prefix(4)) **** **** \(text.suffix(4))" : stars(text, head: 0, tail: 4)
  }

  /// A person's name: 张*, 张*明, 欧阳*明; of a name with interpuncts the first part stays.
  package static func name(_ text: String) -> String {
    let name = text.trimmed
    if let dot = name.firstIndex(where: { "·•・‧".contains($0) }) { return name[..<dot] + "·*" }
    switch name.count {
    case 0: return ""
    case 1: return "*"
    case 2: return name.prefix(1) + "*"
    case 3: return isCompound(name) ? name.prefix(2) + "*" : name.prefix(1) + "*" + name.suffix(1)
    case 4: return name.prefix(2) + "*" + name.suffix(1)
    default: return isCompound(name) ? name.prefix(2) + "*" + name.suffix(1) : name.prefix(1) + "**" + name.suffix(1)
    }
  }

  /// Surnames of two characters 复姓 that are in use.
  private static let compoundSurnames: Set<String> = [
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连", "澹台", "皇甫",
    "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官",
    "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延",
    "东郭", "南门", "羊舌", "微生", "公户", "公玉", "公仪", "梁丘", "公仲", "公上", "公门", "公山", "公坚", "左丘", "公伯", "西门", "公祖",
    "第五", "公乘", "贯丘", "公皙", "南荣", "东里", "东宫", "仲长", "子书", "子桑", "即墨", "达奚", "褚师", "纳兰",
  ]

  private static func isCompound(_ name: String) -> Bool { compoundSurnames.contains(String(name.prefix(2))) }

  /// Address: down to the village group (组), else the village or community; house numbers are left out.
  package static func address(_ text: String) -> String {
    for mark in ["村民小组", "小组", "组", "村", "社区", "居委会", "街道", "镇", "乡"] {
      if let end = text.lastEnd(of: mark) { return text[..<end] + (end < text.endIndex ? "***" : "") }
    }
    return text.count > 6 ? text.prefix(6) + "***" : "***"
  }

  private static func stars(_ text: String, head: Int, tail: Int) -> String {
    let hidden = text.count - head - tail
    guard hidden > 0 else { return String(repeating: "*", count: text.count) }
    return text.prefix(head) + String(repeating: "*", count: hidden) + text.suffix(tail)
  }
}

extension String {
  /// Where the last occurrence of a text ends.
  fileprivate func lastEnd(of mark: String) -> Index? {
    var position = endIndex
    while position > startIndex {
      if self[..<position].hasSuffix(mark) { return position }
      position = index(before: position)
    }
    return nil
  }
}
