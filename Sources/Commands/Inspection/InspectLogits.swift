// `trainer inspect logits`: what a model expects behind a text.
import ArgumentParser
import Communication
import Models
import Reporting
import Tensors
import Text
import Training

struct InspectLogits: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Show which tokens a model expects next, and how much.")

  @OptionGroup var source: TextModelOptions
  @OptionGroup var beginning: PromptOptions
  @Option(parsing: .unconditional, help: "Tokens to show.")
  var top = 10
  @Flag(help: "Show for every token of the prompt how much the model expected it.")
  var allPositions = false
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top \(top): at least 1") }
  }

  func run() throws {
    Session.run { session in
      // One process looks; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        let prompt = try beginning.read()
        let model = try source.load(session.team)
        let tokens = try model.tokens(of: prompt)
        session.warnOfUnknownWords(model, in: prompt)
        let contextLength = model.decoding.contextLength
        guard tokens.count <= contextLength else {
          throw InspectionError.tooLong(tokens: tokens.count, contextLength: contextLength)
        }
        let view = try LogitView(tokens, model)
        let bars = StandardOutput.isTerminal && session.console.abilities.blockCharacters
        try StandardOutput.printLine(
          json
            ? view.json(top: top, allPositions: allPositions).compact
            : allPositions
              ? view.positions(columns: StandardOutput.columns)
              : view.successors(top: top, bars: bars, columns: StandardOutput.columns))
        return []
      }
      return .done
    }
  }
}

/// The logits of every token's successor.
private struct LogitView {
  private struct Row {
    /// The likeliest first.
    let order: [Int32]
    let logits: [Float]
    let probabilities: [Double]
  }

  private let tokens: [Int32]
  private let rows: [Row]
  private let model: TextModel

  /// - Throws: `GenerationError`
  init(_ tokens: [Int32], _ model: TextModel) throws(GenerationError) {
    self.tokens = tokens
    self.model = model
    model.decoding.reset()
    let logits = model.decoding.logits(reading: tokens)
    rows = try tokens.indices.map { place throws(GenerationError) in
      // Temperature 1 and no filter: the model's own probabilities.
      var sampler = Sampler(Sampling(), vocabularySize: model.decoding.vocabularySize)
      let ranked = sampler.distribution(logits.row(place), after: [])
      if ranked.isEmpty { throw .notFinite(tokenCount: place + 1) }
      var probabilities = [Double](repeating: 0, count: model.decoding.vocabularySize)
      for candidate in ranked {
        probabilities[Int(candidate.token)] = Double(candidate.probability)
      }
      return Row(
        order: ranked.map(\.token), logits: logits.row(place).array,
        probabilities: probabilities)
    }
  }

  private func name(_ token: Int32) -> String { ShownToken(token, model.tokenizer).text }

  private static func percent(_ probability: Double) -> String {
    NumberText.fixed(100 * probability, 1) + " %"
  }

  /// What may follow the whole text.
  func successors(top: Int, bars: Bool, columns: Int) -> String {
    let row = rows[rows.count - 1]
    let largest = row.order.first.map { row.probabilities[Int($0)] } ?? 1
    return TextTable(
      [.init("token", .text), .init("id"), .init("logit"), .init("probability")]
        + (bars ? [.init("", .text)] : []),
      row.order.prefix(top).map { token in
        let probability = row.probabilities[Int(token)]
        return [
          name(token), "\(token)", NumberText.fixed(Double(row.logits[Int(token)]), 3),
          Self.percent(probability),
        ] + (bars ? [Self.bar(probability / largest)] : [])
      }
    ).text(columns: columns)
  }

  private static func bar(_ part: Double) -> String {
    String(repeating: "█", count: Int((part * 16).rounded()))
  }

  /// What the model expected at each place, beside what stands there.
  func positions(columns: Int) -> String {
    TextTable(
      [
        .init("place"), .init("token", .text), .init("expected"), .init("rank"),
        .init("next, likeliest", .text), .init("probability"),
      ],
      tokens.indices.map { place in
        let next = rows[place].order.first ?? 0
        let own = place == 0 ? nil : rows[place - 1]
        return [
          "\(place)", name(tokens[place]),
          own.map { Self.percent($0.probabilities[Int(tokens[place])]) } ?? "",
          own.flatMap { $0.order.firstIndex(of: tokens[place]) }.map { "\($0 + 1)" } ?? "",
          name(next), Self.percent(rows[place].probabilities[Int(next)]),
        ]
      }
    ).text(columns: columns)
  }

  func json(top: Int, allPositions: Bool) -> JSONValue {
    let places = allPositions ? 0..<rows.count : rows.count - 1..<rows.count
    return .fields([
      ("checkpoint", .string(model.name)),
      (
        "positions",
        .array(
          places.map { place in
            .fields([
              ("place", .count(place)), ("token", .string(text(tokens[place]))),
              ("id", .count(Int(tokens[place]))),
              (
                "probability",
                place == 0 ? .null : .number(rows[place - 1].probabilities[Int(tokens[place])])
              ),
              ("next", .array(rows[place].order.prefix(top).map { json($0, rows[place]) })),
            ])
          })
      ),
    ])
  }

  private func json(_ token: Int32, _ row: Row) -> JSONValue {
    .fields([
      ("token", .string(text(token))), ("id", .count(Int(token))),
      ("logit", .number(Double(row.logits[Int(token)]))),
      ("probability", .number(row.probabilities[Int(token)])),
    ])
  }

  private func text(_ token: Int32) -> String {
    String(decoding: model.tokenizer.bytes(of: token), as: UTF8.self)
  }
}
