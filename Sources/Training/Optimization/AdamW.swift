// AdamW over the flat buffers: the moments, and which parameters decay.
import Tensors

/// AdamW with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay
/// Regularization", 2019). Biases and norms do not decay.
package final class AdamW {
  package struct Settings: Sendable, Equatable {
    package var beta1: Float
    package var beta2: Float
    package var epsilon: Float
    package var weightDecay: Float

    package init(beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  package let firstMoments: FloatBuffer
  package let secondMoments: FloatBuffer
  private let layout: ParameterLayout
  private let settings: Settings

  /// - Parameters:
  ///   - firstMoments: the memory to use, zero at the start of a run; nil for memory of its own.
  ///   - secondMoments: likewise.
  package init(
    _ layout: ParameterLayout, _ settings: Settings, firstMoments: FloatBuffer? = nil,
    secondMoments: FloatBuffer? = nil
  ) {
    self.layout = layout
    self.settings = settings
    self.firstMoments = firstMoments ?? FloatBuffer(count: layout.bufferCount)
    self.secondMoments = secondMoments ?? FloatBuffer(count: layout.bufferCount)
  }

  /// One update of the parameters that lie in a part of the flat buffers.
  /// - Parameters:
  ///   - gradientScale: multiplies the gradients: clip factor over global token count.
  ///   - step: counts from 1; fixes the bias correction.
  package func update(
    _ parameters: FloatBuffer, gradients: FloatBuffer, part: Range<Int>, gradientScale: Double,
    learningRate: Double, step: Int, team: ThreadTeam
  ) {
    for entry in layout.entries {
      let range = entry.range.clamped(to: part)
      if range.isEmpty { continue }
      VectorMath.adamW(
        parameters: parameters.vector[range], gradients: gradients.vector[range],
        firstMoments: firstMoments.vector[range], secondMoments: secondMoments.vector[range],
        learningRate: Float(learningRate), beta1: settings.beta1, beta2: settings.beta2,
        epsilon: settings.epsilon, weightDecay: entry.decays ? settings.weightDecay : 0,
        gradientScale: Float(gradientScale), step: step, team: team)
    }
  }
}
