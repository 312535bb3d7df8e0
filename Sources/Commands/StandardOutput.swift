// Results on standard output; one that cannot be written is an error like any other.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard output refused what was written to it.
struct OutputError: Error, CustomStringConvertible {
  let number: Int32

  var description: String {
    unsafe "standard output: cannot be written: \(String(cString: strerror(number)))"
  }
}

enum StandardOutput {
  static func printLine(_ text: String) throws(OutputError) {
    try write(Array("\(text)\n".utf8)[...])
  }

  /// Without a buffer, so that text is seen as it comes.
  static func write(_ bytes: ArraySlice<UInt8>) throws(OutputError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          unsafe Glibc.write(STDOUT_FILENO, buffer.baseAddress, buffer.count)
        #else
          unsafe Musl.write(STDOUT_FILENO, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw OutputError(number: errno)
      }
      rest = rest.dropFirst(count)
    }
  }
}
