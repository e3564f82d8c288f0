package import Foundations

extension ItemID {
  /// The one item of a matter whose list prints none: the matter is handled as one proceeding, at the comprehensive
  /// window 综合窗口. No file may use this id.
  package static let wholeMatter = ItemID("matter")
}

extension Matter {
  /// What an application for this matter may consist of: its items, or the matter as a whole where none is printed.
  package var proceedingItems: [ItemID] { items.isEmpty ? [.wholeMatter] : items.map(\.id) }

  /// What an application consists of when nothing was chosen: the standard items; where the list has none, those that
  /// depend on the answers; the matter as a whole where it prints no items.
  package var defaultItems: [ItemID] {
    guard !items.isEmpty else { return [.wholeMatter] }
    let standard = items.filter { $0.choice == .standard }
    let conditional = items.filter { $0.choice == .conditional }
    return (standard.isEmpty ? conditional.isEmpty ? items : conditional : standard).map(\.id)
  }

  /// The item with this id; nil for `wholeMatter`, which is no printed item.
  package func item(_ id: ItemID) -> ServiceItem? { items.first { $0.id == id } }

  /// The name on paper and on screen: the item's, or the matter's own for `wholeMatter`.
  package func name(of id: ItemID) -> String { item(id)?.name ?? name }
}
