// What can go wrong while a run is being written down.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A log that cannot be read or written; `reason` is the system's.
package enum ReportingError: Error, Equatable, CustomStringConvertible {
  case cannotRead(path: String, reason: String)
  case cannotWrite(path: String, reason: String)

  package var description: String {
    switch self {
    case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason); free the disk or choose another folder with --out"
    }
  }

  /// The text of the C library's last error.
  static var lastReason: String {
    let code = errno
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }
}
