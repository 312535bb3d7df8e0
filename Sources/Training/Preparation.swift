// The coordinator's work before a run: checkpoint, text, folder, and whether they fit together.
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
  /// What lay in its folder at first.
  private let folderState: CheckpointDirectory.State
  /// What lies in its folder stays there, even if there is nothing to go on from.
  private let staysInFolder: Bool

  /// Looks, and changes nothing.
  /// - Parameter halfIsFast: whether the CPU of every rank multiplies faster in bf16 than in fp32.
  /// - Throws: `ConfigurationError`, `CorpusError`, `TokenizerError`, `CheckpointError`
  init(
    _ request: RunRequest, ranks: Int, nodeSize: Int, nodesAreEqual: Bool, team: ThreadTeam,
    halfIsFast: Bool, notify: (RunBuilder.Notice) -> Void
  ) throws {
    directory = CheckpointDirectory(path: request.folder)
    folderState = try directory.state()
    let earlier = try Self.earlierRun(request, in: directory, notify)
    reader = earlier?.reader
    let stored = earlier?.stored
    initial =
      try earlier == nil ? request.initialCheckpoint.map { try InitialModel(path: $0) } : nil
    // A run that started from another one's model has its architecture, also when it goes on.
    let origin = initial?.stored ?? earlier?.origin
    var configuration = request.configuration
    if let origin, let path = (initial?.reader ?? reader)?.path {
      try configuration.adoptModel(of: origin.configuration, path: path)
    }
    try Self.settle(&configuration, after: earlier, ranks: ranks)
    text = try Self.text(
      &configuration,
      RunTextPreparation(
        environment: request.environment, spread: team.spread,
        tokenizer: (origin ?? stored)?.tokenizer,
        tokenizerPath: stored?.configuration.tokenizer.path, isFixed: origin != nil),
      after: earlier, notify)
    Self.settlePrecision(&configuration, stored?.configuration, halfIsFast: halfIsFast)
    try earlier?.check(configuration, text.tokenizer)
    try Self.checkMemory(
      configuration.values, text.tokenizer, nodeSize: nodeSize, nodesAreEqual: nodesAreEqual)
    let end = try configuration.values.end(text.training)
    if configuration.values.schedule.decaySteps == nil {
      configuration.values.schedule.decaySteps = end.step
    }
    let values = configuration.values
    _ = try values.evaluationWindows(text.validation)
    documents = .init(
      configuration: values.json, tokenizer: text.tokenizer.json,
      provenance: try Provenance(
        trainer: request.version, text: text,
        initializedFrom: try initial?.name ?? stored?.provenance.initializedFrom
      ).json)

    staysInFolder = try request.resume == .auto || Self.goesOn(reader, in: directory)
    order = RunOrder(
      configuration: values.json, usedVocabularySize: text.tokenizer.vocabularySize,
      bytesPerToken: text.bytesPerToken, finalStep: end.step, limit: end.limit,
      progress: try Self.progress(earlier, values, keepsBest: staysInFolder))

    Self.announce(earlier, order.progress, configuration, notify)
    if let initial { notify(.information("starting with the model of \(try initial.name)")) }
    Self.warn(values, order, halfIsFast: halfIsFast, notify)
    notify(
      .information(
        Self.summary(
          values, text, ranks: ranks, threadCount: team.threadCount, folder: request.folder)))
  }

  /// Where the run begins.
  /// - Parameter keepsBest: elsewhere than in its own folder the best checkpoint so far is out of reach.
  private static func progress(
    _ earlier: EarlierRun?, _ values: RunConfiguration, keepsBest: Bool
  ) throws -> TrainingProgress {
    guard let earlier else {
      return TrainingProgress(step: 0, tokens: 0, seed: UInt64(values.training.seed))
    }
    var progress = try earlier.reader.progress()
    if !keepsBest || !ResumeRules.measureAlike(earlier.stored.configuration, values) {
      progress.best = nil
    }
    return progress
  }

  private static func warn(
    _ values: RunConfiguration, _ order: RunOrder, halfIsFast: Bool,
    _ notify: (RunBuilder.Notice) -> Void
  ) {
    if values.products == .half && !halfIsFast {
      notify(.warning("training.precision: bf16 is no faster than fp32 here"))
    }
    if !order.isDone, let warning = values.scheduleWarning(finalStep: order.finalStep) {
      notify(.warning(warning))
    }
  }

  /// The run to go on from, which may not be the one that the request wants to start with.
  /// - Throws: `CheckpointError`, `ConfigurationError`
  private static func earlierRun(
    _ request: RunRequest, in directory: CheckpointDirectory, _ notify: (RunBuilder.Notice) -> Void
  ) throws -> EarlierRun? {
    guard let earlier = try EarlierRun(request.resume, in: directory) else {
      if request.mayStart { return nil }
      throw CheckpointError.noCheckpoint(folder: request.folder)
    }
    if let path = request.initialCheckpoint, let notice = try earlier.notice(ofInitial: path) {
      notify(.information(notice))
    }
    return earlier
  }

  /// Adds what the earlier run was made with, and checks what can be checked without the text.
  /// - Throws: `ConfigurationError`
  private static func settle(
    _ configuration: inout ResolvedConfiguration, after earlier: EarlierRun?, ranks: Int
  ) throws {
    if let earlier {
      configuration = ResumeRules.adopt(
        earlier.stored.configuration, under: configuration, ranks: ranks)
      // What must not change says more than what would come of it.
      try earlier.check(configuration)
    }
    try ConfigurationRules.check(configuration)
    try checkBatch(configuration.values, ranks: ranks, isFixed: earlier != nil)
  }

  /// - Throws: `ConfigurationError.modelTooLarge`
  private static func checkMemory(
    _ values: RunConfiguration, _ tokenizer: any Tokenizer, nodeSize: Int, nodesAreEqual: Bool
  ) throws {
    try MachineMemory.check(
      values.modelConfiguration(usedVocabularySize: tokenizer.vocabularySize), values.products,
      buffers: values.gradientSync.buffersPerNode(
        nodeSize: nodeSize, nodesAreEqual: nodesAreEqual), nodeSize: nodeSize)
  }

  private static func announce(
    _ earlier: EarlierRun?, _ progress: TrainingProgress, _ configuration: ResolvedConfiguration,
    _ notify: (RunBuilder.Notice) -> Void
  ) {
    guard let earlier else { return }
    notify(.information("going on from step \(progress.step) of \(earlier.reader.path)"))
    let changes = ResumeRules.changes(configuration, from: earlier.stored.configuration)
    if !changes.isEmpty { notify(.information("changed: \(changes.joined(separator: ", "))")) }
  }

  /// Makes the folder the run's own; a run that lies there and is not gone on with moves aside. To be
  /// called when nothing can be wrong any more.
  /// - Returns: what keeps other runs out of the folder.
  /// - Throws: `CheckpointError`
  func takeFolder(
    for layout: ParameterLayout, _ notify: (RunBuilder.Notice) -> Void
  ) throws -> RunFolderLock? {
    try directory.make()
    var lock = try RunFolderLock.take(directory.path)
    guard try directory.state() == folderState else {
      throw CheckpointError.folderChanged(path: directory.path)
    }
    try directory.prepare()
    try directory.checkSpace(layout, texts: documents.texts)
    if !staysInFolder, let aside = try directory.setAsideEarlierRun() {
      notify(.information("the earlier run of \(directory.path) is now \(aside)"))
      lock?.move(to: aside)
      try directory.make()
      lock = try RunFolderLock.take(directory.path)
      // For a moment the place was free.
      if try directory.holdsRun() { throw CheckpointError.folderChanged(path: directory.path) }
    }
    try Self.write(order.configuration, to: "\(directory.path)/config.json")
    return lock
  }

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

  private static func write(_ text: String, to path: String) throws(CheckpointError) {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .cannotWrite(
        path: path, reason: SystemReason.of(error), errorNumber: SystemReason.number(of: error))
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
