// Writes built-in stories from a seed.

/// Languages of the built-in stories.
package enum StoryLanguage: String, Sendable, CaseIterable {
  case english = "en"
  case german = "de"

  package var grammar: StoryGrammar {
    switch self {
    case .english: .english
    case .german: .german
    }
  }
}

/// Draws stories one after the other; the same seed and stream give the same text.
package struct StoryWriter: Sendable {
  private let grammar: StoryGrammar
  private var chooser: RandomChooser

  /// - Parameter stream: different streams of one seed are independent draws, so that no story of
  ///   one is taken from the other.
  package init(_ grammar: StoryGrammar, seed: UInt64, stream: UInt64) {
    self.grammar = grammar
    chooser = RandomChooser(generator: SplitMix64(seed: seed, stream: stream))
  }

  /// Whole stories, each with its blank line, until there are at least `byteCount` bytes.
  package mutating func write(atLeast byteCount: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(byteCount + 2048)
    while text.count < byteCount { grammar.derive(&chooser, into: &text) }
    return text
  }

  private struct RandomChooser: StoryChooser {
    var generator: SplitMix64

    mutating func choose(
      _ choice: StoryGrammar.Choice, entries: [Int?], at offset: Int
    ) -> Int {
      var rest = generator.next(below: choice.totalWeight)
      for (index, weight) in choice.weights.enumerated() {
        if rest < weight { return index }
        rest -= weight
      }
      return choice.weights.count - 1
    }
  }
}
