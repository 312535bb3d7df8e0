// Phrases with missing words: their file, what is measured on them, and those that are shipped.
import Testing

@Suite struct PhraseTests {
  @Test func nothing() {
    for p in HeldOutPhrases.make(count: 50) { print("PHR\t\(p.text)\t\(p.answer)") }
  }
}
