// Losses document by document: they add up, and ranks share them out.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct DocumentEvaluationTests {
  struct Evaluation: Decodable {
    struct Document: Decodable, Equatable {
      let document, tokens, bytes: Int
      let begins: String
      let loss: Double?
    }
    let loss: Double
    let tokens: Int
    let documents: [Document]?
  }

  /// Texts of several lengths, shorter and longer than a window.
  private static func workplace() throws -> Workplace {
    let workplace = try Workplace()
    #expect(try workplace.train(["--max-steps", "20", "--quiet"]).exitCode == 0)
    try workplace.makeFolder("texts")
    for (index, length) in [40, 5, 100, 16].enumerated() {
      let text = "fox \(index) " + String(Workplace.text.prefix(length))
      try workplace.write(text, to: "texts/\(index).txt")
    }
    return workplace
  }

  private static func evaluate(
    _ workplace: Workplace, _ arguments: [String], program: [String] = [Workplace.trainer]
  ) throws -> Evaluation {
    try ResultTests.json(
      workplace.run(
        ["evaluate", "--checkpoint", "run", "--json", "--data", "texts"] + arguments,
        program: program), as: Evaluation.self)
  }

  @Test(arguments: [[], ["--stride", "5"]])
  func documentsAddUp(_ options: [String]) throws {
    let workplace = try Self.workplace()
    let whole = try Self.evaluate(workplace, options)
    let single = try Self.evaluate(workplace, options + ["--per-document"])
    let documents = try #require(single.documents)
    #expect(single.tokens == whole.tokens)
    #expect(abs(single.loss - whole.loss) < 1e-6)
    #expect(documents.map(\.document) == [1, 2, 3, 4])
    // The first token of all is no target; line breaks end documents.
    #expect(documents.map(\.tokens) == [46, 12, 107, 23])
    let sum = documents.reduce(0) { $0 + ($1.loss ?? 0) * Double($1.tokens) }
    #expect(abs(sum / Double(single.tokens) - whole.loss) < 1e-6)
    #expect(documents.map { $0.begins.prefix(6) } == ["fox 0 ", "fox 1 ", "fox 2 ", "fox 3 "])
    let ranks = try Self.evaluate(
      workplace, options + ["--per-document"], program: Workplace.launcher(ranks: 2))
    for (one, other) in zip(documents, ranks.documents ?? []) {
      #expect(one.tokens == other.tokens && one.bytes == other.bytes)
      #expect(abs((one.loss ?? 0) - (other.loss ?? 0)) < 1e-6)
    }
  }

  @Test func tablesFitSixtyColumns() throws {
    let workplace = try Self.workplace()
    for arguments in [["--data", "texts", "--per-document"], ["--checkpoint", "run"]] {
      let ending = try workplace.run(
        ["evaluate", "--checkpoint", "run"] + arguments, environment: ["COLUMNS": "60"])
      #expect(ending.exitCode == 0)
      #expect(ending.output.split(separator: "\n").allSatisfy { $0.count <= 60 })
    }
  }
}
