internal import Foundations
internal import Terminal

/// Completion scripts, made from the table of commands so that they never lag behind it.
enum Completions {
  private static var firstWords: [String] {
    var words = ["help"]
    for command in Commands.table.commands where !words.contains(command.path[0]) { words.append(command.path[0]) }
    return words
  }

  private static func secondWords(_ first: String) -> [String] {
    if first == "help" { return firstWords.filter { $0 != "help" } }
    return Commands.table.commands.filter { $0.path.count > 1 && $0.path[0] == first }.map { $0.path[1] }
  }

  /// Options of all commands that begin with this word, and words that its first positional may be.
  private static func words(_ first: String) -> [String] {
    let commands = Commands.table.commands.filter { $0.path[0] == first }
    let choices = commands.flatMap { $0.positionals.first?.choices ?? [] }
    let options = commands.flatMap { $0.options.map(\.name) }
    return secondWords(first) + choices + options.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// For `bash-completion` and for plain bash.
  static func bash() -> String {
    let globals = Commands.table.globals.map(\.name).joined(separator: " ")
    let cases = firstWords.map { "      \($0)) words=\"\(words($0).joined(separator: " "))\" ;;" }
    return """
      # bangban 的自动补全（bash）
      _bangban() {
        local current="${COMP_WORDS[COMP_CWORD]}" command="" words="" word
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
          case "$word" in -*) ;; *) command="$word"; break ;; esac
        done
        if [ -z "$command" ]; then
          words="\(firstWords.joined(separator: " "))"
        else
          case "$command" in
      \(cases.joined(separator: "\n"))
          esac
        fi
        COMPREPLY=($(compgen -W "$words \(globals)" -- "$current"))
        if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
      }
      complete -o filenames -F _bangban bangban
      """
  }

  /// For a folder of `$fpath`, as `_bangban`.
  static func zsh() -> String {
    let commands = firstWords.map { word in
      let summary = Commands.table.commands.first { $0.path[0] == word }?.summary ?? "看一个命令怎么用"
      return "    '\(word):\(escaped(summary))'"
    }
    let cases = firstWords.map { "    \($0)) compadd -- \(words($0).joined(separator: " ")) ;;" }
    let globals = Commands.table.globals.map(\.name).joined(separator: " ")
    return """
      #compdef bangban
      # bangban 的自动补全（zsh）
      _bangban() {
        local -a commands
        commands=(
      \(commands.joined(separator: "\n"))
        )
        if (( CURRENT == 2 )); then
          _describe '命令' commands
          return
        fi
        case "$words[2]" in
      \(cases.joined(separator: "\n"))
        esac
        compadd -- \(globals)
        _files
      }
      _bangban "$@"
      """
  }

  /// For between single quotes in a list of `_describe`, where a colon parts word and description.
  private static func escaped(_ text: String) -> String {
    String(text.flatMap { $0 == "'" ? Array("'\\''") : $0 == ":" ? Array("\\:") : [$0] })
  }
}
