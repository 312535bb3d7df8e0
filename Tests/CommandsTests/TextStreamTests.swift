// Text as it comes: no half characters, no part of a stop string.
import Commands
import Testing

@Suite struct TextStreamTests {
  @Test func nothing() {}
}
