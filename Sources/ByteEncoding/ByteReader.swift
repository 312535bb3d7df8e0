// Reading numbers and texts from the bytes of a file that may lie.

/// What does not fit, and where.
package struct ByteReaderError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Sendable, Equatable {
    /// More bytes are asked for than are left.
    case endsEarly(needed: UInt64, left: Int)
    case notUTF8(byteCount: Int)
    /// A byte that is neither 0 nor 1.
    case notAFlag(UInt8)
  }

  /// In bytes from the start of the file.
  package let offset: Int
  package let reason: Reason

  package init(offset: Int, reason: Reason) {
    self.offset = offset
    self.reason = reason
  }

  package var description: String {
    switch reason {
    case .endsEarly(let needed, let left):
      "at byte \(offset) \(needed) bytes should follow, but \(left) are left"
    case .notUTF8(let count): "the \(count) bytes from byte \(offset) on are not UTF-8"
    case .notAFlag(let byte): "byte \(offset) is \(byte) where 0 or 1 should be"
    }
  }
}

/// Reads little-endian values one after another. A length that a file gives is compared with what is
/// left of it before anything is read or allocated; a reader that has thrown stays where it was.
package struct ByteReader: Sendable {
  package let file: MappedFile
  /// Of the next byte, from the start of the file.
  package private(set) var offset: Int
  /// Nothing is read from here on.
  package let end: Int

  /// - Parameter range: what to read; nil for the whole file.
  package init(_ file: MappedFile, range: Range<Int>? = nil) {
    let range = range ?? 0..<file.count
    precondition(range.lowerBound >= 0 && range.upperBound <= file.count, "\(range) of a file")
    self.file = file
    offset = range.lowerBound
    end = range.upperBound
  }

  package var remaining: Int { end - offset }

  /// Goes past `count` bytes and says where they are.
  package mutating func range(count: UInt64) throws(ByteReaderError) -> Range<Int> {
    guard count <= UInt64(remaining) else {
      throw ByteReaderError(offset: offset, reason: .endsEarly(needed: count, left: remaining))
    }
    let start = offset
    offset += Int(count)
    return start..<offset
  }

  package mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type = Integer.self
  ) throws(ByteReaderError) -> Integer {
    let place = try range(count: UInt64(MemoryLayout<Integer>.size))
    return Integer(
      littleEndian: unsafe file.withBytes(place) { unsafe $0.loadUnaligned(as: Integer.self) })
  }

  package mutating func float32() throws(ByteReaderError) -> Float {
    Float(bitPattern: try integer())
  }

  package mutating func float64() throws(ByteReaderError) -> Double {
    Double(bitPattern: try integer())
  }

  /// A byte that is 0 or 1.
  package mutating func flag() throws(ByteReaderError) -> Bool {
    let place = offset
    let byte = try integer(UInt8.self)
    guard byte < 2 else {
      offset = place
      throw ByteReaderError(offset: place, reason: .notAFlag(byte))
    }
    return byte == 1
  }

  /// The next `count` bytes.
  package mutating func bytes(count: UInt64) throws(ByteReaderError) -> [UInt8] {
    file.array(try range(count: count))
  }

  /// The next `count` bytes as a text.
  package mutating func text(count: UInt64) throws(ByteReaderError) -> String {
    let place = try range(count: count)
    guard let text = unsafe file.withBytes(place, { unsafe String(validating: $0, as: UTF8.self) })
    else {
      offset = place.lowerBound
      throw ByteReaderError(
        offset: place.lowerBound, reason: .notUTF8(byteCount: place.count))
    }
    return text
  }

  /// A number of elements that a file announces, each of `byteCount` bytes at least, as one that may
  /// be allocated for.
  package func count(
    _ count: UInt64, ofAtLeast byteCount: Int
  ) throws(ByteReaderError) -> Int {
    let (needed, overflows) = count.multipliedReportingOverflow(by: UInt64(byteCount))
    guard !overflows, needed <= UInt64(remaining) else {
      throw ByteReaderError(
        offset: offset, reason: .endsEarly(needed: overflows ? .max : needed, left: remaining))
    }
    return Int(count)
  }

  /// Goes on to the next multiple of `alignment` bytes from the start of the file.
  package mutating func align(to alignment: Int) throws(ByteReaderError) {
    precondition(alignment > 0, "an alignment of \(alignment) bytes")
    let rest = offset % alignment
    if rest > 0 { _ = try range(count: UInt64(alignment - rest)) }
  }
}
