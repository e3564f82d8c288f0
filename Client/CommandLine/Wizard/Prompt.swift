internal import Assistant
internal import Foundations
internal import Terminal

/// What a person answered to one question.
enum Reply: Sendable, Hashable {
  case text(String)
  /// Just the return key.
  case skip
  /// `<`
  case back
  /// `?`
  case help
}

/// Asks one line at a time. Words go to the screen, or to standard error where standard output is for JSON.
struct Prompt {
  let session: Session

  func say(_ text: String = "") {
    if session.output.isJSON { session.output.note(text) } else { session.output.line(text) }
  }

  func complain(_ problem: Problem) {
    for each in problem.told {
      say(session.output.style(.warning, "  ✗ ") + Width.clean(each.message))
      if !each.kind.remedy.isEmpty { say("    → " + Width.clean(each.kind.remedy)) }
    }
  }

  /// - Throws: `input.ended` at the end of the input.
  func ask(_ question: String) throws(Problem) -> Reply {
    while true {
      session.output.ask(question)
      do throws(Problem) {
        guard let line = try session.input.line() else {
          session.output.note("")
          throw Problem(.inputEnded)
        }
        return switch line.trimmed {
        case "": .skip
        case "?", "？": .help
        case "<", "＜", "《": .back
        case let text: .text(text)
        }
      } catch {
        // Half a character that was taken back is no reason to end.
        guard error.kind == .inputEncoding else { throw error }
        say("  刚才输入的有乱码，请再输一次。")
      }
    }
  }

  /// What stands for yes and no. No digit does: questions that are answered by numbers come before, and what somebody
  /// else must have agreed to, or cannot take back, is not to be typed away by one number too many.
  private static let (yes, no) = (["y", "yes", "是", "同意"], ["n", "no", "否", "不同意"])

  /// A question that is answered by yes or no, in words.
  /// - Parameter skipping: what the return key answers; nil where it is no answer.
  func confirm(_ question: String, skipping: Bool? = nil) throws(Problem) -> Bool {
    while true {
      switch try ask("\(question)（y=是，n=否）：") {
      case .back: return false
      case .skip:
        if let skipping { return skipping }
        say("  输 y、是 或 同意，输 n、否 或 不同意。")
      case .help: say("  输 y、是 或 同意，输 n、否 或 不同意。")
      case .text(let text):
        let word = text.halfWidth.lowercased()
        if Self.yes.contains(word) { return true }
        if Self.no.contains(word) { return false }
        say("  请用 是、同意 或 否、不同意 回答，不要输数字。")
      }
    }
  }

  /// One of several, by its number, its words or its value.
  func choose(_ labels: [String], values: [String] = [], from text: String) -> Int? {
    if let number = Int(text.halfWidth), labels.indices.contains(number - 1) { return number - 1 }
    return labels.firstIndex(of: text) ?? values.firstIndex(of: text)
  }
}

/// The branching questions of the guidance 智能导引.
struct Questions {
  let session: Session

  /// Asks all questions that are open.
  /// - Returns: the answers by question; nil where an answer means that the matter cannot go on.
  func answers(matter: String) throws(Problem) -> [String: String]? {
    let prompt = Prompt(session: session)
    let assistant = try session.assistant()
    var answers: [String: String] = [:]
    var asked: [String] = []
    while true {
      let notice = try assistant.guide(matter, answers: answers)
      if let stops = notice["stops"], !stops.isBlank {
        prompt.say(session.output.style(.warning, "这件事现在不能这样办：") + Words.text(stops))
        return nil
      }
      guard let question = notice["questions"]?.array?.first(where: { answers[Words.text($0["id"])] == nil }) else {
        return answers
      }
      let id = Words.text(question["id"])
      if let label = try ask(question, prompt) {
        answers[id] = label
        asked.append(id)
      } else if let last = asked.popLast() {
        answers[last] = nil
      }
    }
  }

  /// - Returns: the label of the chosen answer; nil to go back.
  private func ask(_ question: Value, _ prompt: Prompt) throws(Problem) -> String? {
    let answers = question["answers"]?.array ?? []
    let labels = answers.map { $0["label"]?.text ?? $0.text ?? "" }
    prompt.say()
    prompt.say(session.output.style(.heading, Words.text(question["text"])))
    for (index, answer) in answers.enumerated() {
      let effect = Words.text(answer["effect"])
      prompt.say(
        "  \(index + 1). \(Width.clean(labels[index]))"
          + (effect.isEmpty ? "" : session.output.style(.faint, "（\(effect)）")))
    }
    while true {
      switch try prompt.ask("请选 1-\(labels.count)：") {
      case .back: return nil
      case .help, .skip: prompt.say("  请输入序号。输 < 回到上一个问题。")
      case .text(let text):
        if let index = prompt.choose(labels, from: text) { return labels[index] }
        prompt.say("  没有这一项，请输入 1 到 \(labels.count)。")
      }
    }
  }
}
