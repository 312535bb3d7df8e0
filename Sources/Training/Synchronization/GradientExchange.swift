// What a step asks of the ranks' way to common gradients and common parameters.
import Tensors

/// How ranks come from gradients of their own to parameters that are the same for all. All calls
/// are collective.
package protocol GradientExchange: AnyObject {
  /// The part of the flat buffers that this rank updates.
  var ownPart: Range<Int> { get }
  /// Where that part of the summed gradients lies after `reduce`.
  var summedGradients: FloatBuffer { get }

  /// Sums the gradients of all ranks. Adds to `sums` what this rank knows of the sum's squares, so
  /// that all ranks together count each of them once, and whose gradients are not finite.
  func reduce(into sums: inout StepSums) throws

  /// Returns when this rank can read what every rank has updated.
  func publish() throws

  /// Whether there are several copies of parameters and moments, each updated by ranks of its own.
  var keepsCopies: Bool { get }

  /// The values that `buffers` have on rank 0, on every rank.
  func distribute(_ buffers: [FloatBuffer]) throws
}
