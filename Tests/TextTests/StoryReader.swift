// Reads stories back into the choices they were made by.
import Text

/// The texts with which a node can begin, up to the first choice after the first byte. Choices in
/// front of it are followed into all their alternatives.
struct Opening {
  var text: [UInt8] = []
  /// Whether the text goes on with what comes after the node.
  var isOpen = true
}

extension StoryGrammar {
  /// - Parameter used: gains the slots whose entries matter.
  func openings(of node: Node, entries: [Int?], used: inout Set<Int>) -> [Opening] {
    openings(node, entries, after: Opening(), &used)
  }

  private func openings(
    _ node: Node, _ entries: [Int?], after before: Opening, _ used: inout Set<Int>
  ) -> [Opening] {
    guard before.isOpen else { return [before] }
    switch node {
    case .text(let bytes):
      return [Opening(text: before.text + bytes)]
    case .sequence(let nodes):
      var all = [before]
      for node in nodes {
        var longer: [Opening] = []
        for opening in all { longer += openings(node, entries, after: opening, &used) }
        all = longer
      }
      return all
    case .mention(let slot, let form):
      if let entry = entries[slot] {
        used.insert(slot)
        return [Opening(text: before.text + slots[slot].text(entry: entry, form: form))]
      }
      return openings(.choice(slots[slot].forms[form]), entries, after: before, &used)
    case .choice(let choice):
      if !before.text.isEmpty { return [Opening(text: before.text, isOpen: false)] }
      var all: [Opening] = []
      for alternative in choice.alternatives {
        all += openings(alternative, entries, after: before, &used)
      }
      return all
    }
  }
}

/// Makes the choices that lead to a given text, from left to right and without going back.
struct StoryReader: StoryChooser {
  let grammar: StoryGrammar
  let text: [UInt8]
  /// Choices whose alternatives did not match the text exactly once.
  var faults = 0
  /// Negative log-probability of the choices.
  var nats = 0.0
  private let logarithm: (Double) -> Double

  init(_ grammar: StoryGrammar, text: [UInt8], logarithm: @escaping (Double) -> Double) {
    self.grammar = grammar
    self.text = text
    self.logarithm = logarithm
  }

  mutating func choose(_ choice: StoryGrammar.Choice, entries: [Int?], at offset: Int) -> Int {
    let rest = text[min(offset, text.count)...]
    var used: Set<Int> = []
    let matches = choice.alternatives.indices.filter { index in
      grammar.openings(of: choice.alternatives[index], entries: entries, used: &used)
        .contains { rest.starts(with: $0.text) }
    }
    if matches.count != 1 { faults += 1 }
    let index = matches.first ?? 0
    nats -= logarithm(choice.probability(index))
    return index
  }
}

/// Looks at every choice of a grammar under every combination of slots and entries that can reach
/// it, for two alternatives that begin alike.
struct StoryAmbiguitySearch {
  let grammar: StoryGrammar
  private(set) var examined = 0
  private(set) var ambiguities: Set<String> = []

  init(_ grammar: StoryGrammar) {
    self.grammar = grammar
    _ = walk(grammar.story, [[]])
  }

  /// - Parameter before: the sets of slots that can have been mentioned before `node`.
  private mutating func walk(
    _ node: StoryGrammar.Node, _ before: Set<Set<Int>>
  ) -> Set<Set<Int>> {
    switch node {
    case .text: return before
    case .sequence(let nodes):
      var sets = before
      for node in nodes { sets = walk(node, sets) }
      return sets
    case .mention(let slot, let form):
      for set in before where !set.contains(slot) {
        examine(grammar.slots[slot].forms[form], mentioned: set)
      }
      return Set(before.map { $0.union([slot]) })
    case .choice(let choice):
      for set in before { examine(choice, mentioned: set) }
      return choice.alternatives.reduce(into: []) { $0.formUnion(walk($1, before)) }
    }
  }

  private mutating func examine(_ choice: StoryGrammar.Choice, mentioned: Set<Int>) {
    var entries = [Int?](repeating: nil, count: grammar.slots.count)
    for slot in mentioned { entries[slot] = 0 }
    var used: Set<Int> = []
    for alternative in choice.alternatives {
      _ = grammar.openings(of: alternative, entries: entries, used: &used)
    }
    examine(choice, entries, varying: used.sorted()[...])
  }

  private mutating func examine(
    _ choice: StoryGrammar.Choice, _ entries: [Int?], varying slots: ArraySlice<Int>
  ) {
    if let slot = slots.first {
      for entry in grammar.slots[slot].forms[0].alternatives.indices {
        var entries = entries
        entries[slot] = entry
        examine(choice, entries, varying: slots.dropFirst())
      }
      return
    }
    examined += 1
    var used: Set<Int> = []
    let openings = choice.alternatives.map {
      grammar.openings(of: $0, entries: entries, used: &used).map(\.text)
    }
    for (index, some) in openings.enumerated() {
      for other in openings[(index + 1)...] {
        for (a, b) in some.flatMap({ a in other.map { (a, $0) } })
        where a.starts(with: b) || b.starts(with: a) {
          ambiguities.insert(
            "\"\(String(decoding: a, as: UTF8.self))\" and \"\(String(decoding: b, as: UTF8.self))\""
          )
        }
      }
    }
  }
}
