// `trainer inspect embeddings`: which tokens a model takes for alike.
import ArgumentParser
import Communication
import Models
import Reporting
import Tensors
import Text
import Training

struct InspectEmbeddings: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embeddings",
    abstract: "Show the tokens whose vectors point most nearly the same way.")

  @OptionGroup var named: ModelSourceOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Token or word; of several tokens the mean is taken.", valueName: "word"))
  var near: String
  @Option(parsing: .unconditional, help: "Tokens to show.")
  var top = 10
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top \(top): at least 1") }
    guard !near.isEmpty else { throw ValidationError("--near: name a word") }
  }

  func run() throws {
    Session.run { session in
      // One process looks; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        let trained = try named.source.load(precision: .single, session.team)
        let tokens = try tokens(trained.tokenizer)
        let nearest = Self.nearest(to: tokens, trained.model).prefix(top)
        try StandardOutput.printLine(
          json
            ? report(tokens, nearest, trained).compact : table(tokens, nearest, trained.tokenizer))
        return []
      }
      return .done
    }
  }

  /// In byte-level BPE most words are tokens with the space before them: the form with fewer tokens
  /// is taken.
  private func tokens(_ tokenizer: any Tokenizer) throws -> [Int32] {
    let plain = try tokenizer.tokens(of: Prompt(name: "--near", bytes: Array(near.utf8)))
    if tokenizer.kind == .bpe {
      let spaced = try tokenizer.encode(Array(" \(near)".utf8))
      if spaced.count < plain.count { return spaced }
    }
    if plain == tokenizer.unknownToken.map({ [$0] }) {
      throw UnknownWordError(word: near)
    }
    return plain
  }

  private static func nearest(
    to tokens: [Int32], _ model: GPT
  ) -> [(token: Int32, cosine: Double)] {
    var mean = [Double](repeating: 0, count: model.configuration.embeddingWidth)
    for token in tokens {
      for (index, value) in model.tokenEmbedding(token).array.enumerated() {
        mean[index] += Double(value) / Double(tokens.count)
      }
    }
    return model.cosines(to: mean).enumerated().map { (token: Int32($0), cosine: $1) }
      .filter { !tokens.contains($0.token) }
      .sorted { $0.cosine != $1.cosine ? $0.cosine > $1.cosine : $0.token < $1.token }
  }

  private func table(
    _ tokens: [Int32], _ nearest: ArraySlice<(token: Int32, cosine: Double)>,
    _ tokenizer: any Tokenizer
  ) -> String {
    "near \(tokens.map { ShownToken($0, tokenizer).text }.joined(separator: " "))\n"
      + TextTable(
        [.init("token", .text), .init("id"), .init("cosine")],
        nearest.map {
          [
            ShownToken($0.token, tokenizer).text, "\($0.token)", NumberText.fixed($0.cosine, 4),
          ]
        }
      ).text(columns: StandardOutput.columns)
  }

  private func report(
    _ tokens: [Int32], _ nearest: ArraySlice<(token: Int32, cosine: Double)>,
    _ trained: TrainedModel
  ) -> JSONValue {
    func text(_ token: Int32) -> JSONValue {
      .string(String(decoding: trained.tokenizer.bytes(of: token), as: UTF8.self))
    }
    return .fields([
      ("checkpoint", .string(trained.path)), ("near", .array(tokens.map(text))),
      (
        "nearest",
        .array(
          nearest.map {
            .fields([
              ("token", text($0.token)), ("id", .count(Int($0.token))),
              ("cosine", .number($0.cosine)),
            ])
          })
      ),
    ])
  }
}

/// A word that a tokenizer has no token for.
struct UnknownWordError: Error, CustomStringConvertible {
  let word: String

  var description: String {
    "--near: the tokenizer does not know \(ReadableText.quoted(Array(word.utf8))); "
      + "name a word of the training text"
  }
}
