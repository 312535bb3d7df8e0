// The built-in stories: unambiguous, and with the entropy that is claimed.
import FoundationEssentials
import Testing
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct StoryGrammarTests {
  static func logarithm(_ value: Double) -> Double { log(value) }

  @Test(arguments: StoryLanguage.allCases)
  func noTwoAlternativesBeginAlike(_ language: StoryLanguage) {
    let search = StoryAmbiguitySearch(language.grammar)
    #expect(search.examined > 500)
    #expect(search.ambiguities.isEmpty)
  }

  @Test func ambiguityIsNoticed() {
    // "ab" + "c" and "a" + "bc" are one text.
    let grammar = StoryGrammar(
      slots: "hero\nAnn\nBob", rules: "story\n<start> {hero}\n\nstart\nab\na")
    #expect(StoryAmbiguitySearch(grammar).ambiguities.elementsEqual(["\"ab\" and \"a\""]))
  }

  /// One long stream, read from left to right without going back, gives the choices it was made
  /// by; their mean cost is the entropy computed from the grammar.
  @Test(arguments: StoryLanguage.allCases)
  func computedEntropyIsMeasured(_ language: StoryLanguage) {
    let grammar = language.grammar
    var writer = StoryWriter(grammar, seed: 7, stream: 0)
    let text = writer.write(atLeast: 2_000_000)
    var reader = StoryReader(grammar, text: text, logarithm: Self.logarithm)
    var read: [UInt8] = []
    var costs: [Double] = []
    while read.count < text.count {
      let before = reader.nats
      grammar.derive(&reader, into: &read)
      costs.append(reader.nats - before)
    }
    #expect(reader.faults == 0)
    // Not `read == text` inside: a failure would print both.
    let isSame = read == text
    #expect(isSame)

    let entropy = grammar.entropy
    let count = Double(costs.count)
    let mean = costs.reduce(0, +) / count
    let variance = costs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let standardError = (variance / count).squareRoot()
    #expect(abs(mean - entropy.natsPerStory) < 4 * standardError)
    #expect(abs(reader.nats / Double(text.count) - entropy.natsPerByte) < 0.0005)
    let characters = Double(String(decoding: text, as: UTF8.self).unicodeScalars.count)
    #expect(abs(reader.nats / characters - entropy.natsPerCharacter) < 0.0005)
    #expect(abs(Double(text.count) / count / entropy.bytesPerStory - 1) < 0.01)
  }

  @Test func entropyOfAGrammarDoneByHand() {
    // One bit for the hero, one for the ending; a second mention costs nothing.
    let grammar = StoryGrammar(
      slots: "hero|he\nAnn|she\nBo|he", rules: "story\n{hero} is {hero.he}[1 .|1 , {hero}!]")
    let entropy = grammar.entropy
    #expect(abs(entropy.natsPerStory - 2 * log(2)) < 1e-12)
    // "Ann is she" 10, "Bo is he" 8; "." 1, ", Ann!" 6, ", Bo!" 5; the blank line 2.
    #expect(abs(entropy.bytesPerStory - (9 + (1 + 5.5) / 2 + 2)) < 1e-12)
  }

  @Test func aSlotMentionedOnSomePathsCostsItsShare() {
    let grammar = StoryGrammar(
      slots: "hero\nAnn\nBob", rules: "story\n[3 x|1 y{hero}]{hero}")
    let quarter = 0.25 * log(4) + 0.75 * log(4.0 / 3)
    #expect(abs(grammar.entropy.natsPerStory - (quarter + log(2))) < 1e-12)
  }

  @Test(arguments: StoryLanguage.allCases)
  func storiesAreDocumentsBetweenBlankLines(_ language: StoryLanguage) {
    var writer = StoryWriter(language.grammar, seed: 3, stream: 0)
    let text = String(decoding: writer.write(atLeast: 200_000), as: UTF8.self)
    #expect(text.hasSuffix(".\n\n") || text.hasSuffix("!\n\n"))
    for story in text.dropLast(2).split(separator: "\n\n", omittingEmptySubsequences: false) {
      #expect(!story.contains("\n") && !story.contains("  ") && !story.contains(" ."))
      #expect(!story.contains { "[]{}<>|_".contains($0) })
      #expect(story.first?.isUppercase == true)
      let sentences = story.count { ".!?".contains($0) }
      #expect((5...24).contains(sentences))
    }
    #expect(text.utf8.allSatisfy { $0 < 128 } == (language == .english))
  }

  @Test func pronounsAgreeWithTheHero() {
    var writer = StoryWriter(.english, seed: 5, stream: 0)
    let text = String(decoding: writer.write(atLeast: 100_000), as: UTF8.self)
    for story in text.split(separator: "\n\n") where !story.contains("grandma") {
      let isBoy = story.contains("boy called")
      if isBoy && !["mother", "aunt"].contains(where: { story.lowercased().contains($0) }) {
        #expect(!story.contains(" she ") && !story.contains(" her "))
      }
    }
  }

  @Test func theSameSeedGivesTheSameText() {
    func text(seed: UInt64, stream: UInt64) -> [UInt8] {
      var writer = StoryWriter(.german, seed: seed, stream: stream)
      return writer.write(atLeast: 5000)
    }
    #expect(text(seed: 1, stream: 0) == text(seed: 1, stream: 0))
    #expect(text(seed: 1, stream: 0) != text(seed: 2, stream: 0))
    #expect(text(seed: 1, stream: 0) != text(seed: 1, stream: 1))
  }
}
