// Prompts that show what a model has learned, and what the settings do to it.
import Models
import Text

/// A prompt with settings that suit it.
struct Demonstration {
  let prompt: String
  let sampling: Sampling

  private init(_ prompt: String, _ sampling: Sampling) {
    self.prompt = prompt
    self.sampling = sampling
  }

  /// Those for the text that a model has learned from: nothing that its tokenizer lacks.
  static func all(for model: TextModel) -> [Demonstration] {
    prompts(dataset: model.dataset).filter { demonstration in
      demonstration.prompt.isEmpty
        || (try? model.tokenizer.encode(Array(demonstration.prompt.utf8))) != nil
    }
  }

  /// Tokens of a text: a few lines.
  static func count(_ model: TextModel) -> Int { model.tokenizer.kind == .character ? 200 : 60 }

  private static func prompts(dataset: String?) -> [Demonstration] {
    switch dataset {
    case Dataset.stories(.english).name, Dataset.tinyStories.name:
      [
        Demonstration("Once upon a time", greedy),
        Demonstration("Once upon a time", careful),
        Demonstration("Suddenly a", few),
        Demonstration("\"Why are you so", bold),
        Demonstration("On a sunny Monday,", free),
      ]
    case Dataset.stories(.german).name:
      [
        Demonstration("Es war einmal", greedy),
        Demonstration("Es war einmal", careful),
        Demonstration("Vor langer Zeit lebte", few),
        Demonstration("„Bitte hilf mir", bold),
        Demonstration("An einem", free),
      ]
    case Dataset.shakespeare.name:
      [
        Demonstration("ROMEO:", greedy),
        Demonstration("ROMEO:", careful),
        Demonstration("JULIET:\nO ", few),
        Demonstration("First Citizen:\n", bold),
        Demonstration("KING RICHARD III:\n", free),
      ]
    default:
      [
        Demonstration("", greedy), Demonstration("", careful), Demonstration("The ", few),
        Demonstration("It was", bold), Demonstration("", free),
      ]
    }
  }

  private static let greedy = Sampling(temperature: 0)
  private static let careful = Sampling(temperature: 0.7)
  private static let few = Sampling(temperature: 0.9, topK: 20)
  private static let bold = Sampling(temperature: 1.2, minP: 0.1)
  private static let free = Sampling(temperature: 1, topP: 0.9)
}
