internal import CCurl
internal import Foundations
internal import Glibc

/// libcurl, loaded when the first request of the process is made (see `Shared/CCurl/shim.h`).
///
/// Ignores SIGPIPE from then on, unless the program has chosen otherwise: OpenSSL writes to sockets without
/// `MSG_NOSIGNAL`, and a server that hangs up must not kill the program.
struct Curl: @unchecked Sendable {  // written once, before `loaded` can be seen
  let functions: bangban_curl

  /// Nil where the machine has no libcurl.
  static let loaded: Curl? = {
    var functions = bangban_curl()
    guard unsafe bangban_curl_load(&functions) == 1 else { return nil }
    guard functions.global_init(bangban_curl_global_all) == CURLE_OK else { return nil }
    var action = sigaction()
    if unsafe sigaction(SIGPIPE, nil, &action) == 0, unsafe action.__sigaction_handler.sa_handler == nil {
      _ = signal(SIGPIPE, SIG_IGN)
    }
    return Curl(functions: functions)
  }()
}

extension Problem {
  /// What a result code of libcurl means to the person; nil for success.
  /// - Parameter isFresh: whether the connection was made for this request: a kept one has spoken the right scheme.
  init?(_ code: CURLcode, host: String, isFresh: Bool) {
    switch code {
    case CURLE_OK: return nil
    case CURLE_URL_MALFORMAT: self = ProblemKind.networkURL.with(host)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      self = ProblemKind.networkUnreachable.with(host)
    case CURLE_OPERATION_TIMEDOUT: self = ProblemKind.networkTimeout.with(host)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS:
      self = ProblemKind.networkCertificate.with(host)
    case CURLE_SSL_CONNECT_ERROR where isFresh, CURLE_GOT_NOTHING where isFresh:
      self = ProblemKind.networkCutAtOnce.with(host)
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_SSL_CONNECT_ERROR,
      CURLE_SEND_FAIL_REWIND:
      self = ProblemKind.networkInterrupted.with(host)
    case CURLE_FILESIZE_EXCEEDED: self = ProblemKind.networkAnswerTooLarge.with(host)
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
      self = ProblemKind.networkAnswer.with(host)
    default: self = ProblemKind.unexpected.with("libcurl \(code.rawValue)")
    }
  }
}
