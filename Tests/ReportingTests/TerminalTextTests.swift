// Texts of all scripts keep to the columns they are given.
import Reporting
import Testing

struct TerminalTextTests {
  @Test(
    arguments: [
      ("", 0), ("wörter – “x”", 12), ("中文", 4), ("ひらがなカナ", 12), ("ｶﾅ", 2), ("ＡＢ", 4),
      ("한국", 4), ("\u{1112}\u{1161}\u{11ab}", 2),
      ("e\u{301}", 1), ("\u{301}", 0), ("a\u{200b}b", 2), ("🙂", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2),
      ("☎", 1), ("☎️", 2), ("👍🏽", 2), ("⛹🏽", 2), ("1️⃣", 2), ("\"🏽\"", 4), ("שָׁלוֹם", 4), ("हिन्दी", 5),
      ("…█░", 3), ("\u{20000}", 2),
    ])
  func columns(_ text: String, _ count: Int) { #expect(text.columnCount == count) }

  @Test func aCutTextFits() {
    #expect("漢字漢字".cut(toColumns: 8) == "漢字漢字")
    #expect("漢字漢字".cut(toColumns: 7) == "漢字漢…")
    // Half a character cannot be shown.
    #expect("漢字漢字".cut(toColumns: 6) == "漢字…")
    #expect("cafe\u{301}s".cut(toColumns: 5) == "cafe\u{301}s")
    #expect("cafe\u{301}s".prefix(columns: 4) == "cafe\u{301}")
  }

  @Test func linesBreakBetweenWords() {
    #expect("one two three".lines(columns: 7) == ["one two", "three"])
    #expect("one two three".lines(columns: 6) == ["one", "two", "three"])
    #expect("漢字 漢字 extraordinary".lines(columns: 9) == ["漢字 漢字", "extraordinary"])
    #expect("".lines(columns: 5) == [])
  }

  @Test func paddedTextsEndInTheSameColumn() {
    #expect("漢".padded(toColumns: 4) + "|" == "漢  |")
    #expect("e\u{301}".indented(toColumns: 3) == "  e\u{301}")
    #expect("long".padded(toColumns: 2) == "long")
  }
}
