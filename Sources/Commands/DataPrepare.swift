// `trainer data prepare`: files of text to token files, once and for all runs.
import ArgumentParser
import Communication
import FoundationEssentials
import Reporting
import Text
import Training

struct DataPrepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Tokenize text once, into a folder that training maps into memory.",
    discussion: """
      Inputs are text files, folders of them, patterns such as 'books/*.txt', or a dataset's name. \
      .jsonl has a document a line, with "text" or chat "messages"; .gz is decompressed. In a \
      text, <|endoftext|> ends a document. Under mpirun all ranks share the work. Train with \
      --data FOLDER.
      """)

  @Argument(help: ArgumentHelp("Text for training.", valueName: "input"))
  var inputs: [String]
  @Option(help: ArgumentHelp("Folder to write.", valueName: "folder"))
  var out: String
  @Option(
    help: ArgumentHelp(
      "Fraction of the text, from its end, or files.", valueName: "fraction or file"))
  var validation: [String] = []
  @Option(
    help: ArgumentHelp("The same for a test part; none unless named.", valueName: "…"))
  var test: [String] = []
  @Option(help: "gpt2, character, word or bpe.")
  var tokenizer = TokenizerChoice.gpt2.rawValue
  @Option(help: ArgumentHelp("A tokenizer that is there already.", valueName: "path"))
  var tokenizerPath: String?
  @Option(help: "Tokens at most, where a tokenizer is made (bpe, word).")
  var vocabSize: Int?
  @Option(help: "What is rarer gets no token (bpe, word).")
  var minFrequency: Int?
  @Flag(help: "A word tokenizer knows common English words in any case.")
  var commonWords = false
  @Flag(help: "Leave out lines that begin with the comment prefix.")
  var removeComments = false
  @Option(
    parsing: .unconditional,
    help: "What a comment begins with; of two dashes write --comment-prefix=--.")
  var commentPrefix = "#"
  @Flag(help: "Leave out lines of nothing but blanks.")
  var removeBlankLines = false
  @Flag(help: "Make line ends of Windows those of Unix.")
  var unixNewlines = false
  @Flag(help: "Put U+FFFD in place of what is not UTF-8.")
  var replaceInvalid = false
  @Flag(help: "Of equal documents keep the first.")
  var deduplicate = false
  @Flag(help: "Prepare again even if the folder is up to date.")
  var force = false
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard !inputs.isEmpty else { throw ValidationError("name at least one text") }
    guard !out.isEmpty else { throw ValidationError("--out: name a folder") }
    guard TokenizerChoice(rawValue: tokenizer) != nil else {
      let names = TokenizerChoice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--tokenizer \(tokenizer): there are \(names)")
    }
    let makesOne = tokenizer != TokenizerChoice.gpt2.rawValue && tokenizerPath == nil
    guard makesOne || (vocabSize == nil && minFrequency == nil && !commonWords) else {
      throw ValidationError(
        "--vocab-size, --min-frequency and --common-words are for a tokenizer that is made: "
          + "--tokenizer bpe or word without --tokenizer-path")
    }
    guard vocabSize ?? 1 >= 1 else { throw ValidationError("--vocab-size: at least 1") }
    guard minFrequency ?? 1 >= 1 else { throw ValidationError("--min-frequency: at least 1") }
    guard !commentPrefix.isEmpty else { throw ValidationError("--comment-prefix: name one") }
    let fractions = [validation, test].map { Self.fraction($0) ?? 0 }
    guard fractions.allSatisfy({ $0 >= 0 }) && fractions[0] + fractions[1] < 1 else {
      throw ValidationError("--validation and --test: fractions that leave something to train on")
    }
  }

  func run() throws {
    Session.run { session in
      let preparation = DataPreparation(communicator: session.communicator, team: session.team)
      let progress = PreparationProgress(session)
      let start = MonotonicClock.seconds()
      var loaded: (any Tokenizer)?
      let outcome = try preparation.prepare(
        { try preparationOrder(&loaded) }, folder: out, forced: force,
        tokenizer: { count, read in
          try loaded ?? TokenizerMaking.make(order.settings, documentCount: count, read)
        },
        whileWaiting: { session.announce("another process prepares \(out); waiting for it") },
        progress: progress.update)
      progress.finish()
      if session.communicator.isCoordinator {
        try StandardOutput.printLine(
          report(outcome, seconds: MonotonicClock.seconds() - start).text(json: json))
      }
      return .done
    }
  }

  private var order: TokenizerOrder {
    var order = TokenizerOrder(
      choice: TokenizerChoice(rawValue: tokenizer) ?? .gpt2, path: tokenizerPath)
    order.vocabularySize = vocabSize
    order.minimumFrequency = minFrequency
    order.commonWords = commonWords
    return order
  }

  /// The only value, if it is a number.
  private static func fraction(_ values: [String]) -> Double? {
    values.count == 1 ? Double(values[0]) : nil
  }

  /// - Parameter loaded: becomes the tokenizer, if it is there already.
  private func preparationOrder(_ loaded: inout (any Tokenizer)?) throws -> PreparationOrder {
    let environment = ProcessInfo.processInfo.environment
    let named = try NamedTexts(inputs, environment: environment)
    let files = try InputFile.all(of: named.training)
    loaded = try order.loaded(environment: environment)
    var order = PreparationOrder(training: files, tokenizing: order.tokenizing(loaded))
    if let fraction = Self.fraction(validation) {
      order.validationFraction = fraction
    } else if !validation.isEmpty || !named.validation.isEmpty {
      order.validation = try InputFile.all(of: validation.isEmpty ? named.validation : validation)
    } else {
      order.validationFraction = ValidationPart.standardFraction
    }
    if let fraction = Self.fraction(test) {
      order.testFraction = fraction
    } else {
      order.test = try InputFile.all(of: test.isEmpty ? named.test : test)
    }
    order.cleaning.commentPrefix = removeComments ? commentPrefix : nil
    order.cleaning.removesBlankLines = removeBlankLines
    order.cleaning.unifiesLineEnds = unixNewlines
    order.cleaning.replacesInvalid = replaceInvalid
    order.cleaning.removesDuplicates = deduplicate
    return order
  }

  private func report(_ outcome: DataPreparation.Outcome, seconds: Double) -> FieldReport {
    let text = outcome.text
    var counts = TextCounts()
    for split in Split.allCases {
      if let found = text.manifest?.counts[split.rawValue] { counts += found }
    }
    func field(_ name: String, _ value: Int, always: Bool = false) -> FieldReport.Field? {
      value > 0 || always ? .count(name, value) : nil
    }
    return FieldReport(
      [
        .text("folder", text.folder),
        .text("tokenizer", text.tokenizer.kind.rawValue),
        .count("vocabulary", text.tokenizer.vocabularySize),
        .text("status", outcome.isReused ? "was there already, with the same inputs" : "prepared"),
      ]
        + Split.allCases.compactMap { split in
          text.files[split].map { .count("\(split.rawValue)_tokens", $0.count) }
        } + [
          .count("documents", counts.documents), .count("bytes", counts.bytes),
          field("comment_lines_removed", counts.commentLines, always: removeComments),
          field("blank_lines_removed", counts.blankLines, always: removeBlankLines),
          field("duplicate_documents_removed", counts.duplicateDocuments, always: deduplicate),
          field("invalid_bytes_replaced", counts.replacedBytes, always: replaceInvalid),
          field(
            unixNewlines ? "windows_line_ends_changed" : "windows_line_ends", counts.windowsLines),
          .number("seconds", seconds, decimals: 1),
        ])
  }
}

/// Bars for the passes over a text.
final class PreparationProgress {
  private let console: Console?
  private var bar: ProgressBar?
  private var stage: DataPreparation.Progress.Stage?

  init(_ session: Session) {
    console = session.communicator.isCoordinator ? session.console : nil
  }

  func update(_ progress: DataPreparation.Progress) {
    guard let console else { return }
    if stage != progress.stage {
      bar?.finish()
      bar = ProgressBar(
        title: progress.stage.rawValue, total: progress.total, unit: .bytes, console: console,
        staysWhenFinished: false)
      stage = progress.stage
    }
    bar?.update(done: progress.done)
  }

  func finish() { bar?.finish() }
}
