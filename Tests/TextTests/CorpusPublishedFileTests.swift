// The cache, and downloads into it by a stand-in for curl.
import FoundationEssentials
import Testing
import Text

/// One after the other: a script that is still open for writing in a thread that starts a process
/// cannot be run ("Text file busy").
@Suite(.serialized) struct CorpusPublishedFileTests {
  private let folder: CorpusTestFolder
  /// SHA-256 of "hello\n".
  private let file = PublishedFile(
    name: "greeting", url: "https://example.invalid/hello",
    sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    cachePath: "sub/hello.txt")

  init() throws { folder = try CorpusTestFolder() }

  /// An environment whose curl is a shell script; the script finds the target in `$2`.
  private func environment(curl script: String?) throws -> [String: String] {
    if let script {
      try folder.write("#!/bin/sh\n\(script)\n".utf8, to: "bin/curl", executable: true)
    }
    return ["TRAINER_CACHE": folder.path + "/cache", "PATH": folder.path + "/bin"]
  }

  private func reason(_ environment: [String: String]) -> String {
    do {
      _ = try file.locate(environment: environment)
      return "located"
    } catch .unavailable(_, let reason, _, _) {
      return reason
    } catch {
      return "another error"
    }
  }

  @Test(
    arguments: [
      (["TRAINER_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"], "/a"),
      (["TRAINER_CACHE": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"], "/b/trainer"),
      (["HOME": "/c"], "/c/.cache/trainer"), ([:], nil),
    ] as [([String: String], String?)])
  func theCacheFolderFollowsTheEnvironment(_ environment: [String: String], _ path: String?) {
    #expect(CacheFolder(environment: environment)?.path == path)
  }

  @Test func aWholeFileInTheCacheIsTakenWithoutDownload() throws {
    let path = try folder.write("hello\n".utf8, to: "cache/sub/hello.txt")
    let located = try file.locate(environment: environment(curl: "exit 6"))
    #expect(located.path == path)
    #expect(located.bytes == Array("hello\n".utf8))
  }

  @Test func aMissingFileIsDownloadedAndChecked() throws {
    let environment = try environment(curl: "echo hello > \"$2\"; echo noise; echo noise >&2")
    #expect(try file.locate(environment: environment).bytes == Array("hello\n".utf8))
    #expect(folder.contents(of: "cache/sub/hello.txt") == Array("hello\n".utf8))
    #expect(try folder.names(in: "cache/sub") == ["hello.txt"])
  }

  @Test func aTruncatedFileInTheCacheIsReplaced() throws {
    try folder.write("hel".utf8, to: "cache/sub/hello.txt")
    let environment = try environment(curl: "echo hello > \"$2\"")
    #expect(try file.locate(environment: environment).bytes == Array("hello\n".utf8))
    #expect(folder.contents(of: "cache/sub/hello.txt") == Array("hello\n".utf8))
  }

  @Test func aDamagedFileThatCannotBeReplacedStaysAndIsNamed() throws {
    try folder.write("hel".utf8, to: "cache/sub/hello.txt")
    let reason = try reason(environment(curl: "exit 6"))
    #expect(reason.contains("damaged") && reason.contains("resolved"))
    #expect(folder.contents(of: "cache/sub/hello.txt") == Array("hel".utf8))
  }

  @Test func aDownloadOfSomethingElseLeavesNothingBehind() throws {
    let reason = try reason(environment(curl: "echo other > \"$2\""))
    #expect(reason.contains("SHA-256 differs"))
    #expect(try folder.names(in: "cache/sub") == [])
  }

  @Test func everyWayToFailHasItsReason() throws {
    #expect(try reason(environment(curl: nil)).contains("no curl"))
    #expect(try reason(environment(curl: "exit 28")).contains("for 30 seconds"))
    #expect(try reason(environment(curl: "kill -9 $$")).contains("137"))
    var offline = try environment(curl: "echo hello > \"$2\"")
    offline["TRAINER_OFFLINE"] = "1"
    #expect(reason(offline).contains("TRAINER_OFFLINE"))
    var unwritable = offline
    unwritable["TRAINER_OFFLINE"] = nil
    unwritable["TRAINER_CACHE"] = try folder.write([], to: "a-file") + "/cache"
    #expect(reason(unwritable).contains("cannot be written"))
    #expect(reason(["PATH": "/usr/bin"]).contains("HOME"))
  }

  @Test func theAdviceNamesTheFileAndThePlace() throws {
    let error = #expect(throws: CorpusError.self) {
      try file.locate(environment: environment(curl: "exit 6"))
    }
    let text = error?.description ?? ""
    #expect(text.contains(file.url) && text.contains(folder.path + "/cache/sub/hello.txt"))
  }

  private static let process = ProcessInfo.processInfo.environment

  /// Needs the real files, which are not part of the project: set TRAINER_CACHE to a folder that
  /// holds shakespeare/input.txt.
  @Test(
    .enabled(
      if: process["TRAINER_CACHE"] != nil, "set TRAINER_CACHE to a folder with the published files")
  )
  func shakespeareSplitsAsPublished() throws {
    var environment = Self.process
    environment["TRAINER_OFFLINE"] = "1"
    let corpus = try CorpusBuilder(environment: environment).build(.shakespeare)
    #expect(corpus.training.bytes.count == 1_003_854)
    #expect(corpus.validation.bytes.count == 111_540)
  }

  /// As above, with gpt2/vocab.bpe and gpt2/encoder.json.
  @Test(
    .enabled(
      if: process["TRAINER_CACHE"] != nil, "set TRAINER_CACHE to a folder with the published files"),
    arguments: [PublishedFile.gpt2Merges, PublishedFile.gpt2Vocabulary])
  func publishedFilesAreRecognised(_ file: PublishedFile) throws {
    var environment = Self.process
    environment["TRAINER_OFFLINE"] = "1"
    #expect(try !file.locate(environment: environment).bytes.isEmpty)
  }
}
