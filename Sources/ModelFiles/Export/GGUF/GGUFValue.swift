// A value of a GGUF file's metadata.
import ByteEncoding

/// What a value is, whatever width it is stored in. Arrays of other things than texts and integers
/// mean nothing here and are passed over.
enum GGUFValue: Sendable, Equatable {
  case integer(Int64)
  /// Beyond `Int64`.
  case large(UInt64)
  case number(Double)
  case flag(Bool)
  /// UTF-8, unless the file lies.
  case text([UInt8])
  case integers([Int64])
  case texts([[UInt8]])
  case otherArray(count: Int)

  init(_ type: GGUFFormat.ValueType, _ reader: inout ByteReader) throws(ByteReaderError) {
    switch type {
    case .string: self = .text(try reader.ggufString())
    case .bool: self = .flag(try reader.flag())
    case .float32: self = .number(Double(try reader.float32()))
    case .float64: self = .number(try reader.float64())
    case .uint64:
      let value = try reader.integer(UInt64.self)
      self = Int64(exactly: value).map { .integer($0) } ?? .large(value)
    default: self = .integer(try reader.ggufInteger(type))
    }
  }

  /// An array's elements. - Precondition: it is not one of arrays.
  init(
    arrayOf type: GGUFFormat.ValueType, count: UInt64, _ reader: inout ByteReader
  ) throws(ByteReaderError) {
    let count = try reader.count(count, ofAtLeast: type.byteCount)
    switch type {
    case .string:
      var texts: [[UInt8]] = []
      texts.reserveCapacity(count)
      for _ in 0..<count { texts.append(try reader.ggufString()) }
      self = .texts(texts)
    case .bool, .float32, .float64, .uint64:
      _ = try reader.range(count: UInt64(count * type.byteCount))
      self = .otherArray(count: count)
    default:
      var integers: [Int64] = []
      integers.reserveCapacity(count)
      for _ in 0..<count { integers.append(try reader.ggufInteger(type)) }
      self = .integers(integers)
    }
  }
}

extension GGUFFormat.ValueType {
  /// Bytes of a value, at least.
  var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .string, .uint64, .int64, .float64: 8
    case .array: 12
    }
  }
}

extension ByteReader {
  /// A length and as many bytes.
  mutating func ggufString() throws(ByteReaderError) -> [UInt8] {
    try bytes(count: integer(UInt64.self))
  }

  /// - Precondition: `type` is an integer that `Int64` holds.
  fileprivate mutating func ggufInteger(
    _ type: GGUFFormat.ValueType
  ) throws(ByteReaderError) -> Int64 {
    switch type {
    case .uint8: Int64(try integer(UInt8.self))
    case .int8: Int64(try integer(Int8.self))
    case .uint16: Int64(try integer(UInt16.self))
    case .int16: Int64(try integer(Int16.self))
    case .uint32: Int64(try integer(UInt32.self))
    case .int32: Int64(try integer(Int32.self))
    case .int64: try integer(Int64.self)
    default: preconditionFailure("\(type) is no integer")
    }
  }
}
