// Writing a GGUF file: metadata, then the heads of the tensors, then their bytes.
import ByteEncoding
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Collects what stands before the data; `write` then takes the tensors' bytes one by one.
struct GGUFWriter {
  struct Tensor: Sendable, Equatable {
    let name: String
    /// Row-major, the longest distance first.
    let shape: [Int]
    let format: TensorFormat

    var byteCount: Int { format.byteCount(values: shape.reduce(1, *)) }
  }

  private var metadata = ByteWriter()
  private var keyCount: UInt64 = 0
  private(set) var tensors: [Tensor] = []

  private mutating func begin(_ key: String, _ type: GGUFFormat.ValueType) {
    metadata.appendGGUF(key.utf8)
    metadata.append(type.rawValue)
    keyCount += 1
  }

  private mutating func begin(_ key: String, arrayOf type: GGUFFormat.ValueType, count: Int) {
    begin(key, .array)
    metadata.append(type.rawValue)
    metadata.append(UInt64(count))
  }

  mutating func set(_ key: String, _ value: UInt32) {
    begin(key, .uint32)
    metadata.append(value)
  }

  mutating func set(_ key: String, _ value: Float) {
    begin(key, .float32)
    metadata.append(value)
  }

  mutating func set(_ key: String, _ value: Bool) {
    begin(key, .bool)
    metadata.append(value)
  }

  mutating func set(_ key: String, _ value: String) {
    begin(key, .string)
    metadata.appendGGUF(value.utf8)
  }

  mutating func set(_ key: String, _ values: [Int32]) {
    begin(key, arrayOf: .int32, count: values.count)
    for value in values { metadata.append(value) }
  }

  mutating func set(_ key: String, _ values: [[UInt8]]) {
    begin(key, arrayOf: .string, count: values.count)
    for value in values { metadata.appendGGUF(value) }
  }

  mutating func add(_ tensor: Tensor) { tensors.append(tensor) }

  /// Everything before the data.
  private var head: [UInt8] {
    var head = ByteWriter()
    head.append(GGUFFormat.magic)
    head.append(GGUFFormat.versions.upperBound)
    head.append(UInt64(tensors.count))
    head.append(keyCount)
    head.append(metadata.bytes)
    var offset = 0
    for tensor in tensors {
      head.appendGGUF(tensor.name.utf8)
      head.append(UInt32(tensor.shape.count))
      for dimension in tensor.shape.reversed() { head.append(UInt64(dimension)) }
      head.append(tensor.format.ggmlType)
      head.append(UInt64(offset))
      offset += Self.padded(tensor.byteCount)
    }
    head.pad(to: GGUFFormat.alignment)
    return head.bytes
  }

  /// Bytes of the whole file.
  var byteCount: Int { tensors.reduce(head.count) { $0 + Self.padded($1.byteCount) } }

  private static func padded(_ count: Int) -> Int {
    (count + GGUFFormat.alignment - 1) / GGUFFormat.alignment * GGUFFormat.alignment
  }

  /// - Parameter bytes: of the tensor at a place in `tensors`; asked for once, in order.
  func write(to path: String, bytes: (Int) throws -> [UInt8]) throws {
    let file = try FileDescriptor(opening: path, O_WRONLY | O_TRUNC)
    try file.append(head)
    for (place, tensor) in tensors.enumerated() {
      var data = try bytes(place)
      precondition(data.count == tensor.byteCount, "\(tensor.name) has other bytes")
      data += repeatElement(0, count: Self.padded(data.count) - data.count)
      try file.append(data)
    }
  }
}

extension ByteWriter {
  /// A length and as many bytes.
  fileprivate mutating func appendGGUF(_ bytes: some Collection<UInt8>) {
    append(UInt64(bytes.count))
    append(bytes)
  }
}
