// The texts of one `trainer generate`, and how they are shown.
import Models
import Reporting
import Text
import Training

struct GenerationRun {
  private let command: Generate
  private let model: TextModel
  private let session: Session
  private var cost = WritingCost()
  /// The texts so far, for programs.
  private var texts: [JSONValue] = []

  init(_ command: Generate, _ model: TextModel, _ session: Session) {
    self.command = command
    self.model = model
    self.session = session
  }

  /// All samples of one prompt.
  /// - Throws: `CorpusError`, `TokenizerError`, `OutputError`
  mutating func write(_ prompt: Prompt) throws {
    try write(prompt, command.options.settings)
  }

  mutating func demonstrate() throws {
    for demonstration in Demonstration.all(for: model) {
      if Interrupt.isPending { return }
      var settings = command.options.settings(demonstration.sampling)
      if command.options.maxNewTokens == nil { settings.maximumCount = Demonstration.count(model) }
      let gap = cost.tokenCount > 0 ? "\n" : ""
      if !command.json { try StandardOutput.printLine("\(gap)--- \(settings.summary)") }
      try write(Prompt(name: "--demo", bytes: Array(demonstration.prompt.utf8)), settings)
    }
  }

  /// A prompt a line. What is wrong with one does not end the session.
  /// - Throws: `InputError`, `OutputError`
  mutating func converse() throws {
    var input = StandardInput()
    while let line = try input.line(prompt: "> ", session.console) {
      if line == Array("exit".utf8) { return }
      do {
        try write(Prompt(name: "prompt", bytes: line))
      } catch let error as OutputError {
        throw error
      } catch { session.logger.error("\(error)") }
      // It ended that text only.
      if StandardInput.isTerminal { _ = Interrupt.take() }
    }
  }

  private mutating func write(_ prompt: Prompt, _ settings: WritingSettings) throws {
    let tokens = try model.tokens(of: prompt)
    session.warnOfUnknownWords(model, in: prompt)
    let contextLength = model.decoding.contextLength
    if tokens.count > contextLength {
      session.warn(
        "\(prompt.name): \(NumberText.grouped(tokens.count)) tokens, but the model's context holds "
          + "\(NumberText.grouped(contextLength)); it sees the last part only")
    }
    var writer = TextWriter(model, settings)
    for sample in 0..<command.numSamples where !Interrupt.isPending {
      if command.json {
        let text = try writer.write(
          after: tokens, joins: !prompt.bytes.isEmpty, sample: sample
        ) { _ throws(OutputError) in }
        texts.append(json(prompt, text, settings))
      } else {
        var output = TextStream()
        if command.numSamples > 1 { try output.write(Array("--- \(sample + 1)\n".utf8)) }
        if command.echo { try output.write(prompt.bytes) }
        do {
          _ = try writer.write(
            after: tokens, joins: !prompt.bytes.isEmpty, sample: sample
          ) { bytes throws(OutputError) in try output.write(bytes) }
        } catch let error as GenerationError {
          try output.breakOff()
          throw error
        }
        try output.finish()
      }
    }
    cost += writer.cost
  }

  private func json(
    _ prompt: Prompt, _ text: WrittenText, _ settings: WritingSettings
  ) -> JSONValue {
    let sampling = settings.sampling
    let begins = command.echo ? prompt.bytes : []
    return .fields([
      ("prompt", .string(String(decoding: prompt.bytes, as: UTF8.self))),
      ("text", .string(String(decoding: begins + text.bytes, as: UTF8.self))),
      ("tokens", .count(text.tokenCount)), ("end", .string(text.end.rawValue)),
      ("temperature", .number(sampling.temperature)),
      ("top_k", sampling.topK.map(JSONValue.count) ?? .null), ("top_p", .number(sampling.topP)),
      ("min_p", .number(sampling.minP)),
      ("repetition_penalty", .number(sampling.repetitionPenalty)),
    ])
  }

  /// The JSON object, or the summary where one is wanted.
  func finish() throws(OutputError) {
    if command.json {
      try StandardOutput.printLine(
        JSONValue.fields([
          ("checkpoint", .string(model.name)),
          ("seed", .number(Double(command.options.settings.seed))), ("texts", .array(texts)),
          ("tokens", .count(cost.tokenCount)),
          ("tokens_per_second", .number(cost.tokensPerSecond)),
          ("cpu_percent", .number(cost.processorPercent)),
          ("peak_rss_bytes", .count(ProcessMemory.current.peakResidentBytes)),
        ]).compact)
    }
    if command.summary ?? (session.console.abilities.overwrites && !command.json) {
      session.console.print(cost.line)
    }
  }
}

extension Session {
  /// Says which words of a prompt the model will not see.
  func warnOfUnknownWords(_ model: TextModel, in prompt: Prompt) {
    let words = model.unknownWords(of: prompt.bytes, count: 6)
    if words.isEmpty { return }
    warn(
      "\(prompt.name): the tokenizer does not know \(words.prefix(5).joined(separator: ", "))"
        + (words.count > 5 ? ", …" : "") + "; the model sees <unk>")
  }
}
