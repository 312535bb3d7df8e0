// The notation in which the built-in grammars are written down.

/// Slots and rules are blocks separated by blank lines.
///
/// A slot: its name and the names of its forms, then one entry a line, a weight before each:
///
///     hero | he | his
///     3 Lily | she | her
///     2 Tom | he | his
///
/// The first form bears the slot's own name. A rule: its name, then one alternative a line, with a
/// weight where it is not 1; a line that begins with a blank continues the one before it:
///
///     opening
///     3 There was once a [2 little|1 kind] child, {hero}.
///     1 {Hero} lived <home>.
///
/// In a rule `[2 a|1 b]` is a choice, `{hero.he}` a mention in one of the slot's forms,
/// `{Hero.he}` the same with a capital, and `<home>` another rule, which must stand further down:
/// so no rule can contain itself. The first rule is the story.
extension StoryGrammar {
  /// Precondition: the notation is right. It is part of the program, and a test reads it.
  package init(slots slotText: String, rules ruleText: String) {
    slots = Self.blocks(slotText).map { Self.slot($0) }
    var rules: [String: Node] = [:]
    var last: Node = .sequence([])
    for block in Self.blocks(ruleText).reversed() {
      let alternatives = block.dropFirst().map { Self.weighted($0) }
      var nodes: [Node] = []
      for alternative in alternatives {
        var reader = NotationReader(text: alternative.text, slots: slots, rules: rules)
        nodes.append(reader.readSequence())
        reader.expectEnd()
      }
      last =
        nodes.count == 1
        ? nodes[0] : .choice(Choice(weights: alternatives.map(\.weight), alternatives: nodes))
      precondition(rules.updateValue(last, forKey: block[0]) == nil, "two rules \(block[0])")
    }
    story = .sequence([last, .text(Array(Self.separator.utf8))])
  }

  /// The blocks of a notation, each as its lines, continued lines joined.
  private static func blocks(_ text: String) -> [[String]] {
    var blocks: [[String]] = [[]]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        blocks.append([])
      } else if line.first == " ", let last = blocks[blocks.count - 1].indices.last {
        let rest = line.drop { $0 == " " }
        blocks[blocks.count - 1][last] += (rest.first == "|" ? "" : " ") + rest
      } else {
        blocks[blocks.count - 1].append(String(line))
      }
    }
    return blocks.filter { !$0.isEmpty }
  }

  /// Forms are stored twice: as written, and with a capital.
  private static func slot(_ lines: [String]) -> Slot {
    let names = fields(lines[0])
    let entries = lines.dropFirst().map { weighted($0) }
    let rows = entries.map { fields($0.text) }
    for row in rows { precondition(row.count == names.count, "\(names[0]): forms of \(row)") }
    let weights = entries.map(\.weight)
    func choices(_ spell: (String) -> String) -> [Choice] {
      names.indices.map { form in
        Choice(weights: weights, alternatives: rows.map { .text(Array(spell($0[form]).utf8)) })
      }
    }
    return Slot(
      name: names[0], formNames: names + names.map(capitalised),
      forms: choices { $0 } + choices(capitalised))
  }

  /// A blank at the beginning of a form is written as `_`.
  private static func fields(_ line: String) -> [String] {
    line.split(separator: "|").map { field in
      var text = field.drop { $0 == " " }
      while text.last == " " { text.removeLast() }
      return text.first == "_" ? " " + text.dropFirst() : String(text)
    }
  }

  static func capitalised(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// Takes the weight, or 1, off the front of an alternative.
  static func weighted(_ text: some StringProtocol) -> (weight: Int, text: String) {
    let digits = text.prefix { $0.isNumber }
    guard let weight = Int(digits), text.dropFirst(digits.count).first == " " else {
      return (1, String(text))
    }
    return (weight, String(text.dropFirst(digits.count + 1)))
  }
}

/// Reads one alternative of a rule.
private struct NotationReader {
  private let characters: [Character]
  private var position = 0
  private let slots: [StoryGrammar.Slot]
  private let rules: [String: StoryGrammar.Node]

  init(text: String, slots: [StoryGrammar.Slot], rules: [String: StoryGrammar.Node]) {
    characters = Array(text)
    self.slots = slots
    self.rules = rules
  }

  /// Reads up to the end, or up to a `|` or `]` of the choice around it.
  mutating func readSequence() -> StoryGrammar.Node {
    var nodes: [StoryGrammar.Node] = []
    while position < characters.count, characters[position] != "|", characters[position] != "]" {
      switch characters[position] {
      case "[": nodes.append(readChoice())
      case "{": nodes.append(mention(readName(until: "}")))
      case "<": nodes.append(rule(readName(until: ">")))
      default: nodes.append(readText())
      }
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  func expectEnd() {
    precondition(position == characters.count, "unbalanced brackets: \(String(characters))")
  }

  private mutating func readChoice() -> StoryGrammar.Node {
    var weights: [Int] = []
    var alternatives: [StoryGrammar.Node] = []
    repeat {
      position += 1
      let (weight, rest) = StoryGrammar.weighted(String(characters[position...]))
      position = characters.count - rest.count
      weights.append(weight)
      alternatives.append(readSequence())
      precondition(position < characters.count, "unbalanced brackets: \(String(characters))")
    } while characters[position] == "|"
    position += 1
    return .choice(StoryGrammar.Choice(weights: weights, alternatives: alternatives))
  }

  private mutating func readText() -> StoryGrammar.Node {
    let start = position
    while position < characters.count, !"[]|{<".contains(characters[position]) { position += 1 }
    return .text(Array(String(characters[start..<position]).utf8))
  }

  private mutating func readName(until end: Character) -> String {
    let start = position + 1
    while position < characters.count, characters[position] != end { position += 1 }
    precondition(position < characters.count, "\(end) is missing: \(String(characters))")
    position += 1
    return String(characters[start..<position - 1])
  }

  private func rule(_ name: String) -> StoryGrammar.Node {
    guard let node = rules[name] else { preconditionFailure("no rule \(name) further down") }
    return node
  }

  private func mention(_ text: String) -> StoryGrammar.Node {
    let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
    let capital = parts[0].first?.isUppercase == true
    let slotName = parts[0].prefix(1).lowercased() + parts[0].dropFirst()
    let form = parts.count == 2 ? parts[1] : slotName
    guard let slot = slots.firstIndex(where: { $0.name == slotName }),
      let index = slots[slot].formNames.firstIndex(
        of: capital ? StoryGrammar.capitalised(form) : form)
    else { preconditionFailure("no form {\(text)}") }
    return .mention(slot: slot, form: index)
  }
}
