internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import TestSupport

/// From the answers to the one-time notice, for the built-in matter with most fields, materials and questions.
enum GuidanceBenchmark {
  private static let reach = 5.0

  static func run(rounds: Int) throws -> [Figure] {
    let bench = try CountyBench(at: SystemClock().now())
    let county = try bench.journal.read { reader throws(Problem) in try bench.service.county(reader) }
    func size(_ matter: Matter) -> Int {
      matter.fields.count + matter.materials.count + matter.guidance.count + matter.items.count
    }
    guard let matter = county.catalog.matters.max(by: { size($0) < size($1) }) else {
      throw Failure("no matter is published")
    }
    // Answered as somebody would who takes the first answer that does not end it.
    var answers: [String: String] = [:]
    while let question = Guidance(matter, answers: answers).open.first {
      answers[question.id] = (question.answers.first { !$0.stop } ?? question.answers[0]).label
    }
    let today = ChinaTime.date(bench.clock.now())
    var lines = 0
    let times = (0..<max(rounds, 5)).map { _ in
      Measure.seconds {
        let guidance = Guidance(matter, answers: answers)
        let notice = Notice(guidance, forecast: guidance.forecast(accepted: today, calendar: county.calendar))
        lines = notice.sections.reduce(0) { $0 + $1.lines.count }
      }
    }
    let milliseconds = Measure.median(times) * 1000
    return [
      Figure(
        what: "guidance to notice, \(matter.id.text): \(matter.items.count) items, \(matter.fields.count) fields",
        reach: "≤ 5 ms", value: "\(rounded(milliseconds, 2)) ms (\(lines) lines)", reached: milliseconds <= reach)
    ]
  }
}
