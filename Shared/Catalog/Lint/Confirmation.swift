package import Foundations

/// What turns an example into a matter that the county stands by.
package enum Confirmation {
  /// The matter as confirmed: `full`, of the next version.
  /// - Parameters:
  ///   - warnings: what the lint says of it.
  ///   - basis: the county's own document; it takes the place of grounds that were only a draft.
  ///   - acceptDrafts: the county has looked at everything marked as a draft, and stands by it.
  /// - Throws: `catalog.confirm-state` for a matter that is no example, `catalog.confirm-warnings`,
  ///   `catalog.confirm-drafts` with every place.
  package static func confirm(
    _ matter: Matter, warnings: [CatalogIssue], basis: String, acceptDrafts: Bool
  ) throws(Problem) -> Matter {
    guard matter.detail == .example else {
      let state = matter.detail == .full ? "已经确认过了" : "还没有细化"
      throw ProblemKind.confirmState.with("\(matter.id) \(state)")
    }
    let blocking = warnings.filter(\.blocksConfirmation)
    if var problem = CatalogIssue.problem(blocking) {
      problem.others.insert(problem, at: 0)
      var refusal = ProblemKind.confirmWarnings.with("\(blocking.count) 条")
      refusal.others = problem.others
      refusal.others[0].others = []
      throw refusal
    }
    let drafts = DraftMarks.places(in: matter)
    if !drafts.isEmpty, !acceptDrafts {
      let places = drafts.prefix(20).map { "\($0.path)“\($0.text.prefix(30))”" }.joined(separator: "；")
      throw ProblemKind.confirmDrafts.with("\(drafts.count) 处：\(places)")
    }
    var confirmed = DraftMarks.accepted(matter, basis: basis)
    confirmed.detail = .full
    confirmed.version += 1
    return confirmed
  }
}

extension ProblemKind {
  package static let confirmState = ProblemKind(
    "catalog.confirm-state", status: 409, "这件事不能确认：{}。", remedy: "只有示例事项要确认；只有清单的请先补全。")
  package static let confirmWarnings = ProblemKind(
    "catalog.confirm-warnings", status: 409, "还有提醒没有处理，不能确认：{}。", remedy: "请逐条改正后再确认。")
  package static let confirmDrafts = ProblemKind(
    "catalog.confirm-drafts", status: 409, "还有待确认的内容，不能确认：{}。",
    remedy: "请逐处核对改正；都核对过、照此执行的，加 --accept-drafts。")
}
