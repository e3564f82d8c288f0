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
    session.output.ask(question)
    guard let line = try session.input.line() else {
      session.output.note("")
      throw Problem(.inputEnded)
    }
    switch line.trimmed {
    case "": return .skip
    case "?", "？": return .help
    case "<", "＜", "《": return .back
    case let text: return .text(text)
    }
  }

  /// A question that is answered by yes or no; the return key is yes.
  /// - Parameter inWords: the return key is no answer: what somebody else must have agreed to is not to be typed away.
  func confirm(_ question: String, inWords: Bool = false) throws(Problem) -> Bool {
    while true {
      switch try ask("\(question)（\(inWords ? "y" : "回车")=是，n=否）：") {
      case .skip where !inWords: return true
      case .back: return false
      case .help where !inWords: say("  直接回车表示“是”，输 n 表示“否”。")
      case .skip, .help: say("  输 y 表示“是”，输 n 表示“否”。")
      case .text(let text):
        if ["y", "yes", "是", "好", "对", "1"].contains(text.lowercased()) { return true }
        if ["n", "no", "否", "不", "不是", "0"].contains(text.lowercased()) { return false }
        say("  请回答 是 或 否。")
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
