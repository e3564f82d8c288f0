extension Role {
  /// The role of whoever applies: the register of that name holds what is known of this person or body.
  package static let applicant = "applicant"
}

extension Field {
  /// Of whom it speaks: `role`, or what the id says before its last full stop; empty where it says nothing.
  package var roleID: String {
    if let role { return role }
    guard let stop = id.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return String(id[..<stop])
  }

  /// The data element 统一数据元 it asks for: `element`, or what the id says behind its last full stop.
  package var elementID: String {
    if let element { return element }
    guard let stop = id.utf8.lastIndex(of: UInt8(ascii: ".")) else { return id }
    return String(id[id.utf8.index(after: stop)...])
  }
}

/// Data elements that programs know by name; the others are the catalogue's own.
package enum DataElement {
  package static let name = "name"
  package static let identityNumber = "idNo"
  package static let phone = "phone"
  package static let creditCode = "uscc"
  package static let sex = "sex"
  package static let birthDate = "birthDate"
  package static let age = "age"

  /// Elements that the identity number says, so that nobody types them (GB 11643).
  package static let derived: Set<String> = [sex, birthDate, age]

  /// The member of the applicant that an element is; nil for what the applicant's register does not hold.
  package static func applicantMember(_ element: String) -> String? {
    switch element {
    case name: "name"
    case identityNumber, "idNumber": "idNumber"
    case phone: "phone"
    case creditCode: "uscc"
    default: nil
    }
  }
}
