// `trainer inspect attention`: which tokens a model looks back at.
import ArgumentParser
import Communication
import Models
import Reporting
import Tensors
import Text
import Training

struct InspectAttention: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attention",
    abstract: "Show which tokens the heads of a model attend to.",
    discussion: """
      Without --layer: for every head, what the last token attends to most. With it: a picture a \
      head, a row for each token, darker where it attends more. Layers and heads count from 0.
      """)

  @OptionGroup var named: ModelSourceOptions
  @OptionGroup var beginning: PromptOptions
  @Option(parsing: .unconditional, help: "Layer to show.")
  var layer: Int?
  @Option(parsing: .unconditional, help: "Head of that layer to show.")
  var head: Int?
  @Flag(help: "Print one JSON object, with all weights.")
  var json = false

  func validate() throws {
    guard head == nil || layer != nil else { throw ValidationError("--head: with --layer") }
  }

  func run() throws {
    Session.run { session in
      // One process looks; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        let prompt = try beginning.read()
        let shades = session.console.abilities.blockCharacters
        let view = try AttentionView(
          self, named.source.load(precision: .single, session.team), prompt, shades: shades)
        try StandardOutput.printLine(
          json ? view.json.compact : layer == nil ? view.overview : view.pictures)
        return []
      }
      return .done
    }
  }
}

/// The attention weights that were asked for.
private struct AttentionView {
  private struct Head {
    let layer: Int
    let head: Int
    /// T × T.
    let weights: Matrix
  }

  private let path: String
  private let tokenizer: any Tokenizer
  private let tokens: [Int32]
  private let heads: [Head]
  private let shades: [Character]

  init(
    _ command: InspectAttention, _ trained: TrainedModel, _ prompt: Prompt, shades: Bool
  ) throws {
    let configuration = trained.model.configuration
    try Self.check("--layer", command.layer, "layers", configuration.layerCount)
    try Self.check("--head", command.head, "heads", configuration.headCount)
    let model = TextModel(
      name: trained.path, decoding: UncachedDecoding(trained.model), tokenizer: trained.tokenizer)
    let tokens = try model.tokens(of: prompt)
    guard tokens.count <= configuration.contextLength else {
      throw InspectionError.tooLong(
        tokens: tokens.count, contextLength: configuration.contextLength)
    }
    path = trained.path
    tokenizer = trained.tokenizer
    self.tokens = tokens
    self.shades = Array(shades ? " ░▒▓█" : " .:*#")
    let layers = command.layer.map { [$0] } ?? Array(0..<configuration.layerCount)
    heads = layers.flatMap { layer in
      trained.model.attentionWeights(tokens, layer: layer).enumerated()
        .filter { command.head == nil || $0.offset == command.head }
        .map { Head(layer: layer, head: $0.offset, weights: $0.element) }
    }
  }

  private static func check(_ option: String, _ value: Int?, _ what: String, _ count: Int) throws {
    guard let value, !(0..<count).contains(value) else { return }
    throw InspectionError.beyond(option: option, value: value, what: what, count: count)
  }

  private static let shownCount = 3

  /// A line a head: where the last token looks.
  var overview: String {
    let last = tokens.count - 1
    return "what \(name(last)), the last token, attends to\n"
      + TextTable(
        [.init("layer"), .init("head"), .init("token, place and share", .text)],
        heads.map { head in
          let weights = head.weights.row(last).array
          let order = weights.indices.sorted {
            weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1
          }
          return [
            "\(head.layer)", "\(head.head)",
            order.prefix(Self.shownCount).map { place in
              "\(name(place)) \(place) \(NumberText.fixed(100 * Double(weights[place]), 0))%"
            }.joined(separator: ", "),
          ]
        }
      ).text(columns: StandardOutput.columns)
  }

  /// A picture a head.
  var pictures: String {
    let width = Self.labelWidth
    let marks = tokens.indices.map(mark)
    // Some scripts' letters are two columns wide.
    let cell = max(1, marks.map(\.columnCount).max() ?? 1)
    let count = min(tokens.count, max(1, (StandardOutput.columns - width - 2) / cell))
    let shown = tokens.count - count..<tokens.count
    let note = count < tokens.count ? ", the last \(count) tokens" : ""
    let top =
      String(repeating: " ", count: width + 2)
      + shown.map { String(marks[$0]).padded(toColumns: cell) }.joined()
    return heads.map { head in
      let lines = shown.map { query in
        name(query).cut(toColumns: width).padded(toColumns: width + 2)
          + shown.filter { $0 <= query }.map {
            String(repeating: shade(head.weights[query, $0]), count: cell)
          }.joined()
      }
      return (["layer \(head.layer), head \(head.head)\(note)", top] + lines)
        .joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static let labelWidth = 10

  private func name(_ place: Int) -> String { ShownToken(tokens[place], tokenizer).text }

  /// The first letter of a token that can be seen, above its column.
  private func mark(_ place: Int) -> Character {
    let text = String(decoding: tokenizer.bytes(of: tokens[place]), as: UTF8.self)
    return text.first { $0.isLetter || $0.isNumber || $0.isPunctuation } ?? " "
  }

  private func shade(_ weight: Float) -> Character {
    // Steps at 5, 20, 40 and 70 %: attention is mostly spread thin.
    let step = [0.05, 0.2, 0.4, 0.7].count { Double(weight) >= $0 }
    return shades[step]
  }

  var json: JSONValue {
    .fields([
      ("checkpoint", .string(path)),
      (
        "tokens",
        .array(tokens.map { .string(String(decoding: tokenizer.bytes(of: $0), as: UTF8.self)) })
      ),
      (
        "heads",
        .array(
          heads.map { head in
            .fields([
              ("layer", .count(head.layer)), ("head", .count(head.head)),
              (
                "weights",
                .array(
                  (0..<tokens.count).map { query in
                    .array(head.weights.row(query).array.map { .number(Double($0)) })
                  })
              ),
            ])
          })
      ),
    ])
  }
}
