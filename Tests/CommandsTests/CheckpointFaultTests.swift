// Checkpoints that cannot be read or written: exit code 4, and nothing on the disk is lost.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct CheckpointFaultTests {
  /// A workplace with a finished run and damaged copies of its checkpoint.
  private static func workplace() throws -> Workplace {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    let whole = workplace.bytes("run/step-000004.h5")
    try workplace.write([], to: "empty.h5")
    try workplace.write(Array(whole.prefix(whole.count / 2)), to: "half.h5")
    try workplace.write(whole.enumerated().map { $0 == 15_000 ? ~$1 : $1 }, to: "flipped.h5")
    try workplace.makeFolder("folder")
    return workplace
  }

  @Test(arguments: [
    ("none.h5", "none.h5: cannot be read: No such file or directory; check the path"),
    ("empty.h5", "empty.h5: the file is empty; take another checkpoint"),
    (
      "half.h5",
      "half.h5: the file is truncated: it has 36576 of 73152 bytes; copy it again or take another "
        + "checkpoint"
    ),
    (
      "text.txt",
      "text.txt: not an HDF5 file; a checkpoint is a file like step-000250.h5 of a run folder"
    ),
    (
      "folder",
      "folder: holds no checkpoint; take the folder of a run that has saved, or a file like "
        + "step-000250.h5 of one"
    ),
  ])
  func everyCommandRefusesDamage(_ name: String, _ fault: String) throws {
    let workplace = try Self.workplace()
    for arguments in [
      ["generate", "--checkpoint", name], ["evaluate", "--checkpoint", name],
      ["info", "--checkpoint", name],
      ["--config", "tiny.json", "--out", "new", "--resume", name],
    ] {
      let ending = try workplace.run(arguments)
      #expect(ending.exitCode == 4, "\(arguments)")
      #expect(ending.faults == [fault], "\(arguments)")
      #expect(ending.output == "")
    }
    #expect(!workplace.names().contains("new"))
  }

  /// Models of others are told what takes them.
  @Test func modelsOfOthersAreNoCheckpoints() throws {
    let workplace = try Self.workplace()
    for export in [
      ["gguf", "--out", "model.gguf"], ["huggingface", "--out", "model"],
    ] {
      let arguments = ["export", export[0], "--checkpoint", "run"] + export.dropFirst()
      #expect(try workplace.run(arguments).exitCode == 0)
    }
    for command in [["generate"], ["evaluate"], ["info"], ["export", "gguf"]] {
      let file = try workplace.run(command + ["--checkpoint", "model.gguf"])
      #expect(file.exitCode == 4)
      #expect(
        file.faults == [
          "model.gguf: a GGUF file, not a checkpoint; generate, chat, complete, inspect and evaluate "
            + "read it as --gguf model.gguf"
        ])
      let folder = try workplace.run(command + ["--checkpoint", "model"])
      #expect(folder.exitCode == 4)
      #expect(
        folder.faults == [
          "model: a model of Hugging Face, not a checkpoint; make one of it with trainer import "
            + "huggingface model --out checkpoints/imported"
        ])
    }
  }

  @Test func aFlippedByteIsFound() throws {
    let workplace = try Self.workplace()
    for arguments in [
      ["generate", "--checkpoint", "flipped.h5"],
      ["--config", "tiny.json", "--out", "new", "--resume", "flipped.h5"],
    ] {
      let ending = try workplace.run(arguments)
      #expect(ending.exitCode == 4, "\(arguments)")
      #expect(ending.faults.count == 1)
      let fault = try #require(ending.faults.first)
      #expect(fault.hasPrefix("flipped.h5: /model/"), "\(fault)")
      #expect(
        fault.hasSuffix(
          " is damaged: its checksum differs; copy the file again or take another checkpoint"))
    }
  }

  @Test func aDamagedLatestIsNotReplacedByAnOlderOneUnasked() throws {
    let workplace = try Workplace()
    #expect(try workplace.train(["--set", "checkpoint.save_every=2"]).exitCode == 0)
    let whole = workplace.bytes("run/step-000004.h5")
    try workplace.write(Array(whole.dropLast(9)), to: "run/step-000004.h5")
    let ending = try workplace.train(["--resume", "auto"])
    #expect(ending.exitCode == 4)
    #expect(
      ending.faults == [
        "run/step-000004.h5: the file is truncated: it has \(whole.count - 9) of \(whole.count) "
          + "bytes; copy it again or take another checkpoint; an older one is intact: "
          + "--resume run/step-000002.h5"
      ])
    #expect(try workplace.train(["--resume", "run/step-000002.h5"]).exitCode == 0)
  }

  /// Permissions do not bind root, so nothing here depends on them.
  @Test(arguments: [
    (
      "text.txt",
      "text.txt: cannot be used as a run folder: a file is in its place; choose another --out"
    ),
    (
      "text.txt/below",
      "text.txt/below: cannot be used as a run folder: a file is in its place; "
        + "choose another --out"
    ),
    (
      "/proc/none",
      "/proc/none: cannot be used as a run folder: No such file or directory; "
        + "choose another --out"
    ),
  ])
  func foldersThatCannotBe(_ folder: String, _ fault: String) throws {
    let workplace = try Workplace()
    for resume in [[], ["--resume", "auto"]] {
      let ending = try workplace.train(["--out", folder] + resume)
      #expect(ending.exitCode == 4)
      #expect(ending.faults == [fault])
    }
    #expect(workplace.names() == ["text.txt", "tiny.json"])
  }

  /// In the system's words, not in those of the library that writes.
  @Test func aConfigurationThatCannotBeWritten() throws {
    let workplace = try Workplace()
    try workplace.makeFolder("run/config.json")
    let ending = try workplace.train()
    #expect(ending.exitCode == 4)
    #expect(
      ending.faults == [
        "run/config.json: cannot be written: Is a directory; choose another --out"
      ])
  }

  @Test func aFullDiskLeavesThePreviousCheckpoint() throws {
    let workplace = try Workplace()
    #expect(try workplace.train(["--max-steps", "2"]).exitCode == 0)
    // Between what the log and what a checkpoint takes, whether in blocks of 512 or 1,024 bytes.
    let ending = try workplace.run(
      ["--config", "tiny.json", "--out", "run", "--resume", "auto"],
      program: ["sh", "-c", "ulimit -f 40; exec \"$0\" \"$@\"", Workplace.trainer])
    #expect(ending.exitCode == 4)
    #expect(
      ending.faults == [
        "run/step-000004.h5: cannot be written: File too large; "
          + "raise the limit (ulimit -f unlimited) or choose another --out"
      ])
    #expect(
      workplace.names("run")
        == ["best.h5", "config.json", "latest.h5", "metrics.jsonl", "step-000002.h5"])
    #expect(try workplace.run(["evaluate", "--checkpoint", "run"]).exitCode == 0)
    let resumed = try workplace.train(["--resume", "auto"])
    #expect(resumed.exitCode == 0)
    #expect(resumed.steps.map { $0.prefix(3) } == ["3/4", "4/4"])
  }

  @Test(arguments: [["info"], ["evaluate"], ["generate", "--max-new-tokens", "3"]])
  func resultsThatCannotBeWritten(_ arguments: [String]) throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    let ending = try workplace.run(
      arguments + ["--checkpoint", "run"],
      program: ["sh", "-c", "exec \"$0\" \"$@\" >/dev/full", Workplace.trainer])
    #expect(ending.exitCode == 4)
    #expect(ending.faults == ["standard output: cannot be written: No space left on device"])
  }

  // The tool comes with Debian's hdf5-tools.
  @Test(.enabled(if: Tool.isInstalled("h5copy"), "needs h5copy: apt-get install hdf5-tools"))
  func anHDF5FileOfSomethingElseIsForeign() throws {
    let workplace = try Self.workplace()
    let copied = try workplace.run(
      ["-i", "run/latest.h5", "-o", "other.h5", "-s", "/config", "-d", "/config"],
      program: ["h5copy"])
    #expect(copied.exitCode == 0)
    let ending = try workplace.run(["evaluate", "--checkpoint", "other.h5"])
    #expect(ending.exitCode == 4)
    #expect(
      ending.faults == [
        "other.h5: an HDF5 file, but no checkpoint of this trainer (its format is not "
          + "\"trainer checkpoint\"); give one that `trainer` has saved"
      ])
  }
}

/// Programs that some tests want.
enum Tool {
  static func isInstalled(_ name: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
    }
  }
}
