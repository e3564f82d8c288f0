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
    var digits = DigitReader(text)
    guard let date = digits.date(), digits.isAtEnd else { return nil }
    self = date
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

  /// The same day of the next year, the last of its month where there is none: the last day of a year that begins with
  /// this day, which is not counted (民法典 201, 202).
  package var inAYear: CivilDate {
    let (year, month, day) = components
    let last = Self.length(year + 1, month)
    return CivilDate(year: year + 1, month: month, day: min(day, last)) ?? adding(days: 365)
  }

  package static func < (left: CivilDate, right: CivilDate) -> Bool { left.dayNumber < right.dayNumber }

  /// `YYYY-MM-DD`.
  package var text: String { String(decoding: characters, as: UTF8.self) }

  fileprivate var characters: [UInt8] {
    let (year, month, day) = components
    var output: [UInt8] = []
    output.reserveCapacity(25)
    output.append(digits: year, 4)
    output.append(UInt8(ascii: "-"))
    output.append(digits: month, 2)
    output.append(UInt8(ascii: "-"))
    output.append(digits: day, 2)
    return output
  }
}

extension [UInt8] {
  /// Appends a number with leading zeros; one that does not fit stands as it is.
  fileprivate mutating func append(digits number: Int, _ width: Int) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    guard 0..<divisor * 10 ~= number else {
      self += String(number).utf8
      return
    }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}

/// Reads numbers of fixed width and the signs between them: texts of dates and times are read for every field of every
/// form, and going through characters costs ten times as much.
private struct DigitReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position == bytes.count }

  /// Takes one of these ASCII characters.
  mutating func take(_ characters: String) -> UInt8? {
    guard position < bytes.count else { return nil }
    let byte = bytes[position]
    guard characters.utf8.contains(byte) else { return nil }
    position += 1
    return byte
  }

  /// Takes exactly so many digits.
  mutating func number(_ width: Int) -> Int? {
    guard position + width <= bytes.count else { return nil }
    var number = 0
    for byte in bytes[position..<position + width] {
      guard 48...57 ~= byte else { return nil }
      number = number * 10 + Int(byte - 48)
    }
    position += width
    return number
  }

  /// Takes `YYYY-MM-DD`.
  mutating func date() -> CivilDate? {
    guard let year = number(4), take("-") != nil, let month = number(2), take("-") != nil, let day = number(2) else {
      return nil
    }
    return CivilDate(year: year, month: month, day: day)
  }

  /// Takes a fraction's digits, at least one; what is finer than a millisecond falls away.
  mutating func milliseconds() -> Int? {
    guard var value = number(1) else { return nil }
    var count = 1
    while let digit = number(1) {
      count += 1
      if count <= 3 { value = value * 10 + digit }
    }
    return count == 1 ? value * 100 : count == 2 ? value * 10 : value
  }
}

/// A number with leading zeros.
package func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  let missing = width - digits.utf8.count
  return missing > 0 ? String(repeating: "0", count: missing) + digits : digits
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
    var output = CivilDate(dayNumber: Int(clamping: days)).characters
    output.append(UInt8(ascii: "T"))
    output.append(digits: seconds / 3600, 2)
    output.append(UInt8(ascii: ":"))
    output.append(digits: seconds / 60 % 60, 2)
    output.append(UInt8(ascii: ":"))
    output.append(digits: seconds % 60, 2)
    output += "+08:00".utf8
    return String(decoding: output, as: UTF8.self)
  }

  /// Reads an RFC 3339 time with any offset; seconds may be missing, as people write `2026-11-21T09:30+08:00`, and a
  /// missing offset means +08:00. Nil for anything else.
  package static func instant(_ text: some StringProtocol) -> Instant? {
    var reader = DigitReader(text)
    guard let date = reader.date(), reader.take("Tt ") != nil, let hour = reader.number(2), hour < 24,
      reader.take(":") != nil, let minute = reader.number(2), minute < 60
    else { return nil }
    var milliseconds = 0
    if reader.take(":") != nil {
      guard let second = reader.number(2), second < 60 else { return nil }
      milliseconds = second * 1000
      if reader.take(".") != nil {
        guard let fraction = reader.milliseconds() else { return nil }
        milliseconds += fraction
      }
    }
    guard let offset = offset(&reader), reader.isAtEnd else { return nil }
    let day = Int64(date.dayNumber) * dayMilliseconds
    return Instant(milliseconds: day + Int64((hour * 60 + minute) * 60_000 + milliseconds) - Int64(offset) * 60_000)
  }

  /// Takes the offset from a time's end, in minutes; none means China's.
  private static func offset(_ reader: inout DigitReader) -> Int? {
    if reader.isAtEnd { return 480 }
    if reader.take("Zz") != nil { return 0 }
    guard let sign = reader.take("+-"), let hours = reader.number(2), hours < 24, reader.take(":") != nil,
      let minutes = reader.number(2), minutes < 60
    else { return nil }
    return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
  }
}
