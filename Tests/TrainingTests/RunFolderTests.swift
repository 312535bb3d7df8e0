// The run folder: what stays in it, and that no earlier run is ever lost.
import Communication
import FoundationEssentials
import ModelFiles
import Models
import Tensors
import TestSupport
import Testing
import Training

struct RunFolderTests {
  private static let short = ["training.max_steps=4", "checkpoint.save_every=2"]

  @Test func anEarlierRunIsMovedAside() throws {
    let run = try TinyRun()
    try run.train(Self.short)
    let first = try run.folder.files(in: "run")
    let outcome = try run.train(Self.short + ["training.seed=2"])[0]
    let second = try run.folder.files(in: "run")
    let folder = "\(run.folder.path)/run"
    #expect(
      outcome.notices.contains(.information("the earlier run of \(folder) is now \(folder)-1")))
    try run.train(Self.short + ["training.seed=3"])
    #expect(try run.folder.files(in: "run-1") == first)
    #expect(try run.folder.files(in: "run-2") == second)
    #expect(first["latest.h5"] != second["latest.h5"])
  }

  /// Going on from a checkpoint that is not the folder's latest would write over what came after.
  @Test(arguments: ["run/step-000002.h5", "elsewhere/step-000002.h5"])
  func goingOnFromElsewhereMovesAnEarlierRunAside(_ checkpoint: String) throws {
    let run = try TinyRun()
    try run.train(Self.short)
    try run.folder.copy("run", to: "elsewhere")
    let before = try run.folder.files(in: "run")
    let path = "\(run.folder.path)/\(checkpoint)"
    let outcome = try run.train(
      ["training.max_steps=3"], resume: .checkpoint(path: path))[0]
    #expect(outcome.step == 3 && outcome.error == nil)
    #expect(try run.folder.files(in: "run-1") == before)
    #expect(try run.steps() == [3])
  }

  @Test(arguments: ["step-000004.h5", "latest.h5"])
  func goingOnFromTheLatestStaysInTheFolder(_ name: String) throws {
    let run = try TinyRun()
    try run.train(Self.short)
    let path =
      "\(run.folder.path)/../\(run.folder.path.split(separator: "/").last ?? "")/run/\(name)"
    let outcome = try run.train(["training.max_steps=6"], resume: .checkpoint(path: path))[0]
    #expect(outcome.step == 6 && outcome.error == nil)
    #expect(try run.steps() == [4, 6])
    #expect(try run.column("train/loss").keys.sorted() == Array(1...6))
  }

  @Test func aRunThatCannotStartLeavesTheEarlierOneAlone() throws {
    let run = try TinyRun()
    try run.train(Self.short)
    let before = try run.folder.files(in: "run")
    #expect(try run.train(Self.short + ["model.vocab_size=3"])[0].error != nil)
    #expect(try run.train(Self.short + ["model.n_positions=60000"])[0].error != nil)
    let random = ["training.evaluate_protocol=random", "data.validation=0.001"]
    #expect(try run.train(Self.short + random)[0].error != nil)
    #expect(try run.train(Self.short + ["data.dataset=./absent.txt"])[0].error != nil)
    #expect(try run.folder.files(in: "run") == before)
    #expect(throws: (any Error).self) { try run.folder.files(in: "run-1") }
  }

  @Test func aModelThatDoesNotFitTheMachineIsRefusedBeforeAnythingIsTouched() throws {
    let run = try TinyRun()
    try run.train(Self.short)
    let before = try run.folder.files(in: "run")
    let message = try run.train(Self.short + ["model.n_embd=65536", "model.n_layer=15"])[0].message
    #expect(
      message.hasPrefix("model.n_embd: parameters, gradients and moments of 77"), "\(message)")
    #expect(message.hasSuffix(" MiB; choose a smaller model or fewer ranks"))
    #expect(try run.folder.files(in: "run") == before)
  }

  @Test(arguments: [
    ([], nil), (["schedule.warmup_steps=2"], nil),
    (["schedule.warmup_steps=3"], "3 outlast the run: the learning rate only reaches 75 %"),
    (["schedule.warmup_steps=999"], "999 outlast the run: the learning rate only reaches 0 %"),
    (
      ["schedule.warmup_steps=2", "schedule.decay_steps=1"],
      "2 outlast the decay: the learning rate only reaches 33 %"
    ),
  ])
  func aWarmupThatNeverEndsIsTold(_ settings: [String], _ message: String?) throws {
    let outcome = try TinyRun().train(
      ["training.max_steps=3", "schedule.warmup_steps=1"] + settings)[0]
    let warnings = outcome.notices.filter { if case .warning = $0 { true } else { false } }
    #expect(
      warnings
        == (message.map { [.warning("schedule.warmup_steps: \($0) of what is set")] } ?? []))
  }

  /// Two starts of the same command: the one that is slower must not begin anew; nor go on in a folder
  /// whose run has become another meanwhile.
  @Test(arguments: [false, true])
  func aFolderThatAnotherRunHasFilledMeanwhileIsLeftAlone(_ isResumed: Bool) throws {
    let run = try TinyRun()
    if isResumed { try run.train(Self.short + ["training.seed=2"]) }
    let request = try run.request(["training.max_steps=6"], resume: .auto)
    let message = try ThreadCommunicator.run(1) { communicator -> String in
      let builder = RunBuilder(
        communicator: communicator, team: ThreadTeam(threadCount: 1), console: nil
      ) { _ in }
      do {
        let train = { _ = try? run.train(Self.short) }
        _ = try builder.build({ request }, pendingRequest: { .none }, begins: train)
        return "none"
      } catch let failure as AgreedFailure {
        return failure.cause.map { "\($0)" } ?? ""
      }
    }[0]
    #expect(message.contains("/run: the run in this folder has changed since it was read"))
    #expect(try run.steps() == [2, 4])
    #expect(throws: (any Error).self) { try run.folder.contents(of: "run/metrics.jsonl.previous") }
  }

  @Test func aValidationLossThatIsNoNumberEndsTheRun() throws {
    let run = try TinyRun()
    // Decay without bounds: every step multiplies the weights by -999.
    let outcomes = try run.train(
      ranks: 2,
      [
        "optimizer.weight_decay=10", "schedule.learning_rate=100", "schedule.warmup_steps=0",
        "training.evaluate_every=1", "training.max_steps=40",
      ])
    #expect(outcomes[0].message.contains(": validation loss "), "\(outcomes[0].message)")
    #expect(outcomes.allSatisfy { $0.ending == nil && $0.step < 40 })
  }

  @Test(arguments: [1, 2])
  func theNewestAndTheBestStay(_ keep: Int) throws {
    let run = try TinyRun()
    let settings = [
      "training.evaluate_every=2", "checkpoint.save_every=2", "checkpoint.keep=\(keep)",
      "optimizer.weight_decay=0",
    ]
    try run.train(settings + ["training.max_steps=4"])
    // From here on every step jumps far away, so that an old evaluation stays the best.
    let jumps = ["schedule.learning_rate=5", "schedule.min_learning_rate=5"]
    try run.train(settings + jumps + ["training.max_steps=12"], resume: .auto)
    let losses = try run.column("val/loss")
    let best = try #require(losses.min { $0.value < $1.value }?.key)
    #expect(best == 4)
    let newest = [2, 4, 6, 8, 10, 12].suffix(keep)
    #expect(try run.steps() == Set(newest + [best]).sorted())
    let files = try run.folder.files(in: "run")
    #expect(files["best.h5"] == files[CheckpointDirectory.fileName(step: best)])
    #expect(files["latest.h5"] == files["step-000012.h5"])
    let reader = try CheckpointReader(path: "\(run.folder.path)/run/latest.h5")
    let progress = try reader.progress()
    #expect(progress.best == .init(loss: try #require(losses[best]), step: best))
  }

  @Test func theFolderHoldsTheResolvedConfiguration() throws {
    let run = try TinyRun()
    try run.train(Self.short)
    let text = String(decoding: try run.folder.contents(of: "run/config.json"), as: UTF8.self)
    let configuration = try RunConfiguration(json: text, path: "config.json")
    let reader = try CheckpointReader(path: "\(run.folder.path)/run/latest.h5")
    #expect(try reader.configuration() == text)
    #expect(configuration.schedule.decaySteps == 4)
    let characters = Set(String(decoding: TinyRun.text(seed: 1), as: UTF8.self).unicodeScalars)
    #expect(configuration.model.vocabularySize == characters.count)
    let progress = try reader.progress()
    #expect(progress.step == 4 && progress.tokens == 4 * 12 * 32 && progress.seed == 1_337)
  }

  /// A tiny learning rate leaves the initial values as they were, but for zeros that move by it.
  @Test(arguments: [5, 1_337])
  func initialValuesAreThoseOfTheSeed(_ seed: Int) throws {
    let run = try TinyRun()
    try run.train(
      ranks: 2,
      [
        "training.max_steps=1", "training.seed=\(seed)", "schedule.learning_rate=1e-30",
        "schedule.min_learning_rate=0",
      ])
    let reader = try CheckpointReader(path: "\(run.folder.path)/run/latest.h5")
    let configuration = try RunConfiguration(json: reader.configuration(), path: "")
    let team = ThreadTeam(threadCount: 1)
    let model = GPT(
      configuration.modelConfiguration(usedVocabularySize: 1), trainable: false, team: team)
    model.initialize(seed: UInt64(seed), team: team)
    let differences = zip(try run.state(), model.parameters.vector.array).map { abs($0 - $1) }
    #expect(differences.count == model.parameters.count && differences.allSatisfy { $0 < 1e-20 })
  }

  @Test func epochsEndARunEarly() throws {
    let run = try TinyRun()
    let training = 0.9 * Double(TinyRun.text(seed: 1).count)
    let windows = Int((training - 1) / 32)
    let outcome = try run.train(["training.epochs=0.5"])[0]
    #expect(outcome.ending == .finished(.epochs) && outcome.step == (windows + 23) / 24)
    #expect(try run.train(["training.epochs=50", "training.max_steps=3"])[0].step == 3)
  }
}
