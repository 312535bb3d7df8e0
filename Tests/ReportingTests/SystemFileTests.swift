// Writing to what does not block.
import FoundationEssentials
import Reporting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct SystemFileTests {
  /// Both ends of a pipe that nobody reads yet, and of which only the writing end does not block.
  private static func pipe(in folder: TemporaryFolder) -> (reading: Int32, writing: Int32) {
    let path = folder.path + "/pipe"
    unsafe mkfifo(path, 0o600)
    let reading = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    let writing = unsafe open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    _ = fcntl(reading, F_SETFL, 0)
    return (reading, writing)
  }

  @Test func aLateReaderGetsEverything() async throws {
    let ends = Self.pipe(in: try TemporaryFolder())
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let reader = Task.detached {
      usleep(100_000)
      var read: [UInt8] = []
      var part = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = Self.take(ends.reading, &part)
        if count <= 0 { return read }
        read += part[..<count]
      }
    }
    #expect(SystemFile.writeAll(bytes[...], to: ends.writing, patience: -1))
    close(ends.writing)
    #expect(await reader.value == bytes)
    close(ends.reading)
  }

  @Test func patienceEnds() throws {
    let ends = Self.pipe(in: try TemporaryFolder())
    let bytes = [UInt8](repeating: 0, count: 1_000_000)
    #expect(!SystemFile.writeAll(bytes[...], to: ends.writing, patience: 10))
    #expect(errno == EAGAIN)
    close(ends.writing)
    close(ends.reading)
  }

  private static func take(_ descriptor: Int32, _ part: inout [UInt8]) -> Int {
    unsafe read(descriptor, &part, part.count)
  }
}
