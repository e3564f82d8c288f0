package import Foundations

/// What reading a set of files gave: the whole catalogue, or everything that is wrong with any file.
package enum CatalogReading: Sendable {
  case catalog(MatterCatalog)
  /// Never empty; by file name, then line. Publishing is all or nothing: one bad file keeps every file out.
  case refused([CatalogIssue])
}

/// The published matters: an immutable set with one version.
package struct MatterCatalog: Sendable, Equatable {
  /// Digest of the published files, computed by whoever publishes; opaque here.
  package let version: String
  /// Nation first, then provinces, cities, counties; within one list by its printed number.
  package let matters: [Matter]
  private let positions: [MatterID: Int]

  /// - Parameter matters: each id once; of two with one id the first stays (`read` refuses such sets).
  package init(version: String, matters: [Matter]) {
    self.version = version
    let sorted = matters.sorted { Self.rank($0) < Self.rank($1) }
    positions = Dictionary(sorted.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.matters = sorted
  }

  private static func rank(_ matter: Matter) -> (String, Int, String) {
    (matter.source.division, matter.source.number, matter.id.text)
  }

  /// Reads all files of a catalogue, one matter a file.
  /// - Parameter inForce: names of files that are out and only break rules that are younger than they are: these are
  ///   read as wherever they are in use.
  package static func read(
    _ files: [CatalogFile], version: String, inForce: Set<String> = []
  ) -> CatalogReading {
    var issues: [CatalogIssue] = []
    var matters: [Matter] = []
    var owners: [MatterID: String] = [:]
    for file in files.sorted(by: { $0.name < $1.name }) {
      let lenient = inForce.contains(file.name) ? MatterDecoder.published(file) : nil
      switch lenient.map(MatterReading.matter) ?? MatterDecoder.decode(file) {
      case .refused(let found): issues += found
      case .matter(let matter):
        if let owner = owners.updateValue(file.name, forKey: matter.id) {
          let line = (try? JSONReader.readWithLines(file.bytes))?.lines["id"] ?? 1
          let detail = "“\(matter.id)”已在 \(owner) 里"
          issues.append(CatalogIssue(file: file.name, line: line, path: "id", kind: .catalogDuplicate, detail: detail))
        }
        matters.append(matter)
      }
    }
    return issues.isEmpty ? .catalog(MatterCatalog(version: version, matters: matters)) : .refused(issues)
  }

  /// The matter of this id, wherever it holds; nil where the catalogue has none.
  package subscript(id: MatterID) -> Matter? { positions[id].map { matters[$0] } }
}

// MARK: - What a county sees

extension MatterCatalog {
  /// The matters that hold in a division: its own county's, city's, province's and the nation's, the nearest first.
  /// - Parameter division: any code that begins with the county's six digits; empty gives all matters.
  package func visible(to division: String) -> [Matter] {
    guard !division.isEmpty else { return matters }
    return matters.filter { division.hasPrefix($0.source.prefix) }
      .sorted { ($1.source.prefix.utf8.count, $0.source.number) < ($0.source.prefix.utf8.count, $1.source.number) }
  }
}

extension MatterSource {
  /// How the codes of every division begin for which the list holds: nothing for the nation, `32`, `3208`, `320830`.
  package var prefix: String {
    var digits = Substring(division)
    while digits.hasSuffix("00") { digits = digits.dropLast(2) }
    return String(digits)
  }
}

// MARK: - Finding

/// Who was meant by an id or a name.
package enum MatterMatch: Sendable, Equatable {
  case none
  case one(Matter)
  /// Several lists print this name: the person has to choose by id.
  case several([Matter])
}

extension MatterCatalog {
  /// Finds a matter by its id or by its name, `“一件事”` and quotes left aside. An exact name goes before a bare one,
  /// unless a nearer list has one of that bare name: then whoever asks has to choose.
  /// - Parameter division: whose matters are looked through by name; empty: all. An id is always found.
  package func find(_ text: String, visibleTo division: String = "") -> MatterMatch {
    let wanted = text.trimmed
    if let matter = self[MatterID(wanted.lowercased())] { return .one(matter) }
    let candidates = visible(to: division)
    let alike = candidates.filter { $0.name.bareMatterName == wanted.bareMatterName }
    let exact = alike.filter { $0.name == wanted }
    // The nation's “新生儿出生” is not what somebody means whose county calls its own “新生儿出生一件事”.
    let passesOverNearer = !division.isEmpty && alike.first?.source.prefix != exact.first?.source.prefix
    let matches = exact.isEmpty || passesOverNearer ? alike : exact
    guard let first = matches.first else { return .none }
    return matches.count == 1 ? .one(first) : .several(matches)
  }

  /// The matters that mention a word in their id, name, an item's name or an authority; those named so come first.
  /// - Parameter division: whose matters are looked through; empty: all.
  package func search(_ word: String, visibleTo division: String = "") -> [Matter] {
    let wanted = word.trimmed.halfWidth.lowercased()
    guard !wanted.isEmpty else { return [] }
    func mentions(_ text: String?) -> Bool { text?.halfWidth.lowercased().contains(wanted) == true }
    let candidates = visible(to: division)
    let named = candidates.filter { mentions($0.id.text) || mentions($0.name) || mentions($0.printedName) }
    let others = candidates.filter { matter in
      !named.contains { $0.id == matter.id }
        && (matter.items.contains { mentions($0.name) || mentions($0.printedName) }
          || matter.authorities.contains { mentions($0) })
    }
    return named + others
  }
}

extension Matter {
  /// Every authority the matter names, each once: leads, those of the items, cooperating ones.
  package var authorities: [String] {
    var seen: Set<String> = []
    return (lead.map(\.authority) + items.compactMap(\.authority) + cooperating).filter { seen.insert($0).inserted }
  }
}

extension String {
  /// A matter's name without what the lists add to it in different ways: quotes, spaces, the ending 一件事.
  var bareMatterName: String {
    let letters = halfWidth.filter { !$0.isWhitespace && !"“”\"'‘’".contains($0) }
    return letters.hasSuffix("一件事") ? String(letters.dropLast(3)) : letters
  }
}

// MARK: - Coverage

/// How far the matters that hold in a division have been worked out.
package struct CatalogCoverage: Sendable, Equatable {
  package var matters = 0
  package var items = 0
  package var fields = 0
  package var materials = 0
  package var questions = 0
  /// Matters confirmed by a county.
  package var full = 0
  /// Matters worked out by Bangban, unconfirmed.
  package var example = 0
  /// Matters of which only the printed list is known.
  package var outline = 0
}

extension MatterCatalog {
  /// - Parameter division: whose matters are counted; empty: all.
  package func coverage(visibleTo division: String = "") -> CatalogCoverage {
    visible(to: division).reduce(into: CatalogCoverage()) { counts, matter in
      counts.matters += 1
      counts.items += matter.items.count
      counts.fields += matter.fields.count
      counts.materials += matter.materials.count
      counts.questions += matter.guidance.count
      switch matter.detail {
      case .full: counts.full += 1
      case .example: counts.example += 1
      case .outline: counts.outline += 1
      }
    }
  }
}
