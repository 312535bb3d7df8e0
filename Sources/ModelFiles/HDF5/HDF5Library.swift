// The one door to the HDF5 library: a lock, checked return codes, errors with HDF5's own words.
import CHDF5
import Synchronization

/// A call of the HDF5 library that failed.
struct HDF5Error: Error, CustomStringConvertible {
  /// The function that was called, such as `H5Dwrite`.
  let call: String
  /// HDF5's innermost message.
  let message: String

  /// The operating system's error number, where the failure came from there. HDF5 hands it on as a
  /// part of its message only.
  var systemErrorNumber: Int32? {
    guard let mark = message.firstRange(of: "errno = ") else { return nil }
    return Int32(message[mark.upperBound...].prefix { $0.isASCII && $0.isNumber })
  }

  var description: String { "\(call): \(message)" }
}

enum HDF5Library {
  /// The library may have been built without thread safety, and its error stack is shared then; so
  /// one call runs at a time. The value says whether the library was prepared.
  private static let prepared = Mutex(false)

  /// Runs `body`, one call of the library, and returns what it returns.
  /// - Throws: `HDF5Error` if that is negative.
  @discardableResult
  static func call<Result: SignedInteger & Sendable>(
    _ name: String, _ body: () -> Result
  ) throws(HDF5Error) -> Result {
    try prepared.withLock { (isPrepared: inout Bool) throws(HDF5Error) -> Result in
      if !isPrepared {
        // A file whose flush failed stays in HDF5's table; at exit it would be flushed once more.
        H5dont_atexit()
        isPrepared = true
      }
      // A thread-safe HDF5 keeps this for each thread.
      H5Eset_auto2(chdf5_error_stack(), nil, nil)
      let result = body()
      if result < 0 { throw HDF5Error(call: name, message: innermostMessage()) }
      return result
    }
  }

  private static func innermostMessage() -> String {
    var message = "failed without a message"
    unsafe withUnsafeMutablePointer(to: &message) { destination in
      _ = unsafe H5Ewalk2(
        chdf5_error_stack(), H5E_WALK_UPWARD,
        { depth, entry, destination in
          guard depth == 0, let text = unsafe entry?.pointee.desc else { return 0 }
          unsafe destination?.assumingMemoryBound(to: String.self).pointee = String(cString: text)
          return 0
        }, destination)
    }
    return message
  }
}

/// An id of the library that closes itself.
struct HDF5Handle: ~Copyable {
  let id: hid_t

  /// - Parameter open: the call that returns the id.
  init(_ call: String, _ open: () -> hid_t) throws(HDF5Error) {
    id = try HDF5Library.call(call, open)
  }

  deinit {
    // Nothing is lost by a failure here: what was written is closed by `close`.
    let id = id
    _ = try? HDF5Library.call("H5Idec_ref") { H5Idec_ref(id) }
  }

  /// Closes now, so that what closing writes is checked.
  consuming func close() throws(HDF5Error) {
    let id = id
    discard self
    try HDF5Library.call("H5Idec_ref") { H5Idec_ref(id) }
  }
}
