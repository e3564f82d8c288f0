package import Application
package import Foundations

extension DocumentWriter {
  /// The document that somebody means.
  /// - Parameters:
  ///   - which: a kind, a title or a number; nil for the last one issued.
  /// - Throws: `document.none` where there is nothing to print; `document.unknown` for a kind or number that is none;
  ///   `document.authority` for one that only an authority issues, and has not; `document.not-received` and
  ///   `document.received` for the paper of a station that may do otherwise than this one.
  package func find(_ which: String?, now: Instant) throws(Problem) -> PrintedDocument {
    guard let which else {
      if let last = state.documents.last { return write(last) }
      guard let own = provisional(stationReceives ? .receipt : .agencySlip, now: now) else {
        throw Problem(.documentNone)
      }
      return own
    }
    if let issued = state.documents.last(where: { $0.number == which }) { return write(issued) }
    let wanted = which.uppercased()
    guard let kind = DocumentKind.allCases.first(where: { $0.rawValue == wanted || $0.title == which }) else {
      throw ProblemKind.documentUnknown.with(String(which.prefix(40)))
    }
    if let issued = state.document(kind) { return write(issued) }
    if let own = provisional(kind, now: now) { return own }
    if state.version != nil, kind == .receipt { throw Problem(.documentNotReceived) }
    if state.version != nil, kind == .agencySlip { throw Problem(.documentReceived) }
    throw (kind.mayBeProvisional ? ProblemKind.documentNone : .documentAuthority).with(kind.title)
  }
}

extension PrintedDocument {
  /// `{id, code, kind, number, title, provisional, text, html}`
  package func value(of state: ApplicationState) -> Value {
    [
      "id": .text(state.id.text), "code": .text(state.code), "kind": .text(kind.rawValue), "number": .text(number),
      "title": .text(title), "provisional": .bool(isProvisional), "text": .text(text), "html": .text(html),
    ]
  }
}

extension ProblemKind {
  package static let documentNone = ProblemKind(
    "document.none", status: 404, "这个办件还没有可以打印的文书。", remedy: "提交以后可以打印收件凭证或代办受理单；其他文书由办理机关出具，同步后可以打印。")
  package static let documentUnknown = ProblemKind(
    "document.unknown", status: 404, "没有这种文书或这个文号：{}。", remedy: "种类写 D02 到 D23、C26、T11 或文书名称；一次性告知书（D01）用 guide 查看。")
  package static let documentNotReceived = ProblemKind(
    "document.not-received", status: 409, "站点只是代收材料，办理机关还没有收件，不能出收件凭证。",
    remedy: "请打印代办受理单（D02）；材料送到窗口、窗口收件后，同步再打印收件凭证。")
  package static let documentReceived = ProblemKind(
    "document.received", status: 409, "站点受委托收件，收下材料就是收件，不出代办受理单。", remedy: "请打印收件凭证（D03）。")
  package static let documentAuthority = ProblemKind(
    "document.authority", status: 409, "“{}”只能由办理机关出具，现在还没有。", remedy: "请同步后再看；机关出具后就可以在这里打印。")
}
