/// An identifier of one kind of thing: text that other modules pass on and never take apart.
package protocol Identifier: Sendable, Hashable, Comparable, CustomStringConvertible {
  init(_ text: String)
  var text: String { get }
}

extension Identifier {
  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
  package var description: String { text }
}

/// A device, or the server, as an author of operations. Given out by the server.
package struct DeviceID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A person who works with Bangban: agent, clerk, administrator.
package struct PersonID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A village service station 便民服务站.
package struct StationID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A window 窗口 that receives proceedings.
package struct WindowID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A matter 一件事 of the catalogue.
package struct MatterID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A service item 事项 within its matter.
package struct ItemID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// An application 办件.
package struct ApplicationID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A proceeding 子办件: the application's id, a full stop, the item's id.
package struct ProceedingID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }

  package init(_ application: ApplicationID, _ item: ItemID) { text = "\(application.text).\(item.text)" }

  /// The application this proceeding belongs to.
  package var application: ApplicationID { ApplicationID(String(text.utf8.prefix { $0 != Self.dot }) ?? "") }
  /// The item it handles.
  package var item: ItemID { ItemID(String(text.utf8.drop { $0 != Self.dot }.dropFirst()) ?? "") }

  // Looked for byte by byte: to go by characters takes longer than to write the row that an item is for.
  private static let dot = UInt8(ascii: ".")
}
