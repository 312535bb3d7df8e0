// `trainer data report`, and n-gram models beside a trained one.
import TestSupport
import Testing

@Suite struct DataReportTests {
  struct Baselines: Decodable {
    struct Order: Decodable {
      let order: Int
      let addOneLoss, wittenBellLoss, perplexity, bitsPerByte: Double
    }
    let trainingTokens, tokens, bytes: Int
    let orders: [Order]
  }

  struct Report: Decodable {
    struct Part: Decodable {
      struct Duplicates: Decodable { let count, of: Int }
      let bytes, characters, lines, tokens, usedTokens, windowsLineEnds: Int
      let duplicateLines: Duplicates
    }
    struct Parts: Decodable { let training, validation: Part }
    let vocabSize: Int
    let parts: Parts
    let overlapShare: Double
    let baselines: Baselines
  }

  /// As long as in the tiny configuration, with Windows line ends and one line twice.
  private static func workplace() throws -> Workplace {
    let workplace = try Workplace()
    let line = "A line of more than forty characters, with an ä.\r\n"
    try workplace.write(line + line + Workplace.text, to: "mine.txt")
    return workplace
  }

  @Test func reportForPrograms() throws {
    let report = try ResultTests.json(
      Self.workplace().run([
        "data", "report", "--data", "mine.txt", "--tokenizer", "character", "--json",
      ]), as: Report.self)
    let training = report.parts.training
    #expect(training.windowsLineEnds == 2 && training.duplicateLines.count == 1)
    // Two bytes for each ä.
    #expect(training.bytes == training.characters + 2 && training.tokens == training.characters)
    #expect(training.usedTokens == report.vocabSize)
    let validation = report.parts.validation
    #expect(report.baselines.orders.map(\.order) == [1, 2, 3, 4, 5, 6])
    #expect(report.baselines.trainingTokens == training.tokens)
    #expect(report.baselines.tokens == validation.tokens - 1)
    #expect(report.baselines.bytes == validation.bytes - 1)
    let last = try #require(report.baselines.orders.last)
    #expect(abs(last.bitsPerByte - last.wittenBellLoss / 0.693_147_180_559_945_3) < 1e-9)
    #expect(last.wittenBellLoss < report.baselines.orders[0].wittenBellLoss)
  }

  @Test func reportForPeopleFitsSixtyColumns() throws {
    let ending = try Self.workplace().run([
      "data", "report", "--data", "mine.txt", "--tokenizer", "character",
    ])
    #expect(ending.exitCode == 0 && ending.errors == "")
    let lines = ending.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 60 })
    for text in ["Windows line ends", "repeated long lines", "Witten-Bell", "of 50 characters"] {
      #expect(ending.output.contains(text), "\(text)")
    }
    #expect(!ending.output.contains("tabs"))
  }

  struct Evaluation: Decodable {
    let loss, bitsPerByte: Double
    let tokens, bytes: Int
    let baselines: Baselines?
  }

  @Test func baselinesBesideAModel() throws {
    let workplace = try Self.workplace()
    #expect(try workplace.train(["--max-steps", "2", "--quiet"]).exitCode == 0)
    func evaluate(_ arguments: [String]) throws -> ChildProcess.Ending {
      try workplace.run(["evaluate", "--checkpoint", "run"] + arguments)
    }
    let plain = try ResultTests.json(evaluate(["--json"]), as: Evaluation.self)
    #expect(plain.baselines == nil)
    let own = try ResultTests.json(evaluate(["--json", "--baselines"]), as: Evaluation.self)
    #expect(own.loss == plain.loss)
    let baselines = try #require(own.baselines)
    // The same tokens are scored, so that the losses compare.
    #expect(baselines.tokens == own.tokens && baselines.bytes == own.bytes)
    try workplace.write("The quick dog.", to: "other.txt")
    let other = try ResultTests.json(
      evaluate(["--json", "--baselines", "--data", "other.txt"]), as: Evaluation.self)
    #expect(other.baselines?.tokens == 13)
    #expect(other.baselines?.trainingTokens == baselines.trainingTokens)
    let text = try evaluate(["--baselines"])
    #expect(text.output.contains("Witten-Bell") && text.output.contains("model"))
  }
}
