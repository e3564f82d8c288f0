internal import Foundations
internal import Terminal
extension Commands {
  static let catalogue: [Spec] = []
  static let cases: [Spec] = []
  static let care: [Spec] = []
}
