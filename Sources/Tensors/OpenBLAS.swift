// The OpenBLAS library, loaded at run time with the kernels that fit this CPU.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Why there is no matrix multiplication to be had.
package enum OpenBLASError: Error, CustomStringConvertible {
  case notFound(tried: [String], reason: String)
  case incomplete(symbol: String)

  package var description: String {
    switch self {
    case .notFound(let tried, let reason):
      "OpenBLAS cannot be loaded (tried \(tried.joined(separator: ", "))): \(reason); install it "
        + "(Debian: apt-get install libopenblas0-pthread) or set LD_LIBRARY_PATH to its folder"
    case .incomplete(let symbol):
      "the OpenBLAS library that was found has no \(symbol); install a complete one "
        + "(Debian: apt-get install libopenblas0-pthread)"
    }
  }
}

/// The functions of OpenBLAS that the trainer calls.
///
/// Loaded with `dlopen` instead of linked: OpenBLAS chooses its kernels when it is loaded, and
/// releases older than the CPU fall back to slow ones unless `OPENBLAS_CORETYPE` says better. It
/// also starts a thread pool of its own then, which `OPENBLAS_NUM_THREADS` keeps away: the threads
/// of a `ThreadTeam` each call it for their part.
@safe
package struct OpenBLAS: Sendable {
  typealias MultiplyFunction =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void
  private typealias TextFunction = @convention(c) () -> UnsafePointer<CChar>?

  let multiply: MultiplyFunction
  /// What the library says of itself: its version and the kernels that it chose.
  package let summary: String

  /// The library, loaded on first use.
  static let loaded = Result { try OpenBLAS() }

  /// The library, or why it cannot be had. Ask before the first multiplication.
  package static func load() throws -> OpenBLAS { try loaded.get() }

  private static let candidates = ["libopenblas.so.0", "libopenblas.so"]

  private init() throws {
    unsafe setenv("OPENBLAS_NUM_THREADS", "1", 1)
    // Builds that use OpenMP listen to this one only.
    unsafe setenv("OMP_NUM_THREADS", "1", 1)
    // 0: a choice that the user made stands.
    if ck_cpu_has_avx512() { unsafe setenv("OPENBLAS_CORETYPE", "SkylakeX", 0) }
    var library: UnsafeMutableRawPointer?
    for name in Self.candidates where unsafe library == nil {
      unsafe library = dlopen(name, RTLD_NOW | RTLD_LOCAL)
    }
    guard let library = unsafe library else {
      let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
      throw OpenBLASError.notFound(tried: Self.candidates, reason: reason)
    }
    func symbol(_ name: String) throws -> UnsafeMutableRawPointer {
      guard let address = unsafe dlsym(library, name) else {
        throw OpenBLASError.incomplete(symbol: name)
      }
      return unsafe address
    }
    unsafe multiply = unsafe unsafeBitCast(try symbol("cblas_sgemm"), to: MultiplyFunction.self)
    let configuration = unsafe unsafeBitCast(
      try symbol("openblas_get_config"), to: TextFunction.self)
    summary = unsafe configuration().map { unsafe String(cString: $0) } ?? "OpenBLAS"
  }
}
