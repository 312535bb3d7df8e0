// Prepared text for tests, made on ranks that are threads.
import Communication
import FoundationEssentials
import Tensors
import TestSupport
import Text
import Training

/// Prepares texts of a test's folder.
struct PreparedFolder: Sendable {
  let folder: TestFolder
  var settings = TokenizerSettings(kind: .character)
  /// Small enough for many of them in a small text.
  var segmentLength = 500

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  func files(_ names: [String]) throws -> [InputFile] { try InputFile.all(of: names.map(path)) }

  /// An order of files that are there; the tokenizer is made.
  func order(
    _ training: [String], validation: [String] = [], test: [String] = [], fraction: Double = 0.1,
    testFraction: Double = 0, cleaning: TextCleaning = TextCleaning()
  ) throws -> PreparationOrder {
    var order = PreparationOrder(
      training: try files(training),
      tokenizing: .init(kind: settings.kind.rawValue, vocabularySize: settings.vocabularySize))
    order.validation = try files(validation)
    order.test = try files(test)
    order.validationFraction = validation.isEmpty ? fraction : 0
    order.testFraction = testFraction
    order.cleaning = cleaning
    return order
  }

  /// Whether what was there was used again.
  /// - Parameter make: called when the tokenizer is to be made.
  @discardableResult
  func prepare(
    _ order: PreparationOrder, into name: String = "prepared", ranks: Int = 1, forced: Bool = false,
    tokenizer: (any Tokenizer)? = nil,
    make: (@Sendable () -> Void)? = nil, whileWaiting: (@Sendable () -> Void)? = nil
  ) throws -> Bool {
    let outcomes = try ThreadCommunicator.run(ranks) { communicator -> Result<Bool, any Error> in
      do {
        return .success(
          try DataPreparation(
            communicator: communicator, team: ThreadTeam(threadCount: 1),
            segmentLength: segmentLength
          ).prepare(
            { order }, folder: path(name), forced: forced,
            tokenizer: { documentCount, read in
              make?()
              return try tokenizer
                ?? TokenizerMaking.make(settings, documentCount: documentCount, read)
            },
            whileWaiting: { whileWaiting?() }
          ).isReused)
      } catch let failure as AgreedFailure {
        return .failure(failure)
      }
    }
    // One rank has the cause, all of them end.
    let failures = outcomes.compactMap { outcome -> AgreedFailure? in
      guard case .failure(let failure) = outcome else { return nil }
      return failure as? AgreedFailure
    }
    let causes = failures.compactMap(\.cause)
    guard failures.isEmpty || (causes.count == 1 && failures.count == ranks) else {
      throw SeveralVoices(causes: causes.map { "\($0)" })
    }
    if let cause = causes.first { throw cause }
    return try outcomes.map { try $0.get() } == Array(repeating: true, count: ranks)
  }

  /// Of a failure that not exactly one rank told, or not all ranks heard of.
  private struct SeveralVoices: Error {
    let causes: [String]
  }

  func text(_ name: String = "prepared") throws -> PreparedText {
    try PreparedText(folder: path(name))
  }

  /// The text of a split, with whatever stands between its documents.
  func decoded(_ split: Split, _ name: String = "prepared") throws -> String {
    let text = try text(name)
    let tokens = TokenSequence(try text.file(of: split))
    return String(
      decoding: text.tokenizer.decode((0..<tokens.count).map { tokens[$0] }), as: UTF8.self)
  }

  /// Documents with markers between them, each a story of its own length.
  static func documents(_ count: Int, seed: UInt64 = 1) -> [String] {
    (0..<count).map { index in
      var writer = StoryWriter(
        StoryLanguage.english.grammar, seed: seed, stream: UInt64(index))
      return String(decoding: writer.write(atLeast: 1 + index % 5 * 200), as: UTF8.self)
    }
  }

  static func text(of documents: [String]) -> [UInt8] {
    Array(documents.joined(separator: "<|endoftext|>").utf8)
  }
}
