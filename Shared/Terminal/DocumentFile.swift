package import Foundations

/// A printed document on a terminal or as a file: the same on the device and at the county.
package enum DocumentFile {
  /// The lines of the plain text; one that is not numbered yet says so in its second line.
  /// - Parameter value: a document with its `text`.
  package static func lines(_ value: Value) -> [String] {
    (value["text"]?.text ?? "").split(separator: "\n", omittingEmptySubsequences: false).map { Width.clean(String($0)) }
  }

  /// Writes the page for a browser's printer.
  /// - Parameters:
  ///   - value: a document with its `html`.
  ///   - path: where; another page there is replaced, any other file is not.
  /// - Throws: problems of `OutputFile`.
  package static func write(_ value: Value, to path: String) throws(Problem) {
    let file = try OutputFile(path, replacing: Array(HTML.beginning.utf8))
    try file.write(Array((value["html"]?.text ?? "").utf8))
    try file.finish()
  }
}
