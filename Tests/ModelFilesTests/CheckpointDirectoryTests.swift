// Run folders: numbering, links, what is kept, what a run goes on from.
import FoundationEssentials
import Glibc
import ModelFiles
import Tensors
import Testing

@Suite struct CheckpointDirectoryTests {
  let folder = TemporaryFolder()
  var directory: CheckpointDirectory { CheckpointDirectory(path: folder.file("runs/a")) }

  private func save(_ steps: [Int], best: Int? = nil, keep: Int = 9) throws {
    try directory.prepare()
    for step in steps {
      try directory.save(Sample.checkpoint(step: step), isBest: step == best, keep: keep)
    }
  }

  private func target(_ link: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory.path)/\(link)")
  }

  /// Lets whatever would be written aside under `name` fail: a folder is in its place.
  private func obstruct(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: "\(directory.path)/\(name).tmp", withIntermediateDirectories: false)
  }

  private func flip(_ step: Int, _ offset: Int? = nil) {
    let path = "\(directory.path)/\(CheckpointDirectory.fileName(step: step))"
    var bytes = contents(path)
    bytes[offset ?? bytes.count / 2] ^= 1
    overwrite(path, bytes)
  }

  @Test func keepsTheNewestAndTheBest() throws {
    try save([250, 500, 750, 1000], best: 250, keep: 2)
    #expect(
      names(in: directory.path) == [
        "best.h5", "latest.h5", "step-000250.h5", "step-000750.h5", "step-001000.h5",
      ])
    #expect(try target("latest.h5") == "step-001000.h5")
    #expect(try target("best.h5") == "step-000250.h5")
    #expect(try directory.steps() == [250, 750, 1000])
    #expect(try directory.resolve() == "\(directory.path)/step-001000.h5")
  }

  @Test func keepsTheLatestOfARunThatWentBack() throws {
    try save([250, 500, 750])
    try save([300], keep: 1)
    #expect(try directory.steps() == [300, 750])
    #expect(try directory.resolve() == "\(directory.path)/step-000300.h5")
  }

  @Test func namesSortByStep() {
    #expect(CheckpointDirectory.fileName(step: 7) == "step-000007.h5")
    #expect(CheckpointDirectory.fileName(step: 1_234_567) == "step-1234567.h5")
  }

  @Test func nothingToGoOnFrom() throws {
    #expect(try directory.resolve() == nil)
    try directory.prepare()
    #expect(try directory.resolve() == nil)
  }

  @Test func takesTheNewestStepWithoutALink() throws {
    try save([250, 1000, 500])
    try FileManager.default.removeItem(atPath: "\(directory.path)/latest.h5")
    #expect(try directory.resolve() == "\(directory.path)/step-001000.h5")
  }

  @Test func namesTheOlderCheckpointOfADamagedOne() throws {
    try save([250, 500, 750])
    flip(750, 40)
    flip(500, 40)
    let error = #expect(throws: CheckpointError.self) { _ = try directory.resolve() }
    let description = try #require(error?.description)
    #expect(description.hasPrefix("\(directory.path)/step-000750.h5: "))
    #expect(
      description.hasSuffix(
        "; an older one is intact: --resume \(directory.path)/step-000250.h5"))
  }

  @Test func saysSoWhenTheLinkedFileIsGone() throws {
    try save([250, 500])
    try FileManager.default.removeItem(atPath: "\(directory.path)/step-000500.h5")
    let error = #expect(throws: CheckpointError.self) { _ = try directory.resolve() }
    #expect(
      error?.description == """
        \(directory.path)/step-000500.h5: cannot be read: No such file or directory; check the \
        path; an older one is intact: --resume \(directory.path)/step-000250.h5
        """)
  }

  @Test func removesWhatAnInterruptedSaveLeft() throws {
    try save([250])
    for name in ["step-000500.h5.tmp", "latest.h5.tmp", "notes.tmp"] {
      overwrite("\(directory.path)/\(name)", [1])
    }
    try directory.prepare()
    #expect(
      names(in: directory.path) == ["latest.h5", "notes.tmp", "step-000250.h5"])
  }

  /// The latest checkpoint knows the best loss: its file must not be lost when the links are.
  @Test func theBestIsLinkedBeforeTheLatest() throws {
    try save([250], best: 250)
    try obstruct("best.h5")
    #expect(throws: CheckpointError.self) {
      try directory.save(Sample.checkpoint(step: 500), isBest: true, keep: 9)
    }
    #expect(try target("latest.h5") == "step-000250.h5")
  }

  /// A run that evaluates after it has gone on saves the same step again.
  @Test func theBestIsLinkedBeforeTheLatestIsWrittenOnceMore() throws {
    try save([250, 500], best: 250)
    try obstruct("step-000500.h5")
    #expect(throws: CheckpointError.self) {
      try directory.save(Sample.checkpoint(step: 500), isBest: true, keep: 9)
    }
    #expect(try target("best.h5") == "step-000500.h5")
  }

  @Test func anEarlierRunMovesAsideOnItsOwnDisk() throws {
    try save([250])
    let link = CheckpointDirectory(path: folder.file("link"))
    try FileManager.default.createSymbolicLink(
      atPath: link.path, withDestinationPath: "runs/a")
    let aside = try #require(try link.setAsideEarlierRun())
    #expect(aside.hasSuffix("runs/a-1") && names(in: aside).contains("step-000250.h5"))
    try link.prepare()
    #expect(names(in: folder.file("runs/a")) == [] && names(in: folder.path) == ["link", "runs"])
    #expect(try link.setAsideEarlierRun() == nil)
  }

  @Test func aFolderIsOneRunsAlone() throws {
    try directory.prepare()
    var first = try RunFolderLock.take(directory.path)
    #expect(first != nil)
    let error = #expect(throws: CheckpointError.self) { try RunFolderLock.take(directory.path) }
    #expect(error?.description.hasPrefix("\(directory.path): another run writes into") == true)
    // Of a folder, a network file system would not tell other machines.
    let lock = unsafe open("\(directory.path)/.lock", O_RDWR)
    defer { close(lock) }
    #expect(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0)
    #expect(try RunFolderLock.take(folder.file("none")) == nil)
    first = nil
    #expect(names(in: directory.path) == [])
    var second = try RunFolderLock.take(directory.path)
    #expect(second != nil)
    // The folder moves with its lock; what is in its place is another's.
    try FileManager.default.moveItem(atPath: directory.path, toPath: folder.file("aside"))
    try directory.prepare()
    let third = try RunFolderLock.take(directory.path)
    second = nil
    #expect(second == nil && names(in: directory.path) == [".lock"])
    withExtendedLifetime(third) {}
  }

  @Test func saysAtOnceThatNoCheckpointFits() throws {
    try directory.prepare()
    try directory.checkSpace(Sample.layout, texts: ["{}"])
    var layout = ParameterLayout()
    layout.append("w", [1 << 40, 16], .zeros)
    let error = #expect(throws: CheckpointError.self) {
      try directory.checkSpace(layout, texts: [])
    }
    #expect(error?.description.contains("no space left on the device: 211106") == true)
  }

  @Test func saysThatAFileIsInTheWay() throws {
    overwrite(folder.file("runs"), [1])
    for path in [folder.file("runs"), folder.file("runs/a")] {
      let error = #expect(throws: CheckpointError.self) {
        try CheckpointDirectory(path: path).prepare()
      }
      #expect(
        error?.description == """
          \(path): cannot be used as a run folder: a file is in its place; choose another --out
          """)
    }
  }
}
