internal import CCurl
package import Foundations

/// Makes requests one after another and keeps the connection, its TLS session and the looked-up names in between.
///
/// Blocking and not `Sendable`: it belongs to the one thread that synchronises. Redirects are not followed, since a
/// server that moves is a matter for a person. Proxies are those of the environment (`https_proxy`, `http_proxy`,
/// `no_proxy`), because county networks rely on them; the machine itself, and what `Request.addresses` names, is always
/// reached directly. TLS is 1.2 or later, and both the certificate and its name are checked, always.
///
/// An answer without a length ends where the connection does, so that a cut in it cannot be told from its end; our own
/// server always sends one.
@safe package final class HTTPClient {
  private let agent: String
  private var handle: UnsafeMutableRawPointer?

  /// - Parameter agent: `User-Agent`.
  package init(agent: String = "bangban") { self.agent = agent }

  deinit {
    if let handle = unsafe handle, let curl = Curl.loaded { unsafe curl.functions.easy_cleanup(handle) }
  }

  /// Sends one request and waits for the whole answer.
  /// - Throws: a problem `network.…` if there is no whole answer; `body.read` of the caller's reader or writer.
  package func send(_ request: Request) throws(Problem) -> Response {
    let address = try WebAddress(request.url)
    guard let curl = Curl.loaded else { throw Problem(.networkLibraryMissing) }
    let handle = unsafe try reset(curl)
    let list = try HeaderList(lines(request), curl)
    let places = try HeaderList(Self.places(request, address), curl)
    let transfer = Transfer(request)
    options(request, address, unsafe Easy(curl: curl, handle: handle))
    return try withExtendedLifetime((list, places, transfer)) { () throws(Problem) -> Response in
      _ = unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_set_headers($0, handle, list.first) }
      _ = unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_set_places($0, handle, places.first) }
      unsafe transfer.attach(curl, handle)
      let code = unsafe curl.functions.easy_perform(handle)
      if let cause = transfer.failure { throw cause }
      let isFresh = unsafe Easy(curl: curl, handle: handle).number(CURLINFO_NUM_CONNECTS) > 0
      if let problem = Problem(code, host: address.origin, isFresh: isFresh) { throw problem }
      return try transfer.response(unsafe Easy(curl: curl, handle: handle), origin: address.origin)
    }
  }

  /// The handle with every option back at its default; its connections are kept.
  private func reset(_ curl: Curl) throws(Problem) -> UnsafeMutableRawPointer {
    if let handle = unsafe handle {
      unsafe curl.functions.easy_reset(handle)
      return unsafe handle
    }
    guard let fresh = curl.functions.easy_init() else { throw ProblemKind.unexpected.with("curl_easy_init") }
    unsafe handle = fresh
    return unsafe fresh
  }

  private func lines(_ request: Request) throws(Problem) -> [String] {
    // libcurl would wait a second for "100 Continue" before it sends a large body, and would add an "Accept".
    var lines = ["Expect:", "Accept:"]
    for (name, value) in request.headers {
      let clean = (name + value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      guard clean, !name.isEmpty, !name.contains(":") else { throw ProblemKind.unexpected.with("header \(name)") }
      // "Name;" is libcurl's way to send a header without a value.
      lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    return lines
  }

  /// What libcurl is to take for the name's addresses (CURLOPT_RESOLVE).
  private static func places(_ request: Request, _ address: WebAddress) -> [String] {
    // An IPv6 address in the URL is looked up nowhere, and libcurl takes no such entry for one.
    guard !request.addresses.isEmpty, !address.host.contains(":") else { return [] }
    return ["\(address.host):\(address.port):\(request.addresses.joined(separator: ","))"]
  }

  private func options(_ request: Request, _ address: WebAddress, _ easy: Easy) {
    easy.set(CURLOPT_URL, request.url)
    easy.set(CURLOPT_USERAGENT, agent)
    easy.set(CURLOPT_NOSIGNAL, 1)
    easy.onlyHTTP()
    easy.set(CURLOPT_FOLLOWLOCATION, 0)
    easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    // A proxy would look the name up itself: the addresses that were judged would bind nobody.
    if address.isLoopback || !request.addresses.isEmpty { easy.set(CURLOPT_PROXY, "") }
    easy.set(CURLOPT_SSL_VERIFYPEER, 1)
    easy.set(CURLOPT_SSL_VERIFYHOST, 2)
    easy.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let file = request.authoritiesFile {
      easy.set(CURLOPT_CAINFO, file)
      // Or the authorities of the machine's folder would be trusted beside the chosen ones.
      easy.clear(CURLOPT_CAPATH)
    }
    easy.set(CURLOPT_CONNECTTIMEOUT, request.patience.connectSecondsMax)
    easy.set(CURLOPT_LOW_SPEED_LIMIT, 1)
    easy.set(CURLOPT_LOW_SPEED_TIME, request.patience.stallSecondsMax)
    if let seconds = request.patience.totalSecondsMax { easy.set(CURLOPT_TIMEOUT, seconds) }
    // On a kept connection that turns out to be dead libcurl would send it a second time, and tell nobody.
    if request.isSentOnce { easy.set(CURLOPT_FRESH_CONNECT, 1) }
    if request.takesPacked { easy.set(CURLOPT_ACCEPT_ENCODING, "gzip") }
    method(request, easy)
  }

  private func method(_ request: Request, _ easy: Easy) {
    if case .none = request.body {
      if request.method == "HEAD" {
        easy.set(CURLOPT_NOBODY, 1)
      } else {
        easy.set(CURLOPT_CUSTOMREQUEST, request.method)
      }
    } else {
      easy.set(CURLOPT_UPLOAD, 1)
      easy.set(CURLOPT_CUSTOMREQUEST, request.method)
      easy.set(CURLOPT_INFILESIZE_LARGE, offset: request.body.length)
    }
  }
}

/// A handle together with the functions that work on it, for the time of one request.
@safe struct Easy {
  let curl: Curl
  let handle: UnsafeMutableRawPointer

  func set(_ option: CURLoption, _ value: Int) {
    _ = unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_set_long($0, handle, option, value) }
  }

  func set(_ option: CURLoption, offset: Int64) {
    _ = unsafe withUnsafePointer(to: curl.functions) {
      unsafe bangban_curl_set_offset($0, handle, option, curl_off_t(offset))
    }
  }

  /// libcurl copies the text.
  func set(_ option: CURLoption, _ text: String) {
    _ = unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_set_text($0, handle, option, text) }
  }

  func clear(_ option: CURLoption) {
    _ = unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_set_text($0, handle, option, nil) }
  }

  func onlyHTTP() {
    _ = unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_only_http($0, handle) }
  }

  func number(_ info: CURLINFO) -> Int {
    unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_get_long($0, handle, info) }
  }

  func offset(_ info: CURLINFO) -> Int64 {
    Int64(unsafe withUnsafePointer(to: curl.functions) { unsafe bangban_curl_get_offset($0, handle, info) })
  }
}

/// A list of lines that libcurl reads while a request runs: its headers, or the places of names.
@safe final class HeaderList {
  private let curl: Curl
  let first: UnsafeMutablePointer<curl_slist>?

  init(_ lines: [String], _ curl: Curl) throws(Problem) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = unsafe curl.functions.slist_append(list, line) else {
        unsafe curl.functions.slist_free_all(list)
        throw ProblemKind.unexpected.with("curl_slist_append")
      }
      unsafe list = longer
    }
    self.curl = curl
    unsafe first = list
  }

  deinit { unsafe curl.functions.slist_free_all(first) }
}
