// Ends before the last step: requests, and numbers that are not finite.
import Communication
import Models
import Tensors
import TestSupport
import Testing
import Training

struct StopTests {
  @Test(arguments: [(1, 0), (3, 0), (3, 1), (4, 3)])
  func allRanksStopAtTheStepOfOneRanksRequest(_ ranks: Int, _ asking: Int) throws {
    let run = try TinyRun()
    let outcomes = try run.train(ranks: ranks, asks: .init(rank: asking, atStep: 7))
    #expect(outcomes.allSatisfy { $0.ending == .stopped && $0.step == 7 && $0.error == nil })
    #expect(try run.steps() == [7])
    #expect(try run.column("train/loss").keys.sorted() == Array(1...7))
  }

  @Test func aRequestToSaveDoesNotStop() throws {
    let run = try TinyRun()
    let asks = TinyRun.Request(
      rank: 1, atStep: 7, request: StopRequest(stops: false, saves: true))
    let outcomes = try run.train(ranks: 2, asks: asks)
    #expect(outcomes.allSatisfy { $0.ending == .finished(.steps) && $0.step == 20 })
    #expect(try run.steps() == [7, 20])
  }

  @Test func aRequestToSaveBeforeTheFirstStepIsKept() throws {
    let run = try TinyRun()
    let asks = TinyRun.Request(
      rank: 1, after: nil, request: StopRequest(stops: false, saves: true))
    try run.train(ranks: 2, asks: asks)
    #expect(try run.steps() == [1, 20])
  }

  @Test func aRunThatIsStoppedBeforeItBeginsChangesNothing() throws {
    let run = try TinyRun()
    try run.train(["training.max_steps=2"])
    let before = try run.folder.files(in: "run")
    let outcomes = try run.train(ranks: 2, asks: .init(rank: 1, after: nil))
    #expect(outcomes.allSatisfy { $0.ending == nil && $0.error == nil })
    #expect(try run.folder.files(in: "run") == before)
    #expect(throws: (any Error).self) { try run.folder.files(in: "run-1") }
  }

  struct Poison: Sendable {
    let ranks: Int
    /// Ranks whose numbers are not finite at step 3.
    let bad: [Int]
    let loss: Double
    let gradient: Float
    /// Where the gradient is bad; from the end if negative.
    var place = 0
    var sync = GradientSync.allreduce
    var ranksPerNode: Int?
  }

  /// What is not finite is found before anything is updated, on every rank.
  @Test(arguments: [
    Poison(ranks: 3, bad: [2], loss: .nan, gradient: 0),
    Poison(ranks: 3, bad: [1], loss: 1, gradient: .nan),
    Poison(ranks: 4, bad: [1, 3], loss: 1, gradient: .infinity),
    Poison(ranks: 3, bad: [2], loss: .nan, gradient: 0, sync: .sharded),
    Poison(ranks: 3, bad: [0], loss: 1, gradient: .nan, sync: .sharded),
    Poison(ranks: 3, bad: [0], loss: 1, gradient: .nan, place: -1, sync: .sharded),
    Poison(ranks: 2, bad: [1], loss: 1, gradient: -.infinity, place: -1, sync: .sharded),
    Poison(ranks: 4, bad: [1, 2], loss: 1, gradient: .infinity, sync: .sharded),
    Poison(ranks: 4, bad: [3], loss: 1, gradient: .nan, sync: .sharded, ranksPerNode: 2),
    Poison(ranks: 4, bad: [0, 2], loss: 1, gradient: .nan, sync: .sharded, ranksPerNode: 2),
    Poison(ranks: 1, bad: [0], loss: .infinity, gradient: 0),
    Poison(ranks: 1, bad: [0], loss: 1, gradient: .nan),
  ])
  func badNumbersStopAllRanksBeforeTheUpdate(_ poison: Poison) throws {
    let results = try ThreadCommunicator.run(poison.ranks, ranksPerNode: poison.ranksPerNode) {
      communicator -> (Int, Bool, String?) in
      let team = ThreadTeam(threadCount: 1)
      let replica = try Replica(
        count: PoisonedModel.bufferCount, poison.sync, communicator, team: team)
      let model = PoisonedModel(poison.bad.contains(communicator.rank) ? poison : nil, replica)
      model.initialize(seed: 1, team: team)
      try replica.distribute()
      let optimizer = AdamW(
        model.layout, RunConfiguration().adamW, firstMoments: replica.firstMoments,
        secondMoments: replica.secondMoments)
      let worker = Worker(
        model: model, optimizer: optimizer, exchange: replica.exchange, communicator: communicator,
        share: BatchShare(perRank: 1, micro: 1), seed: 1, team: team,
        samples: { .random($0.count, 8, below: 9, seed: $0.lowerBound) },
        pendingRequest: { .none })
      let coordinator = RunConfiguration().coordinator(finalStep: 5)
      let state = {
        [model.parameters, optimizer.firstMoments, optimizer.secondMoments].map(\.vector.array)
      }
      var meter = StepMeter()
      var before = state()
      for step in 1...5 {
        do {
          _ = try worker.step(coordinator.plan(step: step), coordinator, &meter)
          let after = state()
          if after == before { return (step, false, "no update") }
          before = after
        } catch let failure as AgreedFailure {
          return (step, state() == before, failure.cause.map { "\($0)" })
        }
      }
      return (6, false, "no failure")
    }
    let place =
      poison.bad.count == 1
      ? "rank \(poison.bad[0])" : "ranks \(poison.bad.map(String.init).joined(separator: ", "))"
    #expect(results.allSatisfy { $0.0 == 3 && $0.1 })
    #expect(results[0].2?.hasPrefix("step 3: loss ") == true)
    #expect(results[0].2?.contains("not finite on \(place); nothing was updated") == true)
    #expect(results.dropFirst().allSatisfy { $0.2 == nil })
  }
}

/// A model whose third step goes wrong.
private final class PoisonedModel: LanguageModel {
  func parametersDidChange() {}
  private let model: GPT
  private let poison: StopTests.Poison?
  private var steps = 0

  private static let shape = ModelConfiguration(
    layerCount: 1, headCount: 1, embeddingWidth: 16, contextLength: 8, vocabularySize: 9)
  static var bufferCount: Int { ParameterLayout.gpt(shape).bufferCount }

  init(_ poison: StopTests.Poison?, _ replica: Replica) {
    self.poison = poison
    model = GPT(
      Self.shape, parameters: replica.parameters, gradients: replica.gradients,
      team: ThreadTeam(threadCount: 1))
  }

  var configuration: ModelConfiguration { model.configuration }
  var layout: ParameterLayout { model.layout }
  var parameters: FloatBuffer { model.parameters }
  var gradients: FloatBuffer? { model.gradients }

  func accumulateGradients(_ batch: TokenBatch, dropout: DropoutSource?) -> LossSum {
    steps += 1
    var sum = model.accumulateGradients(batch, dropout: dropout)
    if steps == 3, let poison {
      sum.total *= poison.loss
      let place = poison.place < 0 ? Self.bufferCount + poison.place : poison.place
      gradients?.vector[place] += poison.gradient
    }
    return sum
  }

  func evaluate(_ batch: TokenBatch) -> LossSum { model.evaluate(batch) }
  func nextTokenLogits(_ tokens: [Int32]) -> Vector { model.nextTokenLogits(tokens) }
}
