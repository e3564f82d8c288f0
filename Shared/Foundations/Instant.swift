/// A point in time as the wire and the databases hold it: milliseconds since 1970-01-01T00:00:00Z.
package struct Instant: Sendable, Hashable, Comparable, Codable {
  package var milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

  /// This instant moved by a number of seconds; saturates instead of overflowing.
  package func adding(seconds: Int64) -> Instant {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let shift = overflow ? (seconds < 0 ? Int64.min : Int64.max) : product
    let (sum, overflowed) = milliseconds.addingReportingOverflow(shift)
    return Instant(milliseconds: overflowed ? (shift < 0 ? Int64.min : Int64.max) : sum)
  }
}

/// A calendar day of the proleptic Gregorian calendar, without a time zone.
package struct CivilDate: Sendable, Hashable, Comparable {
  /// Days since 1970-01-01.
  package let dayNumber: Int

  /// Years that are accepted in and printed from text.
  private static let years = 1...9999

  package init(dayNumber: Int) { self.dayNumber = dayNumber }

  /// The day with this year, month and day; nil if there is none, as for 2001-02-29.
  package init?(year: Int, month: Int, day: Int) {
    guard Self.years.contains(year), (1...12).contains(month), day >= 1, day <= Self.length(year, month) else {
      return nil
    }
    // Days from civil: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    dayNumber = era * 146_097 + dayOfEra - 719_468
  }

  /// Reads `YYYY-MM-DD`; nil for anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2] else { return nil }
    let numbers = parts.compactMap { Self.number($0) }
    guard numbers.count == 3 else { return nil }
    self.init(year: numbers[0], month: numbers[1], day: numbers[2])
  }

  private static func number(_ digits: some Sequence<UInt8>) -> Int? {
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }

  /// How many days a month has.
  package static func length(_ year: Int, _ month: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    default: 31
    }
  }

  package var components: (year: Int, month: Int, day: Int) {
    let shifted = dayNumber + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }

  package var year: Int { components.year }

  /// 1 = Monday … 7 = Sunday (ISO 8601).
  package var weekday: Int { (dayNumber % 7 + 10) % 7 + 1 }

  /// The day so many days later, or earlier for a negative number.
  package func adding(days: Int) -> CivilDate { CivilDate(dayNumber: dayNumber + days) }

  package static func < (left: CivilDate, right: CivilDate) -> Bool { left.dayNumber < right.dayNumber }

  /// `YYYY-MM-DD`.
  package var text: String {
    let (year, month, day) = components
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }
}

/// A number with leading zeros.
package func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// China's time: legal dates are +08:00 whatever the machine's zone.
package enum ChinaTime {
  private static let offsetMilliseconds: Int64 = 8 * 3600 * 1000
  private static let dayMilliseconds: Int64 = 86_400_000

  /// The legal day an instant falls on.
  package static func date(_ instant: Instant) -> CivilDate {
    CivilDate(dayNumber: Int(clamping: local(instant).days))
  }

  /// Midnight at the beginning of a legal day.
  package static func start(of date: CivilDate) -> Instant {
    Instant(milliseconds: clamp(Int64(date.dayNumber)) * dayMilliseconds - offsetMilliseconds)
  }

  /// A claimed time may be anything: before the year 1 and after 9999 the nearest day that has a
  /// text stands for it.
  private static func clamp(_ day: Int64) -> Int64 { min(max(day, firstDay), lastDay) }

  /// 0001-01-01 and 9999-12-31.
  private static let firstDay: Int64 = -719_162
  private static let lastDay: Int64 = 2_932_896

  private static func local(_ instant: Instant) -> (days: Int64, rest: Int64) {
    let earliest = firstDay * dayMilliseconds - offsetMilliseconds
    let latest = (lastDay + 1) * dayMilliseconds - offsetMilliseconds - 1
    let milliseconds = min(max(instant.milliseconds, earliest), latest) + offsetMilliseconds
    let days = milliseconds >= 0 ? milliseconds / dayMilliseconds : (milliseconds + 1) / dayMilliseconds - 1
    return (days, milliseconds - days * dayMilliseconds)
  }

  /// RFC 3339 with the offset +08:00, to the second: `2026-11-21T09:30:00+08:00`.
  package static func text(_ instant: Instant) -> String {
    let (days, rest) = local(instant)
    let seconds = Int(rest / 1000)
    let clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    return CivilDate(dayNumber: Int(clamping: days)).text + "T" + clock + "+08:00"
  }

  /// Reads an RFC 3339 time with any offset; seconds may be missing, as people write `2026-11-21T09:30+08:00`, and a
  /// missing offset means +08:00. Nil for anything else.
  package static func instant(_ text: some StringProtocol) -> Instant? {
    guard text.utf8.count >= 16, let date = CivilDate(text.prefix(10)) else { return nil }
    var rest = text.dropFirst(10)
    guard let separator = rest.first, separator == "T" || separator == "t" || separator == " " else { return nil }
    rest = rest.dropFirst()
    guard let offset = takeOffset(&rest) else { return nil }
    let fraction = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let clock = fraction.first else { return nil }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
    let numbers = parts.compactMap { $0.utf8.allSatisfy { 48...57 ~= $0 } ? Int($0) : nil }
    guard numbers.count == parts.count, numbers[0] < 24, numbers[1] < 60, numbers.count == 2 || numbers[2] < 60 else {
      return nil
    }
    var milliseconds = 0
    if fraction.count == 2 {
      guard numbers.count == 3, !fraction[1].isEmpty, fraction[1].utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
      milliseconds = Int((fraction[1] + "000").prefix(3)) ?? 0
    }
    let seconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
    let day = Int64(date.dayNumber) * dayMilliseconds
    return Instant(milliseconds: day + Int64(seconds * 1000 + milliseconds) - Int64(offset) * 60_000)
  }

  /// Cuts the offset from the end of a time and returns it in minutes.
  private static func takeOffset<Text: StringProtocol>(_ text: inout Text) -> Int? where Text.SubSequence == Text {
    if text.last == "Z" || text.last == "z" {
      text = text.dropLast()
      return 0
    }
    guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return 480 }
    let parts = text[text.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [2, 2], let hours = Int(parts[0]), let minutes = Int(parts[1]), hours < 24,
      minutes < 60
    else { return nil }
    let negative = text[sign] == "-"
    text = text[..<sign]
    return (hours * 60 + minutes) * (negative ? -1 : 1)
  }
}
