package import Catalog
package import Foundations

/// Everything a person can do on a device, one method each (contract.md). Each returns the `--json` objects.
///
/// One instance serves one command: it opens the store at the first use and keeps it open.
package final class Assistant {
  let home: String
  let environment: AssistantEnvironment
  let passphrase: PassphraseSource

  /// - Parameter home: the folder of the store; it need not exist before `enroll`.
  package init(home: String, environment: AssistantEnvironment, passphrase: PassphraseSource) {
    self.home = home
    self.environment = environment
    self.passphrase = passphrase
  }

  private func unavailable() -> Problem { ProblemKind.unexpected.with("assistant") }

  package func enroll(url: String, code: String, name: String?) throws(Problem) -> Value { throw unavailable() }
  package func unlock(seconds: Int64) throws(Problem) -> Value { throw unavailable() }
  package func lock() throws(Problem) -> Value { throw unavailable() }
  package func addPerson(name: String) throws(Problem) -> Value { throw unavailable() }
  package func listPersons() throws(Problem) -> [Value] { throw unavailable() }
  package func switchPerson(name: String) throws(Problem) -> Value { throw unavailable() }
  package func config(name: String?, value: String?) throws(Problem) -> [Value] { throw unavailable() }
  package func matters(all: Bool) throws(Problem) -> [Value] { throw unavailable() }
  package func matter(_ idOrName: String) throws(Problem) -> (matter: Matter, value: Value) { throw unavailable() }
  package func searchMatters(_ word: String) throws(Problem) -> [Value] { throw unavailable() }
  package func guide(_ matter: String, answers: [String: String]) throws(Problem) -> Value { throw unavailable() }
  package func new(_ document: Value) throws(Problem) -> Value { throw unavailable() }
  package func openDraft(matter: String, division: String?) throws(Problem) -> Value { throw unavailable() }
  package func edit(_ id: String, _ assignments: [Assignment]) throws(Problem) -> Value { throw unavailable() }
  package func note(_ id: String, _ text: String) throws(Problem) -> Value { throw unavailable() }
  package func attach(_ id: String, material: String, files: [String]) throws(Problem) -> [Value] { throw unavailable() }
  package func attachPaper(_ id: String, material: String, originals: Int64, copies: Int64) throws(Problem) -> Value {
    throw unavailable()
  }
  package func submit(_ id: String, deferring: [String]) throws(Problem) -> Value { throw unavailable() }
  package func withdraw(_ id: String, why: String) throws(Problem) -> Value { throw unavailable() }
  package func share(_ id: String, with: String) throws(Problem) -> Value { throw unavailable() }
  package func list(status: String?, text: String?, limit: Int) throws(Problem) -> [Value] { throw unavailable() }
  package func show(_ id: String) throws(Problem) -> Value { throw unavailable() }
  package func todo() throws(Problem) -> [Value] { throw unavailable() }
  package func conflicts(_ id: String?) throws(Problem) -> [Value] { throw unavailable() }
  package func resolve(_ id: String, field: String, take: Int?, value: Value?) throws(Problem) -> Value {
    throw unavailable()
  }
  package func transfer() throws(Problem) -> [Value] { throw unavailable() }
  package func sync(progress: (SyncProgress) -> Void) throws(Problem) -> Value { throw unavailable() }
  package func prove() throws(Problem) -> Value { throw unavailable() }
  package func receipt(_ id: String) throws(Problem) -> Value { throw unavailable() }
  package func check(kind: String, value: String) -> Value { .null }
  package func workdays(_ question: WorkdayQuestion) throws(Problem) -> Value { throw unavailable() }
  package func doctor() throws(Problem) -> Value { throw unavailable() }
}
