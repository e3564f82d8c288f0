internal import Application
package import Foundations

/// Villages as counties keep them in a table: `code12,name,type,parent9`, a first row of headings or none.
package enum VillageRows {
  /// A row that was left out, and why. Rows count from 1, as a spreadsheet shows them.
  package struct Fault: Sendable, Hashable {
    /// Number of the row, from 1.
    package let row: Int
    /// Why it was left out.
    package let problem: Problem
  }

  /// Reads rows that are already split into cells. Good rows are kept beside bad ones: the caller decides.
  /// - Parameter registry: the towns that villages must belong to.
  package static func read(_ rows: [[String]], registry: DivisionRegistry) -> (villages: [Village], faults: [Fault]) {
    var villages: [Village] = []
    var faults: [Fault] = []
    var seen: Set<String> = []
    for (index, row) in rows.enumerated() {
      let cells = row.map(\.trimmed)
      if cells.allSatisfy(\.isEmpty) || (index == 0 && isHeading(cells)) { continue }
      do throws(Problem) {
        let village = try village(cells, registry: registry)
        guard seen.insert(village.code).inserted else { throw ProblemKind.divisionInvalid.with("代码重复") }
        villages.append(village)
      } catch {
        faults.append(Fault(row: index + 1, problem: error))
      }
    }
    return (villages, faults)
  }

  private static func isHeading(_ cells: [String]) -> Bool {
    cells.first.map { !$0.contains { $0.isNumber } || $0.lowercased() == "code12" } ?? false
  }

  private static func village(_ cells: [String], registry: DivisionRegistry) throws(Problem) -> Village {
    guard cells.count >= 2, !cells[1].isEmpty else { throw ProblemKind.divisionInvalid.with("每行至少要有代码和名称") }
    let code = CodeText.normalised(cells[0])
    guard code.utf8.count == 12, let division = try? DivisionCode(code), division.level == .village else {
      throw ProblemKind.divisionInvalid.with("村（社区）代码应为 12 位数字")
    }
    let parent = String(code.prefix(9))
    if cells.count >= 4, !cells[3].isEmpty, CodeText.normalised(cells[3]) != parent {
      throw ProblemKind.divisionInvalid.with("上级代码与村代码的前 9 位不一致")
    }
    guard registry.name(of: parent) != nil else { throw ProblemKind.divisionInvalid.with("乡镇 \(parent) 不在区划表里") }
    let type = cells.count >= 3 && !cells[2].isEmpty ? cells[2] : nil
    return Village(code: code, name: cells[1], type: type)
  }
}
