// Text as it comes: no part of a stop string, no blanks around a reply.
import Commands
import Testing

@Suite struct StreamTests {
  /// What is shown of `text` that comes in parts of `length` bytes.
  private static func shown(_ text: String, _ stops: [String], length: Int) -> (String, Bool) {
    var scanner = StopScanner(stops.map { Array($0.utf8) })
    let bytes = Array(text.utf8)
    var shown: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: length) {
      shown += scanner.pass(Array(bytes[start..<min(bytes.count, start + length)]))
    }
    shown += scanner.finish()
    return (String(decoding: shown, as: UTF8.self), scanner.hasStopped)
  }

  @Test(arguments: 1...7)
  func aStopStringIsFoundHoweverItComes(_ length: Int) {
    #expect(Self.shown("one two three", ["two"], length: length) == ("one ", true))
    #expect(Self.shown("one twtwo", ["two"], length: length) == ("one tw", true))
    #expect(Self.shown("aab aaab", ["aaab"], length: length) == ("aab ", true))
    #expect(Self.shown("Hi.\nUser: x", ["\nUser:", "END"], length: length) == ("Hi.", true))
    #expect(Self.shown("two", ["two"], length: length) == ("", true))
  }

  @Test(arguments: 1...7)
  func whatOnlyBeginsLikeAStopStringIsShown(_ length: Int) {
    #expect(Self.shown("one tw", ["two"], length: length) == ("one tw", false))
    #expect(Self.shown("Hi.\nUs", ["\nUser:"], length: length) == ("Hi.\nUs", false))
    #expect(Self.shown("text", [], length: length) == ("text", false))
  }

  @Test func theShorterOfTwoStopStringsCountsAsSoonAsItIsThere() {
    #expect(Self.shown("xabc", ["abcd", "bc"], length: 1) == ("xa", true))
  }

  @Test func nothingThatMayBecomeAStopStringIsShown() {
    var scanner = StopScanner([Array("stop".utf8)])
    #expect(scanner.pass(Array("a st".utf8)) == Array("a ".utf8))
    #expect(scanner.pass(Array("o".utf8)) == [])
    #expect(scanner.pass(Array("re".utf8)) == Array("store".utf8))
  }

  /// Tokens may cut characters anywhere, and a model may write bytes that are none.
  @Test(arguments: 1...5)
  func aTextIsWholeCharacters(_ length: Int) {
    let bytes = Array("né 喜🐱".utf8) + [0xe4, 0xb9] + Array("x".utf8) + [0x80, 0xf0, 0x9f]
    var stream = TextStream()
    var shown: [String?] = []
    for start in stride(from: 0, to: bytes.count, by: length) {
      let part = stream.pass(Array(bytes[start..<min(bytes.count, start + length)]))
      shown.append(String(validating: part, as: UTF8.self))
    }
    shown.append(String(validating: stream.rest(), as: UTF8.self))
    #expect(shown.compactMap { $0 }.joined() == "né 喜🐱\u{FFFD}x\u{FFFD}\u{FFFD}")
    #expect(!shown.contains(nil))
  }

  @Test func aReplyHasNoBlanksAroundIt() {
    var reply = ReplyStream()
    let parts = [" ", "\n ", "Hello", " ", "there", ".\n", "\n", "And", "  \n"]
    let shown = parts.map { String(decoding: reply.pass(Array($0.utf8)), as: UTF8.self) }
    #expect(shown == ["", "", "Hello", "", " there", ".", "", "\n\nAnd", ""])
    #expect(String(decoding: reply.text, as: UTF8.self) == "Hello there.\n\nAnd")
  }
}
