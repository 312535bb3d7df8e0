// The reader of configuration files: what it takes, what it refuses, and that nothing stops it.
import Tensors
import Testing
import Training

struct JSON5ParserTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSON5Parser.parse(text, path: "test.json")
  }

  @Test(arguments: [
    ("{a: 1,}", #"{"a": 1}"#), ("[1, 2,]", "[1, 2]"), ("{'a': 'b'}", #"{"a": "b"}"#),
    ("{\"a\": 'it\"s'}", #"{"a": "it\"s"}"#), ("{$a_1: null}", #"{"$a_1": null}"#),
    ("/* a */ [ // b\n 1 /* , 2 */ ] // c", "[1]"), ("\u{feff}[]", "[]"), ("{}", "{}"),
    ("[+1, -2, .5, 5., 1e3, 0x10]", "[1, -2, 0.5, 5, 1000, 16]"),
    ("[true, false]", "[true, false]"),
    ("'// no comment'", #""// no comment""#), ("[\r\n\t1\u{a0}]", "[1]"),
    (#"'\n\t\"\'\\\/\u00e9\u0001'"#, #""\n\t\"'\\/é\u0001""#),
  ])
  func takesWhatPeopleWrite(_ text: String, _ compact: String) throws {
    #expect(try parse(text).compact == compact)
    #expect(try parse(compact).compact == compact)
  }

  @Test(arguments: [
    "", "{", "[1 2]", "{a 1}", "{a: }", "{: 1}", "[,]", "{,}", "[1,,2]", "nan", "Infinity", "1e999",
    "-", "1.2.3", "tru", "'a\nb'", #"'\x'"#, #"'\u12"#, #"'\ud800'"#, #"'\"#, "1 1", "/", "/* *",
    "{a: 1, 'a': 2}", "#",
  ])
  func refusesWhatIsNoValue(_ text: String) {
    #expect(throws: ConfigurationError.self) { try parse(text) }
  }

  @Test func nestingIsBounded() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try parse(nested(64)) }
    #expect(throws: ConfigurationError.self) { try parse(nested(65)) }
    #expect {
      try parse(String(repeating: "{a:", count: 1_000_000))
    } throws: { "\($0)".contains("nested too deeply") }
  }

  @Test func linesAreThoseOfTheKeys() throws {
    guard case .object(let members) = try parse("{\n/*\n*/ a: 1, b:\n2,\r\nc: 3 }") else {
      Issue.record("no object")
      return
    }
    #expect(members.map(\.line) == [3, 3, 5])
  }

  /// Random characters, of which many mean something; whatever comes out reads back the same.
  @Test func randomTextNeverTraps() throws {
    let pieces = [
      "{", "}", "[", "]", ":", ",", "\"", "'", "\\", "\\u", "//", "/*", "*/", "\n", " ", "a", "1",
      "-", ".", "e9", "true", "null", "é", "\u{301}", "\u{0}", "\u{2028}", "🇩🇪", "\r",
    ]
    let stream = RandomStream(seed: 5, stream: 5)
    var readable = 0
    for round in 0..<20_000 {
      let length = stream.integer(UInt64(100 * round), below: 14)
      let text = (0..<length).map { place in
        pieces[stream.integer(UInt64(100 * round + place + 1), below: pieces.count)]
      }.joined()
      guard let value = try? parse(text) else { continue }
      readable += 1
      #expect(try parse(value.compact) == parse(value.pretty()), "\(text.debugDescription)")
    }
    #expect(readable > 100)
  }

  /// A real file with single bytes replaced or cut off: read or refused, never a trap.
  @Test func damagedConfigurationsNeverTrap() {
    let stream = RandomStream(seed: 6, stream: 6)
    let whole = Array(RunConfiguration().json.utf8)
    for round in 0..<3_000 {
      var bytes = whole
      let base = UInt64(10 * round)
      for change in 0..<UInt64(1 + stream.integer(base, below: 4)) {
        let place = stream.integer(base + 2 * change + 1, below: bytes.count)
        bytes[place] = UInt8(stream.integer(base + 2 * change + 2, below: 256))
      }
      if round % 3 == 0 { bytes.removeLast(stream.integer(base + 9, below: bytes.count)) }
      _ = try? RunConfiguration(json: String(decoding: bytes, as: UTF8.self), path: "damaged")
    }
  }
}
