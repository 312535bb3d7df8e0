// The trainer under mpirun: one voice, the same results, and an end for all ranks.
import Commands
import Communication
import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// mpirun comes with Debian's openmpi-bin.
@Suite(
  .serialized,
  .enabled(if: Tool.isInstalled("mpirun"), "needs mpirun: apt-get install openmpi-bin"))
struct RankTests {
  @Test func oneRankSpeaks() throws {
    let ending = try Workplace().run(
      ["--config", "tiny.json", "--out", "run"], program: Workplace.launcher(ranks: 4))
    #expect(ending.exitCode == 0)
    #expect(ending.steps.map { $0.prefix(4) } == ["1/4 ", "2/4 ", "3/4 ", "4/4 "])
    #expect(ending.errors.contains(" | 4 ranks × 1 thread | "))
  }

  @Test(arguments: [
    WrongInput(
      ["--config", "tiny.json"], 2,
      "training.batch_size: 4 sequences do not divide among 3 ranks; "
        + "try 3 or 6, or another number of ranks"),
    WrongInput(
      ["--config", "tiny.json", "--dta", "x"], 2, "Unknown option '--dta'. Did you mean '--data'?"),
    WrongInput(
      ["--config", "tiny.json", "--batch-size", "3", "--data", "none.txt"], 3,
      "none.txt: no such file; check the path"),
    WrongInput(
      ["--config", "tiny.json", "--batch-size", "3", "--set", "data.validation=0.0001"], 3,
      "the validation text has 1 token, but an evaluation needs 2; "
        + "use more text or a larger data.validation"),
    WrongInput(
      ["evaluate", "--checkpoint", "none.h5"], 4,
      "none.h5: cannot be read: No such file or directory; check the path"),
    WrongInput(
      ["--config", "tiny.json", "--batch-size", "3", "--out", "text.txt"], 4,
      "text.txt: cannot be used as a run folder: a file is in its place; choose another --out"),
  ])
  func oneRankComplains(_ input: WrongInput) throws {
    let ending = try Workplace().run(input.arguments, program: Workplace.launcher(ranks: 3))
    #expect(ending.exitCode == input.exitCode)
    #expect(ending.faults == input.faults)
  }

  /// Of the faults that ranks find in their parts of a text the first is told, once, and nothing is
  /// left behind.
  @Test func oneRankTellsTheFirstFaultOfAText() throws {
    let workplace = try Workplace()
    // Three segments.
    var bytes = Array([[UInt8]](repeating: Array(Workplace.text.utf8), count: 4_000).joined())
    for place in [5_000_000, 5_000_100, 9_000_000] { bytes[place] = 0xff }
    try workplace.write(bytes, to: "bad.txt")
    let prepare = ["data", "prepare", "bad.txt", "--out", "tokens", "--tokenizer"]
    let invalid = try workplace.run(
      prepare + ["character"], program: Workplace.launcher(ranks: 3))
    #expect(invalid.exitCode == 3)
    #expect(
      invalid.faults == [
        "bad.txt: not valid UTF-8 at byte 5000000; convert it, for example with iconv, or use "
          + "trainer data prepare --replace-invalid"
      ])
    // Found while the token files are written.
    #expect(
      try workplace.run([
        "tokenizer", "train", "--kind", "character", "--data", "text.txt", "--out", "mine.json",
      ]).exitCode == 0)
    let lacking = try workplace.run(
      prepare + ["character", "--tokenizer-path", "mine.json", "--replace-invalid"],
      program: Workplace.launcher(ranks: 3))
    #expect(lacking.exitCode == 3)
    #expect(
      lacking.faults == [
        "bad.txt: the model's tokenizer lacks 1 of its characters, 3 in all: '\u{fffd}' (U+FFFD) "
          + "× 3; replace them, or train a new model"
      ])
    #expect(workplace.names() == ["bad.txt", "mine.json", "text.txt", "tiny.json"])
  }

  @Test func evaluationIsTheSameOnAnyNumberOfRanks() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    let results = try (1...3).map { ranks in
      try ResultTests.json(
        workplace.run(
          ["evaluate", "--checkpoint", "run", "--json"], program: Workplace.launcher(ranks: ranks)),
        as: ResultTests.Evaluation.self)
    }
    for result in results {
      #expect(abs(result.perplexity - results[0].perplexity) < 1e-6 * results[0].perplexity)
      #expect(result.tokens == results[0].tokens)
    }
  }

  /// A flat buffer of nano takes 49 MB: two ranks that share have five of them, otherwise eight.
  @Test(arguments: [("sharded", 5), ("allreduce", 8)])
  func benchmarkCountsAllRanksAndSharedMemoryOnce(_ sync: String, _ buffers: Int) throws {
    let measurement = try ResultTests.json(
      Workplace().run(
        [
          "benchmark", "--preset", "nano", "--batch", "2", "--sequence", "32", "--steps", "1",
          "--gradient-sync", sync, "--json",
        ], program: Workplace.launcher(ranks: 2)), as: ResultTests.Measurement.self)
    #expect(measurement.ranks == 2)
    let flat = 4 * 12_300_000
    #expect(measurement.peakRssBytes > buffers * flat)
    #expect(measurement.peakRssBytes < (buffers + 5) * flat)
    #expect(measurement.communicationSeconds > 0)
    #expect(measurement.communicationSeconds < measurement.stepSeconds)
  }

  /// MPI's shared memory against MPI's sum: the same losses and norms, to six digits.
  @Test(arguments: [2, 4])
  func bothWaysToSumGradientsGiveTheSameCurve(_ ranks: Int) throws {
    let workplace = try Workplace()
    let curves = try ["sharded", "allreduce"].map { sync in
      let ending = try workplace.run(
        [
          "--config", "tiny.json", "--out", sync, "--max-steps", "12", "--set",
          "training.gradient_sync=\(sync)",
        ], program: Workplace.launcher(ranks: ranks))
      #expect(ending.exitCode == 0)
      #expect(ending.warnings == [])
      return try workplace.numbers(of: ["train/loss", "train/grad_norm"], in: sync)
    }
    #expect(curves[0].count == 2 * 12 && curves[1].count == 2 * 12)
    #expect(zip(curves[0], curves[1]).allSatisfy { abs($0 / $1 - 1) < 1e-6 }, "\(curves)")
    // The last checkpoint is whole: it evaluates alike, and the other way goes on from it.
    let losses = try ["sharded", "allreduce"].map {
      try ResultTests.json(
        workplace.run(["evaluate", "--checkpoint", $0, "--json"]),
        as: ResultTests.Evaluation.self
      ).loss
    }
    #expect(abs(losses[0] / losses[1] - 1) < 1e-6)
    let resumed = try workplace.run(
      [
        "--config", "tiny.json", "--out", "sharded", "--max-steps", "14", "--resume", "auto",
        "--set", "training.gradient_sync=allreduce",
      ], program: Workplace.launcher(ranks: ranks))
    #expect(resumed.exitCode == 0)
    #expect(resumed.steps.count == 2)
  }

  /// PMI's variables are MPICH's: Open MPI would start every rank as a run of its own.
  @Test func aLauncherOfAnotherMPIIsRefused() throws {
    let workplace = try Workplace()
    let endings = try ["0", "1"].map {
      try workplace.run(
        ["--config", "tiny.json"], environment: ["PMI_SIZE": "4", "PMI_RANK": $0])
    }
    #expect(endings.map(\.exitCode) == [6, 0])
    #expect(endings.map(\.faults.count) == [1, 0])
    #expect(
      endings[0].faults.first?.hasPrefix(
        "started as one of 4 ranks by the mpirun of MPICH or Intel MPI, but this build's MPI ")
        == true)
    #expect(workplace.names() == ["text.txt", "tiny.json"])
  }

  /// mpirun passes SIGUSR1 on to the ranks; so does Slurm's `--signal=USR1`.
  @Test func aForwardedSignalStopsAllRanksAfterSaving() throws {
    let workplace = try Workplace()
    let process = try workplace.start(
      ["--config", "tiny.json", "--out", "run"] + Workplace.endless,
      program: Workplace.launcher(ranks: 2))
    #expect(ChildProcess.wait(limit: Workplace.limit) { process.errors.contains("step 3/") })
    process.send(SIGUSR1)
    let ending = process.wait(limit: Workplace.limit)
    #expect(ending.exitCode == 75)
    #expect(ending.errors.components(of: "stopped after saving step ") == 1)
    #expect(workplace.names("run").contains("latest.h5"))
    // On fewer ranks.
    let resumed = try workplace.train(["--resume", "auto"])
    #expect(resumed.exitCode == 0)
  }

  @Test func aFaultNamesItsRankOnce() {
    let call = MPIError.callFailed(call: "MPI_Barrier", message: "lost", rank: 3)
    #expect(FaultText.lines(of: call, rank: 3) == ["rank 3: MPI_Barrier failed: lost"])
    let early = MPIError.callFailed(call: "MPI_Init", message: "none", rank: nil)
    #expect(FaultText.lines(of: early, rank: 3) == ["rank 3: MPI_Init failed: none"])
    #expect(FaultText.lines(of: CancellationError(), rank: nil) == ["CancellationError()"])
  }

  @Test func aKilledRankEndsAllAndDamagesNothing() throws {
    let workplace = try Workplace()
    let launcher = Workplace.launcher(ranks: 4).dropLast()
    let process = try workplace.start(
      ["--config", "tiny.json", "--out", "run", "--set", "checkpoint.save_every=2"]
        + Workplace.endless,
      program: launcher + [
        "sh", "-c", "echo $$ > rank.$OMPI_COMM_WORLD_RANK; exec \"$0\" \"$@\"", Workplace.trainer,
      ])
    #expect(ChildProcess.wait(limit: Workplace.limit) { process.errors.contains("step 5/") })
    let ranks = (0..<4).compactMap {
      pid_t(String(decoding: workplace.bytes("rank.\($0)").dropLast(), as: UTF8.self))
    }
    #expect(ranks.count == 4)
    kill(try #require(ranks.last), SIGKILL)
    #expect(ChildProcess.wait(limit: 10) { ranks.allSatisfy(Self.isGone) })
    #expect(process.wait(limit: 10).exitCode == 128 + SIGKILL)
    let resumed = try workplace.train(["--resume", "auto", "--max-steps", "1"])
    #expect(resumed.exitCode == 0)
    #expect(resumed.errors.contains("going on from step "))
  }

  /// Whether a process has ended, even if nobody has asked for its exit code yet.
  private static func isGone(_ process: pid_t) -> Bool {
    guard let status = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
      return true
    }
    // The state follows the name, which is in parentheses.
    let rest = String(decoding: status, as: UTF8.self).split(separator: ")").last
    return rest?.dropFirst().first == "Z"
  }
}

extension String {
  fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
