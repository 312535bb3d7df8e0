// What training, evaluation and generation ask of a model, whatever its architecture.
import Tensors

/// A model that predicts the next token. It knows no ranks and no files.
package protocol LanguageModel: AnyObject {
  var configuration: ModelConfiguration { get }
  var layout: ParameterLayout { get }
  /// All parameters, in the layout's order.
  var parameters: FloatBuffer { get }
  /// Where gradients accumulate; absent in a model that only predicts.
  var gradients: FloatBuffer? { get }

  /// To be called after parameters have been written, before the next batch.
  func parametersDidChange()

  /// The sum of the batch's losses; its gradients are added to `gradients`.
  /// - Parameter dropout: where the batch stands in the run; nil switches dropout off.
  func accumulateGradients(_ batch: TokenBatch, dropout: DropoutSource?) -> LossSum

  /// The sum of the batch's losses, without dropout.
  func evaluate(_ batch: TokenBatch) -> LossSum

  /// Logits of the token that follows `tokens` (at most a context's length), used vocabulary only.
  func nextTokenLogits(_ tokens: [Int32]) -> Vector
}

extension LanguageModel {
  /// Fills the parameters with their initial values. They depend on the seed, the parameter's name
  /// and the index only, never on ranks or threads.
  package func initialize(seed: UInt64, team: ThreadTeam) {
    for entry in layout.entries {
      let values = parameters.vector(entry)
      switch entry.initialValue {
      case .zeros: values.fill(0)
      case .ones: values.fill(1)
      case .normal(let standardDeviation):
        let stream = RandomStream(seed: seed, name: entry.name)
        team.runRanges(entry.count, minimum: 4_096, alignment: 4) { range in
          for first in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
            let normals = standardDeviation * stream.normals(UInt64(first / 4))
            for index in first..<min(first + 4, range.upperBound) {
              values[index] = normals[index - first]
            }
          }
        }
      }
    }
    parametersDidChange()
  }
}
