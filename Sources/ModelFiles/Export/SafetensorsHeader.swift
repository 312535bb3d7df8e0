// The table at the start of a safetensors file: what is in it, and where.
import ByteEncoding
import Text

/// Everything that the table says is checked: the tensors fill the file without a gap, each with as
/// many bytes as its shape asks for (https://github.com/huggingface/safetensors, README, "Format").
package struct SafetensorsHeader: Sendable, Equatable {
  package struct Tensor: Sendable, Equatable {
    package let name: String
    /// Such as `F32`.
    package let typeName: String
    package let shape: [Int]
    /// Its bytes in the file.
    package let range: Range<Int>

    package var count: Int { shape.reduce(1, *) }
    /// Nil for values that are no floats, or floats of another kind.
    package var format: FloatFormat? {
      FloatFormat.allCases.first { $0.safetensorsName == typeName }
    }
  }

  /// In the order of their bytes.
  package let tensors: [Tensor]
  package let metadata: [String: String]

  /// The library's own limit.
  private static let greatestByteCount: UInt64 = 100_000_000
  private static let greatestDimensionCount = 8
  private static let metadataName = "__metadata__"

  /// Bytes of a value by the name of its type.
  private static func byteCount(ofType name: String) -> Int? {
    switch name {
    case "F64", "I64", "U64": 8
    case "F32", "I32", "U32": 4
    case "F16", "BF16", "I16", "U16": 2
    case "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2": 1
    default: nil
    }
  }

  /// An entry as the file has it, before it is checked.
  private struct Entry {
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
  }

  /// - Throws: `ModelFileError.malformed`
  package init(_ file: MappedFile) throws(ModelFileError) {
    let path = file.path
    func fault(_ reason: String) -> ModelFileError { .malformed(path: path, reason: reason) }
    var bytes = ByteReader(file)
    let text: [UInt8]
    do throws(ByteReaderError) {
      let length = try bytes.integer(UInt64.self)
      // A longer one is read no further than to find that it is no table.
      text = try bytes.bytes(count: min(length, Self.greatestByteCount))
    } catch { throw fault("the header is incomplete: \(error)") }
    var entries: [(name: String, entry: Entry)] = []
    var metadata: [String: String] = [:]
    do throws(TokenizerError) {
      var reader = JSONReader(text, path: path)
      try reader.object { (reader) throws(TokenizerError) in
        let name = try reader.stringText()
        try reader.punctuation(UInt8(ascii: ":"))
        if name == Self.metadataName {
          metadata = try Self.readMetadata(&reader)
        } else {
          entries.append((name, try Self.readEntry(&reader)))
        }
      }
      try reader.end()
    } catch {
      throw fault("its header is no table of tensors: \(Self.reason(error))")
    }
    self.metadata = metadata
    tensors = try Self.checked(entries, data: bytes.offset..<file.count, fault)
  }

  private static func reason(_ error: TokenizerError) -> String {
    if case .malformedFile(_, _, let reason) = error { reason } else { "\(error)" }
  }

  private static func readMetadata(
    _ reader: inout JSONReader
  ) throws(TokenizerError) -> [String: String] {
    var metadata: [String: String] = [:]
    try reader.object { (reader) throws(TokenizerError) in
      let key = try reader.stringText()
      try reader.punctuation(UInt8(ascii: ":"))
      metadata[key] = try reader.stringText()
    }
    return metadata
  }

  private static func readEntry(_ reader: inout JSONReader) throws(TokenizerError) -> Entry {
    var entry = Entry()
    try reader.object { (reader) throws(TokenizerError) in
      let key = try reader.stringText()
      try reader.punctuation(UInt8(ascii: ":"))
      switch key {
      case "dtype": entry.typeName = try reader.stringText()
      case "shape": entry.shape = try readNumbers(&reader)
      case "data_offsets": entry.offsets = try readNumbers(&reader)
      default: try reader.skipValue()
      }
    }
    return entry
  }

  private static func readNumbers(_ reader: inout JSONReader) throws(TokenizerError) -> [Int] {
    var numbers: [Int] = []
    try reader.array { (reader) throws(TokenizerError) in
      guard numbers.count < greatestDimensionCount else {
        throw reader.fault("a shape of too many dimensions", at: reader.offset)
      }
      numbers.append(try reader.integer())
    }
    return numbers
  }

  private static func checked(
    _ entries: [(name: String, entry: Entry)], data: Range<Int>,
    _ fault: (String) -> ModelFileError
  ) throws(ModelFileError) -> [Tensor] {
    var names: Set<String> = []
    var tensors: [Tensor] = []
    for (name, entry) in entries {
      guard names.insert(name).inserted else { throw fault("\(name) is in it twice") }
      guard let typeName = entry.typeName, let shape = entry.shape, let offsets = entry.offsets,
        offsets.count == 2, offsets[0] <= offsets[1]
      else { throw fault("\(name) has no dtype, shape and data_offsets that can be used") }
      guard let width = byteCount(ofType: typeName) else {
        throw fault("\(name) is of the unknown type \(typeName)")
      }
      guard offsets[1] <= data.count else {
        throw fault(
          "\(name) ends at byte \(offsets[1]) of the data, but there are \(data.count)")
      }
      var byteCount: Int? = width
      for size in shape {
        byteCount = byteCount.flatMap {
          let (product, overflows) = $0.multipliedReportingOverflow(by: size)
          return overflows ? nil : product
        }
      }
      guard byteCount == offsets[1] - offsets[0] else {
        throw fault(
          "\(name) has \(offsets[1] - offsets[0]) bytes, which are not \(shape) values of "
            + "\(typeName)")
      }
      tensors.append(
        Tensor(
          name: name, typeName: typeName, shape: shape,
          range: data.lowerBound + offsets[0]..<data.lowerBound + offsets[1]))
    }
    tensors.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = data.lowerBound
    for tensor in tensors {
      guard tensor.range.lowerBound == end else {
        throw fault("there is a gap or an overlap before \(tensor.name)")
      }
      end = tensor.range.upperBound
    }
    guard end == data.upperBound else {
      throw fault("\(data.upperBound - end) bytes at its end belong to no tensor")
    }
    return tensors
  }
}

extension FloatFormat {
  /// The name of the type in a safetensors file.
  var safetensorsName: String { rawValue.uppercased() }
}
