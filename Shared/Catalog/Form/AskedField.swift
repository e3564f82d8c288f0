package import Foundations

extension Field {
  /// A field that a program asks for beside those of a matter's form: the applicant's name, one part of an address.
  /// - Parameter options: value and label of each choice.
  package static func asked(
    _ id: String, _ name: String, _ type: FieldType, required: Bool = true,
    options: [(value: String, label: String)] = [], example: Value = .null
  ) -> Field {
    Field(
      id: id, name: name, type: type, required: required, requiredWhen: nil, min: nil, max: nil, maxLength: nil,
      pattern: nil, options: options.map { Option(value: $0.value, label: $0.label) }, items: [], group: nil,
      sensitive: false, example: example, columns: [], hint: nil)
  }
}
