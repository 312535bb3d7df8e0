// How weights are stored: single numbers, or blocks of small integers with common scales.
import CKernels

/// The element type of a stored tensor, laid out as ggml's type of the same name.
///
/// Raw values are what users write. A row of a matrix is a whole number of blocks.
package enum TensorFormat: String, Sendable, CaseIterable {
  case f32
  case f16
  case bf16
  /// 8 bits and a scale for 32 values.
  case q8 = "q8_0"
  /// 4 bits and a scale for 32 values.
  case q4 = "q4_0"
  /// 5 bits and a scale for 32 values.
  case q5 = "q5_0"
  /// 4 bits; scale and minimum of 32 values are 6-bit multiples of those of 256.
  case q4K = "q4_k"
  /// 5 bits; scale and minimum of 32 values are 6-bit multiples of those of 256.
  case q5K = "q5_k"
  /// 6 bits; scales of 16 values are 8-bit multiples of that of 256.
  case q6K = "q6_k"

  // Found in files of llama.cpp's quantiser; read and multiplied, but not written.

  /// 4 bits, a scale and a minimum for 32 values.
  case q4Affine = "q4_1"
  /// 5 bits, a scale and a minimum for 32 values.
  case q5Affine = "q5_1"
  /// 2 bits; scale and minimum of 16 values are 4-bit multiples of those of 256.
  case q2K = "q2_k"
  /// 3 bits; scales of 16 values are 6-bit multiples of that of 256.
  case q3K = "q3_k"
  /// 4 bits that choose among 16 uneven steps, and a scale for 32 values.
  case iq4NL = "iq4_nl"
  /// The same; scales of 32 values are 6-bit multiples of that of 256.
  case iq4XS = "iq4_xs"

  /// Formats that numbers can be brought into.
  package static let encodable: [TensorFormat] = [
    .f32, .f16, .bf16, .q8, .q4, .q5, .q4K, .q5K, .q6K,
  ]

  /// Values in a block.
  package var blockLength: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8, .q4, .q5, .q4Affine, .q5Affine, .iq4NL: 32
    case .q4K, .q5K, .q6K, .q2K, .q3K, .iq4XS: 256
    }
  }

  /// Bytes of a block.
  package var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8: 34
    case .q4: 18
    case .q5: 22
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    case .q4Affine: 20
    case .q5Affine: 24
    case .q2K: 84
    case .q3K: 110
    case .iq4NL: 18
    case .iq4XS: 136
    }
  }

  /// Whether values are integers times a common scale.
  package var isQuantized: Bool { blockLength > 1 }

  package var bitsPerValue: Double { 8 * Double(blockBytes) / Double(blockLength) }

  /// Whether a row of `columns` values is a whole number of blocks.
  package func fits(columns: Int) -> Bool { columns % blockLength == 0 }

  /// Bytes of `count` values.
  /// - Precondition: they are whole blocks.
  package func byteCount(values count: Int) -> Int {
    precondition(fits(columns: count), "\(count) values are no blocks of \(blockLength)")
    return count / blockLength * blockBytes
  }

  var kernelFormat: ck_format {
    switch self {
    case .f32: CK_F32
    case .f16: CK_F16
    case .bf16: CK_BF16
    case .q8: CK_Q8_0
    case .q4: CK_Q4_0
    case .q5: CK_Q5_0
    case .q4K: CK_Q4_K
    case .q5K: CK_Q5_K
    case .q6K: CK_Q6_K
    case .q4Affine: CK_Q4_1
    case .q5Affine: CK_Q5_1
    case .q2K: CK_Q2_K
    case .q3K: CK_Q3_K
    case .iq4NL: CK_IQ4_NL
    case .iq4XS: CK_IQ4_XS
    }
  }
}
