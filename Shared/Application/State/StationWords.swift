/// What a station that may do this writes on the papers it gives (rules 1.2, 1.3).
extension StationLevel {
  /// 站点身份
  package var identity: String {
    switch self {
    case .agent: "代收"
    case .receive: "受委托收件"
    case .accept: "授权受理"
    }
  }

  /// The paper that the station itself gives for what it took in.
  package var ownPaper: DocumentKind { receives ? .receipt : .agencySlip }

  /// What that paper means for the law's clock.
  package var meaning: String {
    switch self {
    case .agent: "本单只证明站点代收了材料，不代表办理机关已经收件或受理；办理期限从办理机关收到材料起算。"
    case .receive: "本凭证不代表受理；五个工作日内没有一次告知补正的，自收到之日起即为受理。"
    case .accept: "收件即受理：自收到之日起算办理期限，受理通知书随本凭证出具。"
    }
  }
}
