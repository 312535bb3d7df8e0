// Products in half precision: factors are bfloat16, sums are single precision.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

package enum HalfMultiply {
  /// How a CPU can compute the products; they differ in speed, and in the order of additions.
  package enum Path: String, CaseIterable, Sendable {
    /// Plain C.
    case portable
    /// AVX-512, every value widened to a float.
    case avx512
    /// AVX-512 with its dot product of bfloat16 pairs.
    case avx512BFloat16 = "avx512-bf16"
    /// AMX's tile registers.
    case amx
    /// AMX's sequence of instructions in plain C: slow, for tests on any machine.
    case tilesInC = "tiles-in-c"
    /// AVX-512 with its dot product of 16-bit integers, on fixed point with shared scales.
    case avx512VNNI = "avx512-vnni"
    /// The same in registers of 256 bits, for CPUs without AVX-512.
    case avxVNNI = "avx-vnni"
    /// Fixed point with AVX2, which takes two instructions for a dot product.
    case avx2Integers = "avx2-integers"
    /// The same in plain C: slow, for tests on any machine.
    case fixedInC = "fixed-in-c"

    var kernelCode: ck_bf16_path {
      switch self {
      case .portable: CK_BF16_PORTABLE
      case .avx512: CK_BF16_AVX512
      case .avx512BFloat16: CK_BF16_AVX512_BF16
      case .amx: CK_BF16_AMX
      case .tilesInC: CK_BF16_TILES_IN_C
      case .avx512VNNI: CK_BF16_AVX512_VNNI
      case .avxVNNI: CK_BF16_AVX_VNNI
      case .avx2Integers: CK_BF16_AVX2_INTEGERS
      case .fixedInC: CK_BF16_FIXED_IN_C
      }
    }

    /// Whether this machine can.
    package var isAvailable: Bool { ck_bf16_has(kernelCode) }
    /// Whether products by this path are faster than products of floats, beyond what a measurement is
    /// off. A tenth goes into conversions to fixed point.
    package var isFast: Bool { isFast(HalfMultiply.speeds[self] ?? 0) }

    /// - Parameter speed: of its dot products, times that of floats.
    package func isFast(_ speed: Double) -> Bool {
      self == .amx || speed * (isFixedPoint ? 0.9 : 1) > 1.1
    }

    /// Whether factors become 16-bit integers with shared scales (`fixed_point.h`).
    package var isFixedPoint: Bool { ck_bf16_is_fixed(kernelCode) }
  }

  /// How many times as fast as floats the dot products of the paths that have them are; measured once.
  private static let speeds: [Path: Double] = {
    let paths: [Path] = [.avx512BFloat16, .avx512VNNI, .avxVNNI, .avx2Integers]
    return Dictionary(uniqueKeysWithValues: paths.map { ($0, ck_bf16_speed($0.kernelCode)) })
  }()

  /// The path that `pathVariable` names if this machine has it, else the fastest that there is.
  package static let best: Path = {
    let named = unsafe getenv(pathVariable).map { unsafe String(cString: $0) }
    if let path = named.flatMap(Path.init(rawValue:)), path.isAvailable { return path }
    return choose(
      Set(Path.allCases.filter(\.isAvailable)), bfloat16IsFast: Path.avx512BFloat16.isFast)
  }()

  /// The fastest of some paths. It decides about bits of results: what is measured decides only where
  /// there is much between, a factor of two in the dot product of bfloat16.
  package static func choose(
    _ available: Set<Path>, bfloat16IsFast: @autoclosure () -> Bool
  ) -> Path {
    let order: [Path] = [.amx, .avx512BFloat16, .avx512VNNI, .avx512, .avxVNNI, .avx2Integers]
    return order.first { available.contains($0) && ($0 != .avx512BFloat16 || bfloat16IsFast()) }
      ?? .portable
  }

  /// Rows that products compute together: where their number is no multiple of it, they compute some in
  /// vain.
  package static let rowsTogether = best == .amx || best == .tilesInC ? 32 : 8

  /// What is wrong with the path that `pathVariable` names, if anything.
  package static var fault: String? {
    guard let named = unsafe getenv(pathVariable).map({ unsafe String(cString: $0) }) else {
      return nil
    }
    guard let path = Path(rawValue: named) else {
      let names = Path.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
      return "\(named): there is no such path; this CPU has \(names)"
    }
    return path.isAvailable ? nil : "\(named): this CPU lacks the instructions"
  }

  /// Environment variable that chooses a path, to test one or to compare them.
  package static let pathVariable = "TRAINER_BF16_PATH"

  /// c = a · b or c += a · b, on the calling thread. a: rows × depth, c: rows × columns.
  /// - Parameter depthFactors: what column k of a is multiplied by first; on fixed point only, where
  ///   it keeps values apart that would have to share a scale.
  package static func multiply(
    _ a: BFloat16Matrix, _ b: PackedMatrix, into c: Matrix, accumulate: Bool = false,
    depthFactors: Vector? = nil
  ) {
    precondition(
      a.columns == b.depth && c.rows == a.rows && c.columns == b.columns,
      "shapes do not fit: \(a.rows)×\(a.columns), \(b.depth)×\(b.columns) into "
        + "\(c.rows)×\(c.columns)")
    if c.rows == 0 || c.columns == 0 { return }
    precondition(a.columns > 0, "a product without a depth")
    if b.path.isFixedPoint {
      precondition(depthFactors?.count ?? a.columns == a.columns, "factors do not fit the depth")
      unsafe ck_multiply_fixed(
        b.path.kernelCode, c.rows, c.columns, a.columns, a.pointer, a.stride,
        depthFactors?.pointer, b.pointer, b.panelStride, c.pointer, c.stride, accumulate)
    } else {
      precondition(depthFactors == nil, "factors of the depth need fixed point")
      unsafe ck_multiply_bf16(
        b.path.kernelCode, c.rows, c.columns, a.columns, a.pointer, a.stride, b.pointer,
        b.panelStride, c.pointer, c.stride, accumulate)
    }
  }
}
