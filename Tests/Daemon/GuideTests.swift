import Catalog
import FoundationEssentials
import Foundations
import Glibc
import XCTest

@testable import Daemon

/// The published guide: whole, escaped, and the same as what the devices show.
final class GuideTests: XCTestCase {
  private func page(_ change: (inout Matter) -> Void) throws -> String {
    let folder = try BuiltInFolder.find { _ in nil }
    let files = try CatalogFolder.files(in: folder).filter { $0.name.hasSuffix("-qingjian-13.json") }
    guard case .catalog(let catalog) = MatterCatalog.read(files, version: ""), var matter = catalog.matters.first else {
      throw Problem(.unexpected)
    }
    change(&matter)
    let sharing = try XCTUnwrap(try CatalogDocuments(folder: folder).sharing)
    let day = try XCTUnwrap(CivilDate("2026-11-28"))
    return GuidePage(matter: matter, county: "清涧县", sharing: sharing, day: day).text
  }

  func testEveryTextIsEscaped() throws {
    let evil = "<script>alert(\"1\")</script>&'"
    let text = try page { matter in
      matter.name = evil
      matter.conditions = [evil]
      matter.items[0].name = evil
      matter.items[0].basis = evil
      matter.materials[0].name = evil
      matter.materials[0].note = evil
      matter.guidance[0].text = evil
      matter.guidance[0].answers[0].label = evil
      matter.guidance[0].answers[0].effect = evil + "\u{1B}\u{0}"
      matter.fields[0].name = evil
      matter.source.title = evil
      matter.lead[0].authority = evil
    }
    XCTAssertFalse(text.contains("<script"))
    XCTAssertFalse(text.contains("\"1\""))
    XCTAssertGreaterThan(text.split(separator: "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;").count, 11)
    XCTAssertFalse(text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  func testAPageSaysEverythingOfTheMatterAndFetchesNothing() throws {
    var matter: Matter?
    let text = try page { matter = $0 }
    let known = try XCTUnwrap(matter)
    for item in known.items { XCTAssertTrue(text.contains(item.name), item.name) }
    for material in known.materials { XCTAssertTrue(text.contains(material.name), material.name) }
    for question in known.guidance { XCTAssertTrue(text.contains(question.text), question.text) }
    for condition in known.conditions { XCTAssertTrue(text.contains(DraftMarks.readable(condition)), condition) }
    XCTAssertTrue(text.contains(Notice.unconfirmed), "an example is never taken for confirmed")
    XCTAssertTrue(text.contains("法律规定") && text.contains("我们承诺") && text.contains("快 50%"))
    XCTAssertTrue(text.contains("<svg") && text.contains("</svg>"))
    XCTAssertFalse(text.contains("【知】"), "our own tags are not for households")
    for outside in ["http:", "https:", "src=", "@import", "url(h", "<script", "<link"] {
      XCTAssertFalse(text.contains(outside), outside)
    }
  }

  func testFlowNeverDrawsAnItemAboveWhatItWaitsFor() throws {
    var matter: Matter?
    _ = try page { matter = $0 }
    let flow = GuideFlow(try XCTUnwrap(matter))
    let lines = flow.picture.source.split(separator: "\n").filter { $0.hasPrefix("<path") && $0.contains("marker-end") }
    XCTAssertFalse(lines.isEmpty)
    for line in lines {
      let numbers = line.split { !"0123456789".contains($0) }.compactMap { Int($0) }
      XCTAssertLessThan(numbers[1], numbers[7], String(line))
    }
    XCTAssertTrue(flow.sentences.contains { $0.contains("办好“社会保险登记”以后才能办") })
    XCTAssertTrue(flow.sentences.contains { $0.contains("不用等") })
  }

  func testExportWritesAnIndexThatLeadsToEveryPage() throws {
    let bench = try Bench.initialised()
    let outcome = bench.run("catalog", "export", "--html", bench.folder + "/guide")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    let matters = bench.run("catalog", "list").values
    XCTAssertEqual(outcome.value["pages"], Value(matters.count + 1))
    let index = String(decoding: try Data(contentsOf: URL(filePath: bench.folder + "/guide/index.html")), as: UTF8.self)
    for matter in matters {
      let name = (matter["id"]?.text ?? "") + ".html"
      XCTAssertTrue(index.contains("href=\"\(name)\""), name)
      XCTAssertTrue(FileManager.default.fileExists(atPath: bench.folder + "/guide/" + name), name)
    }
    XCTAssertEqual(bench.run("catalog", "export").status, .usage)
  }

  func testThePublicGuideCanBeReadByEverybody() throws {
    let bench = try Bench.initialised()
    let mask = umask(0o022)
    defer { _ = umask(mask) }
    XCTAssertEqual(bench.run("catalog", "export", "--html", bench.folder + "/public/guide").status, .done)
    for (path, mode) in [("public", 0o755), ("public/guide", 0o755), ("public/guide/index.html", 0o644)] {
      XCTAssertEqual(HomeFiles.mode(of: bench.folder + "/" + path).map { Int($0 & 0o777) }, mode, path)
    }
    _ = umask(0o027)
    XCTAssertEqual(bench.run("catalog", "export", "--html", bench.folder + "/staff").status, .done)
    XCTAssertEqual(HomeFiles.mode(of: bench.folder + "/staff/index.html").map { Int($0 & 0o777) }, 0o640)
  }

  func testExportReplacesOnlyItsOwnPagesAndTakesWithdrawnOnesAway() throws {
    let bench = try Bench.initialised()
    let folder = bench.folder + "/guide"
    func text(_ name: String) -> String? {
      FileManager.default.contents(atPath: folder + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }
    _ = try bench.file("guide/index.html", "<!doctype html>\n<html><body>本县的首页</body></html>")
    let refused = bench.run("catalog", "export", "--html", folder)
    XCTAssertEqual(refused.code, "output.exists", refused.output)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder), ["index.html"], "nothing is written")
    XCTAssertEqual(text("index.html")?.contains("本县的首页"), true)
    try FileManager.default.removeItem(atPath: folder)

    XCTAssertEqual(bench.run("catalog", "export", "--html", folder, "--all").status, .done)
    XCTAssertNotNil(text("qingjian-24.html"))
    _ = try bench.file("guide/contact.html", "<!doctype html>\n联系我们")
    _ = try bench.file("guide/notes.txt", "记事")
    let outcome = bench.run("catalog", "export", "--html", folder)
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertNil(text("qingjian-24.html"))
    XCTAssertTrue(outcome.value["removed"]?.array?.contains("qingjian-24.html") == true, outcome.output)
    XCTAssertNotNil(text("contact.html"), "somebody else's page stays")
    XCTAssertNotNil(text("notes.txt"))
    XCTAssertEqual(bench.run("catalog", "export", "--html", folder).value["removed"], [])
  }
}
