// Phrases with a missing word and the word that is missing, as people write them down.
import Text

/// `The cat ___ on the mat.<TAB>sat`, and a tab more for every further blank.
package struct Phrase: Equatable {
  package let text: BlankText
  package let answers: [[UInt8]]
  /// From 1.
  package let line: Int
}

package enum PhraseError: Error, Equatable, CustomStringConvertible {
  case noPhrases(path: String)
  case malformed(path: String, line: Int, reason: String)

  package var description: String {
    switch self {
    case .noPhrases(let path):
      "\(path): holds no phrases; write one a line: text with ___, a tab, and the missing word"
    case .malformed(let path, let line, let reason): "\(path):\(line): \(reason)"
    }
  }
}

package enum PhraseFile {
  /// A phrase a line; empty lines, and those that begin with #, are passed over.
  package static func phrases(
    _ bytes: [UInt8], path: String
  ) throws(PhraseError) -> [Phrase] {
    var phrases: [Phrase] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      phrases.append(try phrase(line, path: path, line: index + 1))
    }
    if phrases.isEmpty { throw .noPhrases(path: path) }
    return phrases
  }

  private static func phrase(
    _ line: ArraySlice<UInt8>, path: String, line number: Int
  ) throws(PhraseError) -> Phrase {
    let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
    let phrase = Phrase(
      text: BlankText(Array(fields[0])), answers: fields.dropFirst().map(Self.trimmed),
      line: number)
    let count = phrase.text.blankCount
    var reason: String?
    if count == 0 {
      reason = "no blank; write ___ where the word is missing"
    } else if fields.count == 1 {
      reason = "no answer; write a tab and the missing word behind the text"
    } else if phrase.answers.count != count {
      reason = "\(count) blanks, but \(phrase.answers.count) answers; write one for each blank"
    } else if phrase.answers.contains([]) {
      reason = "an empty answer; write the missing word behind the tab"
    }
    if let reason { throw .malformed(path: path, line: number, reason: reason) }
    return phrase
  }

  /// Without the blanks around it, which nobody sees in a file.
  private static func trimmed(_ answer: ArraySlice<UInt8>) -> [UInt8] {
    let blank = UInt8(ascii: " ")
    return Array(answer.trimmingPrefix { $0 == blank }.reversed().drop { $0 == blank }.reversed())
  }
}
