// Test data: stored weights of formats that nothing here writes.
import Tensors

/// Blocks of `count` values: any bits, but scales and minimums that are halves of a sensible size.
package func randomBlocks(_ format: TensorFormat, values count: Int, seed: Int) -> [UInt8] {
  let stream = RandomStream(seed: 0xb10c, stream: UInt64(seed))
  var bytes = (0..<format.byteCount(values: count)).map {
    UInt8(stream.integer(UInt64($0), below: 256))
  }
  let scales = randomValues(2 * count, seed: seed, deviation: 0.01)
  for (block, start) in stride(from: 0, to: bytes.count, by: format.blockBytes).enumerated() {
    for (index, place) in scalePlaces(format).enumerated() {
      let half = Float16(scales[2 * block + index]).bitPattern
      bytes[start + place] = UInt8(half & 0xff)
      bytes[start + place + 1] = UInt8(half >> 8)
    }
  }
  return bytes
}

/// Where the halves in a block lie.
private func scalePlaces(_ format: TensorFormat) -> [Int] {
  switch format {
  case .f32: preconditionFailure("single precision has no halves")
  case .f16, .bf16, .q8, .q4, .q5, .iq4NL, .iq4XS: [0]
  case .q4K, .q5K, .q4Affine, .q5Affine: [0, 2]
  case .q6K: [208]
  case .q2K: [80, 82]
  case .q3K: [108]
  }
}
