// Runs that end before their last step: by a signal, by numbers that are not finite.
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct StoppingTests {
  @Test(arguments: [SIGTERM, SIGINT, SIGUSR1, SIGHUP])
  func aSignalSavesAndEnds(_ signal: Int32) throws {
    let workplace = try Workplace()
    let process = try workplace.start(
      ["--config", "tiny.json", "--out", "run"] + Workplace.endless)
    #expect(ChildProcess.wait(limit: Workplace.limit) { process.errors.contains("step 3/") })
    process.send(signal)
    let ending = process.wait(limit: Workplace.limit)
    #expect(ending.exitCode == 75)
    let last = try #require(ending.errors.split(separator: "\n").last)
    let words = last.split(separator: " ")
    #expect(words.prefix(4) == ["stopped", "after", "saving", "step"])
    let step = try #require(words.count > 4 ? Int(words[4].dropLast()) : nil)
    let resumed = try workplace.train(["--resume", "auto", "--max-steps", "\(step + 1)"])
    #expect(resumed.exitCode == 0)
    #expect(resumed.steps.map { $0.prefix { $0 != " " } } == ["\(step + 1)/\(step + 1)"])
  }

  /// What nohup does before it starts a program.
  @Test func aRunThatIsToOutlastItsTerminalDoes() throws {
    let workplace = try Workplace()
    let process = try workplace.start(
      ["--config", "tiny.json", "--out", "run"] + Workplace.endless,
      program: ["sh", "-c", "trap '' HUP; exec \"$0\" \"$@\"", Workplace.trainer])
    #expect(ChildProcess.wait(limit: Workplace.limit) { process.errors.contains("step 3/") })
    process.send(SIGHUP)
    func stepCount() -> Int { process.errors.split(separator: "\nstep ").count }
    let before = stepCount()
    // A run that stops makes one more at most.
    #expect(ChildProcess.wait(limit: Workplace.limit) { stepCount() > before + 3 })
    process.send(SIGKILL)
    #expect(process.wait(limit: Workplace.limit).exitCode == 128 + SIGKILL)
  }

  /// Before a run has begun there is nothing to save, and nothing is moved aside.
  @Test func ctrlCDuringPreparationEndsAtOnce() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    #expect(unsafe mkfifo(workplace.file("pipe.txt"), 0o600) == 0)
    let process = try workplace.start(
      ["--config", "tiny.json", "--out", "run", "--data", "pipe.txt"])
    // It waits for the text.
    #expect(!ChildProcess.wait(limit: 0.5) { !process.errors.isEmpty })
    process.send(SIGINT)
    #expect(process.wait(limit: Workplace.limit).exitCode == 128 + SIGINT)
    #expect(workplace.names("run-1") == [])
  }

  @Test func aSignalThatAsksForASaveEndsNothing() throws {
    let workplace = try Workplace()
    let process = try workplace.start(
      ["--config", "tiny.json", "--out", "run"] + Workplace.endless)
    #expect(ChildProcess.wait(limit: Workplace.limit) { process.errors.contains("step 3/") })
    process.send(SIGUSR2)
    #expect(
      ChildProcess.wait(limit: Workplace.limit) { workplace.names("run").contains("latest.h5") })
    let lines = process.errors.count
    #expect(ChildProcess.wait(limit: Workplace.limit) { process.errors.count > lines })
    process.send(SIGKILL)
    #expect(process.wait(limit: Workplace.limit).exitCode == 128 + SIGKILL)
    #expect(try workplace.run(["generate", "--checkpoint", "run"]).exitCode == 0)
  }

  @Test func numbersThatAreNotFiniteEndTheRunUnsaved() throws {
    let workplace = try Workplace()
    let unclipped = ["--set", "optimizer.gradient_clip=0"]
    #expect(try workplace.train(unclipped + ["--max-steps", "2"]).exitCode == 0)
    let before = workplace.bytes("run/latest.h5")
    let ending = try workplace.train(
      unclipped + [
        "--resume", "auto", "--max-steps", "50", "--learning-rate", "100",
        "--set", "schedule.warmup_steps=0", "--set", "schedule.decay_steps=1000",
        "--set", "checkpoint.save_every=1000",
      ])
    #expect(ending.exitCode == 5)
    #expect(ending.faults.count == 1)
    let step = 3 + ending.steps.count
    #expect(ending.faults.first?.hasPrefix("step \(step): loss ") == true, "\(ending.errors)")
    #expect(workplace.bytes("run/latest.h5") == before)
    #expect(
      try workplace.train(unclipped + ["--resume", "auto", "--max-steps", "3"]).exitCode == 0)
  }
}
