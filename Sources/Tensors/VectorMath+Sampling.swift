// What choosing a token takes, over a whole vocabulary; all on the calling thread.
import CKernels

extension VectorMath {
  /// The place of the largest value, the first of equal ones.
  package static func indexOfMaximum(_ source: Vector) -> Int {
    precondition(source.count > 0, "nothing is the largest of no floats")
    return unsafe ck_index_of_maximum(source.pointer, source.count)
  }

  /// x = exp((x - the largest x) / temperature); returns the sum.
  package static func exponentiate(_ x: Vector, temperature: Float) -> Float {
    precondition(x.count > 0 && temperature > 0, "exponentials need values and a temperature")
    return unsafe ck_exponentiate(x.pointer, x.count, 1 / temperature)
  }

  /// The first place up to which the weights have more than `target` together; nil if all have not.
  package static func pick(_ weights: Vector, target: Double) -> Int? {
    let place = unsafe ck_pick(weights.pointer, weights.count, target)
    return place < weights.count ? place : nil
  }

  /// The places of values from `least` on, in order, at the beginning of `places`; returns their
  /// number. places: room for as many as x has.
  package static func select(
    _ x: Vector, atLeast least: Float, into places: inout [UInt32]
  ) -> Int {
    precondition(places.count >= x.count, "room for \(places.count) of \(x.count) places")
    return unsafe places.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return unsafe ck_select(x.pointer, x.count, least, base)
    }
  }
}
