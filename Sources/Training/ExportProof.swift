// Whether a model that was written and read back is the same: what an export says in its last line.
import Models
import Reporting
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Two models compared on the same text, token by token.
package struct ExportProof: Sendable, Equatable {
  /// Tokens that both models write greedily.
  package static let greedyCount = 64
  /// Tokens of text at most that both models read.
  package static let longestText = 2_048
  /// Tokens read at a time: logits of a long text would be many.
  private static let chunk = 128

  /// Over all tokens of the text and the whole vocabulary; not a number where a logit is not.
  package private(set) var largestLogitDifference: Float = 0
  /// Tokens of the text that were predicted.
  package private(set) var tokenCount = 0
  package let greedyCount: Int
  /// Number of greedy tokens before the first that differs; `greedyCount` if none does.
  package let greedyAgreement: Int
  /// Numbers of which the copy has been shown to store what its formats make of the original's.
  package private(set) var parameterCount = 0
  private var parametersAreEqual = true
  /// Names of parameters that are something else.
  private var strangeParameters: [String] = []
  private var originalLoss = 0.0
  private var copyLoss = 0.0

  /// - Parameters:
  ///   - text: tokens below both vocabularies' sizes, of which the first `longestText` are read; if
  ///     there are less than two, the original writes the text.
  ///   - start: what the models write on from, where there is no text.
  package init(
    original: any DecodingState, copy: any DecodingState, text: [Int32], start: Int32 = 0,
    greedyCount: Int = ExportProof.greedyCount
  ) {
    precondition(
      original.vocabularySize == copy.vocabularySize
        && original.contextLength == copy.contextLength, "models of different shapes")
    let text =
      text.count >= 2
      ? Array(text.prefix(Self.longestText)) : Self.written(by: original, from: start)
    self.greedyCount = greedyCount
    let prompt = Array(text.prefix(max(1, min(16, original.contextLength / 2))))
    let greedy = [original, copy].map { state in
      Self.write(state, prompt, greedyCount, Sampling(temperature: 0))
    }
    greedyAgreement = zip(greedy[0], greedy[1]).prefix { $0 == $1 }.count
    for start in stride(from: 0, to: text.count - 1, by: original.contextLength) {
      let window = text[start..<min(text.count, start + original.contextLength + 1)]
      compare(original, copy, Array(window))
    }
  }

  private static func written(by state: any DecodingState, from start: Int32) -> [Int32] {
    [start] + write(state, [start], 512, Sampling())
  }

  private static func write(
    _ state: any DecodingState, _ prompt: [Int32], _ count: Int, _ sampling: Sampling
  ) -> [Int32] {
    state.reset()
    var generator = TokenGenerator(state, sampling, seed: 1)
    var tokens: [Int32] = []
    // Where a model's logits are not finite its text ends, and the comparison of logits says so.
    try? generator.generate(prompt, count: count) {
      tokens.append($0)
      return true
    }
    return tokens
  }

  /// Reads all but the last token of a window, which is predicted only.
  private mutating func compare(
    _ original: any DecodingState, _ copy: any DecodingState, _ window: [Int32]
  ) {
    original.reset()
    copy.reset()
    for first in stride(from: 0, to: window.count - 1, by: Self.chunk) {
      let end = min(window.count - 1, first + Self.chunk)
      let read = Array(window[first..<end])
      let (ours, theirs) = (original.logits(reading: read), copy.logits(reading: read))
      for row in 0..<read.count {
        let target = Int(window[first + row + 1])
        let (a, b) = (ours.row(row).array, theirs.row(row).array)
        for (x, y) in zip(a, b) {
          let difference = abs(x - y)
          // What is not a number stays.
          if !(difference <= largestLogitDifference || largestLogitDifference.isNaN) {
            largestLogitDifference = difference
          }
        }
        originalLoss += Self.loss(a, target)
        copyLoss += Self.loss(b, target)
      }
      tokenCount += read.count
    }
  }

  /// Compares every number of a copy with the model's: a text does not reach all of them.
  /// - Parameters:
  ///   - layout: the copy's.
  ///   - stored: the values of a parameter of the copy and their format.
  package mutating func compareParameters(
    of model: some LanguageModel, layout: ParameterLayout,
    stored: (ParameterLayout.Entry) -> (values: Vector, format: TensorFormat)
  ) {
    for entry in layout.entries {
      let (values, format) = stored(entry)
      // A bias that the model lacks is nought; rows that stand for no token are nobody's.
      let own = model.layout[entry.name].map { model.parameters.vector($0) } ?? .zeros(values.count)
      let count = min(own.count, values.count)
      let comparison = format.compare(own[0..<count], values[0..<count])
      if !comparison.isExplained { strangeParameters.append(entry.name) }
      parametersAreEqual = parametersAreEqual && comparison.isEqual
      parameterCount += count
    }
  }

  /// -log p(target), in nats.
  private static func loss(_ logits: [Float], _ target: Int) -> Double {
    let largest = Double(logits.max() ?? 0)
    let sum = logits.reduce(0.0) { $0 + exp(Double($1) - largest) }
    return log(sum) + largest - Double(logits[target])
  }

  package var originalPerplexity: Double { exp(originalLoss / Double(tokenCount)) }
  package var copyPerplexity: Double { exp(copyLoss / Double(tokenCount)) }
  /// Relative: 0.005 is half a percent more.
  package var perplexityChange: Double { exp((copyLoss - originalLoss) / Double(tokenCount)) - 1 }

  /// What is beyond the limits, for people; empty for a good copy.
  package func faults(_ limits: Limits) -> [String] {
    guard largestLogitDifference.isFinite else { return ["some logits are no finite numbers"] }
    var faults: [String] = []
    if let name = strangeParameters.first {
      faults.append(
        strangeParameters.count == 1
          ? "\(name) holds other numbers"
          : "\(strangeParameters.count) parameters (\(name), …) hold other numbers")
    }
    if largestLogitDifference > limits.logitDifference {
      faults.append(
        "logits differ by up to \(largestLogitDifference), more than \(limits.logitDifference)")
    }
    if limits.greedyTokensMustAgree && greedyAgreement < greedyCount {
      faults.append("greedy text differs from token \(greedyAgreement + 1) on")
    }
    if !(perplexityChange <= limits.perplexityRise) {
      faults.append(
        "perplexity goes from \(NumberText.fixed(originalPerplexity, 4)) to "
          + "\(NumberText.fixed(copyPerplexity, 4)), by more than "
          + "\(NumberText.fixed(100 * limits.perplexityRise, 2)) %")
    }
    return faults
  }

  /// What was found, on one line of at most 100 columns.
  package var summary: String {
    let weights =
      parameterCount == 0 ? [] : [parametersAreEqual ? "weights equal" : "weights rounded"]
    let greedy =
      greedyAgreement == greedyCount
      ? "\(greedyCount) greedy tokens equal" : "\(greedyAgreement) of \(greedyCount) greedy tokens"
    let logits = NumberText.scientific(Double(largestLogitDifference), 1)
    let sign = perplexityChange < 0 ? "" : "+"
    return
      (weights + [
        "logits within \(largestLogitDifference == 0 ? "0" : logits)", greedy,
        "perplexity \(NumberText.fixed(originalPerplexity, 4)) "
          + "(\(sign)\(NumberText.fixed(100 * perplexityChange, 3)) %)",
      ]).joined(separator: " | ")
  }
}
