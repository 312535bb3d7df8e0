// The coordinator's work before a run: folder, checkpoint, text, and whether they fit together.
import FoundationEssentials
import ModelFiles
import Models
import Reporting
import Tensors
import Text

struct Preparation {
  let order: RunOrder
  let text: RunText
  let directory: CheckpointDirectory
  /// The checkpoint to go on from.
  let reader: CheckpointReader?
  /// The model to start from, where the run does not go on from a checkpoint.
  let initial: InitialModel?
  let documents: RunRecorder.CheckpointDocuments
  /// Keeps other runs out of the folder.
  let lock: RunFolderLock?

  /// - Parameter halfIsFast: whether the CPU of every rank multiplies faster in bf16 than in fp32.
  /// - Throws: `ConfigurationError`, `CorpusError`, `TokenizerError`, `CheckpointError`
  init(
    _ request: RunRequest, ranks: Int, nodeSize: Int, nodesAreEqual: Bool, team: ThreadTeam,
    halfIsFast: Bool, notify: (RunBuilder.Notice) -> Void
  ) throws {
    directory = CheckpointDirectory(path: request.folder)
    let earlier = try EarlierRun(request.resume, in: directory)
    if earlier == nil && !request.mayStart {
      throw CheckpointError.noCheckpoint(folder: request.folder)
    }
    reader = earlier?.reader
    let stored = earlier?.stored
    initial =
      try earlier == nil ? request.initialCheckpoint.map { try InitialModel(path: $0) } : nil
    if let earlier, let path = request.initialCheckpoint,
      let notice = try earlier.notice(ofInitial: path)
    {
      notify(.information(notice))
    }

    var configuration = request.configuration
    // A run that started from another one's model has its architecture, also when it goes on.
    let origin = initial?.stored ?? earlier?.origin
    if let origin, let path = (initial?.reader ?? reader)?.path {
      try configuration.adoptModel(of: origin.configuration, path: path)
    }
    if let earlier {
      configuration = ResumeRules.adopt(
        earlier.stored.configuration, under: configuration, ranks: ranks)
      // What must not change says more than what would come of it.
      try earlier.check(configuration)
    }
    try ConfigurationRules.check(configuration)
    try Self.checkBatch(configuration.values, ranks: ranks, isFixed: earlier != nil)
    var preparation = RunTextPreparation(
      environment: request.environment, spread: team.spread,
      tokenizer: (origin ?? stored)?.tokenizer,
      tokenizerPath: stored?.configuration.tokenizer.path, isFixed: origin != nil)
    do {
      text = try preparation.prepare(&configuration) { try earlier?.check($0, preparedBy: $1) }
    } catch {
      if let warning = preparation.warning { notify(.warning(warning)) }
      throw error
    }
    if let warning = preparation.warning { notify(.warning(warning)) }
    if text.training.file == nil && text.training.count > Self.manyTokens {
      notify(
        .information(
          "every rank keeps these \(NumberText.grouped(text.training.count)) tokens in memory; "
            + "trainer data prepare makes a folder that is mapped instead"))
    }
    if let share = try text.training.unknownShare(text.tokenizer), share > 0 {
      notify(
        .information(
          "\(NumberText.fixed(100 * share, 1)) % of the training tokens stand for words that the "
            + "tokenizer does not know"))
    }
    try Self.settleVocabulary(
      &configuration, text.tokenizer.vocabularySize, isCheckedLater: earlier != nil)
    let provenance = Provenance(
      trainer: request.version, text: text,
      initializedFrom: try initial?.name ?? stored?.provenance.initializedFrom)
    Self.settlePrecision(&configuration, stored?.configuration, halfIsFast: halfIsFast)
    try earlier?.check(configuration, text.tokenizer)
    try MachineMemory.check(
      configuration.values.modelConfiguration(
        usedVocabularySize: text.tokenizer.vocabularySize), configuration.values.products,
      buffers: configuration.values.gradientSync.buffersPerNode(
        nodeSize: nodeSize, nodesAreEqual: nodesAreEqual), nodeSize: nodeSize)
    let end = try configuration.values.end(text.training)
    if configuration.values.schedule.decaySteps == nil {
      configuration.values.schedule.decaySteps = end.step
    }
    let values = configuration.values
    _ = try values.evaluationWindows(text.validation)
    let progress = try reader?.progress()

    if let reader, let progress, let stored {
      notify(.information("going on from step \(progress.step) of \(reader.path)"))
      let changes = ResumeRules.changes(configuration, from: stored.configuration)
      if !changes.isEmpty { notify(.information("changed: \(changes.joined(separator: ", "))")) }
    }
    if let initial { notify(.information("starting with the model of \(try initial.name)")) }
    // Only now, when nothing can be wrong any more, is an earlier run touched.
    var lock = try RunFolderLock.take(request.folder)
    let goesOn = try Self.goesOn(reader, in: directory)
    if request.resume != .auto && !goesOn, let aside = try directory.setAsideEarlierRun() {
      lock = nil
      notify(.information("the earlier run of \(request.folder) is now \(aside)"))
    }
    try directory.prepare()
    // A folder that is new is not locked yet.
    self.lock = try lock ?? RunFolderLock.take(request.folder)
    documents = .init(
      configuration: values.json, tokenizer: text.tokenizer.json,
      provenance: try provenance.json)
    try Self.write(values.json, to: "\(request.folder)/config.json")

    // Elsewhere than in its own folder the best checkpoint so far is out of reach.
    let keepsBest =
      (goesOn || request.resume == .auto)
      && (stored.map { ResumeRules.measureAlike($0.configuration, values) } ?? true)
    let best = keepsBest ? progress?.best : nil
    order = RunOrder(
      configuration: values.json, usedVocabularySize: text.tokenizer.vocabularySize,
      bytesPerToken: text.bytesPerToken,
      finalStep: end.step, limit: end.limit, step: progress?.step ?? 0,
      tokens: progress?.tokens ?? 0,
      bestLoss: best?.loss, bestStep: best?.step)
    if values.products == .half && !halfIsFast {
      notify(
        .warning(
          "training.precision: bf16 is no faster than fp32 here"
        ))
    }
    notify(
      .information(
        Self.summary(
          values, text, ranks: ranks, threadCount: team.threadCount, folder: request.folder)))
  }

  /// More are worth preparing.
  private static let manyTokens = 50_000_000

  /// - Parameter isFixed: whether another number of ranks is the only way out.
  private static func checkBatch(
    _ values: RunConfiguration, ranks: Int, isFixed: Bool
  ) throws(ConfigurationError) {
    do {
      _ = try values.batchShare(ranks: ranks)
    } catch .batchDoesNotDivide(let batchSize, let ranks, _) where isFixed {
      throw .batchDoesNotDivide(batchSize: batchSize, ranks: ranks, choices: [])
    }
  }

  /// Whether the checkpoint is the folder's newest: after any other, the run would write over what
  /// is there.
  private static func goesOn(
    _ reader: CheckpointReader?, in directory: CheckpointDirectory
  ) throws -> Bool {
    guard let reader, let newest = try directory.steps().last else { return false }
    func plain(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }
    let name = CheckpointDirectory.fileName(step: newest)
    return plain(reader.path) == plain("\(directory.path)/\(name)")
  }

  /// A run keeps the precision that it starts with, on any machine.
  private static func settlePrecision(
    _ configuration: inout ResolvedConfiguration, _ stored: RunConfiguration?, halfIsFast: Bool
  ) {
    guard let chosen = Precision(rawValue: configuration.values.training.precision) else { return }
    if chosen == .auto, let stored {
      configuration.set(
        "training.precision", .string(stored.training.precision), .checkpoint)
    } else {
      configuration.values.training.precision =
        chosen.settled(halfIsFast: halfIsFast).rawValue
    }
  }

  /// A vocabulary that follows the tokenizer becomes a number; one that is set must hold all tokens.
  /// - Parameter isCheckedLater: whether one that does not will be refused for its tokenizer.
  private static func settleVocabulary(
    _ configuration: inout ResolvedConfiguration, _ tokenCount: Int, isCheckedLater: Bool
  ) throws {
    guard let size = configuration.values.model.vocabularySize else {
      configuration.values.model.vocabularySize = tokenCount
      return
    }
    if size < tokenCount && !isCheckedLater {
      throw ConfigurationError.faults([
        .init(
          place: configuration.source(of: "model.vocab_size").description,
          message: "model.vocab_size: \(size) rows do not hold the tokenizer's \(tokenCount) "
            + "tokens; set at least that, or null")
      ])
    }
  }

  private static func write(_ text: String, to path: String) throws(CheckpointError) {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error)", errorNumber: nil)
    }
  }

  private static func summary(
    _ values: RunConfiguration, _ text: RunText, ranks: Int, threadCount: Int,
    folder: String
  ) -> String {
    let size = ModelSize(
      values.modelConfiguration(usedVocabularySize: text.tokenizer.vocabularySize))
    return [
      "\(NumberText.grouped(size.parameterCount)) parameters",
      "\(text.corpus.name): \(NumberText.grouped(text.training.count)) training, "
        + "\(NumberText.grouped(text.validation.count)) validation tokens, "
        + "vocabulary \(NumberText.grouped(text.tokenizer.vocabularySize))",
      "\(counted(ranks, "rank")) × \(counted(threadCount, "thread"))",
      values.training.precision, folder,
    ].joined(separator: " | ")
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
