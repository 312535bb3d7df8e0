// From a segment of text to its tokens.

/// The tokens of a segment, as files and messages carry them.
package struct EncodedSegment: Sendable, Equatable {
  /// `TokenBytes`
  package var tokens: [UInt8] = []
  /// Places behind a document's last token.
  package var ends: [Int] = []
  /// Bytes and characters of the text.
  package var byteCount = 0
  package var characterCount = 0

  package init() {}
}

/// What is put between documents.
package enum DocumentSeparator: Sendable, Equatable {
  /// Nothing: there is only one.
  case none
  case token(Int32)
  /// Where the tokenizer has no token for it: a line break, unless the document ends with one.
  case lineBreak

  package init(_ tokenizer: any Tokenizer, documentCount: Int) {
    guard documentCount > 1 else {
      self = .none
      return
    }
    self = tokenizer.endOfText.map { .token($0) } ?? .lineBreak
  }
}

/// Runs numbered tasks, on several threads if there are some.
package typealias Spread = (_ count: Int, _ body: (_ task: Int) -> Void) -> Void

package struct SegmentEncoder: Sendable {
  private let tokenizer: any Tokenizer
  package let separator: DocumentSeparator
  private static let newline = UInt8(ascii: "\n")
  /// Bytes of a task, about.
  private static let taskLength = 64 << 10

  package init(_ tokenizer: any Tokenizer, _ separator: DocumentSeparator) {
    self.tokenizer = tokenizer
    self.separator = separator
  }

  /// A part of a document.
  private struct Piece {
    let range: Range<Int>
    /// Whether the document began before it.
    let continues: Bool
    let endsDocument: Bool
  }

  /// Pieces that are encoded together, and what came of them.
  private final class Task {
    var pieces: [Piece] = []
    var tokens: [Int32] = []
    var ends: [Int] = []
    var failure: (error: TokenizerError, offset: Int)?
  }

  /// - Throws: `TokenizerError` for what the tokenizer cannot express.
  package func encode(
    _ segment: Segment, spread: Spread
  ) throws(TokenizerError) -> EncodedSegment {
    let tasks = tasks(segment)
    spread(tasks.count) { run(tasks[$0], segment) }
    var encoded = EncodedSegment()
    encoded.byteCount = segment.text.count
    encoded.characterCount = segment.counts.characters
    let width = TokenBytes.width(vocabularySize: tokenizer.vocabularySize)
    for task in tasks {
      if let failure = task.failure { throw failure.error.moved(by: failure.offset, in: segment) }
      let before = encoded.tokens.count / width
      encoded.ends += task.ends.map { before + $0 }
      encoded.tokens += TokenBytes.packed(
        task.tokens, vocabularySize: tokenizer.vocabularySize)
    }
    return encoded
  }

  private func tasks(_ segment: Segment) -> [Task] {
    var tasks: [Task] = []
    var length = 0
    func add(_ piece: Piece) {
      if tasks.isEmpty || length + piece.range.count > Self.taskLength {
        tasks.append(Task())
        length = 0
      }
      tasks[tasks.count - 1].pieces.append(piece)
      length += piece.range.count
    }
    let text = segment.text.span
    for (index, document) in segment.documents.enumerated() {
      var start = document.lowerBound
      var continues = index == 0 && segment.continues
      while document.upperBound - start > 2 * Self.taskLength {
        let part = text.extracting(start..<document.upperBound)
        guard let cut = SafeCut.position(.betweenPieces, in: part, from: Self.taskLength) else {
          break
        }
        add(Piece(range: start..<start + cut, continues: continues, endsDocument: false))
        start += cut
        continues = true
      }
      add(
        Piece(
          range: start..<document.upperBound, continues: continues,
          endsDocument: index < segment.documentEnds.count))
    }
    return tasks
  }

  private func run(_ task: Task, _ segment: Segment) {
    for piece in task.pieces {
      var text = Array(segment.text[piece.range])
      // Of a document that ends before anything of it is in this segment the line break is before.
      if piece.endsDocument, separator == .lineBreak, let last = text.last, last != Self.newline {
        text.append(Self.newline)
      }
      do throws(TokenizerError) {
        task.tokens +=
          try piece.continues ? tokenizer.encode(continuing: text) : tokenizer.encode(text)
      } catch {
        task.failure = (error, piece.range.lowerBound)
        return
      }
      guard piece.endsDocument else { continue }
      if case .token(let end) = separator { task.tokens.append(end) }
      task.ends.append(task.tokens.count)
    }
  }
}

extension TokenizerError {
  /// The same fault, told by its place in the segment rather than in a piece of it.
  fileprivate func moved(by offset: Int, in segment: Segment) -> TokenizerError {
    switch self {
    case .unknownCharacter(let scalar, _, let byteOffset):
      .unknownCharacter(
        scalar, position: TextPosition(of: offset + byteOffset, in: segment.text),
        byteOffset: offset + byteOffset)
    default: self
    }
  }
}
