// The true entropy of the built-in stories, computed from the grammar.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What a story costs on average: the lower bound of any model's loss on these texts.
package struct StoryEntropy: Sendable, Equatable {
  /// Expected negative log-probability of a story.
  package fileprivate(set) var natsPerStory = 0.0
  /// Expected length of a story in UTF-8 bytes, its blank line included.
  package fileprivate(set) var bytesPerStory = 0.0
  /// Expected length of a story in Unicode scalars, its blank line included.
  package fileprivate(set) var charactersPerStory = 0.0

  package var natsPerByte: Double { natsPerStory / bytesPerStory }
  package var bitsPerByte: Double { natsPerByte / log(2) }
  /// Comparable with the loss of a model with one token per character.
  package var natsPerCharacter: Double { natsPerStory / charactersPerStory }
}

extension StoryGrammar {
  /// Exact expected values, by one walk over the grammar.
  ///
  /// What a slot holds is independent of the path through the rules, so lengths need only the
  /// average of each form. Whether a mention is the first one, and thus a choice, does depend on
  /// the path: the walk carries the probabilities of all sets of slots mentioned so far.
  package var entropy: StoryEntropy {
    var result = StoryEntropy()
    _ = add(story, from: [SlotSet(slots: 0, probability: 1)], to: &result)
    return result
  }

  /// How likely it is that just these slots (one bit each) have been mentioned.
  private struct SlotSet {
    let slots: UInt64
    var probability: Double
  }

  /// Adds what `node` costs when entered with the probabilities `before`, and returns the
  /// probabilities after it.
  private func add(
    _ node: Node, from before: [SlotSet], to result: inout StoryEntropy
  ) -> [SlotSet] {
    let visits = before.reduce(0) { $0 + $1.probability }
    switch node {
    case .text(let bytes):
      add(bytes, weight: visits, to: &result)
      return before
    case .sequence(let nodes):
      return nodes.reduce(before) { add($1, from: $0, to: &result) }
    case .mention(let slot, let form):
      let choice = slots[slot].forms[form]
      for entry in choice.alternatives.indices {
        let weight = visits * choice.probability(entry)
        add(slots[slot].text(entry: entry, form: form), weight: weight, to: &result)
      }
      var after: [SlotSet] = []
      for set in before {
        let isFirst = set.slots & (1 << slot) == 0
        if isFirst { result.natsPerStory += set.probability * choice.nats }
        Self.merge(SlotSet(slots: set.slots | 1 << slot, probability: set.probability), &after)
      }
      return after
    case .choice(let choice):
      result.natsPerStory += visits * choice.nats
      var after: [SlotSet] = []
      for (index, alternative) in choice.alternatives.enumerated() {
        let share = choice.probability(index)
        let entered = before.map {
          SlotSet(slots: $0.slots, probability: $0.probability * share)
        }
        for set in add(alternative, from: entered, to: &result) { Self.merge(set, &after) }
      }
      return after
    }
  }

  private func add(_ bytes: [UInt8], weight: Double, to result: inout StoryEntropy) {
    result.bytesPerStory += weight * Double(bytes.count)
    result.charactersPerStory += weight * Double(bytes.count { $0 & 0xc0 != 0x80 })
  }

  private static func merge(_ set: SlotSet, _ sets: inout [SlotSet]) {
    if let index = sets.firstIndex(where: { $0.slots == set.slots }) {
      sets[index].probability += set.probability
    } else {
      sets.append(set)
    }
  }
}

extension StoryGrammar.Choice {
  /// Entropy of this choice alone.
  fileprivate var nats: Double {
    alternatives.indices.reduce(0) { $0 - probability($1) * log(probability($1)) }
  }
}
