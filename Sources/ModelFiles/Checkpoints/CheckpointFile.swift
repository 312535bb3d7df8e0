// An open checkpoint file whose parts are checked before and after they are read.
import ByteEncoding

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Sizes are checked against the file's before anything is allocated or read, and every value
/// against its checksum after.
struct CheckpointFile: ~Copyable {
  let path: String
  /// Size of the file.
  let byteCount: Int
  private let file: HDF5File

  /// Opens the file and checks what kind it is.
  static func open(_ path: String) throws(CheckpointError) -> CheckpointFile {
    let byteCount = try checkSuperblock(path)
    let file: CheckpointFile
    do {
      file = CheckpointFile(
        path: path, byteCount: byteCount, file: try HDF5File(reading: path))
    } catch {
      throw .damaged(path: path, part: "the file", reason: "\(error)")
    }
    try file.checkFormat()
    return file
  }

  private init(path: String, byteCount: Int, file: consuming HDF5File) {
    self.path = path
    self.byteCount = byteCount
    self.file = file
  }

  /// Tells apart what HDF5 would refuse with one and the same message.
  /// - Returns: the file's size in bytes.
  private static func checkSuperblock(_ path: String) throws(CheckpointError) -> Int {
    let byteCount: Int
    let start: [UInt8]
    do {
      byteCount = try FileSystem.size(of: path)
      start = try FileDescriptor(opening: path, O_RDONLY).prefix(36)
    } catch {
      throw .cannotRead(path: path, errorNumber: error.number)
    }
    if byteCount == 0 { throw .empty(path: path) }
    guard start.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]) else {
      throw .notHDF5(path: path)
    }
    // Superblocks of versions 2 and 3 with addresses of 8 bytes say in bytes 28 to 35 where the
    // file ends (HDF5 File Format Specification 3.0, section II.A).
    if start.count < 36 {
      throw .truncated(path: path, byteCount: byteCount, expectedByteCount: 36)
    }
    if start[8] >= 2, start[9] == 8 {
      let end = start[28..<36].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      if end > byteCount {
        throw .truncated(path: path, byteCount: byteCount, expectedByteCount: end)
      }
    }
    return byteCount
  }

  private func checkFormat() throws(CheckpointError) {
    let expected = Array(CheckpointFormat.name.utf8)
    let name = try attribute(CheckpointFormat.nameAttribute, .text(byteCount: expected.count))
    guard name == expected else { throw .foreign(path: path) }
    guard let bytes = try attribute(CheckpointFormat.versionAttribute, .int64) else {
      throw .foreign(path: path)
    }
    let version = bytes.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
    guard version == CheckpointFormat.version else {
      throw .otherVersion(path: path, version: version)
    }
  }

  /// The bytes of a root attribute; nil if there is none of this type.
  private func attribute(_ name: String, _ type: HDF5Type) throws(CheckpointError) -> [UInt8]? {
    try reading("the attribute \(name)") { () throws(HDF5Error) in
      guard try HDF5Attribute.type(of: name, of: file.id) == type else { return nil }
      var bytes = [UInt8](repeating: 0, count: type.byteCount)
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      try unsafe raw.withUnsafeMutableBytes { (bytes) throws(HDF5Error) in
        try unsafe HDF5Attribute.read(name, of: file.id, type, into: bytes)
      }
      return bytes
    }
  }

  func contains(_ part: String) throws(CheckpointError) -> Bool {
    try reading(part) { () throws(HDF5Error) in try file.contains(part) }
  }

  func memberNames(of group: String) throws(CheckpointError) -> [String] {
    try reading(group) { () throws(HDF5Error) in try file.memberNames(of: group) }
  }

  /// The shape of a float32 dataset; its values fit into the file.
  func shape(of part: String) throws(CheckpointError) -> [Int] {
    try open(part) { $0 == .float32 }.shape
  }

  /// Reads a float32 dataset of `destination.count` values.
  func readFloats(
    _ part: String, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    let dataset = try open(part) { $0 == .float32 }
    try unsafe read(part, dataset, into: UnsafeMutableRawBufferPointer(destination))
  }

  /// The bytes of a text.
  func text(_ part: String) throws(CheckpointError) -> String {
    let dataset = try open(part) { if case .text = $0 { true } else { false } }
    let bytes = try bytes(part, dataset)
    // What the writer puts in place of an empty text.
    if bytes == [0] { return "" }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .damaged(path: path, part: part, reason: "it is not UTF-8")
    }
    return text
  }

  /// A single value's 8 bytes as a number.
  func bits(_ part: String, _ type: HDF5Type) throws(CheckpointError) -> UInt64 {
    let dataset = try open(part) { $0 == type }
    guard dataset.shape.isEmpty, dataset.byteCount == 8 else {
      throw .damaged(path: path, part: part, reason: "it is no single value")
    }
    return try bytes(part, dataset).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }

  private func open(
    _ part: String, expecting isExpected: (HDF5Type) -> Bool
  ) throws(CheckpointError) -> HDF5Dataset {
    let dataset = try reading(part) { () throws(HDF5Error) in
      try HDF5Dataset(part, in: file)
    }
    guard let type = dataset.type, isExpected(type) else {
      throw .damaged(path: path, part: part, reason: "its values are of another type")
    }
    guard dataset.isContiguous else {
      throw .damaged(path: path, part: part, reason: "it is not stored in one piece")
    }
    guard let size = dataset.byteCount, size <= byteCount else {
      throw .damaged(path: path, part: part, reason: "\(dataset.shape) values are more than fit")
    }
    return dataset
  }

  private func bytes(
    _ part: String, _ dataset: borrowing HDF5Dataset
  ) throws(CheckpointError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: dataset.byteCount ?? 0)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try unsafe raw.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      try unsafe read(part, dataset, into: bytes)
    }
    return bytes
  }

  private func read(
    _ part: String, _ dataset: borrowing HDF5Dataset,
    into destination: UnsafeMutableRawBufferPointer
  ) throws(CheckpointError) {
    let stored: UInt32
    do {
      stored = try dataset.storedChecksum()
      try unsafe dataset.read(into: destination)
    } catch {
      throw .damaged(path: path, part: part, reason: "\(error)")
    }
    if unsafe CRC32C(UnsafeRawBufferPointer(destination).bytes).value != stored {
      throw .damaged(path: path, part: part, reason: "its checksum differs")
    }
  }

  private func reading<Result: ~Copyable>(
    _ part: String, _ body: () throws(HDF5Error) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .damaged(path: path, part: part, reason: "\(error)")
    }
  }
}
