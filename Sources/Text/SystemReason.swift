// Why the system refused to write or read, out of an error of Foundation's.
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The system's reason in an error of Foundation's, whose own description is for debuggers.
package enum SystemReason {
  /// In words that complete "cannot be written: …".
  package static func of(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileWriteNoPermission?, .fileReadNoPermission?: "permission denied"
    case .fileWriteOutOfSpace?: "no space left on the device"
    case .fileWriteFileExists?: "a file is in its way"
    case .fileNoSuchFile?, .fileReadNoSuchFile?: "there is no such folder"
    default: number(of: error).map { unsafe String(cString: strerror($0)) } ?? "\(error)"
    }
  }

  /// The system's number of it, such as ENOSPC; nil where Foundation has none.
  package static func number(of error: any Error) -> Int32? {
    ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue
  }
}
