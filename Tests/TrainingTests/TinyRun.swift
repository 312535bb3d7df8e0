// Whole training runs of a tiny model, on ranks that are threads.
import Communication
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import TestSupport
import Text
import Training

/// What one rank saw of a run.
struct RankOutcome: Sendable {
  var ending: TrainingRun.Ending?
  var step = 0
  var error: (any Error)?
  var notices: [RunBuilder.Notice] = []

  /// What a user would be told.
  var message: String { error.map { "\($0)" } ?? "" }
}

/// Folder and text for runs of two blocks, 32 wide, over 32 characters.
final class TinyRun: Sendable {
  /// A request that one rank makes when it is asked for the n-th time after a step.
  struct Request: Sendable {
    var rank: Int
    /// Steps that are done; nil before the run takes its folder.
    var after: Int?
    /// Before every pass of an evaluation, and last in the reduction of the next step.
    var look = 1
    var request = StopRequest(stops: true, saves: false)

    init(rank: Int, after: Int?, look: Int = 1, request: StopRequest? = nil) {
      self.rank = rank
      self.after = after
      self.look = look
      if let request { self.request = request }
    }

    /// In a step after which nothing was evaluated.
    init(rank: Int, atStep step: Int, request: StopRequest? = nil) {
      self.init(rank: rank, after: step - 1, request: request)
    }
  }

  static let textFile = "text.txt"
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try folder.write(Self.text(seed: 1), to: Self.textFile)
  }

  /// About 8,000 characters.
  static func text(seed: UInt64) -> [UInt8] {
    var writer = StoryWriter(StoryLanguage.english.grammar, seed: seed, stream: 0)
    return writer.write(atLeast: 8_000)
  }

  private static let settings = [
    "model.n_layer=2", "model.n_head=2", "model.n_embd=32", "model.n_positions=32",
    "model.dropout=0.1", "tokenizer.kind=character", "schedule.learning_rate=3e-3",
    "schedule.min_learning_rate=3e-4", "schedule.warmup_steps=5", "training.batch_size=12",
    "training.precision=fp32", "training.max_steps=20", "training.evaluate_every=0",
    "checkpoint.save_every=0",
  ]

  func request(
    _ settings: [String], folder name: String = "run", resume: ResumeChoice = .none
  ) throws -> RunRequest {
    var resolver = ConfigurationResolver()
    let data = "data.dataset=\(folder.path)/\(Self.textFile)"
    for setting in Self.settings + [data] + settings { resolver.read(setting: setting) }
    return RunRequest(
      configuration: try resolver.finish(), folder: "\(folder.path)/\(name)", resume: resume,
      environment: ["TRAINER_OFFLINE": "1", "TRAINER_CACHE": "\(folder.path)/cache"],
      version: "test")
  }

  /// One run on `ranks` threads; errors are part of the outcome.
  @discardableResult
  func train(
    ranks: Int = 1, ranksPerNode: Int? = nil, sharesMemory: Bool = true,
    _ settings: [String] = [], folder name: String = "run",
    resume: ResumeChoice = .none, asks: Request? = nil
  ) throws -> [RankOutcome] {
    let request = try self.request(settings, folder: name, resume: resume)
    return try ThreadCommunicator.run(
      ranks, ranksPerNode: ranksPerNode, sharesMemory: sharesMemory
    ) { Self.run($0, request, asks) }
  }

  private static func run(
    _ communicator: ThreadCommunicator, _ request: RunRequest, _ asks: Request?
  ) -> RankOutcome {
    var outcome = RankOutcome()
    var run: TrainingRun?
    // The run holds what asks it.
    defer { run = nil }
    var (lastStep, looks) = (-1, 0)
    do {
      let builder = RunBuilder(
        communicator: communicator, team: ThreadTeam(threadCount: 1), console: nil
      ) { outcome.notices.append($0) }
      let pending = {
        let step = run?.progress.step
        looks = step == lastStep ? looks + 1 : 1
        lastStep = step ?? -1
        guard let asks, asks.rank == communicator.rank, asks.after == step, asks.look == looks
        else { return StopRequest.none }
        return asks.request
      }
      guard let built = try builder.build({ request }, pendingRequest: pending) else {
        return outcome
      }
      run = built.run
      defer { outcome.step = built.run.progress.step }
      outcome.ending = try built.run.run()
      try built.recorder?.close()
    } catch let failure as AgreedFailure {
      outcome.error = failure.cause ?? failure
    } catch {
      outcome.error = error
    }
    return outcome
  }

  /// A column of the run's metrics, by step.
  func column(_ metric: String, folder name: String = "run") throws -> [Int: Double] {
    var column: [Int: Double] = [:]
    for line in try folder.contents(of: "\(name)/metrics.jsonl").split(
      separator: UInt8(ascii: "\n"))
    {
      let row = try JSONDecoder().decode([String: Double?].self, from: Data(line))
      guard let step = row["step"] ?? nil, let value = row[metric] ?? nil else { continue }
      column[Int(step)] = value
    }
    return column
  }

  /// Parameters and moments of a checkpoint, in one list.
  func state(_ file: String = "run/latest.h5") throws -> [Float] {
    let reader = try CheckpointReader(path: "\(folder.path)/\(file)")
    let configuration = try RunConfiguration(json: reader.configuration(), path: file)
    let layout = ParameterLayout.gpt(configuration.modelConfiguration(usedVocabularySize: 0))
    let checkpoint = try reader.checkpoint(layout)
    return [checkpoint.parameters, checkpoint.firstMoments, checkpoint.secondMoments]
      .flatMap { $0?.vector.array ?? [] }
  }

  func steps(in name: String = "run") throws -> [Int] {
    try CheckpointDirectory(path: "\(folder.path)/\(name)").steps()
  }
}

/// The largest relative difference of two columns; infinite unless they have the same steps.
func largestDifference(_ one: [Int: Double], _ other: [Int: Double]) -> Double {
  guard one.keys.sorted() == other.keys.sorted(), !one.isEmpty else { return .infinity }
  return one.keys.map { step in
    guard let a = one[step], let b = other[step], a.isFinite, b.isFinite else { return .infinity }
    return abs(a - b) / max(abs(a), abs(b))
  }.max() ?? .infinity
}
