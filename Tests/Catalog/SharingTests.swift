import Catalog
import Foundations
import XCTest

/// The register of shared data (R036) and the counties' targets.
final class SharingTests: XCTestCase {
  private let entry = """
    {"id": "id-card", "name": "身份证", "kind": "certificate", "provider": "公安", "requesters": ["人社"], "use": "核对",
    "fields": ["姓名"], "way": "接口", "cycle": "实时", "range": "全国"}
    """

  private func codes(_ text: String) -> [String] {
    do throws(Problem) {
      _ = try SharingDocument.read(CatalogFile(name: "sharing.json", bytes: Array(text.utf8)))
      return []
    } catch {
      return [error.code] + error.others.map(\.code)
    }
  }

  func testTheRegisterIsReadStrictly() {
    XCTAssertEqual(codes("{\"entries\": [\(entry)]}"), [])
    XCTAssertEqual(codes("{\"entries\": [\(entry), \(entry)]}"), ["catalog.duplicate"])
    XCTAssertEqual(
      codes("{\"entries\": [\(entry.split(separator: "\"cycle\": \"实时\", ").joined())]}"), ["catalog.key-missing"])
    XCTAssertEqual(
      codes("{\"entries\": [\(entry.split(separator: "[\"姓名\"]").joined(separator: "[]"))]}"), ["catalog.empty"])
    XCTAssertEqual(
      codes("{\"entries\": [\(entry.split(separator: "\"certificate\"").joined(separator: "\"paper\""))]}"),
      ["catalog.value-unknown"])
    XCTAssertEqual(codes("{\"entries\": [], \"more\": 1}"), ["catalog.key-unknown"])
    XCTAssertEqual(codes("{"), ["catalog.syntax"])
    XCTAssertEqual(codes("{}"), ["catalog.key-missing"])
  }

  func testR036EveryPaperThatIsWaivedHasAnEntryThatSaysWhoProvidesIt() throws {
    let register = try BuiltIn.documents().sharing
    XCTAssertGreaterThan(register.entries.count, 30)
    for matter in try BuiltIn.catalog().matters {
      for material in matter.materials where [.certificate, .verification].contains(material.source) {
        let found = register.exemption(of: material)
        XCTAssertNotNil(found, "\(matter.id) \(material.id)")
        XCTAssertTrue(material.isExempt(by: register))
        XCTAssertNotEqual(found?.kind, .result, "\(matter.id) \(material.id)")
      }
    }
  }

  func testAPaperThatTheRegisterNamesIsExemptThoughItIsTheApplicantsOwn() throws {
    let register = try BuiltIn.documents().sharing
    var material = try XCTUnwrap(try BuiltIn.catalog().need("qingjian-04").materials.first { $0.id == "m04" })
    XCTAssertEqual(material.source, .own)
    XCTAssertFalse(material.isExempt(by: register))
    material.shared = "birth-certificate"
    XCTAssertTrue(material.isExempt(by: register))
    material.shared = "nothing-such"
    XCTAssertFalse(material.isExempt(by: register), "an entry that is not there waives nothing")
  }

  func testTargetsOfTheFiveCountiesAreComputed() throws {
    let documents = try BuiltIn.documents()
    let catalog = try BuiltIn.catalog()
    XCTAssertEqual(documents.targets.map(\.code), ["320830", "360732", "320826", "320707", "610830"])
    func progress(_ code: String, _ line: String) throws -> TargetProgress {
      let county = try XCTUnwrap(documents.targets.first { $0.code == code })
      return try XCTUnwrap(
        county.progress(in: catalog, sharing: documents.sharing).first { $0.target.line == line })
    }
    XCTAssertEqual(try progress("610830", "R195").reached, 25)
    XCTAssertEqual(try progress("610830", "R195").isReached, true)
    XCTAssertEqual(try progress("610830", "R163").reached, 0, "nobody has confirmed one")
    XCTAssertEqual(try progress("320707", "R139").reached, 40)
    XCTAssertEqual(try progress("320830", "R006").reached, 80)
    XCTAssertEqual(try progress("320830", "R006").isReached, true)
    XCTAssertNil(try progress("320826", "R078").isReached, "people count it")
    let sharing = try XCTUnwrap(try progress("320830", "R021").reached)
    XCTAssertTrue((1...99).contains(sharing), "\(sharing)")
    XCTAssertEqual(try progress("360732", "R048").reached, 0, "兴国 has printed no list")
  }

  func testTargetsAreReadStrictly() {
    func code(_ text: String) -> String? {
      do throws(Problem) {
        _ = try TargetsDocument.read(CatalogFile(name: "targets.json", bytes: Array(text.utf8)))
        return nil
      } catch {
        return error.code
      }
    }
    let sound =
      #"{"counties": [{"code": "1", "name": "甲", "targets": [{"kind": "manual", "line": "R1", "text": "一"}]}]}"#
    XCTAssertNil(code(sound))
    XCTAssertEqual(code(sound.split(separator: "manual").joined(separator: "guess")), "catalog.value-unknown")
    XCTAssertEqual(
      code(sound.split(separator: "\"text\": \"一\"").joined(separator: "\"text\": \"一\", \"by\": \"soon\"")),
      "catalog.bounds")
  }
}
