internal import Foundations

/// The special procedures 特别程序 whose time does not count: a closed list (行政许可法 45).
package enum SpecialProcedure: String, Sendable, CaseIterable {
  case hearing, tender, auction, inspection, testing, quarantine, appraisal
  case expertReview = "expert-review"

  /// Its name in the law.
  package var name: String {
    switch self {
    case .hearing: "听证"
    case .tender: "招标"
    case .auction: "拍卖"
    case .inspection: "检验"
    case .testing: "检测"
    case .quarantine: "检疫"
    case .appraisal: "鉴定"
    case .expertReview: "专家评审"
    }
  }

  /// The one that a name or a code means; nil for what is not listed, such as a site inspection 勘验 or a public notice.
  package init?(named text: String) {
    guard let known = Self.allCases.first(where: { $0.name == text || $0.rawValue == text }) else { return nil }
    self = known
  }

  /// The name under which a procedure stops the clock of an item; nil where it does not.
  ///
  /// What the law does not list stops it only by the item's own rule (rules C56): one that names the procedure and says
  /// 停钟, and not 不停钟.
  package static func stopping(_ text: String, item: ServiceItem?) -> String? {
    if let listed = SpecialProcedure(named: text) { return listed.name }
    guard let rule = item?.special, text.count >= 2, rule.contains(text), rule.contains("停钟"), !rule.contains("不停钟")
    else { return nil }
    return text
  }
}
