internal import Application
internal import Foundations

/// Values that have parts: addresses, persons, lists.
extension FieldRule {
  /// Characters of an address below its division.
  private static let addressCharactersMax = 100

  /// A part of a composite value, checked like a field of its own.
  private func part(_ name: String, _ type: FieldType, of field: Field, maxLength: Int? = nil) -> Field {
    Field(
      id: name, name: field.name, type: type, required: true, maxLength: maxLength, options: [], items: [],
      sensitive: field.sensitive, example: .null, columns: [])
  }

  private mutating func members(
    _ value: Value, _ field: Field, _ path: String, allowed: [String], wanted: String
  ) -> Members? {
    guard let members = value.object else {
      _ = wrongType(value, field, at: path, wanted)
      return nil
    }
    for key in members.keys.sorted() where !allowed.contains(key) {
      complain(.fieldUnknown, field, at: "\(path).\(key.prefix(40))", "里没有 \(key.prefix(40))，只能有 \(wanted)")
    }
    return members
  }

  mutating func address(_ value: Value, _ field: Field, _ path: String) -> Value? {
    let before = problems.count
    guard let members = members(value, field, path, allowed: ["division", "detail"], wanted: "{division,detail}") else {
      return nil
    }
    let division = required(members["division"], part("division", .division, of: field), path, "区划代码")
    let bound = field.maxLength ?? Self.addressCharactersMax
    let detail = required(members["detail"], part("detail", .text, of: field, maxLength: bound), path, "详细地址")
    guard problems.count == before, let division, let detail else { return nil }
    return ["division": division, "detail": detail]
  }

  private mutating func required(_ value: Value?, _ part: Field, _ path: String, _ label: String) -> Value? {
    guard let value, !value.isBlank else {
      complain(.fieldRequired, part, at: "\(path).\(part.id)", "的\(label)")
      return nil
    }
    return normalise(value, as: part, at: "\(path).\(part.id)")
  }

  mutating func person(_ value: Value, _ field: Field, _ path: String) -> Value? {
    let before = problems.count
    let wanted = "{name,idNumber,phone?}"
    guard let members = members(value, field, path, allowed: ["name", "idNumber", "phone"], wanted: wanted) else {
      return nil
    }
    var output: Members = [:]
    output["name"] = name(members["name"], field, path)
    output["idNumber"] = required(members["idNumber"], part("idNumber", .idNumber, of: field), path, "身份证号")
    if let phone = members["phone"], !phone.isBlank {
      output["phone"] = normalise(phone, as: part("phone", .phone, of: field), at: "\(path).phone")
    }
    return problems.count == before ? .object(output) : nil
  }

  private mutating func name(_ value: Value?, _ field: Field, _ path: String) -> Value? {
    let bound = PersonName.charactersMax
    guard let text = required(value, part("name", .text, of: field, maxLength: bound), path, "姓名")?.text else {
      return nil
    }
    do throws(Problem) {
      return .text(try PersonName.normalise(text))
    } catch {
      complain(error.kind, field, at: "\(path).name")
      return nil
    }
  }

  mutating func list(_ value: Value, _ field: Field, _ path: String) -> Value? {
    guard let entries = value.array else { return wrongType(value, field, at: path, "数组，每行一个对象") }
    guard entries.count <= Limits.listEntriesMax else {
      complain(.fieldTooMany, field, at: path, "最多 \(Limits.listEntriesMax) 行，现在有 \(entries.count) 行")
      return nil
    }
    let before = problems.count
    var output: [Value] = []
    for (index, entry) in entries.enumerated() {
      row = index + 1
      output.append(self.entry(entry, field, "\(path)[\(index)]"))
    }
    row = nil
    return problems.count == before ? .array(output) : nil
  }

  private mutating func entry(_ entry: Value, _ field: Field, _ path: String) -> Value {
    let columns = field.columns.map(\.id)
    guard let members = members(entry, field, path, allowed: columns, wanted: columns.joined(separator: "、")) else {
      return .null
    }
    var output: Members = [:]
    for column in field.columns {
      let place = "\(path).\(column.id)"
      guard let value = members[column.id], !value.isBlank else {
        if column.required { complain(.fieldRequired, column, at: place) }
        continue
      }
      output[column.id] = normalise(value, as: column, at: place)
    }
    return .object(output)
  }
}
