internal import Application
package import Foundations

/// Values as people read them.
extension FieldText {
  /// A value in words: options by their labels, divisions by their names.
  /// - Parameters:
  ///   - masked: personal numbers and names are shortened, other sensitive values hidden: for screens others can see.
  ///   - divisions: names of places, read where the value has one; codes stay codes without it.
  package static func display(
    _ value: Value, as field: Field, masked: Bool = false, divisions: @autoclosure () -> DivisionRegistry? = nil
  ) -> String {
    if value.isBlank { return "" }
    let mask = { (text: String, rule: (String) -> String) in masked ? rule(text) : text }
    switch (field.type, value) {
    case (.idNumber, .text(let text)): return mask(text, Masking.idNumber)
    case (.phone, .text(let text)): return mask(text, Masking.phone)
    case (.bankAccount, .text(let text)): return mask(text, Masking.bankAccount)
    case (.uscc, .text(let text)): return text
    case (.division, .text(let text)): return divisions()?.fullName(of: text) ?? text
    case (.address, .object(let parts)):
      let detail = mask(parts["detail"]?.text ?? "", Masking.address)
      return place(parts["division"]?.text ?? "", divisions()) + detail
    case (.person, .object(let parts)):
      let words = [
        mask(parts["name"]?.text ?? "", Masking.name), mask(parts["idNumber"]?.text ?? "", Masking.idNumber),
        mask(parts["phone"]?.text ?? "", Masking.phone),
      ]
      return words.filter { !$0.isEmpty }.joined(separator: " ")
    case (.list, .array(let entries)):
      return entries.map { entry($0, of: field, masked: masked, divisions) }.joined(separator: "；")
    default: return masked && field.sensitive ? "（不显示）" : plain(value, as: field)
    }
  }

  private static func place(_ code: String, _ divisions: DivisionRegistry?) -> String {
    divisions?.fullName(of: code) ?? (code.isEmpty ? "" : code + " ")
  }

  private static func entry(
    _ entry: Value, of field: Field, masked: Bool, _ divisions: () -> DivisionRegistry?
  ) -> String {
    field.columns.compactMap { column in
      guard let value = entry[column.id], !value.isBlank else { return nil }
      return column.name + "：" + display(value, as: column, masked: masked, divisions: divisions())
    }.joined(separator: "，")
  }

  private static func plain(_ value: Value, as field: Field) -> String {
    switch (field.type, value) {
    case (.boolean, .bool(let yes)): return yes ? "是" : "否"
    case (.choice, .text(let text)): return label(text, of: field)
    case (.choices, .array(let items)):
      return items.map { label($0.text ?? JSON.text($0), of: field) }.joined(separator: "、")
    case (.datetime, .text(let text)):
      guard let instant = ChinaTime.instant(text) else { return text }
      let shown = ChinaTime.text(instant)
      return shown.prefix(10) + " " + shown.dropFirst(11).prefix(5)
    case (.money, .text(let text)): return text + " 元"
    case (_, .text(let text)): return text
    default: return JSON.text(value)
    }
  }

  private static func label(_ value: String, of field: Field) -> String {
    field.options.first { $0.value == value }?.label ?? value
  }
}
