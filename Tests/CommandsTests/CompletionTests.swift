// Blanks are filled as trying every word would fill them.
import Commands
import Models
import Tensors
import TestSupport
import Testing
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct CompletionTests {
  /// A random model of the tokens of `text`.
  private struct Subject {
    let tokenizer: any Tokenizer
    let decoding: any DecodingState

    init(_ kind: TokenizerKind, _ text: String, contextLength: Int = 64) throws {
      var settings = TokenizerSettings(kind: kind, vocabularySize: kind == .bpe ? 270 : nil)
      settings.minimumFrequency = 1
      var trainer = try settings.trainer()
      try trainer.add(Array(text.utf8)[...])
      tokenizer = try trainer.finish()
      decoding = GPTDecoding(
        GPT.random(
          ModelConfiguration(
            layerCount: 2, headCount: 2, embeddingWidth: 16, contextLength: contextLength,
            vocabularySize: tokenizer.vocabularySize),
          trainable: false),
        team: ThreadTeam(threadCount: 1))
    }

    func completer(_ count: Int, maximumWords: Int = 1) -> Completer {
      Completer(
        decoding, tokenizer, startToken: 0, shape: WordShape(maximumWords: maximumWords),
        candidateCount: count)
    }

    func tokens(_ text: String) throws -> [Int32] { [0] + (try tokenizer.encode(Array(text.utf8))) }

    func logLikelihood(_ text: String) throws -> Double {
      try SequenceScorer(decoding).logLikelihood(of: tokens(text))
    }
  }

  private static func text(_ completion: Completion) -> [String] {
    completion.fillers.map { String(decoding: $0, as: UTF8.self) }
  }

  private static let letters = ["a", "b"]

  /// Every word of at most so many letters.
  private static func words(upTo length: Int) -> [String] {
    length == 0
      ? [] : letters + words(upTo: length - 1).flatMap { word in letters.map { word + $0 } }
  }

  @Test func wordsAreRankedAsByBruteForce() throws {
    let subject = try Subject(.character, " ab.")
    let count = 6
    let found = try subject.completer(count).completions(of: BlankText(Array("a ___ b.".utf8)))
    // The likeliest words with what must follow them, then by the whole text.
    let words = Array(Set(Self.words(upTo: 7)))
    let behind = try words.map { try subject.logLikelihood("a \($0) ") }
    let best = words.indices.sorted { behind[$0] > behind[$1] }.prefix(count)
    let whole = try best.map { (words[$0], try subject.logLikelihood("a \(words[$0]) b.")) }
      .sorted { $0.1 > $1.1 }
    #expect(found.map { Self.text($0) } == whole.map { [$0.0] })
    #expect(zip(found, whole).allSatisfy { abs($0.logLikelihood - $1.1) < 1e-4 })
    let sum = whole.reduce(0) { $0 + exp($1.1) }
    #expect(zip(found, whole).allSatisfy { abs($0.probability - exp($1.1) / sum) < 1e-4 })
  }

  @Test func severalBlanksAreFilledTogether() throws {
    let subject = try Subject(.character, " ab.")
    let found = try subject.completer(24).completions(of: BlankText(Array("___ b ___.".utf8)))
    var best = (text: "", score: -Double.infinity)
    for first in Set(Self.words(upTo: 3)) {
      for second in Set(Self.words(upTo: 3)) {
        let score = try subject.logLikelihood("\(first) b \(second).")
        if score > best.score { best = ("\(first) \(second)", score) }
      }
    }
    #expect(found.first.map { Self.text($0).joined(separator: " ") } == best.text)
    #expect(found.allSatisfy { $0.fillers.count == 2 })
  }

  private static let story = "The cat sat on the mat. The dog sat on the log. A cat ran.\n"

  @Test(arguments: TokenizerKind.allCases, ["the ___ sat", "___ sat on the mat.", "The cat ___"])
  func everyTokenizerFillsBlanksWithWords(_ kind: TokenizerKind, _ text: String) throws {
    let subject = try Subject(kind, Self.story)
    let blank = BlankText(Array(text.utf8))
    let found = try subject.completer(8).completions(of: blank)
    #expect(found.count == 8)
    #expect(Set(found.map { Self.text($0) }).count == 8)
    for completion in found {
      let filler = try #require(Self.text(completion).first)
      #expect(filler.allSatisfy { $0.isLetter || $0.isNumber || "'-".contains($0) }, "\(filler)")
      let whole = String(decoding: blank.filled(completion.fillers), as: UTF8.self)
      #expect(abs(try subject.logLikelihood(whole) - completion.logLikelihood) < 1e-4)
    }
    #expect(found.map(\.logLikelihood) == found.map(\.logLikelihood).sorted(by: >))
    #expect(abs(found.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
  }

  /// In byte-level BPE a word's first token has the space before it.
  @Test func wordsBringTheirSpace() throws {
    let subject = try Subject(.bpe, Self.story)
    let found = try subject.completer(40).completions(of: BlankText(Array("the ___ sat".utf8)))
    let likely = try SequenceScorer(subject.decoding).successors(of: subject.tokens("the"))
    let words = likely.indices.filter {
      let bytes = subject.tokenizer.bytes(of: Int32($0))
      return bytes.first == UInt8(ascii: " ") && WordShape().isComplete(Array(bytes.dropFirst()))
    }
    let best = try #require(words.max { likely[$0] < likely[$1] })
    let word = Array(subject.tokenizer.bytes(of: Int32(best)).dropFirst())
    #expect(found.contains { $0.fillers == [word] })
  }

  /// "xab" is one token: what can follow "x" alone would hardly ever be "ab".
  @Test func aTokenMayReachIntoAWord() throws {
    let subject = try Subject(.bpe, String(repeating: "xab-xab-xab\n", count: 20))
    #expect(try subject.tokens("xab").count == 2)
    let found = try subject.completer(3).completions(of: BlankText(Array("x-x___-x".utf8)))
    #expect(found.contains { $0.fillers == [Array("ab".utf8)] })
  }

  @Test func aBlankMayStandForSeveralWords() throws {
    let subject = try Subject(.word, Self.story)
    let blank = BlankText(Array("the ___ sat".utf8))
    let one = try subject.completer(50).completions(of: blank)
    #expect(!one.contains { $0.fillers[0].contains(UInt8(ascii: " ")) })
    let two = try subject.completer(50, maximumWords: 2).completions(of: blank)
    #expect(two.contains { $0.fillers[0].contains(UInt8(ascii: " ")) })
  }

  @Test func aLongTextIsSeenInPart() throws {
    let subject = try Subject(.character, Self.story, contextLength: 48)
    let long = String(repeating: "The cat ran. ", count: 20)
    let found = try subject.completer(4).completions(
      of: BlankText(Array("\(long)The ___ sat. \(long)".utf8)))
    #expect(found.count == 4)
    #expect(throws: CompletionError.self) {
      try subject.completer(4).completions(of: BlankText(Array("a ___ \(long) ___".utf8)))
    }
  }

  @Test func blanksAreThreeUnderscoresOrMore() {
    func parts(_ text: String) -> [String] {
      BlankText(Array(text.utf8)).parts.map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(parts("a ___ b _____.") == ["a ", " b ", "."])
    #expect(parts("snake_case __ here") == ["snake_case __ here"])
    #expect(parts("___") == ["", ""])
  }

  @Test func wordsHaveAShape() {
    let shape = WordShape(maximumWords: 2)
    for text in ["cat", "don't", "well-known", "Käfer", "two words", "7"] {
      #expect(shape.isComplete(Array(text.utf8)), "\(text)")
    }
    for text in ["", " cat", "cat ", "a b c", "cat.", "-", "don'", "„cat", "two  words"] {
      #expect(!shape.isComplete(Array(text.utf8)), "\(text)")
    }
    #expect(shape.canBegin(Array("two ".utf8)) && !WordShape().canBegin(Array("two ".utf8)))
  }
}
