// Why the system refused to write, out of an error of Foundation's.
import FoundationEssentials

/// The system's reason in an error of Foundation's, whose own description is for debuggers.
package enum SystemReason {
  /// In the system's words, such as "No space left on device".
  package static func of(_ error: any Error) -> String {
    number(of: error).map(TextFile.message) ?? "\(error)"
  }

  /// The system's number of it, such as ENOSPC; nil where Foundation has none.
  package static func number(of error: any Error) -> Int32? {
    ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue
  }
}
