extension TimeLimit {
  /// With no more days than anything may take.
  var bounded: TimeLimit {
    var limit = self
    let most = unit.daysMax
    limit.statutory = statutory.map { min(max($0, 0), most) }
    limit.promised = promised.map { min(max($0, 0), most) }
    limit.extension = self.extension.map { min(max($0, 0), most) }
    return limit
  }
}

extension MaterialRequirement {
  /// A century: whoever writes more has not meant months.
  static let validMonthsMax = 1200
}

extension Matter {
  /// With no more days and months than `MatterChecks` lets pass: nothing that counts with them can overflow.
  var bounded: Matter {
    var matter = self
    matter.overall = overall?.bounded
    for index in items.indices {
      // Most stay as they are; an item is large, and writing to it copies it.
      if let limit = items[index].limit, limit != limit.bounded { matter.items[index].limit = limit.bounded }
      if let days = items[index].inspection?.workingDays, days > DayUnit.workingDays.daysMax {
        matter.items[index].inspection?.workingDays = DayUnit.workingDays.daysMax
      }
    }
    for index in materials.indices {
      if let months = materials[index].validMonths, months > MaterialRequirement.validMonthsMax {
        matter.materials[index].validMonths = MaterialRequirement.validMonthsMax
      }
    }
    return matter
  }
}
