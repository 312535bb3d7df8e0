// Which bits of a block make which value: ggml's layouts, written down one value at a time
// (ggml-org/ggml, src/ggml-common.h and dequantize_row_… in src/ggml-quants.c).
import Tensors
import TestSupport
import Testing

struct BlockLayoutTests {
  private static let formats = TensorFormat.allCases.filter(\.isQuantized)

  private struct Block {
    let bytes: ArraySlice<UInt8>

    subscript(place: Int) -> Int { Int(bytes[bytes.startIndex + place]) }

    func word(_ place: Int) -> Int { self[place] | self[place + 1] << 8 }

    func half(_ place: Int) -> Double { Double(Float16(bitPattern: UInt16(word(place)))) }

    func signed(_ place: Int) -> Double { Double(Int8(truncatingIfNeeded: self[place])) }

    /// The low nibbles of `length` bytes, then their high ones; and so on.
    func nibble(_ start: Int, _ i: Int, length: Int) -> Int {
      self[start + i / (2 * length) * length + i % length] >> (i / length % 2 * 4) & 15
    }

    /// Bits 0 and 1 of 32 bytes, then bits 2 and 3; and so on.
    func pair(_ start: Int, _ i: Int) -> Int {
      self[start + i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3
    }

    /// Bit i of a row of bits.
    func bit(_ start: Int, _ i: Int) -> Int { self[start + i / 8] >> (i % 8) & 1 }

    /// Bit 0 of 32 bytes, then bit 1; and so on.
    func layer(_ start: Int, _ i: Int) -> Int { self[start + i % 32] >> (i / 32) & 1 }

    /// Scale and minimum of a group of the eight of Q4_K and Q5_K.
    func group(_ g: Int) -> (scale: Double, minimum: Double) {
      let (scale, minimum) =
        g < 4
        ? (self[4 + g] & 63, self[8 + g] & 63)
        : (self[8 + g] & 15 | (self[g] >> 6) << 4, self[8 + g] >> 4 | (self[4 + g] >> 6) << 4)
      return (half(0) * Double(scale), half(2) * Double(minimum))
    }
  }

  private static let unevenSteps = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]

  private static func value(_ format: TensorFormat, _ block: Block, _ i: Int) -> Double {
    switch format {
    case .f32, .f16, .bf16: preconditionFailure("\(format) has no blocks")
    case .q8: return block.half(0) * block.signed(2 + i)
    case .q4: return block.half(0) * Double(block.nibble(2, i, length: 16) - 8)
    case .q5:
      return block.half(0)
        * Double((block.nibble(6, i, length: 16) | block.bit(2, i) << 4) - 16)
    case .q4Affine:
      return block.half(0) * Double(block.nibble(4, i, length: 16)) + block.half(2)
    case .q5Affine:
      return block.half(0) * Double(block.nibble(8, i, length: 16) | block.bit(4, i) << 4)
        + block.half(2)
    case .iq4NL: return block.half(0) * Double(unevenSteps[block.nibble(2, i, length: 16)])
    case .q2K:
      let group = block[i / 16]
      return block.half(80) * Double((group & 15) * block.pair(16, i))
        - block.half(82) * Double(group >> 4)
    case .q3K:
      let g = i / 16
      let upper = block[104 + g % 4] >> (g / 4 * 2) & 3
      let scale = block[96 + g % 8] >> (g / 8 * 4) & 15 | upper << 4
      let quant = block.pair(32, i) | block.layer(0, i) << 2
      return block.half(108) * Double((scale - 32) * (quant - 4))
    case .q4K:
      let group = block.group(i / 32)
      return group.scale * Double(block.nibble(16, i, length: 32)) - group.minimum
    case .q5K:
      let group = block.group(i / 32)
      let quant = block.nibble(48, i, length: 32) | block.layer(16, i) << 4
      return group.scale * Double(quant) - group.minimum
    case .q6K:
      let quant = block.nibble(0, i, length: 64) | block.pair(128, i) << 4
      return block.half(208) * block.signed(192 + i / 16) * Double(quant - 32)
    case .iq4XS:
      let g = i / 32
      let scale = block.nibble(4, g, length: 1) | (block.word(2) >> (2 * g) & 3) << 4
      return block.half(0) * Double(scale - 32)
        * Double(unevenSteps[block.nibble(8, i, length: 16)])
    }
  }

  @Test(arguments: formats)
  func everyBitHasItsPlace(format: TensorFormat) {
    let count = 300 * format.blockLength
    let bytes = randomBlocks(format, values: count, seed: 8)
    let values = Vector.zeros(count)
    format.decode(unsafe bytes.span.bytes, into: values)
    let expected = (0..<count).map { index in
      let start = index / format.blockLength * format.blockBytes
      let block = Block(bytes: bytes[start..<start + format.blockBytes])
      return Float(Self.value(format, block, index % format.blockLength))
    }
    // Exact: no format needs more than one rounding.
    let wrong = (0..<count).first { values[$0] != expected[$0] }
    #expect(wrong == nil)
  }
}
