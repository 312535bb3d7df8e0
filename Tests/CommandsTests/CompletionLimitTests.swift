// Blanks of a text that fills the context.
import Commands
import Models
import Tensors
import TestSupport
import Testing
import Text

@Suite struct CompletionLimitTests {
  /// Words of a model that knows one letter are as long as they may be.
  @Test(arguments: [4, 12, 20, 64], [1, 8])
  func wordsAndTextsStayInTheContext(contextLength: Int, maximumWords: Int) throws {
    var trainer = try TokenizerSettings(kind: .character).trainer()
    try trainer.add(Array("a a".utf8)[...])
    let tokenizer = try trainer.finish()
    let model = GPT.random(
      ModelConfiguration(
        layerCount: 1, headCount: 2, embeddingWidth: 16, contextLength: contextLength,
        vocabularySize: tokenizer.vocabularySize),
      trainable: false)
    let completer = Completer(
      GPTDecoding(model, team: ThreadTeam(threadCount: 1)), tokenizer, startToken: 0,
      shape: WordShape(maximumWords: maximumWords), candidateCount: 100)
    for letters in [0, 1, contextLength / 2, 3 * contextLength] {
      let text = [UInt8](repeating: UInt8(ascii: "a"), count: letters)
      for blanks in [text + Array("___".utf8), Array("___".utf8) + text] {
        let completions = try completer.completions(of: BlankText(blanks))
        #expect(!completions.isEmpty)
        let longest = completions.map { $0.fillers[0].count }.max() ?? 0
        #expect(longest <= min(16 * maximumWords, contextLength / 2))
      }
    }
  }
}
