import Catalog
import Decoders
import Foundations
import Terminal

@testable import Assistant
@testable import CommandLine

/// Readers that only the client's modules know.
enum ClientReaders {
  private static let document: Value = [
    "matter": "test-01", "division": "610830100201", "items": ["a", "b"], "answers": ["q1": "是"], "consent": true,
    "applicant": ["kind": "person", "name": "张三", "idNumber": "610830199605209824", "phone": "13912345678"],
    "agent": ["name": "李四", "idNumber": "610830196801019821", "relation": "配偶"],
    "fields": ["p.name": "张三", "p.age": 66, "p.sex": "1", "p.pay": "4500.00", "p.kin": [["name": "李四"]]],
    "materials": ["m1": ["a.jpg", "b.jpg"]], "submit": false,
  ]
  private static let onPaper: Value = {
    var document = Self.document
    document["materials"] = ["m1": ["originals": 1, "copies": 2]]
    return document
  }()

  static let all: [Decoder] = [
    Decoder("new-document", json: [document, onPaper]) { value in
      guard let matter = Decoder.theMatter else { return false }
      var reader = NewDocumentReader(
        today: Decoder.today, places: OwnPlaces(county: "610830") { nil }, stationDivision: "610830100201"
      ) { name throws(Problem) in
        guard name == matter.id.text else { throw ProblemKind.matterUnknown.with(name) }
        return matter
      }
      return (try? reader.read(value)) != nil
    },
    Decoder(
      "arguments",
      texts: [
        "new\nqingjian-04\n--from\n-", "--json\nshow\n7KQ\n--home=/h", "submit\n7KQ\n--defer\nm1\nm2",
        "workdays\nadd\n2026-01-05\n-3",
      ]
    ) { text in
      var parser = ArgumentParser(Commands.table)
      switch parser.parse(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)).request {
      case .failure(let fault): return fault.problem.message.isEmpty
      case .success(.help(let path)): return (try? Help.lines(path, Commands.table, columns: 80)) != nil
      case .success: return true
      }
    },
  ]
}
