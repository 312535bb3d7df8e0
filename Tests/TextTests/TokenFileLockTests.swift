// One preparation at a time in a folder.
import FoundationEssentials
import Synchronization
import TestSupport
import Testing
import Text

@Suite struct TokenFileLockTests {
  private let folder: CorpusTestFolder

  init() throws { folder = try CorpusTestFolder() }

  /// What a thread that wants a folder has come to.
  private final class Second: Sendable {
    let waits = Mutex(0)
    let hasLock = Mutex(false)

    init(_ path: String) {
      startThread { [self] in
        let lock = PreparedFolderLock.take(path) { waits.withLock { $0 += 1 } }
        hasLock.withLock { $0 = lock != nil }
      }
    }
  }

  @Test func theSecondWaitsForTheFirst() throws {
    let path = folder.path + "/a/tokens"
    var first = PreparedFolderLock.take(path) { Issue.record("nobody has it") }
    #expect(first != nil)
    let second = Second(path)
    #expect(ChildProcess.wait(limit: 30) { second.waits.withLock { $0 } == 1 })
    #expect(!second.hasLock.withLock { $0 })
    // What the first makes is left alone.
    try folder.write([1], to: "a/tokens/train.tokens")
    first = nil
    #expect(ChildProcess.wait(limit: 30) { second.hasLock.withLock { $0 } })
    #expect(second.waits.withLock { $0 } == 1)
    #expect(
      ChildProcess.wait(limit: 30) { (try? folder.names(in: "a/tokens")) == ["train.tokens"] })
  }

  /// The first fails: its folders go, and the second makes them anew.
  @Test func aFolderThatStaysEmptyGoes() throws {
    let path = folder.path + "/a/tokens"
    var first = PreparedFolderLock.take(path) {}
    #expect(try folder.names(in: "a/tokens") == [".lock"])
    let second = Second(path)
    #expect(ChildProcess.wait(limit: 30) { second.waits.withLock { $0 } == 1 })
    first = nil
    #expect(first == nil)
    #expect(ChildProcess.wait(limit: 30) { second.hasLock.withLock { $0 } })
    first = PreparedFolderLock.take(path) {}
    first = nil
    // Folders that were there stay.
    try folder.write([1], to: "b/tokens/x")
    try FileManager.default.removeItem(atPath: folder.path + "/b/tokens/x")
    first = PreparedFolderLock.take(folder.path + "/b/tokens/c/") {}
    #expect(first != nil)
    first = nil
    #expect(try folder.names(in: "b/tokens") == [])
  }

  @Test func aFolderThatCannotBeWrittenHasNoLock() throws {
    let file = try folder.write([1], to: "file")
    #expect(PreparedFolderLock.take(file) {} == nil)
    #expect(PreparedFolderLock.take(file + "/below") {} == nil)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: folder.path + "/nowhere")
    #expect(PreparedFolderLock.take(folder.path + "/link") {} == nil)
    // No file can be made here, though the folder is there.
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/.lock", withDestinationPath: folder.path + "/nowhere/lock")
    #expect(PreparedFolderLock.take(folder.path) {} == nil)
    #expect(try folder.names(in: ".") == [".lock", "file", "link"])
  }
}
