internal import Foundations
internal import Glibc
internal import Terminal

/// Whose a home is. The server runs as one account, and what another one writes into its home, root before all, it can
/// neither read nor go on with: an upload that root took in by a ferry file would be stuck until it is dropped.
enum HomeOwner {
  private static let depthMax = 8

  /// The account that a file or folder belongs to, itself and not where it leads; nil where there is nothing.
  static func owner(of path: String) -> uid_t? {
    var facts = stat()
    let code = unsafe lstat(path, &facts)
    return code == 0 ? facts.st_uid : nil
  }

  /// An account's name; where it has none its number, as `sudo -u` takes it.
  static func name(_ account: uid_t) -> String {
    guard let entry = unsafe getpwuid(account), let text = unsafe entry.pointee.pw_name else { return "#\(account)" }
    return unsafe Width.clean(String(cString: text))
  }

  /// Why an account may not write into a home; nil where it may, or where the home is still to be made.
  static func problem(owner: uid_t?, account: uid_t, name: (uid_t) -> String) -> Problem? {
    guard let owner, owner != account else { return nil }
    return ProblemKind.homeOwner(name(owner)).with(name(account))
  }

  /// Refuses to write into a home as another account than its own.
  /// - Throws: `home.owner`.
  static func require(_ home: ServerHome) throws(Problem) {
    // What leads to the home is somebody's, too: it is the folder itself that counts.
    let owner = owner(of: home.path + "/.")
    if let problem = problem(owner: owner, account: geteuid(), name: name) { throw problem }
  }

  /// What lies in a home and belongs to another account, by its path within.
  static func strangers(in home: ServerHome) -> [String] {
    guard let owner = owner(of: home.path + "/.") else { return [] }
    var found: [String] = []
    func look(_ path: String, _ depth: Int) {
      guard depth < depthMax, HomeFiles.isFolder(home.path + path) else { return }
      for name in (try? HomeFiles.names(in: home.path + path)) ?? [] {
        let inner = path + "/" + name
        guard let its = Self.owner(of: home.path + inner) else { continue }
        if its != owner { found.append(String(inner.dropFirst())) }
        look(inner, depth + 1)
      }
    }
    look("", 0)
    return found
  }
}

extension ProblemKind {
  /// The detail is the account that tried.
  /// - Parameter owner: whose the home is.
  static func homeOwner(_ owner: String) -> ProblemKind {
    ProblemKind(
      "home.owner", status: 403, "服务器的数据文件夹属于账号 \(owner)，不能用账号 {} 往里写：写进去的，服务器自己读不了。",
      remedy: "请用那个账号运行同一条命令，例如 sudo -u \(owner) bangban-server …；什么都没有改动。")
  }
  /// Something that is there, or may be, and cannot be looked at.
  static let homeClosed = ProblemKind(
    "home.closed", status: 500, exit: .storage, "打不开：{}。",
    remedy: "请用服务器自己的账号运行，或检查文件夹的权限；没有迹象表明里面的内容坏了，不必恢复备份。")
}
