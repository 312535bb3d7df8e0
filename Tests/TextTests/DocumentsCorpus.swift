// Small corpora of all kinds on the disk, and what readers make of them together.
import TestSupport
import Testing
import Text

/// All documents of a plan, as several readers put them together.
struct ReadDocuments: Equatable {
  var text: [UInt8] = []
  var ends: [Int] = []
  var counts = TextCounts()
  var segments: [Segment] = []

  /// - Parameter length: bytes of a segment, about.
  init(
    _ names: [String], length: Int = 1 << 30, readers: Int = 1,
    _ cleaning: TextCleaning = TextCleaning()
  ) throws {
    let plan = InputPlan(try InputFile.all(of: names), segmentLength: length)
    var rounds = (0..<readers).map { SegmentRounds(plan, cleaning, place: $0, of: readers) }
    while true {
      var round: [Segment?] = []
      for reader in rounds.indices { round.append(try rounds[reader].next()) }
      let read = round.compactMap { $0 }
      if read.isEmpty { return }
      #expect(read.count == readers, "a reader is done before the others")
      for segment in read {
        ends += segment.documentEnds.map { text.count + $0 }
        text += segment.text
        counts += segment.counts
        segments.append(segment)
      }
    }
  }

  var documents: [String] {
    zip([0] + ends, ends).map { String(decoding: text[$0..<$1], as: UTF8.self) }
  }

  static func == (left: ReadDocuments, right: ReadDocuments) -> Bool {
    left.text == right.text && left.ends == right.ends && left.counts == right.counts
  }
}

/// Texts that have something to cut wrongly.
enum SampleText: String, CaseIterable, Sendable {
  case lines, markers, windows, windowsMarkers, noSpace, noSpaceMarkers, windowsNoSpace
  case chinese, chineseLines, chineseMarkers, oneLineDocuments, angles, blankLines, comments
  case russian, russianWords, greek, hebrew, arabic, hindi, thai

  var bytes: [UInt8] { Array(text.utf8) }

  private var text: String {
    let story = Self.story
    switch self {
    case .lines: return story
    case .markers: return Self.marked(story, "\n")
    case .windows: return story.replacing("\n", with: "\r\n")
    case .windowsMarkers: return Self.marked(story, "\n").replacing("\n", with: "\r\n")
    case .noSpace: return story.filter { !$0.isWhitespace }
    case .noSpaceMarkers: return Self.marked(story, "").filter { !$0.isWhitespace }
    case .windowsNoSpace: return story.replacing(" ", with: "").replacing("\n", with: "7\r\n3")
    case .chinese: return Self.chinese(line: "")
    case .chineseLines: return Self.chinese(line: "\n")
    case .chineseMarkers: return Self.chinese(line: "\n<|endoftext|>\n") + "<|endoftext|>"
    case .oneLineDocuments:
      return story.split(separator: "\n").joined(separator: "\n<|endoftext|>\n")
    case .angles: return story.split(separator: "\n").map { "<p>\($0)</p>\n" }.joined()
    case .blankLines: return story.replacing("\n", with: "\n\n \t\n")
    case .russian: return Self.sentences(Self.russianText)
    case .russianWords: return Self.sentences(Self.russianText).replacing("\n", with: " ")
    case .greek: return Self.sentences("η αλεπού είδε το φεγγάρι και γύρισε στο σπίτι της «αργά»")
    case .hebrew: return Self.sentences("השועל הקטן ראה את הירח וחזר הביתה מאוחר בלילה")
    case .arabic: return Self.sentences("رأى الثعلب الصغير القمر، ثم عاد إلى البيت متأخرا")
    case .hindi: return Self.sentences("छोटी लोमड़ी ने चाँद देखा और देर से घर लौटी ।")
    case .thai: return Self.sentences("สุนัขจิ้งจอกน้อย เห็นดวงจันทร์ แล้วกลับบ้าน ตอนดึก")
    case .comments:
      return Self.marked(
        story.split(separator: "\n").map { "\($0)\n  # of \($0.count) characters\n" }.joined(), "\n"
      )
    }
  }

  private static let story: String = {
    var writer = StoryWriter(StoryLanguage.english.grammar, seed: 3, stream: 0)
    // A sentence a line, and an empty line between stories.
    return String(decoding: writer.write(atLeast: 4_000), as: UTF8.self)
      .replacing(". ", with: ".\n")
  }()

  /// A marker every few dozen bytes, at distances that never repeat soon.
  private static func marked(_ text: String, _ newline: String) -> String {
    var marked = ""
    for (index, line) in text.split(separator: "\n").enumerated() {
      marked += line + (index % 3 == 1 ? "\(newline)<|endoftext|>\(newline)" : "\n")
    }
    return marked
  }

  private static let russianText = "лиса увидела луну — и поздно вернулась домой, «в нору»"

  /// Some of the words in ever another order, a sentence a line.
  private static func sentences(_ text: String) -> String {
    let words = text.split(separator: " ")
    return (0..<60).map { line in
      (0..<4 + line % 5).map { String(words[(line * line + $0 * 3) % words.count]) }
        .joined(separator: line % 7 == 3 ? "  " : " ") + "\n"
    }.joined()
  }

  private static func chinese(line: String) -> String {
    (0..<400).map { index in
      let words = ["他们说", "你好", "森林里有一只小狐狸", "妈妈笑了", "天黑以后𠀀", "我们回家"]
      return words[index * 7 % 6] + words[index * index % 6]
        + (index % 4 == 3 ? "。" + line : index % 2 == 0 ? "，" : "")
    }.joined()
  }
}

extension SampleText {
  /// Learned from the text itself, so that merges cross whatever a piece may hold.
  func bytePairTokenizer() throws -> any Tokenizer {
    var trainer = try TokenizerSettings(kind: .bpe, vocabularySize: 600).trainer()
    try trainer.add(bytes[...])
    return try trainer.finish()
  }
}

extension CorpusTestFolder {
  /// Runs gzip on a file; the path of what it made.
  func compress(_ path: String) throws -> String {
    let gzip = try ChildProcess(
      ["gzip", "-kf", path], environment: ["PATH": "/usr/bin:/bin"], workingFolder: self.path)
    let ending = gzip.wait(limit: 30)
    #expect(ending.exitCode == 0, "gzip: \(ending.errors)")
    return path + ".gz"
  }
}
