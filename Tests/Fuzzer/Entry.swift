internal import Decoders
internal import Glibc

/// The entry of libFuzzer, for the reader that `BANGBAN_DECODER` names; without that it prints the names there are, and
/// with a name that is none it fails.
/// `Tests/campaign` builds and runs it; it is no part of an ordinary build.
private let chosen: Decoder? = {
  guard let name = setting("BANGBAN_DECODER") else { return nil }
  return Decoder.all.first { $0.name == name }
}()

private func setting(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

/// Called once, before the corpus is read: sound inputs are put there.
@_cdecl("LLVMFuzzerInitialize")
public func begin(_ count: UnsafePointer<Int32>?, _ arguments: UnsafeRawPointer?) -> Int32 {
  guard let chosen else {
    print(Decoder.all.map(\.name).joined(separator: "\n"))
    exit(setting("BANGBAN_DECODER") == nil ? 0 : 2)
  }
  guard let folder = setting("BANGBAN_CORPUS") else { return 0 }
  for (index, sample) in chosen.samples.enumerated() {
    let file = unsafe open("\(folder)/sample-\(index)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { continue }
    _ = unsafe sample.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
    _ = close(file)
  }
  return 0
}

/// Called with one input after the other.
@_cdecl("LLVMFuzzerTestOneInput")
public func takeOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let bytes = unsafe data.map { unsafe Array(UnsafeBufferPointer(start: $0, count: size)) } ?? []
  _ = chosen?.accepts(bytes)
  return 0
}
