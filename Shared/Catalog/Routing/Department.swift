internal import Foundations

/// A department by any of its names. The lists print one department in many ways (`县卫健局`, `区卫健委`,
/// `县卫生健康局`, `卫健(医疗卫生机构)`); windows are set up under one of them.
package struct Department: Sendable, Hashable {
  /// Short ASCII code that makes window ids, `rs`; nil for a name the table does not know.
  package let code: String?
  /// The short name on screen, `人社`; for an unknown department the printed name without 县 or 区.
  package let name: String
  /// Code of the department it belongs to: the traffic police to public security.
  package let parent: String?

  /// The department that a printed name means: of all words of the table inside the name, the longest decides, and
  /// among equals the first of the table.
  package init(_ printed: String) {
    let bare = Self.bareName(printed)
    var best: (entry: Entry, length: Int)?
    for entry in Self.table {
      for word in entry.words where bare.contains(word) && word.count > (best?.length ?? 0) {
        best = (entry, word.count)
      }
    }
    code = best?.entry.code
    name = best?.entry.name ?? bare
    parent = best?.entry.parent
  }

  /// The department this one is part of, or itself.
  package var root: Department {
    guard let parent, let entry = Self.table.first(where: { $0.code == parent }) else { return self }
    return Department(entry.name)
  }

  /// Without brackets and what stands in them, and without the county's own prefix.
  private static func bareName(_ printed: String) -> String {
    var depth = 0
    var name = ""
    for character in printed.halfWidth {
      switch character {
      case "(": depth += 1
      case ")": depth = max(0, depth - 1)
      default: if depth == 0 { name.append(character) }
      }
    }
    name = name.trimmed
    for prefix in ["县", "区", "各"] where name.hasPrefix(prefix) && name.count > 2 { return String(name.dropFirst()) }
    return name.hasPrefix("市") && !name.hasPrefix("市场") && !name.hasPrefix("市政") && name.count > 2
      ? String(name.dropFirst()) : name
  }

  /// The names one printed text may mean, in their order: `县人社局+合作银行`, `乡镇受理/残联审核/民政审定`, `人社或银行网点`.
  package static func alternatives(in printed: String) -> [Department] {
    printed.split { "/+、，,;；或".contains($0) }.map { Department(String($0)) }
  }
}

// MARK: - The table

extension Department {
  private struct Entry: Sendable {
    let code: String
    let name: String
    let words: [String]
    var parent: String?

    init(_ code: String, _ name: String, _ words: [String] = [], partOf parent: String? = nil) {
      self.code = code
      self.name = name
      self.words = [name] + words
      self.parent = parent
    }
  }

  /// Every way in which the six printed lists and the worked-out matters write a department. A county whose names are
  /// not covered writes them into its windows' `authorities` letter for letter; that matches too.
  private static let table: [Entry] = [
    Entry("sp", "行政审批", ["审批局", "审批服务局"]),
    Entry("scjg", "市场监管", ["市场监督"]),
    Entry("rs", "人社", ["人力资源", "社保所", "居保", "就业局", "就业失业", "工伤保险经办", "人才", "档案机构"]),
    Entry("yb", "医保", ["医疗保障"]),
    Entry("wj", "卫健", ["卫生健康", "卫健委", "疾控"]),
    Entry("yl", "医疗机构", ["医疗卫生机构", "助产机构", "接种单位", "卫生院", "体检机构"], partOf: "wj"),
    Entry("ga", "公安"),
    Entry("pcs", "派出所", partOf: "ga"),
    Entry("jj", "交警", ["交管", "车管所"], partOf: "ga"),
    Entry("mz", "民政", ["殡仪馆"]),
    Entry("hydj", "婚姻登记处", partOf: "mz"),
    Entry("cl", "残联", ["残疾人联合会"]),
    Entry("sw", "税务"),
    Entry("gjj", "公积金"),
    Entry("zrzy", "自然资源"),
    Entry("zj", "住建", ["住房和城乡建设", "住房城乡建设"]),
    Entry("cg", "城管", ["城市管理", "综合执法", "综合行政执法"]),
    Entry("xf", "消防"),
    Entry("yc", "烟草"),
    Entry("nyny", "农业农村"),
    Entry("sl", "水利", ["水务"]),
    Entry("jt", "交通运输", ["交通局"]),
    Entry("jy", "教体", ["教育", "中小学后勤"]),
    Entry("wl", "文旅", ["文化和旅游", "文广旅", "文化馆"]),
    Entry("tyjr", "退役军人"),
    Entry("rwb", "人武部", ["人民武装部"]),
    Entry("zfb", "政府办"),
    Entry("gd", "供电", ["国网", "电力"]),
    Entry("rq", "天然气", ["燃气"]),
    Entry("yh", "银行"),
    Entry("kfs", "开发商"),
  ]
}
