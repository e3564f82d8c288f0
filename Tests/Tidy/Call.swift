/// A call in a Swift file, `name(…)`, with its arguments' places.
struct Call: Sendable {
  struct Argument: Sendable {
    /// Nil without one.
    let label: String?
    /// The bytes of the value.
    let range: Range<Int>
  }

  let name: String
  let line: Int
  let arguments: [Argument]

  /// The argument with this label.
  func argument(_ label: String) -> Argument? { arguments.first { $0.label == label } }

  /// Arguments without a label, in order.
  var unlabelled: [Argument] { arguments.filter { $0.label == nil } }
}

extension SwiftSource {
  /// Calls of the functions or initializers with these names, in order; declarations of them are not calls.
  func calls(of names: Set<String>) -> [Call] {
    var calls: [Call] = []
    // Compared as bytes first: a String for every word of the tree would cost more than all other work together.
    let initials = Set(names.compactMap(\.utf8.first))
    for index in tokens.indices.dropLast() where tokens[index].isName {
      guard initials.contains(bytes[tokens[index].range.lowerBound]), isOpen(index + 1),
        tokens[index + 1].range.lowerBound == tokens[index].range.upperBound
      else { continue }
      let name = text(tokens[index])
      guard names.contains(name), index == 0 || text(tokens[index - 1]) != "func" else { continue }
      calls.append(Call(name: name, line: tokens[index].line, arguments: arguments(from: index + 1)))
    }
    return calls
  }

  private func isOpen(_ index: Int) -> Bool { bytes[tokens[index].range.lowerBound] == UInt8(ascii: "(") }

  /// The arguments between the parenthesis at `index` and the one that closes it.
  private func arguments(from index: Int) -> [Call.Argument] {
    var arguments: [Call.Argument] = []
    var depth = 0
    var start = index + 1
    var position = index
    while position < tokens.count {
      switch bytes[tokens[position].range.lowerBound] {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 {
          append(start, position, to: &arguments)
          return arguments
        }
      case UInt8(ascii: ",") where depth == 1:
        append(start, position, to: &arguments)
        start = position + 1
      default:
        break
      }
      position += 1
    }
    return arguments
  }

  private func append(_ start: Int, _ end: Int, to arguments: inout [Call.Argument]) {
    // An argument that is a string alone has no token of its own: the bytes between the commas are what counts.
    let range = tokens[start - 1].range.upperBound..<tokens[end].range.lowerBound
    let isLabelled = start + 1 < end && tokens[start].isName && text(tokens[start + 1]) == ":"
    guard !isLabelled else {
      arguments.append(
        Call.Argument(label: text(tokens[start]), range: tokens[start + 1].range.upperBound..<range.upperBound))
      return
    }
    guard range.contains(where: { bytes[$0] > 32 }) else { return }
    arguments.append(Call.Argument(label: nil, range: range))
  }
}
