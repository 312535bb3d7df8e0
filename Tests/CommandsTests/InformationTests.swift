// `trainer info`: what each setting means, to people and to programs.
import Testing

@Suite struct InformationTests {
  @Test(arguments: [60, 80]) func settingsAreExplainedOnRequest(_ columns: Int) throws {
    let workplace = try Workplace()
    func info(_ arguments: [String]) throws -> [String] {
      let ending = try workplace.run(
        ["info"] + arguments, environment: ["COLUMNS": "\(columns)"])
      #expect(ending.exitCode == 0)
      return ending.output.split(separator: "\n").map(String.init)
    }
    let plain = try info(["--config", "tiny.json"])
    let explained = try info(["--config", "tiny.json", "--explain"])
    // The same lines, with explanations below them that can be told by their indentation.
    #expect(explained.filter { !$0.hasPrefix(" ") } == plain)
    let place = try #require(explained.firstIndex { $0.hasPrefix("model.n_head ") })
    #expect(
      explained[place + 1].hasPrefix("    Attention heads; divides n_embd (a whole number"))
    #expect(explained.filter { $0.hasPrefix(" ") }.allSatisfy { $0.count <= columns })
    let text = explained.joined(separator: " ").replacing(/[ ]+/, with: " ")
    #expect(text.contains("null: a tenth of learning_rate"))

    #expect(try workplace.train(["--quiet"]).exitCode == 0)
    let stored = try info(["--checkpoint", "run"])
    #expect(!stored.contains { $0.hasPrefix(" ") })
    let told = try info(["--checkpoint", "run", "--explain"])
    #expect(told.filter { !$0.hasPrefix(" ") } == stored)
    #expect(told.count >= 2 * stored.count - 10)
  }

  @Test func programsAreToldWhatSettingsTake() throws {
    struct Description: Decodable {
      struct Setting: Decodable { let source, help, allowed: String }
      let configuration: [String: Setting]
    }
    let description = try ResultTests.json(
      Workplace().run(["info", "--config", "tiny.json", "--json"]), as: Description.self)
    let precision = try #require(description.configuration["training.precision"])
    #expect(precision.help == "Arithmetic of matrix products")
    #expect(precision.allowed == #""auto" or "fp32" or "bf16""#)
    #expect(precision.source == "tiny.json:6")
    #expect(description.configuration.values.allSatisfy { !$0.help.isEmpty && !$0.allowed.isEmpty })
  }
}
