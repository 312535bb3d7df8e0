// Downloads from a server that breaks off, stalls or sends something else.
import FoundationEssentials
import Testing
import Text

private let searchPath = ProcessInfo.processInfo.environment["PATH"] ?? ""
private let hasCurl = searchPath.split(separator: ":").contains {
  FileManager.default.isExecutableFile(atPath: $0 + "/curl")
}

@Suite(.enabled(if: hasCurl, "needs curl: apt-get install curl"))
struct DownloadTests {
  private let folder: CorpusTestFolder
  /// 300,000 bytes, far more than a socket takes at once, with this SHA-256.
  private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 7) }
  private static let sha256 = "d5397f395028a36a877582420027c07a9dffa109caf6625ee9fb42ba86859168"

  init() throws { folder = try CorpusTestFolder() }

  private var environment: [String: String] {
    ["TRAINER_CACHE": folder.path, "PATH": searchPath]
  }

  private func file(_ server: FileServer) -> PublishedFile {
    PublishedFile(name: "file", url: server.url, sha256: Self.sha256, cachePath: "sub/file.txt")
  }

  private func reason(
    _ server: FileServer, progress: ((Int) -> Void)? = nil
  ) throws -> String {
    let error = #expect(throws: CorpusError.self) {
      try file(server).path(environment: environment, stallSeconds: 1, progress: progress)
    }
    guard case .unavailable(_, let reason, _, _) = error else { return "another error" }
    return reason
  }

  /// Where the file is in place, and nothing beside it.
  private func expectWhole(_ server: FileServer) throws {
    #expect(try file(server).path(environment: environment) == folder.path + "/sub/file.txt")
    #expect(folder.contents(of: "sub/file.txt") == Self.content)
    #expect(try folder.names(in: "sub") == ["file.txt"])
  }

  private func keep(_ bytes: some Sequence<UInt8>) throws {
    try folder.write(bytes, to: "sub/file.txt.partial")
  }

  @Test func aFileComesWhole() throws {
    let server = try FileServer(Self.content, [.whole])
    try expectWhole(server)
    #expect(server.requestedStarts == [0])
    // The second time it is there.
    try expectWhole(server)
    #expect(server.requestedStarts == [0])
  }

  @Test func aDownloadGoesOnFromWhatIsThere() throws {
    try keep(Self.content.prefix(123_456))
    let server = try FileServer(Self.content, [.whole])
    try expectWhole(server)
    #expect(server.requestedStarts == [123_456])
  }

  @Test func aLostConnectionIsTakenUpAgain() throws {
    let server = try FileServer(
      Self.content, [.breaks(after: 100_000), .breaks(after: 50_000), .whole])
    try expectWhole(server)
    #expect(server.requestedStarts == [0, 100_000, 150_000])
  }

  @Test func aStallEndsTheDownloadAndKeepsWhatCame() throws {
    let server = try FileServer(Self.content, [.stalls(after: 100_000), .stalls(after: 0)])
    var told: [Int] = []
    #expect(try reason(server) { told.append($0) }.contains("nothing came for 1 seconds"))
    #expect(told.contains(100_000) && told == told.sorted())
    #expect(server.requestedStarts == [0, 100_000])
    #expect(folder.contents(of: "sub/file.txt.partial") == Array(Self.content.prefix(100_000)))
    #expect(try folder.names(in: "sub") == ["file.txt.partial"])
  }

  @Test func aServerThatNeverAnswersIsLeft() throws {
    let server = try FileServer(Self.content, [.stalls(after: 0)])
    #expect(try reason(server).contains("nothing came for 1 seconds"))
    #expect(try folder.names(in: "sub") == [])
  }

  @Test func anotherFileIsRefusedAndRemoved() throws {
    let server = try FileServer(Self.content.reversed(), [.whole])
    #expect(try reason(server).contains("SHA-256 differs"))
    #expect(try folder.names(in: "sub") == [])
  }

  @Test func theBeginningOfSomethingElseIsDropped() throws {
    try keep([UInt8](repeating: 0x61, count: 1_000))
    let server = try FileServer(Self.content, [.whole])
    try expectWhole(server)
    #expect(server.requestedStarts == [1_000, 0])
  }

  @Test func aServerWithoutRangesStartsAgain() throws {
    try keep(Self.content.prefix(1_000))
    let server = try FileServer(Self.content, [.withoutRanges])
    try expectWhole(server)
  }

  @Test func aWholePartialFileIsTaken() throws {
    try keep(Self.content)
    let server = try FileServer(Self.content, [.whole])
    try expectWhole(server)
  }

  /// There is nothing to go on with behind its end, and it stays wrong for good.
  @Test func aDamagedPartialFileOfFullLengthIsDropped() throws {
    for extra in [0, 10] {
      var bytes = Self.content + [UInt8](repeating: 0, count: extra)
      bytes[7] ^= 1
      try keep(bytes)
      let server = try FileServer(Self.content, [.whole])
      try expectWhole(server)
      #expect(server.requestedStarts == [bytes.count, 0])
      try FileManager.default.removeItem(atPath: folder.path + "/sub/file.txt")
    }
  }

  @Test func aRefusalKeepsWhatCame() throws {
    try keep(Self.content.prefix(1_000))
    let server = try FileServer(Self.content, [.refusal])
    #expect(try reason(server).contains("the server refused the file"))
    #expect(folder.contents(of: "sub/file.txt.partial")?.count == 1_000)
  }
}
