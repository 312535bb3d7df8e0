// Which elements dropout removes: computed when needed, never stored.
import CKernels

/// A dropout mask as a pure function of (seed, step, site, row, column).
///
/// Rows are numbered over the whole global batch, so that the mask is the same at any number of
/// ranks, in the backward pass, and after a resume.
package struct DropoutMask: Sendable {
  var kernelArgument: ck_dropout

  /// - Parameters:
  ///   - probability: share of elements removed, in 0..<1; the rest is scaled by 1/(1 - p).
  ///   - site: number of the place in the model where the mask applies.
  package init(probability: Float, seed: UInt64, step: Int, site: Int) {
    precondition(probability >= 0 && probability < 1, "dropout \(probability) outside 0..<1")
    let stream = RandomStream(seed: seed, stream: UInt64(bitPattern: Int64(site)))
    kernelArgument = ck_dropout(
      key: stream.bits(UInt64(bitPattern: Int64(step))), first_row: 0,
      threshold: UInt32(min(Double(probability) * 0x1p32, Double(UInt32.max))),
      scale: 1 / (1 - probability))
  }

  /// The mask of the rows from `row` on.
  package func rows(from row: Int) -> DropoutMask {
    var mask = self
    mask.kernelArgument.first_row += UInt64(row)
    return mask
  }
}
