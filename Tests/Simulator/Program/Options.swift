internal import Simulation

/// The command line: `simulate [--seeds N] [--seed S] [--only 1,5,9] [--trace] [--with HAZARD]
/// [--plant NAME… | --plant-all | --plant-names]`.
struct Options {
  var seeds: UInt64 = 1
  var first: UInt64 = 1
  /// The numbers of the events to keep; nil for all.
  var only: Set<Int>?
  var showsTrace = false
  /// What happens beyond what always may.
  var hazards = Hazard.enabled
  /// Bugs to plant one after another; each is to be found.
  var plants: [Plant] = []
  /// Only tells which there are.
  var namesPlants = false

  static let usage = """
    simulate [--seeds N] [--seed S] [--only 1,5,9] [--trace] [--with HAZARD]
             [--plant NAME… | --plant-all | --plant-names]

      --seeds N      runs N seeds (1)
      --seed S       begins with this seed (1)
      --only 1,5,9   keeps only these events of the script: what a shrunk failure prints
      --trace        prints what happens
      --with HAZARD  lets happen what is not enabled: revocation, clones, device-restore, server-restore
      --plant NAME   plants a bug and says after how many seeds it is found; not finding it is a failure; of several
                     one after another
      --plant-all    does so with every one of them
      --plant-names  tells their names, a line each
    """

  /// What is wrong with the command line, in a sentence.
  struct Fault: Error { let text: String }

  init(_ arguments: [String]) throws(Fault) {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      switch option {
      case "--seeds": seeds = try Self.number(option, rest.popFirst())
      case "--seed": first = try Self.number(option, rest.popFirst())
      case "--only": only = try Self.numbers(option, rest.popFirst())
      case "--trace": showsTrace = true
      case "--with": hazards.insert(try Self.hazard(rest.popFirst()))
      case "--plant": plants.append(try Self.plant(rest.popFirst()))
      case "--plant-names": namesPlants = true
      case "--plant-all": plants = Plant.allCases
      default: throw Fault(text: "unknown option \(option)")
      }
    }
  }

  private static func number(_ option: String, _ text: String?) throws(Fault) -> UInt64 {
    guard let number = text.flatMap({ UInt64($0) }), number > 0 else { throw Fault(text: "\(option) needs a number") }
    return number
  }

  private static func numbers(_ option: String, _ text: String?) throws(Fault) -> Set<Int> {
    let parts = (text ?? "").split(separator: ",")
    let numbers = parts.compactMap { Int($0) }
    guard !parts.isEmpty, numbers.count == parts.count else { throw Fault(text: "\(option) needs numbers") }
    return Set(numbers)
  }

  private static func hazard(_ name: String?) throws(Fault) -> Hazard {
    guard let hazard = Hazard(rawValue: name ?? "") else {
      throw Fault(text: "--with needs one of: " + Hazard.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return hazard
  }

  private static func plant(_ name: String?) throws(Fault) -> Plant {
    guard let plant = Plant(rawValue: name ?? "") else {
      throw Fault(text: "--plant needs one of: " + Plant.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return plant
  }
}
