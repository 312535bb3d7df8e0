// More ranks and smaller passes mean faster, not different, training.
import Communication
import Models
import Tensors
import TestSupport
import Testing
import Text
import Training

struct DistributedStepTests {
  private static let thirty = ["training.max_steps=30", "training.evaluate_every=10"]
  private static let metrics = ["train/loss", "train/grad_norm", "val/loss", "val/bpb"]

  /// The largest relative difference to one rank that takes its batch in one pass.
  private func differences(
    ranks: Int, _ settings: [String], both: [String] = []
  ) throws -> [Double] {
    let run = try TinyRun()
    for (ranks, settings, folder) in [(1, [], "one"), (ranks, settings, "other")] {
      let outcomes = try run.train(ranks: ranks, Self.thirty + both + settings, folder: folder)
      #expect(outcomes.allSatisfy { $0.ending == .finished(.steps) && $0.step == 30 })
    }
    return try Self.metrics.map { metric in
      let columns = try ["one", "other"].map { try run.column(metric, folder: $0) }
      #expect(columns[0].count == (metric.hasPrefix("val") ? 3 : 30))
      return largestDifference(columns[0], columns[1])
    }
  }

  @Test(arguments: [2, 3, 4])
  func anyNumberOfRanksGivesTheSameCurve(_ ranks: Int) throws {
    let differences = try differences(ranks: ranks, [])
    #expect(differences.allSatisfy { $0 < 1e-4 }, "\(differences)")
  }

  /// Roundings fall differently where a batch is cut differently; with this seed no step is so steep
  /// that it makes much of them.
  @Test(arguments: [(1, 4), (2, 0), (3, 0), (4, 0)])
  func bfloat16GivesNearlyTheSameCurve(_ ranks: Int, _ microBatchSize: Int) throws {
    let differences = try differences(
      ranks: ranks,
      microBatchSize > 0 ? ["training.micro_batch_size=\(microBatchSize)"] : [],
      both: ["training.seed=2", "training.precision=bf16"])
    #expect(differences.allSatisfy { $0 < 1e-2 }, "\(differences)")
  }

  @Test(arguments: [(1, 1), (1, 4), (1, 6), (2, 3), (4, 1)])
  func accumulationGivesTheSameCurve(_ ranks: Int, _ microBatchSize: Int) throws {
    let differences = try differences(
      ranks: ranks, ["training.micro_batch_size=\(microBatchSize)"])
    #expect(differences.allSatisfy { $0 < 1e-4 }, "\(differences)")
  }

  struct Spread: Sendable {
    let ranks: Int
    var ranksPerNode: Int?
    var sync = GradientSync.allreduce
  }

  private static func countingWorker(
    _ spread: Spread, _ communicator: ThreadCommunicator
  ) throws -> (Replica, Worker) {
    let team = ThreadTeam(threadCount: 1)
    let replica = try Replica(
      count: CountingModel.layout.bufferCount, spread.sync, communicator, team: team)
    let model = CountingModel(replica)
    let optimizer = AdamW(
      model.layout, RunConfiguration().adamW, firstMoments: replica.firstMoments,
      secondMoments: replica.secondMoments)
    let worker = Worker(
      model: model, optimizer: optimizer, exchange: replica.exchange, communicator: communicator,
      share: BatchShare(perRank: 1, micro: 1), seed: 1, team: team,
      samples: { .random($0.count, 1, below: 2, seed: $0.lowerBound) },
      pendingRequest: { .none })
    return (replica, worker)
  }

  /// 120 gradients, of which the last is the largest, on numbers of ranks that mostly do not divide
  /// 120, nor its eight cache lines.
  @Test(
    arguments: (1...9).map { Spread(ranks: $0) } + (2...9).map { Spread(ranks: $0, sync: .sharded) }
      + [(4, 2), (6, 2), (6, 3), (3, 1)].map { Spread(ranks: $0, ranksPerNode: $1, sync: .sharded) }
  )
  func theNormTakesEveryGradientOnce(_ spread: Spread) throws {
    let ranks = spread.ranks
    let squares = try ThreadCommunicator.run(ranks, ranksPerNode: spread.ranksPerNode) {
      communicator in
      let (_, worker) = try Self.countingWorker(spread, communicator)
      let coordinator = RunConfiguration().coordinator(finalStep: 1)
      var meter = StepMeter()
      return try worker.step(coordinator.plan(step: 1), coordinator, &meter).0.gradientSquares
    }
    // 1² + 2² + ... + 120², of gradients that are sums over the ranks.
    let expected = Double(120 * 121 * 241 / 6 * ranks * ranks)
    #expect(squares.allSatisfy { abs($0 / expected - 1) < 1e-14 }, "\(squares)")
  }

  /// CPUs of several kinds round an update differently: what is saved must be everybody's.
  @Test(arguments: [
    Spread(ranks: 3), Spread(ranks: 4, ranksPerNode: 2, sync: .sharded),
  ])
  func copiesAreMadeEqual(_ spread: Spread) throws {
    let states = try ThreadCommunicator.run(spread.ranks, ranksPerNode: spread.ranksPerNode) {
      communicator in
      let (replica, worker) = try Self.countingWorker(spread, communicator)
      let buffers = [replica.parameters, replica.firstMoments, replica.secondMoments]
      // The first rank of a node writes for all of them.
      if communicator.nodeRank == 0 || spread.sync == .allreduce {
        for buffer in buffers { buffer.vector[119] = Float(communicator.rank + 1) }
      }
      try communicator.barrier()
      try worker.alignReplicas()
      return buffers.map { $0.vector[119] }
    }
    #expect(states.allSatisfy { $0 == [1, 1, 1] }, "\(states)")
  }

  /// Learning shows in the curve, so that equal curves mean something.
  @Test func theModelLearns() throws {
    let run = try TinyRun()
    try run.train(ranks: 2, ["training.max_steps=60", "schedule.learning_rate=1e-2"])
    let losses = try run.column("train/loss")
    let (first, last) = try (#require(losses[1]), #require(losses[60]))
    #expect(first > 3 && first < 4.5 && last < first - 0.8, "\(first) to \(last)")
  }

  /// The coordinator refuses, every rank ends, and nothing is made.
  @Test func ranksThatDoNotDivideTheBatchAreRefusedOnAllRanks() throws {
    let run = try TinyRun()
    let outcomes = try run.train(ranks: 3, ["training.batch_size=10"])
    #expect(outcomes[0].message.contains("do not divide among 3 ranks; try 9 or 12"))
    #expect(outcomes.allSatisfy { $0.error != nil })
    #expect(throws: (any Error).self) { try run.folder.files(in: "run") }
  }

  /// 401 tokens are 13 windows of 32, of which the last is short: no share is like another.
  @Test(arguments: [
    EvaluationWindows.Layout.adjacent, .strided(7), .random(count: 9, seed: 1),
  ])
  func perplexityIsThatOfOneRank(_ layout: EvaluationWindows.Layout) throws {
    let tokens = TokenSequence(randomTokens(401, below: 40, seed: 3), vocabularySize: 40)
    let windows = try EvaluationWindows(tokens: tokens, windowLength: 32, layout: layout)
    let bytesPerToken = (0..<40).map { Double(1 + $0 % 3) }
    let scored = if case .random(let count, _) = layout { count * 32 } else { 400 }
    func results(ranks: Int, microBatchSize: Int) throws -> [EvaluationResult] {
      try ThreadCommunicator.run(ranks) { communicator in
        let model = GPT.random(
          ModelConfiguration(
            layerCount: 2, headCount: 2, embeddingWidth: 32, contextLength: 32, vocabularySize: 40,
            dropout: 0.1),
          trainable: false, threadCount: 1)
        return try Evaluator(
          model: model, communicator: communicator, microBatchSize: microBatchSize
        ).evaluate(EvaluationSet(windows, bytesPerToken: bytesPerToken))
      }
    }
    let alone = try #require(try results(ranks: 1, microBatchSize: 1).first)
    #expect(alone.tokenCount == scored && alone.perplexity > 40)
    for ranks in 1...4 {
      for result in try [1, 5, 16].flatMap({ try results(ranks: ranks, microBatchSize: $0) }) {
        #expect(abs(result.perplexity / alone.perplexity - 1) < 1e-6)
        #expect(abs(result.bitsPerByte / alone.bitsPerByte - 1) < 1e-6)
        #expect(result.tokenCount == alone.tokenCount && result.byteCount == alone.byteCount)
      }
    }
  }

  @Test func ranksWithoutAWindowTakePart() throws {
    let tokens = TokenSequence([1, 2, 3], vocabularySize: 4)
    let windows = try EvaluationWindows(tokens: tokens, windowLength: 8, layout: .adjacent)
    let counts = try ThreadCommunicator.run(4) { communicator in
      let model = GPT.random(
        ModelConfiguration(
          layerCount: 1, headCount: 1, embeddingWidth: 16, contextLength: 8, vocabularySize: 4),
        trainable: false, threadCount: 1)
      return try Evaluator(model: model, communicator: communicator, microBatchSize: 2)
        .evaluate(EvaluationSet(windows, bytesPerToken: [1, 2, 4, 8])).byteCount
    }
    #expect(counts == [12, 12, 12, 12])
  }
}

/// A model whose gradients are 1, 2, ..., 120 whatever the batch.
private final class CountingModel: LanguageModel {
  static let layout = {
    var layout = ParameterLayout()
    layout.append("weight", [120], .zeros)
    return layout
  }()

  let configuration = ModelConfiguration(
    layerCount: 1, headCount: 1, embeddingWidth: 16, contextLength: 1, vocabularySize: 2)
  var layout: ParameterLayout { Self.layout }
  let parameters: FloatBuffer
  let gradients: FloatBuffer?

  init(_ replica: Replica) {
    parameters = replica.parameters
    gradients = replica.gradients
  }

  func parametersDidChange() {}

  func accumulateGradients(_ batch: TokenBatch, dropout: DropoutSource?) -> LossSum {
    for index in 0..<120 { gradients?.vector[index] += Float(index + 1) }
    return evaluate(batch)
  }

  func evaluate(_ batch: TokenBatch) -> LossSum {
    LossSum(total: 1, tokenCount: batch.targetCount)
  }

  func nextTokenLogits(_ tokens: [Int32]) -> Vector { parameters.vector }
}
