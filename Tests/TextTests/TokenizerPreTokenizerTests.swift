// How text is cut into pieces, against GPT-2's own pattern and for what it leaves open.
import FoundationEssentials
import Testing
import Text

@Suite struct TokenizerPreTokenizerTests {
  private func lengths(_ text: [UInt8]) -> [Int] {
    let preTokenizer = PreTokenizer()
    var lengths: [Int] = []
    var start = 0
    while start < text.count {
      let end = preTokenizer.endOfPiece(in: text.span, from: start)
      lengths.append(end - start)
      start = end
    }
    return lengths
  }

  /// Texts over all categories of Unicode; pre_tokenizer.py beside the file made it.
  @Test func agreesWithTheRegularExpression() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/pre_tokenizer.txt")
    let lines = String(decoding: try Data(contentsOf: path), as: UTF8.self).split(separator: "\n")
    #expect(lines.count > 400)
    for line in lines {
      let fields = line.split(separator: " ")
      let digits = fields[0] == "-" ? [] : fields[0].map { UInt8($0.hexDigitValue ?? 0) }
      let text = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
      #expect(lengths(text) == fields.dropFirst().map { Int($0) ?? -1 }, "\(fields[0])")
    }
  }

  /// Whatever the toolchain knows: U+10940 is a letter since Unicode 17, U+16D40 since 16, U+2EBF0
  /// since 15.1.
  @Test(arguments: [("a\u{10940}a", [1, 4, 1]), ("a\u{16D40}a", [6]), ("a\u{2EBF0}a", [6])])
  func lettersAreThoseOfUnicode16(_ text: String, _ expected: [Int]) {
    #expect(lengths(Array(text.utf8)) == expected)
  }

  /// Lone continuation bytes, overlong forms (of A, which would be a letter), surrogates, beyond U+10FFFF, a cut scalar at the end.
  @Test(
    arguments: [
      [0x80], [0xc0, 0xaf], [0xc1, 0x81], [0xe0, 0x81, 0x81], [0xed, 0xa0, 0x80],
      [0xf0, 0x80, 0x81, 0x81], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff],
      [0xe4, 0xbb], [0xf0, 0x9f, 0x98],
    ] as [[UInt8]])
  func malformedBytesAreSymbols(bytes: [UInt8]) {
    #expect(lengths(bytes) == [bytes.count])
    #expect(lengths(Array("a".utf8) + bytes + Array("!a".utf8)) == [1, bytes.count + 1, 1])
    #expect(lengths(Array("1 ".utf8) + bytes) == [1, bytes.count + 1])
  }
}
