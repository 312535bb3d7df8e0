// A model writes one text, token by token, to whoever takes it.
import Models
import Reporting
import Text

/// How a text came to its end.
enum TextEnd: String {
  case length
  case endOfText = "end_of_text"
  case stop
  case interrupted
}

/// What a model wrote behind a prompt.
struct WrittenText {
  var bytes: [UInt8] = []
  var tokenCount = 0
  var end = TextEnd.length
}

struct TextWriter {
  let model: TextModel
  let settings: WritingSettings
  /// What writing has cost, over all texts.
  private(set) var cost = WritingCost()

  init(_ model: TextModel, _ settings: WritingSettings) {
    self.model = model
    self.settings = settings
  }

  /// - Parameters:
  ///   - prompt: at least one token.
  ///   - joins: whether the text goes on from the prompt's last token, as in one text.
  ///   - sample: its number among several from one seed.
  ///   - emit: takes bytes as they come; a character may come in parts.
  /// - Throws: `GenerationError`, `OutputError`
  mutating func write(
    after prompt: [Int32], joins: Bool = true, sample: Int = 0,
    emit: ([UInt8]) throws(OutputError) -> Void
  ) throws -> WrittenText {
    let (model, settings) = (model, settings)
    var text = WrittenText()
    var scanner = StopScanner(settings.stops)
    var failure: OutputError?
    var previous = joins ? prompt.last : nil
    func show(_ bytes: [UInt8]) {
      guard failure == nil, !bytes.isEmpty else { return }
      text.bytes += bytes
      do throws(OutputError) { try emit(bytes) } catch { failure = error }
    }
    var generator = TokenGenerator(
      model.decoding, settings.sampling, seed: settings.seed, sample: sample,
      excluded: model.tokenizer.unknownToken.map { [$0] } ?? [])
    try cost.measure {
      try generator.generate(prompt, count: settings.maximumCount) { token in
        text.tokenCount += 1
        if token == model.tokenizer.endOfText, !settings.passesEndOfText {
          text.end = .endOfText
          return false
        }
        show(scanner.pass(model.tokenizer.bytes(of: token, after: previous)))
        previous = token
        if scanner.hasStopped { text.end = .stop }
        if Interrupt.isPending { text.end = .interrupted }
        return text.end == .length && failure == nil
      }
      show(scanner.finish())
      return text.tokenCount
    }
    if let failure { throw failure }
    return text
  }
}

/// Time that tokens have taken.
struct WritingCost {
  private(set) var tokenCount = 0
  private(set) var seconds = 0.0
  private(set) var processorSeconds = 0.0

  /// - Parameter body: returns the number of tokens that it wrote.
  mutating func measure(_ body: () throws -> Int) rethrows {
    let start = (MonotonicClock.seconds(), MonotonicClock.processorSeconds())
    tokenCount += try body()
    seconds += MonotonicClock.seconds() - start.0
    processorSeconds += MonotonicClock.processorSeconds() - start.1
  }

  static func += (sum: inout WritingCost, other: WritingCost) {
    sum.tokenCount += other.tokenCount
    sum.seconds += other.seconds
    sum.processorSeconds += other.processorSeconds
  }

  var tokensPerSecond: Double { seconds > 0 ? Double(tokenCount) / seconds : 0 }
  /// 100 for one core at work all the time.
  var processorPercent: Double { seconds > 0 ? 100 * processorSeconds / seconds : 0 }

  /// For people; fits 60 columns.
  var line: String {
    let rate = NumberText.fixed(tokensPerSecond, tokensPerSecond < 100 ? 1 : 0)
    return "\(NumberText.grouped(tokenCount)) tokens | \(rate) tok/s | "
      + "cpu \(NumberText.fixed(processorPercent, 0))% | "
      + "peak mem \(NumberText.gigabytes(Double(ProcessMemory.current.peakResidentBytes)))"
  }
}
