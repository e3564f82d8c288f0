internal import Foundations
internal import Terminal

/// Everything `bangban-server` can be asked for.
enum Commands {
  typealias Spec = CommandSpec<Session>

  /// Headings of the overview.
  enum Group {
    static let server = "服务器"
    static let catalogue = "事项、日历、区划"
    static let county = "站点、窗口、设备、人员"
    static let cases = "办件"
    static let ferry = "摆渡：没有网络的站点"
    static let care = "保管"
  }

  static let table = CommandTable<Session>(
    program: "bangban-server", summary: "帮办县级服务器：建库、提供服务、管理站点和窗口。",
    commands: server + catalogue + clerk + [guide] + county + stations + windows + devices + [recoverDevice] + users
      + cases + [
        purge
      ]
      + ferry
      + care,
    notBuilt: ["exchange"])
}
