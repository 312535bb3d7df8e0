// Phrases from stories that no run has seen, for measuring completion.
import FoundationEssentials
import Tensors
import Text

/// One phrase of each of so many stories: a random sentence of those that the training text does
/// not have, with a blank at a random word.
///
/// The stories are a draw of their own, beside those of training and validation. Nothing else
/// decides which sentence and which word, least of all what a model makes of them.
enum HeldOutPhrases {
  struct Phrase: Equatable {
    let text: String
    let answer: String
  }

  /// Training stories are stream 0, validation stories stream 1.
  private static let stream: UInt64 = 2

  static func make(count: Int) throws -> [Phrase] {
    let training = try CorpusBuilder(environment: [:]).build(.stories(.english)).training
    let seen = Set(sentences(of: String(decoding: training.bytes, as: UTF8.self)))
    var writer = StoryWriter(.english, seed: CorpusBuilder.storySeed, stream: stream)
    let random = RandomStream(seed: CorpusBuilder.storySeed, stream: stream)
    return (0..<count).map { index in
      let story = String(decoding: writer.write(atLeast: 1), as: UTF8.self)
      let sentences = sentences(of: story).filter { !seen.contains($0) }
      let sentence = sentences[random.integer(2 * UInt64(index), below: sentences.count)]
      return phrase(sentence) { random.integer(2 * UInt64(index) + 1, below: $0) }
    }
  }

  /// Those of the demo's context, with what is said in them.
  private static func sentences(of story: String) -> [String] {
    story.split(separator: "\n").flatMap { $0.split(separator: ". ") }.map { part in
      part.hasSuffix(".") || part.hasSuffix("!") || part.hasSuffix("\"")
        ? String(part) : part + "."
    }.filter { sentence in
      (20...100).contains(sentence.count) && sentence.count { $0 == "\"" }.isMultiple(of: 2)
    }
  }

  private static func phrase(_ sentence: String, choose: (Int) -> Int) -> Phrase {
    var words: [Range<String.Index>] = []
    var start: String.Index?
    for index in sentence.indices {
      if sentence[index].isLetter {
        start = start ?? index
      } else if let first = start {
        words.append(first..<index)
        start = nil
      }
    }
    let word = words[choose(words.count)]
    return Phrase(
      text: sentence.replacingCharacters(in: word), answer: String(sentence[word]))
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>) -> String {
    self[..<range.lowerBound] + "___" + self[range.upperBound...]
  }
}
