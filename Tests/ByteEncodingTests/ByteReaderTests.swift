// Values that go through a writer and a reader, and files that promise more than they hold.
import ByteEncoding
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct ByteReaderTests {
  private func reader(_ bytes: [UInt8]) -> ByteReader {
    ByteReader(MappedFile(bytes: bytes, path: "bytes"))
  }

  @Test func everyKindOfValueComesBack() throws {
    var writer = ByteWriter()
    writer.append(UInt8(0xfe))
    writer.append(true)
    writer.append(Int32(-2))
    writer.append(UInt64(0x0123_4567_89ab_cdef))
    writer.append(Float(0.1))
    writer.append(-0.1)
    writer.append("é")
    writer.pad(to: 16)
    #expect(writer.bytes.count == 32)
    var reader = reader(writer.bytes)
    #expect(try reader.integer(UInt8.self) == 0xfe)
    #expect(try reader.flag())
    #expect(try reader.integer(Int32.self) == -2)
    #expect(try reader.integer(UInt64.self) == 0x0123_4567_89ab_cdef)
    #expect(try reader.float32() == 0.1)
    #expect(try reader.float64() == -0.1)
    #expect(try reader.text(count: 2) == "é")
    try reader.align(to: 16)
    #expect(reader.remaining == 0)
  }

  @Test func numbersAreLittleEndian() {
    var writer = ByteWriter()
    writer.append(UInt32(0x0102_0304))
    #expect(writer.bytes == [4, 3, 2, 1])
  }

  @Test(arguments: [UInt64(5), 1 << 32, .max])
  func aLengthBeyondTheEndIsRefusedWhereItStands(_ count: UInt64) {
    var reader = reader([1, 2, 3, 4, 5])
    _ = try? reader.integer(UInt8.self)
    let error = ByteReaderError(offset: 1, reason: .endsEarly(needed: count, left: 4))
    #expect(throws: error) { try reader.bytes(count: count) }
    #expect(throws: error) { try reader.text(count: count) }
    #expect(reader.offset == 1)
    #expect("\(error)" == "at byte 1 \(count) bytes should follow, but 4 are left")
  }

  @Test func elementsThatCannotFitAreNotCounted() throws {
    let reader = reader([UInt8](repeating: 0, count: 24))
    #expect(try reader.count(3, ofAtLeast: 8) == 3)
    #expect(throws: ByteReaderError.self) { try reader.count(4, ofAtLeast: 8) }
    // 2⁶¹ × 8 is 0 in 64 bits.
    #expect(throws: ByteReaderError(offset: 0, reason: .endsEarly(needed: .max, left: 24))) {
      try reader.count(1 << 61, ofAtLeast: 8)
    }
  }

  @Test func aTextMustBeUTF8AndAFlagZeroOrOne() {
    var text = reader([0x61, 0xff])
    #expect(throws: ByteReaderError(offset: 0, reason: .notUTF8(byteCount: 2))) {
      try text.text(count: 2)
    }
    #expect(text.offset == 0)
    var flag = reader([2])
    #expect(throws: ByteReaderError(offset: 0, reason: .notAFlag(2))) { try flag.flag() }
  }

  @Test func aReaderOfAPartEndsWithThePart() throws {
    let file = MappedFile(bytes: [0, 1, 2, 3], path: "bytes")
    var part = ByteReader(file, range: 1..<3)
    #expect(try part.integer(UInt16.self) == 0x0201)
    #expect(throws: ByteReaderError.self) { try part.integer(UInt8.self) }
    var unaligned = ByteReader(file, range: 1..<3)
    #expect(throws: ByteReaderError.self) { try unaligned.align(to: 8) }
  }

  @Test func mappedBytesAreThoseOfTheFile() throws {
    let file = try MappedFile(path: #filePath)
    #expect(String(decoding: file.array(0..<9), as: UTF8.self) == "// Values")
    #expect(throws: MappedFile.Failure.self) { try MappedFile(path: "/no/such/file") }
    #expect(throws: MappedFile.Failure.self) { try MappedFile(path: "/tmp") }
    // Neither of these has an end; a pipe is not waited for.
    let pipe = "/tmp/trainer-pipe-\(getpid())"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    defer { _ = unsafe unlink(pipe) }
    for path in [pipe, "/dev/zero"] {
      #expect(throws: MappedFile.Failure.self) { try MappedFile(path: path) }
    }
  }
}
