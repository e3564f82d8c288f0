internal import Decoders
internal import Foundations
internal import Glibc

/// The entry of libFuzzer, for the reader that `BANGBAN_DECODER` names. `Tests/campaign` builds and runs it; it is no
/// part of an ordinary build.
private let chosen: Decoder? = {
  guard let name = unsafe getenv("BANGBAN_DECODER") else { return nil }
  let text = unsafe String(cString: name)
  return Decoder.all.first { $0.name == text }
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func takeOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let bytes = unsafe data.map { unsafe Array(UnsafeBufferPointer(start: $0, count: size)) } ?? []
  _ = chosen?.accepts(bytes)
  return 0
}
