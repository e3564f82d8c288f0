internal import Foundations

/// The acts from going offline to the settled conflict.
extension DemoCast {
  // MARK: Act 2: shared, then offline

  func shareAndGoOffline() throws(Problem) {
    stage.title("第二幕　趁有网共享一个办件，然后断网")
    let birth = try capture(Self.birth, on: clerk, submit: false)
    try stage.check(
      birth["missing"]?.array?.isEmpty == true,
      "\(clerk.person)录入“\(Self.birth)”，编号 \(code(Self.birth))，内容和材料都齐了，先不提交")
    try clerk.ask("share", id(Self.birth), "--with", colleague.station)
    try clerk.sync()
    try colleague.sync()
    let seen = try colleague.show(id(Self.birth))
    try stage.check(seen["code"]?.text == code(Self.birth), "\(colleague.person)在另一个站上也看到了这个办件")
    let status = server.stop()
    try stage.check(status == 0, "服务器正常关机：从现在起谁也连不上")
  }

  // MARK: Act 3: without a network

  func captureOffline() throws(Problem) {
    stage.title("第三幕　没有网络，照样干活")
    let status = try clerk.run(["sync"], allowed: [4]).status
    try stage.check(status == 4, "\(clerk.person)试着同步：连不上，程序说明工作都在本机，没有丢")
    let phone = try DemoDocument.field(try matter(Self.birth), type: "phone")
    try clerk.ask("edit", id(Self.birth), "\(phone.id)=13700000001")
    stage.tell("\(clerk.person)把“\(phone.name)”改成 137 开头的号码")
    try colleague.ask("edit", id(Self.birth), "\(phone.id)=13800000002")
    stage.tell("\(colleague.person)在另一台电脑上把同一项改成 138 开头的号码，两人都不知道对方改了")
    let work = try capture(Self.work, on: colleague, submit: true)
    try stage.check(
      work["receipt"]?.isBlank == false, "\(colleague.person)离线录入并提交“\(Self.work)”，编号 \(code(Self.work))，当场出了凭证")
    try captureSchool()
  }

  /// A file with one value left out, which is then filled in by `edit`.
  private func captureSchool() throws(Problem) {
    let field = try DemoDocument.field(try matter(Self.school), type: "choice")
    let school = try capture(Self.school, on: volunteer, submit: false, without: field.id)
    try stage.check(
      school["missing"]?.array?.isEmpty == false, "\(volunteer.person)上门录入“\(Self.school)”，程序指出还缺“\(field.name)”")
    try volunteer.ask("edit", id(Self.school), "\(field.id)=\(field.example)")
    let submitted = try volunteer.ask("submit", id(Self.school))
    try stage.check(submitted["version"] == 1, "补上以后提交，第 1 版固定下来，编号 \(code(Self.school))")
  }

  // MARK: Act 4: the network is back

  func meetAgain() throws(Problem) {
    stage.title("第四幕　来网了：各同步一次，撞上的都摆出来")
    try server.start()
    for device in devices { try device.ask("config", "server", server.url) }
    for device in devices {
      let result = try device.sync()
      try stage.check(result["requests"] == 1, "\(device.person)一次往来就交换完了")
    }
    try clerk.sync()
    let phone = try DemoDocument.field(try matter(Self.birth), type: "phone")
    for device in [clerk, colleague] {
      let conflicts = try device.list("conflicts", id(Self.birth))
      let candidates = conflicts.first { $0["field"]?.text == phone.id }?["candidates"]?.array ?? []
      try stage.check(
        candidates.count == 2, "\(device.person)看到“\(phone.name)”两个号码并存，谁的都没有被覆盖")
    }
    stage.count("conflicts")
    try clerk.ask("resolve", id(Self.birth), phone.id, "--take", "1")
    stage.tell("\(clerk.person)打电话问清楚，确定用第 1 个")
    try clerk.sync()
    try colleague.sync()
    let values = [try clerk.show(id(Self.birth)), try colleague.show(id(Self.birth))]
    let settled = values.map { $0["fields"]?[phone.id]?.text ?? "" }
    try stage.check(
      settled[0] == settled[1] && ["13700000001", "13800000002"].contains(settled[0])
        && values.allSatisfy { $0["conflicts"]?.array?.isEmpty ?? true }, "两台电脑一致了，没有并存")
  }
}
