internal import Catalog
internal import Foundations
internal import Terminal

/// Making a home and serving it.
extension Commands {
  static let server: [Spec] = [
    Spec(
      "init", group: Group.server, "新建一个县的服务器：目录、区划、窗口、示例站点、第一个管理员",
      options: [
        .one("--county", "NAME", "县名或 6 位代码，例如 盱眙县", required: true),
        .flag("--demo", "演示用：示例内容也一起发布"),
      ],
      notes: [
        "管理员的密码只显示这一次。", "keys/recovery.key 是全县的恢复密钥，请尽快移到离线的地方保管。",
        "不加 --demo 时，尚未经县里确认的示例事项不发布；以后可用 catalog publish --allow-examples 发布。",
      ],
      examples: ["init --county 盱眙县 --demo"], run: initialise),
    Spec(
      "serve", group: Group.server, "提供服务，直到收到 SIGTERM 或 Ctrl-C",
      options: [
        .one("--listen", "HOST:PORT", "在哪个地址提供服务，默认 127.0.0.1:8420；端口 0 自动选一个"),
        .one("--tls-cert", "F", "证书链（PEM 文件）"), .one("--tls-key", "F", "证书的私钥（PEM 文件）"),
      ],
      notes: [
        "就绪后在标准输出写一行 listening on 地址；日志写到标准错误。",
        "换了证书以后发 SIGHUP（kill -HUP 进程号）：重新读取证书和私钥，读不了、不配对的不用，照旧服务。",
        "证书快到期、已过期、私钥别人能读的，启动时记入日志，doctor 也会指出（证书写在 server.json 里的）。",
      ],
      examples: ["serve", "serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem"], run: serve),
  ]

  private static func initialise(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let home = try session.ownHome()
    let setup = try CountySetup(
      county: try session.value(line["--county"]), folder: try session.builtInFolder(),
      allowExamples: line.flag("--demo"))
    let builder = HomeBuilder(home: home, random: session.random)
    let (outcome, former) = try builder.build { journal, recoveryKey throws(Problem) in
      try setup.fill(journal, recoveryKey: recoveryKey, clock: session.clock, random: session.random)
    }
    session.output.result([
      "home": .text(home.path),
      "county": ["division": .text(outcome.county.code), "name": .text(outcome.county.name)],
      "catalog": .text(outcome.catalog), "matters": Value(outcome.matters),
      "examplesLeftOut": Value(outcome.examplesLeftOut), "windows": Value(outcome.windows),
      "stations": Value(outcome.stations),
      "administrator": ["name": "admin", "password": .text(outcome.password)],
      "recoveryKey": .text(home.recoveryKeyPath), "former": Value(former),
    ]) {
      let aside = former.map { ["  原来这里有密钥而没有数据库，移到了 \(Width.clean($0))，没有删除", ""] } ?? []
      return aside + initialised(outcome, home, session.output)
    }
    return .done
  }

  private static func initialised(_ outcome: CountySetup.Outcome, _ home: ServerHome, _ output: Output) -> [String] {
    var lines = [
      output.style(.good, "✓ ") + "\(outcome.county.name)（\(outcome.county.code)）的服务器已建好：\(Width.clean(home.path))",
      "  事项目录 \(outcome.catalog)：\(outcome.matters) 件；窗口 \(outcome.windows) 个；示例站点 \(outcome.stations) 个",
    ]
    if outcome.examplesLeftOut > 0 {
      lines.append("  另有 \(outcome.examplesLeftOut) 件示例事项没有发布：县里确认以后，或用 catalog publish --allow-examples 发布")
    }
    return lines + [
      "", "管理员账号 admin，密码 \(output.style(.marked, outcome.password))（只显示这一次，请记下）",
      "恢复密钥 \(Width.clean(home.recoveryKeyPath))：有人忘记口令时要用它。请移到离线的地方保管，服务器平时用不到它。",
      "", "启动：bangban-server --home \(Width.clean(home.path)) serve",
    ]
  }

  private static func serve(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let home = try session.ownHome()
    try home.requireInitialised()
    let configuration = try Configuration.read(home)
    let address = try ListenAddress(line.option("--listen") ?? configuration.listen)
    let tls = try CertificateFiles(
      certificate: line.option("--tls-cert") ?? configuration.tlsCertificate,
      key: line.option("--tls-key") ?? configuration.tlsKey)
    return try Serving.run(home: home, configuration: configuration, address: address, tls: tls, session: session)
  }
}
