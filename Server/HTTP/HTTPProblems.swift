package import Foundations

/// Refusals of the HTTP layer itself. Codes are stable: new ones may come, none changes its meaning.
extension ProblemKind {
  /// No route has this path.
  package static let httpNotFound = ProblemKind(
    "http.not-found", status: 404, "没有这个地址", remedy: "请核对地址；可用的地址见 /openapi.json。")
  /// The path is there, the method is not; the answer's `Allow` names those that are.
  package static let httpMethod = ProblemKind(
    "http.method", status: 405, "这个地址不支持该操作：{}", remedy: "请改用回答里 Allow 所列的操作。")
  /// A request that cannot be read in one way only: bad escapes, `..`, two lengths.
  package static let httpRequestMalformed = ProblemKind(
    "http.request-malformed", status: 400, "请求的写法不对：{}", remedy: "请检查发出请求的程序。")
  /// Too many requests from one place; `Retry-After` says when to come back.
  package static let httpTooMany = ProblemKind(
    "http.too-many-requests", status: 429, exit: .offline, "请求太频繁，{} 秒后才会受理", remedy: "请稍等片刻再试。")
  /// The server could not be started.
  package static let httpListen = ProblemKind(
    "http.listen", status: 500, exit: .usage, "无法在这个地址上提供服务：{}", remedy: "请换一个地址或端口，或先停止占用它的程序。")
  /// Somebody else listens there already.
  package static let httpAddressInUse = ProblemKind(
    "serve.address-in-use", status: 500, exit: .refused, "这个地址已被别的程序占用：{}",
    remedy: "请先停止占用它的程序，或用 --listen 换一个端口。")
  /// The server's own certificate or key cannot be used.
  package static let httpCertificate = ProblemKind(
    "http.certificate", status: 500, exit: .usage, "证书或私钥用不了：{}", remedy: "请检查 --tls-cert 和 --tls-key 两个 PEM 文件。")
}
