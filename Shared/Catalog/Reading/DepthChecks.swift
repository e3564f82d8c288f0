internal import Foundations

/// What must hold of conditions, roles and facts: whatever they refer to is there, comes earlier, and can be so.
struct DepthChecks {
  private let matter: Matter
  private let log: IssueLog
  private let roles: Set<String>

  static func check(_ matter: Matter, _ log: IssueLog) { DepthChecks(matter, log).check() }

  private init(_ matter: Matter, _ log: IssueLog) {
    self.matter = matter
    self.log = log
    roles = Set(matter.fields.map(\.roleID) + matter.roles.map(\.id) + [Role.applicant])
  }

  private func check() {
    checkRoles()
    for (index, item) in matter.items.enumerated() { check(item, at: "items.\(index)") }
    for (index, field) in matter.fields.enumerated() { check(field, at: "fields.\(index)") }
    checkMerged()
    for (index, material) in matter.materials.enumerated() { check(material, at: "materials.\(index)") }
    for index in matter.guidance.indices { checkQuestion(index) }
    for (index, entitlement) in matter.entitlements.enumerated() { check(entitlement, at: "entitlements.\(index)") }
  }

  private func checkRoles() {
    var seen: Set<String> = []
    for (index, role) in matter.roles.enumerated() where !seen.insert(role.id).inserted {
      log.note(.catalogDuplicate, at: "roles.\(index).id", "“\(role.id)”")
    }
  }

  private func check(_ item: ServiceItem, at path: String) {
    let most = DayUnit.workingDays.daysMax
    if let days = item.inspection?.workingDays, !(0...most).contains(days) {
      let fault = days < 0 ? "天数不能是负数" : "最多 \(most) 天，写了 \(days)"
      log.note(.catalogBounds, at: "\(path).inspection.workingDays", fault)
    }
    if item.together, item.choice == .optional {
      log.note(.catalogBounds, at: "\(path).together", "选办的事项不能是应当并行办理的")
    }
  }

  private func check(_ field: Field, at path: String) {
    checkTwins(field, at: path)
    guard let condition = field.requiredIf else { return }
    if field.required { log.note(.catalogBounds, at: "\(path).requiredIf", "必填项不写 requiredIf") }
    guard let other = matter.fields.first(where: { $0.id == condition.field }), other.id != field.id else {
      return log.note(.catalogReference, at: "\(path).requiredIf.field", "表单项“\(condition.field)”")
    }
    let hasAge = condition.minAge != nil || condition.maxAge != nil
    if hasAge != condition.values.isEmpty || hasAge != (other.type == .idNumber) {
      log.note(.catalogBounds, at: "\(path).requiredIf", "选择类写 values，身份证号写 minAge 或 maxAge")
    }
    if let min = condition.minAge, let max = condition.maxAge, min > max {
      log.note(.catalogBounds, at: "\(path).requiredIf.minAge", "下限 \(min) 大于上限 \(max)")
    }
    // Whoever leaves the other field out would never be asked for this one: what is asked must not run in a circle.
    if other.requiredIf != nil { log.note(.catalogBounds, at: "\(path).requiredIf.field", "“\(other.id)”自己有条件") }
    let known = other.type == .boolean ? ["true", "false"] : other.options.map(\.value)
    for (index, value) in condition.values.enumerated() where !known.contains(value) {
      log.note(.catalogReference, at: "\(path).requiredIf.values.\(index)", "“\(other.id)”没有取值“\(value)”")
    }
  }

  /// Fields that are asked once must have an answer in common.
  private func checkTwins(_ field: Field, at path: String) {
    let twins = matter.fields.filter {
      $0.id < field.id && $0.roleID == field.roleID && $0.elementID == field.elementID && $0.type == field.type
    }
    for twin in twins where twin.strictest(with: field) == nil {
      log.note(.catalogBounds, at: path, "与“\(twin.id)”是同一项，但没有共同的取值")
    }
  }

  /// What is asked once goes to every field that it is for: at least one of their examples has to be sound for all, or
  /// nobody can be sure that anything is.
  private func checkMerged() {
    for entry in MergedForm(matter.fields, items: nil).entries where entry.members.count > 1 {
      let members = matter.fields.filter { entry.members.contains($0.id) }
      let isSound = members.contains { member in
        members.allSatisfy { FieldChecks.fault(of: member.example, in: $0) == nil }
      }
      guard !isSound, let index = matter.fields.lastIndex(where: { entry.members.contains($0.id) }) else { continue }
      let others = entry.members.filter { $0 != matter.fields[index].id }.map { "“\($0)”" }.joined(separator: "、")
      log.note(.catalogExample, at: "fields.\(index).example", "与\(others)是同一项，只填一次，却没有一个示例对每一项都合规则")
    }
  }

  private func check(_ material: MaterialRequirement, at path: String) {
    if let owner = material.owner, !roles.contains(owner) {
      log.note(.catalogReference, at: "\(path).owner", "角色“\(owner)”")
    }
    let most = MaterialRequirement.validMonthsMax
    if let months = material.validMonths, !(1...most).contains(months) {
      log.note(.catalogBounds, at: "\(path).validMonths", months < 1 ? "月数至少为 1" : "最多 \(most) 个月，写了 \(months)")
    }
    if material.main, material.deferrable {
      log.note(.catalogBounds, at: "\(path).deferrable", "主件不能容缺")
    }
  }

  private func checkQuestion(_ index: Int) {
    let earlier = matter.guidance[..<index]
    for (place, condition) in matter.guidance[index].when.enumerated() {
      let path = "guidance.\(index).when.\(place)"
      guard let question = earlier.first(where: { $0.id == condition.question }) else {
        log.note(.catalogReference, at: "\(path).question", "前面没有问题“\(condition.question)”")
        continue
      }
      if condition.answers.isEmpty { log.note(.catalogEmpty, at: "\(path).answers", "“answers”") }
      for (number, answer) in condition.answers.enumerated()
      where !question.answers.contains(where: { $0.label == answer }) {
        log.note(.catalogReference, at: "\(path).answers.\(number)", "“\(question.id)”没有回答“\(answer)”")
      }
    }
    for (number, answer) in matter.guidance[index].answers.enumerated() {
      for (from, to) in answer.sameRoles.sorted(by: { $0.key < $1.key }) where from == to || !roles.contains(from) {
        log.note(.catalogReference, at: "guidance.\(index).answers.\(number).sameRoles.\(from)", "角色“\(from)”")
      }
      for (from, to) in answer.sameRoles.sorted(by: { $0.key < $1.key }) where !roles.contains(to) {
        log.note(.catalogReference, at: "guidance.\(index).answers.\(number).sameRoles.\(from)", "角色“\(to)”")
      }
    }
  }

  private func check(_ entitlement: Entitlement, at path: String) {
    if entitlement.when.isEmpty { log.note(.catalogEmpty, at: "\(path).when", "“when”") }
    for (index, condition) in entitlement.when.enumerated() {
      let here = "\(path).when.\(index)"
      let hasBounds = condition.min != nil || condition.max != nil
      if hasBounds != condition.values.isEmpty { log.note(.catalogBounds, at: here, "数目写 min 或 max，其他写 values") }
      if let min = condition.min, let max = condition.max, min > max {
        log.note(.catalogBounds, at: "\(here).min", "下限 \(min) 大于上限 \(max)")
      }
    }
  }
}
