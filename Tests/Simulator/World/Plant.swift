/// A bug that is put between the programs and their surroundings, to see that the simulator finds it.
package enum Plant: String, Sendable, CaseIterable {
  case none
}
