internal import Application
package import Foundations

/// Reads documents of divisions, in either of two shapes:
/// `{"counties":[{"code":"320830","name","path":["江苏省","淮安市"],"oldCodes":[{"code","from"?,"until"?,"name"?}],
/// "towns":[{"code":"320830001","name"}]}]}`, or keyed by code
/// `{"320830":{"name","path":"江苏省/淮安市","old":{"322231":"-1983"},"towns":{"001":"盱城街道"}}}`.
/// Either may have `villages`, shaped like `towns` with twelve digits.
package enum DivisionDocument {
  /// - Throws: `division.invalid` for the first fault, with all further ones in `others`.
  package static func read(_ document: Value) throws(Problem) -> DivisionRegistry {
    var problems: [Problem] = []
    var counties: [String: County] = [:]
    for (code, body) in entries(document) {
      do throws(Problem) {
        guard counties[code] == nil else { throw fault("\(code) 重复") }
        counties[code] = try county(code, body)
      } catch {
        problems.append(error)
      }
    }
    if counties.isEmpty && problems.isEmpty { problems.append(fault("没有任何县")) }
    if var first = problems.first {
      first.others = Array(problems.dropFirst())
      throw first
    }
    return DivisionRegistry(counties: counties)
  }

  private static func fault(_ text: String) -> Problem { ProblemKind.divisionInvalid.with(text) }

  private static func entries(_ document: Value) -> [(code: String, body: Value)] {
    if let counties = document["counties"] {
      return (counties.array ?? []).map { ($0["code"]?.text ?? "", $0) }
    }
    return (document.object ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private static func county(_ code: String, _ body: Value) throws(Problem) -> County {
    guard code.utf8.count == 6, let division = try? DivisionCode(code), division.level == .county else {
      throw fault("“\(code.prefix(20))”不是县级代码")
    }
    guard let name = body["name"]?.text, !name.trimmed.isEmpty else { throw fault("\(code) 没有名称") }
    let towns = try names(body["towns"], "\(code).towns", prefix: code, level: .town)
    let path =
      body["path"]?.array?.compactMap(\.text) ?? (body["path"]?.text ?? "").split(separator: "/").map(String.init)
    var county = County(
      code: code, name: name, path: path, formerCodes: try formerCodes(body, of: code), towns: towns)
    for (village, name) in try names(body["villages"], "\(code).villages", prefix: code, level: .village) {
      guard towns[String(village.prefix(9))] != nil else { throw fault("\(code).villages.\(village) 不属于任何乡镇") }
      county.villages[village] = Village(code: village, name: name, type: nil)
    }
    return county
  }

  /// Names by full code, of `[{code,name}]` or of `{code: name}`, where the county's six digits may be left out.
  private static func names(
    _ value: Value?, _ place: String, prefix: String, level: DivisionCode.Level
  ) throws(Problem) -> [String: String] {
    guard let value else { return [:] }
    let pairs =
      value.array.map { $0.map { ($0["code"]?.text ?? "", $0["name"]?.text ?? "") } }
      ?? value.object.map { $0.map { ($0.key, $0.value.text ?? "") } }
    guard let pairs else { throw fault("\(place) 应是数组或对象") }
    var output: [String: String] = [:]
    for (code, name) in pairs {
      let full = code.utf8.count == 3 ? prefix + code : code
      guard full.hasPrefix(prefix), let division = try? DivisionCode(full), division.level == level,
        division.text == full, !name.trimmed.isEmpty
      else { throw fault("\(place).\(code.prefix(20)) 应有本县的代码和名称") }
      guard output.updateValue(name.trimmed, forKey: full) == nil else { throw fault("\(place).\(full) 重复") }
    }
    return output
  }

  private static func formerCodes(_ body: Value, of code: String) throws(Problem) -> [String: FormerCode] {
    var output: [String: FormerCode] = [:]
    for entry in body["oldCodes"]?.array ?? [] {
      let year = { (key: String) in entry[key]?.integer.map { Int($0) } }
      output[entry["code"]?.text ?? ""] = FormerCode(
        from: year("from"), until: year("until"), name: entry["name"]?.text)
    }
    for (old, span) in body["old"]?.object ?? [:] { output[old] = former(span.text ?? "") }
    guard output.keys.allSatisfy({ $0.utf8.count == 6 && (try? DivisionCode($0)) != nil }) else {
      throw fault("\(code) 的旧代码应是 6 位数字")
    }
    return output
  }

  /// `-1983`, `1983-2014赣榆县`.
  private static func former(_ text: String) -> FormerCode {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let rest = parts.count == 2 ? parts[1] : ""
    let name = String(rest.drop { $0.isNumber })
    return FormerCode(
      from: parts.first.flatMap { Int($0) }, until: Int(rest.prefix { $0.isNumber }), name: name.isEmpty ? nil : name)
  }
}
