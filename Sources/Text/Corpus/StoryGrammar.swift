// A probabilistic grammar of short stories: every choice in it has a known probability.

/// Slots and rules from which a story is derived, one weighted choice at a time.
///
/// A *slot* stands for something the story keeps talking about, such as its hero. The first mention
/// in a story draws an entry, later mentions repeat it in the form that the sentence needs, so
/// that names, pronouns and endings agree. Which alternative of a rule is taken never depends on
/// what a slot holds; that makes the entropy computable (`entropy`).
///
/// The alternatives of every choice begin with texts of which none is the beginning of another.
/// A reader who knows the grammar can therefore tell from the text which choices were made, and
/// the entropy of the choices is the entropy of the text.
package struct StoryGrammar: Sendable {
  /// A piece of a derivation.
  package indirect enum Node: Sendable {
    case text([UInt8])
    /// The entry that `slot` holds, in one of its forms.
    case mention(slot: Int, form: Int)
    case sequence([Node])
    case choice(Choice)
  }

  /// Alternatives and how often each is taken: `weights[i] / totalWeight`.
  package struct Choice: Sendable {
    package let weights: [Int]
    package let totalWeight: Int
    package let alternatives: [Node]

    package init(weights: [Int], alternatives: [Node]) {
      precondition(
        weights.count == alternatives.count && !weights.isEmpty && weights.allSatisfy { $0 > 0 },
        "every alternative of a choice has one positive weight")
      self.weights = weights
      self.alternatives = alternatives
      totalWeight = weights.reduce(0, +)
    }

    package func probability(_ index: Int) -> Double {
      Double(weights[index]) / Double(totalWeight)
    }
  }

  /// Something a story can be about.
  package struct Slot: Sendable {
    package let name: String
    package let formNames: [String]
    /// For each form the choice between the entries, each as `.text`; weights are the same in all.
    package let forms: [Choice]

    package func text(entry: Int, form: Int) -> [UInt8] {
      guard case .text(let bytes) = forms[form].alternatives[entry] else { return [] }
      return bytes
    }
  }

  /// What stands after every story: one blank line.
  package static let separator = "\n\n"

  package let slots: [Slot]
  /// A whole story, its separator included.
  package let story: Node
}

/// Makes the choices of a derivation: at random, or by reading a text.
package protocol StoryChooser {
  /// The alternative to take.
  /// - Parameters:
  ///   - entries: what each slot holds so far.
  ///   - offset: length of the text in front of the choice, in bytes.
  mutating func choose(_ choice: StoryGrammar.Choice, entries: [Int?], at offset: Int) -> Int
}

extension StoryGrammar {
  /// Appends one story and its separator to `text`.
  package func derive(_ chooser: inout some StoryChooser, into text: inout [UInt8]) {
    var entries = [Int?](repeating: nil, count: slots.count)
    derive(story, &chooser, &entries, into: &text)
  }

  private func derive(
    _ node: Node, _ chooser: inout some StoryChooser, _ entries: inout [Int?],
    into text: inout [UInt8]
  ) {
    switch node {
    case .text(let bytes):
      text.append(contentsOf: bytes)
    case .mention(let slot, let form):
      let entry =
        entries[slot]
        ?? chooser.choose(slots[slot].forms[form], entries: entries, at: text.count)
      entries[slot] = entry
      text.append(contentsOf: slots[slot].text(entry: entry, form: form))
    case .sequence(let nodes):
      for node in nodes { derive(node, &chooser, &entries, into: &text) }
    case .choice(let choice):
      let index = chooser.choose(choice, entries: entries, at: text.count)
      derive(choice.alternatives[index], &chooser, &entries, into: &text)
    }
  }
}
