import Foundations
import TestValues
import XCTest

@testable import Catalog

/// One form 一表 and one set of materials 一套材料 (rules.md 6.4).
final class MergingTests: XCTestCase {
  // MARK: One form

  func testR053TheStrictestRuleHolds() throws {
    let form = MergedForm(
      [
        Depth.field("a.name", items: ["x"], required: false, maxLength: 30, role: "p", element: "name"),
        Depth.field("b.name", items: ["y"], maxLength: 50, role: "p", element: "name"),
        Depth.field("a.kind", .choice, items: ["x"], options: ["1", "2", "3"], role: "p", element: "kind"),
        Depth.field("b.kind", .choice, items: ["y"], options: ["2", "3", "4"], role: "p", element: "kind"),
        Depth.field("a.n", .integer, items: ["x"], min: "1", max: "10", role: "p", element: "n"),
        Depth.field("b.n", .integer, items: ["y"], min: "3", max: "30", role: "p", element: "n"),
      ], items: nil)
    XCTAssertEqual(form.entries.map(\.members), [["a.name", "b.name"], ["a.kind", "b.kind"], ["a.n", "b.n"]])
    XCTAssertEqual(form.entries[0].field.maxLength, 30)
    XCTAssertTrue(form.entries[0].isRequired, "what one requires is required")
    XCTAssertEqual(form.entries[1].field.options.map(\.value), ["2", "3"])
    XCTAssertEqual(form.entries[2].field.min, "3")
    XCTAssertEqual(form.entries[2].field.max, "10")
    XCTAssertEqual(form.spread(["a.name": "王"]), ["a.name": "王", "b.name": "王"])
    // An item that is not chosen neither asks nor makes stricter.
    let one = MergedForm(Array([form.entries[0].field]), items: [ItemID("z")])
    XCTAssertTrue(one.entries.isEmpty)
  }

  func testFieldsWithoutACommonValueStayTwo() {
    let form = MergedForm(
      [
        Depth.field("a", .choice, options: ["1"], role: "p", element: "k"),
        Depth.field("b", .choice, options: ["2"], role: "p", element: "k"),
      ], items: nil)
    XCTAssertEqual(form.entries.map(\.members), [["a"], ["b"]])
  }

  func testTheFatherWhoAppliesIsAskedOnce() {
    let fields = [
      Depth.field("fa.name"), Depth.field("fa.idNo", .idNumber), Depth.field("fa.phone", .phone, required: false),
      Depth.field("mo.name"), Depth.field("hk.holder", role: "holder", element: "name"),
    ]
    let form = MergedForm(fields, items: nil, sameRoles: ["fa": "applicant", "holder": "fa"])
    let applicant: Value = ["name": "王建国", "idNumber": "610830199403129818", "phone": "13900000001"]
    XCTAssertEqual(form.asked([:], applicant: applicant, today: Depth.today).map(\.field.id), ["mo.name"])
    XCTAssertEqual(form.missing([:], applicant: applicant, today: Depth.today).map(\.field.id), ["mo.name"])
    let known = form.completed([:], applicant: applicant, today: Depth.today)
    XCTAssertEqual(known["fa.name"], "王建国")
    XCTAssertEqual(known["hk.holder"], "王建国", "the householder is the father, who applies")
    XCTAssertEqual(known["fa.phone"], "13900000001")
    XCTAssertNil(known["mo.name"])
    // Two who name each other are one, wherever one begins.
    let circle = RoleMap(["a": "b", "b": "a"])
    XCTAssertEqual(circle.person("a"), circle.person("b"))
  }

  func testW3TheNumberSaysBirthAndSex() {
    let fields = [
      Depth.field("d.idNo", .idNumber), Depth.field("d.birthDate", .date),
      Depth.field("d.sex", .choice, options: ["1", "2"]), Depth.field("d.age", .integer),
    ]
    let form = MergedForm(fields, items: nil)
    let values: Members = ["d.idNo": "61083019991231988X"]
    XCTAssertEqual(form.asked(values, applicant: .null, today: Depth.today).map(\.field.id), ["d.idNo"])
    let known = form.completed(values, applicant: .null, today: Depth.today)
    XCTAssertEqual(known["d.birthDate"], "1999-12-31")
    XCTAssertEqual(known["d.sex"], "2")
    XCTAssertEqual(known["d.age"], 26)
    XCTAssertTrue(form.contradictions(known, applicant: .null, today: Depth.today).isEmpty)
    let wrong = form.contradictions(
      known.merging(["d.sex": "1", "d.birthDate": "1999-12-30"]) { $1 }, applicant: .null, today: Depth.today)
    XCTAssertEqual(wrong.map(\.field), ["d.birthDate", "d.sex"])
    // A foreigner's card says it as well (rules.md 2.4), in both its forms.
    for (card, birth, sex) in [("932840198001019805", "1980-01-01", "2"), ("USA320880010101", "1980-01-01", "2")] {
      let known = form.completed(["d.idNo": .text(card)], applicant: .null, today: Depth.today)
      XCTAssertEqual(known["d.birthDate"], .text(birth))
      XCTAssertEqual(known["d.sex"], .text(sex))
      XCTAssertEqual(known["d.age"], 46)
    }
    // Whose number does not tell is asked.
    XCTAssertEqual(form.asked(["d.idNo": "H12345678"], applicant: .null, today: Depth.today).count, 4)
    XCTAssertEqual(form.asked([:], applicant: .null, today: Depth.today).count, 4)
  }

  func testADisabilityCertificateBearsItsHoldersNumber() {
    var certificate = Depth.field("d.certNo")
    certificate.check = .disabilityCertificate
    let form = MergedForm([Depth.field("d.idNo", .idNumber), certificate], items: nil)
    func contradictions(_ number: String) -> [String?] {
      let values: Members = ["d.idNo": "61083019991231988X", "d.certNo": .text(number)]
      return form.contradictions(values, applicant: .null, today: Depth.today).map(\.field)
    }
    XCTAssertEqual(contradictions("61083019991231988X42"), [])
    XCTAssertEqual(contradictions("32083019780903983042"), ["d.certNo"])
  }

  func testAConditionDecidesWhatIsAsked() {
    let fields = [
      Depth.field("how", .choice, options: ["1", "2"]), Depth.field("d.idNo", .idNumber),
      Depth.field("mail", required: false, requiredIf: FieldCondition(field: "how", values: ["2"])),
      Depth.field("g.name", required: false, requiredIf: FieldCondition(field: "d.idNo", maxAge: 17)),
    ]
    let form = MergedForm(fields, items: nil)
    func missing(_ values: Members) -> [String] {
      form.missing(values, applicant: .null, today: Depth.today).map(\.field.id)
    }
    XCTAssertEqual(missing(["how": "1", "d.idNo": "61083019991231988X"]), [])
    XCTAssertEqual(missing(["how": "2", "d.idNo": "61083019991231988X"]), ["mail"])
    XCTAssertEqual(missing(["how": "1", "d.idNo": "320707202001019831"]), ["g.name"])
    XCTAssertFalse(
      form.asked(["how": "1"], applicant: .null, today: Depth.today).contains { $0.field.id == "mail" })
  }

  /// Merging is order-independent, loses no field and asks none twice, for random forms.
  func testMergingIsOrderIndependentAndNeverAsksTwice() {
    for seed in 1...300 {
      var random = SeededGenerator(UInt64(seed))
      let roles = ["fa", "mo", "holder", "applicant"]
      let fields = (0..<Int.random(in: 1...14, using: &random)).map { index in
        Depth.field(
          "f\(index)", Bool.random(using: &random) ? .text : .choice,
          items: ["x", "y", "z"].filter { _ in Bool.random(using: &random) }, required: Bool.random(using: &random),
          maxLength: Int.random(in: 1...60, using: &random),
          options: (1...4).map(String.init).filter { _ in Int.random(in: 0...3, using: &random) > 0 },
          role: roles.randomElement(using: &random), element: ["name", "kind"].randomElement(using: &random))
      }
      let same = Bool.random(using: &random) ? ["fa": "applicant"] : ["holder": "mo", "mo": "holder"]
      let items = Set(["x", "y", "z"].filter { _ in Bool.random(using: &random) }.map { ItemID($0) })
      let form = MergedForm(fields, items: items, sameRoles: same)
      let shuffled = MergedForm(fields.shuffled(using: &random), items: items, sameRoles: same)
      func sorted(_ form: MergedForm) -> [MergedForm.Entry] {
        form.entries.map { entry in
          var field = entry.field
          field.items.sort { $0.text < $1.text }
          return MergedForm.Entry(
            field: field, members: entry.members, isRequired: entry.isRequired, role: entry.role,
            applicantMember: entry.applicantMember)
        }.sorted { $0.members[0] < $1.members[0] }
      }
      XCTAssertEqual(sorted(form), sorted(shuffled), "seed \(seed)")
      let members = form.entries.flatMap(\.members)
      XCTAssertEqual(members.count, Set(members).count, "seed \(seed): no field twice")
      let wanted = fields.filter { $0.items.isEmpty || !items.isDisjoint(with: $0.items) }
      XCTAssertEqual(Set(members), Set(wanted.map(\.id)), "seed \(seed): none lost, none that no item needs")
      let questions = form.entries.map { "\($0.role) \($0.field.elementID) \($0.field.type)" }
      let doubled = Dictionary(grouping: zip(questions, form.entries), by: \.0).values.filter { $0.count > 1 }
      for twins in doubled {
        // Asked twice only where no answer could be right for both.
        let first = twins[0].1.field
        for other in twins.dropFirst() { XCTAssertNil(first.strictest(with: other.1.field), "seed \(seed)") }
      }
    }
  }

  // MARK: One set of materials

  private func set(_ materials: [MaterialRequirement], same: [String: String] = [:]) -> MaterialSet {
    MaterialSet(
      materials, isRequired: { $0.required }, sameRoles: same, items: ["x", "y", "z"].map { ItemID($0) },
      registered: ["marriage"])
  }

  func testSection64OnePaperOfOneOwnerIsBroughtOnce() {
    let set = set([
      Depth.material("m1", items: ["x"], type: "id-card", owner: "fa", copies: 1, form: "复印件"),
      Depth.material("m2", items: ["y"], type: "id-card", owner: "fa", copies: 2, form: "原件核验", deferrable: true),
      Depth.material("m3", items: ["y"], type: "id-card", owner: "mo"),
      Depth.material("m4", items: ["z"], type: "id-card", owner: "fa", validMonths: 6),
      Depth.material("m5", items: ["z"]), Depth.material("m6", items: ["z"]),
    ])
    XCTAssertEqual(set.entries.map(\.members), [["m2", "m1"], ["m3"], ["m4"], ["m5"], ["m6"]])
    XCTAssertEqual(set.entries[0].requirement.form, "原件核验", "the original goes before a copy")
    XCTAssertEqual(set.entries[0].requirement.copies, 2, "the larger number, not the sum")
    XCTAssertEqual(set.entries[0].items.map(\.text), ["x", "y"])
    XCTAssertFalse(set.entries[0].isDeferrable, "one item cannot wait for it")
  }

  func testOwnersWhoAreOnePersonBringOnePaper() {
    let materials = [
      Depth.material("m1", type: "id-card", owner: "fa"), Depth.material("m2", type: "id-card", owner: "applicant"),
    ]
    XCTAssertEqual(set(materials).entries.count, 2)
    XCTAssertEqual(set(materials, same: ["fa": "applicant"]).entries.map(\.members), [["m1", "m2"]])
  }

  func testR021TheSharingRateCountsWhatNeedNotBeBrought() {
    let set = set([
      Depth.material("m1"), Depth.material("m2", .certificate), Depth.material("m3", .verification),
      Depth.material("m4", .system), Depth.material("m5", shared: "marriage"), Depth.material("m6", required: false),
      Depth.material("m7", shared: "no-such"),
    ])
    XCTAssertEqual(set.own.map(\.requirement.id), ["m1", "m7"], "an entry that is not in the register waives nothing")
    XCTAssertEqual(set.exempt.map(\.requirement.id), ["m2", "m3", "m4", "m5"])
    XCTAssertEqual(set.sharingRate, 60)
    XCTAssertNil(self.set([]).sharingRate)
  }

  func testTheOrderOfMaterialsChangesNothingButTheOrder() {
    for seed in 1...200 {
      var random = SeededGenerator(UInt64(seed))
      let materials = (0..<Int.random(in: 1...10, using: &random)).map { index in
        Depth.material(
          "m\(index)", MaterialSource.allCases.filter { $0 != .result }.randomElement(using: &random) ?? .own,
          items: ["x", "y", "z"].filter { _ in Bool.random(using: &random) }, required: Bool.random(using: &random),
          type: ["id-card", "register"].randomElement(using: &random),
          owner: ["fa", "mo"].randomElement(using: &random), copies: Int.random(in: 1...3, using: &random),
          form: ["原件", "复印件"].randomElement(using: &random), deferrable: Bool.random(using: &random))
      }
      let one = set(materials).entries.sorted { $0.members[0] < $1.members[0] }
      let two = set(materials.shuffled(using: &random)).entries.sorted { $0.members[0] < $1.members[0] }
      XCTAssertEqual(one, two, "seed \(seed)")
      XCTAssertEqual(Set(one.flatMap(\.members)).count, materials.count, "seed \(seed): none lost")
    }
  }
}
