// The options of everything that writes text.
import ArgumentParser
import Models
import Tensors

/// How a text is written. Nil is what the user has not said.
struct SamplingOptions: ParsableArguments {
  // Unconditional everywhere: a value may begin with a dash.
  @Option(
    parsing: .unconditional,
    help: """
      Below 1: safer words, above: bolder ones; 0: always the likeliest. (default: \
      \(WritingSettings.standard.sampling.temperature))
      """)
  var temperature: Double?
  @Option(parsing: .unconditional, help: "Choose among the k likeliest tokens only.")
  var topK: Int?
  @Option(
    parsing: .unconditional,
    help: "Choose among the likeliest tokens that reach this probability together.")
  var topP: Double?
  @Option(
    parsing: .unconditional,
    help: "Choose among tokens at least this fraction as likely as the likeliest.")
  var minP: Double?
  @Option(
    parsing: .unconditional,
    help: "Above 1: tokens that the model has seen in the text become less likely.")
  var repetitionPenalty: Double?
  @Option(
    parsing: .unconditional,
    help: "Tokens to write at most. (default: \(WritingSettings.standard.maximumCount))")
  var maxNewTokens: Int?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "End before this text; may be given several times. \\n is a line break.", valueName: "text"))
  var stop: [String] = []
  @Flag(help: "Write on behind the end of a text.")
  var ignoreEos = false
  @Option(
    parsing: .unconditional,
    help: "The same seed gives the same text. (default: \(WritingSettings.standard.seed))")
  var seed: String?

  /// Programs read the numbers of JSON exactly up to here.
  private static let seeds: ClosedRange<UInt64> = 0...1 << 53

  func validate() throws {
    if let temperature, !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature \(temperature): a number from 0")
    }
    if let topK, topK < 1 { throw ValidationError("--top-k \(topK): at least 1") }
    if let topP, !(topP > 0 && topP <= 1) {
      throw ValidationError("--top-p \(topP): above 0, to 1")
    }
    if let minP, !(minP >= 0 && minP <= 1) {
      throw ValidationError("--min-p \(minP): from 0 to 1")
    }
    if let repetitionPenalty, !(repetitionPenalty > 0 && repetitionPenalty.isFinite) {
      throw ValidationError("--repetition-penalty \(repetitionPenalty): a number above 0")
    }
    if let maxNewTokens, maxNewTokens < 1 {
      throw ValidationError("--max-new-tokens \(maxNewTokens): at least 1")
    }
    if stop.contains("") { throw ValidationError("--stop: name a text") }
    if let seed, UInt64(seed).map(Self.seeds.contains) != true {
      throw ValidationError(
        "--seed \(seed): a whole number from \(Self.seeds.lowerBound) to \(Self.seeds.upperBound)")
    }
  }

  /// Whether the user has said anything of how tokens are chosen.
  var chooses: Bool {
    temperature != nil || topK != nil || topP != nil || minP != nil || repetitionPenalty != nil
  }

  var settings: WritingSettings { settings(WritingSettings.standard.sampling) }

  /// - Parameter sampling: what holds where the user has said nothing.
  func settings(_ sampling: Sampling) -> WritingSettings {
    var settings = WritingSettings.standard
    settings.sampling = Sampling(
      temperature: temperature ?? sampling.temperature, topK: topK ?? sampling.topK,
      topP: topP ?? sampling.topP, minP: minP ?? sampling.minP,
      repetitionPenalty: repetitionPenalty ?? sampling.repetitionPenalty)
    settings.maximumCount = maxNewTokens ?? settings.maximumCount
    settings.stops = stop.map(Self.unescaped)
    settings.passesEndOfText = ignoreEos
    settings.seed = seed.flatMap { UInt64($0) } ?? settings.seed
    return settings
  }

  /// `\n`, `\t` and `\\` as the characters that they stand for.
  private static func unescaped(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      switch (isEscaped, byte) {
      case (false, UInt8(ascii: "\\")):
        isEscaped = true
        continue
      case (true, UInt8(ascii: "n")): result.append(UInt8(ascii: "\n"))
      case (true, UInt8(ascii: "t")): result.append(UInt8(ascii: "\t"))
      case (true, UInt8(ascii: "\\")): result.append(byte)
      case (true, _): result += [UInt8(ascii: "\\"), byte]
      case (false, _): result.append(byte)
      }
      isEscaped = false
    }
    return isEscaped ? result + [UInt8(ascii: "\\")] : result
  }
}

/// How one text is written.
struct WritingSettings {
  var sampling: Sampling
  /// Tokens at most.
  var maximumCount: Int
  /// Texts before which the text ends.
  var stops: [[UInt8]] = []
  /// Whether the token that ends a text ends this one.
  var passesEndOfText = false
  var seed: UInt64

  static let standard = WritingSettings(
    sampling: Sampling(temperature: 0.8), maximumCount: 256, seed: 1_337)

  /// For people: what differs from taking every token as likely as it is.
  var summary: String {
    var parts = [
      sampling.temperature == 0 ? "always the likeliest" : "temperature \(sampling.temperature)"
    ]
    if let topK = sampling.topK { parts.append("top-k \(topK)") }
    if sampling.topP < 1 { parts.append("top-p \(sampling.topP)") }
    if sampling.minP > 0 { parts.append("min-p \(sampling.minP)") }
    if sampling.repetitionPenalty != 1 {
      parts.append("repetition penalty \(sampling.repetitionPenalty)")
    }
    return parts.joined(separator: ", ")
  }
}
