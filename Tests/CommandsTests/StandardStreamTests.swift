// Standard input, output and error as whoever starts the program hands them over.
import FoundationEssentials
import Reporting
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A pipe whose ends only the test holds, and whom it gives them to.
private final class Pipe {
  let reading: Int32
  private(set) var writing: Int32

  /// - Parameter path: where it lies meanwhile.
  init(_ path: String) throws {
    // Unlike pipe() this leaves no moment in which a process that is just started inherits the ends.
    guard unsafe mkfifo(path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
    reading = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    writing = unsafe open(path, O_WRONLY | O_CLOEXEC)
    unsafe unlink(path)
    guard reading >= 0, writing >= 0 else { throw CocoaError(.fileReadUnknown) }
    Self.setBlocking(reading, true)
  }

  deinit {
    closeWriting()
    close(reading)
  }

  /// Linux's F_SETPIPE_SZ, which is no part of POSIX.
  private static let setSize: Int32 = 1031

  func shrink() { _ = fcntl(writing, Self.setSize, 4096) }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  /// As some programs that start others leave their pipes.
  static func setBlocking(_ descriptor: Int32, _ blocks: Bool) {
    let flags = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK)
  }

  func write(_ text: String) {
    _ = SystemFile.writeAll(Array(text.utf8)[...], to: writing)
  }

  /// All that comes until nobody is left who writes.
  func rest() -> [UInt8] {
    closeWriting()
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(reading, &part, part.count)
      if count <= 0 { return bytes }
      bytes += part[..<count]
    }
  }
}

@Suite struct StandardStreamTests {
  /// Far more than a pipe holds, for a reader that comes late.
  @Test func aSlowReaderOfAPipeThatDoesNotBlockGetsAll() throws {
    let workplace = try Workplace()
    try workplace.write(String(repeating: Workplace.text, count: 100), to: "long.txt")
    let encode = ["tokenizer", "encode", "mine.json", "--file", "long.txt"]
    _ = try workplace.run(
      ["tokenizer", "train", "--kind", "character", "--data", "text.txt", "--out", "mine.json"])
    let expected = try workplace.run(encode).output
    let pipe = try Pipe(workplace.file("pipe"))
    Pipe.setBlocking(pipe.writing, false)
    let process = try workplace.start(encode, output: pipe.writing)
    usleep(1_500_000)
    let output = pipe.rest()
    let ending = process.wait(limit: Workplace.limit)
    #expect(ending.exitCode == 0 && ending.faults == [])
    #expect(output.count > 500_000)
    #expect(output == Array(expected.utf8))
  }

  @Test func anInputThatDoesNotBlockIsWaitedFor() throws {
    let workplace = try Workplace()
    #expect(try workplace.train(["--quiet"]).exitCode == 0)
    for arguments in [
      ["generate", "--checkpoint", "run", "--prompt", "-", "--max-new-tokens", "1"],
      ["tokenizer", "encode", "run"],
    ] {
      let pipe = try Pipe(workplace.file("pipe"))
      Pipe.setBlocking(pipe.reading, false)
      let process = try workplace.start(arguments, input: pipe.reading)
      #expect(!ChildProcess.wait(limit: 0.5) { !process.errors.isEmpty })
      pipe.write("The fox")
      pipe.closeWriting()
      let ending = process.wait(limit: Workplace.limit)
      #expect(ending.exitCode == 0 && ending.faults == [], "\(arguments)")
      #expect(!ending.output.isEmpty)
    }
  }

  /// The next files that are opened must not take the places of closed ones.
  @Test func whatIsToldDoesNotGetIntoARunsFiles() throws {
    let workplace = try Workplace()
    let ending = try workplace.run(
      ["--config", "tiny.json", "--out", "run"],
      program: ["sh", "-c", "exec \"$0\" \"$@\" <&- 2>&-", Workplace.trainer])
    #expect(ending.exitCode == 0)
    let log = String(decoding: workplace.bytes("run/metrics.jsonl"), as: UTF8.self)
    let lines = log.split(separator: "\n")
    #expect(lines.count >= 4)
    #expect(lines.allSatisfy { $0.hasPrefix("{\"step\":") }, "\(log)")
    // What nobody can get is still an error.
    let closed = try workplace.run(
      ["info", "--config", "tiny.json"],
      program: ["sh", "-c", "exec \"$0\" \"$@\" >&-", Workplace.trainer])
    #expect(closed.exitCode == 4)
  }

  /// Messages that have come already are not answered any more. The pipe for the answers is small, so
  /// that the trainer cannot have come to the end before the signal.
  @Test(arguments: [["chat"], ["generate", "--interactive", "--max-new-tokens", "4"]])
  func ctrlCEndsAConversationWithWaitingLines(_ arguments: [String]) throws {
    let workplace = try Workplace()
    #expect(try workplace.train(["--quiet"]).exitCode == 0)
    let count = 20_000
    try workplace.write(String(repeating: "T\n", count: count), to: "lines.txt")
    let input = unsafe open(workplace.file("lines.txt"), O_RDONLY | O_CLOEXEC)
    defer { close(input) }
    let pipe = try Pipe(workplace.file("pipe"))
    pipe.shrink()
    let process = try workplace.start(
      arguments + ["--checkpoint", "run"], input: input, output: pipe.writing)
    var request = pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0)
    #expect(unsafe poll(&request, 1, Int32(1000 * Workplace.limit)) == 1)
    process.send(SIGINT)
    let lines = pipe.rest().count { $0 == UInt8(ascii: "\n") }
    #expect(process.wait(limit: Workplace.limit).exitCode == 128 + SIGINT)
    #expect(lines < count)
  }
}
