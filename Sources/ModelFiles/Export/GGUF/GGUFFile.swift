// A GGUF file: its metadata, and where its tensors lie.
import ByteEncoding
import Tensors

/// A file whose head has been read and checked; tensors stay in the mapped file.
///
/// Nothing that it says is believed before it is compared with its length: every count, name, shape
/// and place.
struct GGUFFile: Sendable {
  struct Tensor: Sendable, Equatable {
    let name: String
    /// Row-major, the longest distance first: the reverse of the file's order.
    let shape: [Int]
    let format: TensorFormat
    /// Its bytes in the file.
    let bytes: Range<Int>
  }

  let file: MappedFile
  let version: UInt32
  private let values: [String: GGUFValue]
  /// In the order of the file.
  let keys: [String]
  let tensors: [Tensor]
  private let places: [String: Int]

  var path: String { file.path }

  subscript(key: String) -> GGUFValue? { values[key] }

  func tensor(_ name: String) -> Tensor? { places[name].map { tensors[$0] } }

  /// - Throws: `ModelFileError.malformed`, `unsupported`
  init(_ file: MappedFile) throws(ModelFileError) {
    do {
      try self.init(reading: file)
    } catch let fault as ByteReaderError {
      throw .malformed(path: file.path, reason: "\(fault)")
    } catch let fault as Fault {
      throw fault.isDamage
        ? .malformed(path: file.path, reason: fault.reason)
        : .unsupported(path: file.path, reason: fault.reason)
    } catch {
      throw .cannotRead(path: file.path, reason: "\(error)")
    }
  }

  /// What is wrong with the file.
  private struct Fault: Error {
    let reason: String
    let isDamage: Bool

    static func damaged(_ reason: String) -> Fault { Fault(reason: reason, isDamage: true) }
    static func unsupported(_ reason: String) -> Fault { Fault(reason: reason, isDamage: false) }
  }

  private init(reading file: MappedFile) throws {
    self.file = file
    var reader = ByteReader(file)
    version = try Self.readVersion(&reader)
    let tensorCount = try reader.integer(UInt64.self)
    let keyCount = try reader.integer(UInt64.self)
    (keys, values) = try Self.readMetadata(count: keyCount, &reader)
    let alignment = try Self.alignment(values[GGUFFormat.Key.alignment])
    var heads: [TensorHead] = []
    // A tensor without a name has 24 bytes.
    for _ in 0..<(try reader.count(tensorCount, ofAtLeast: 24)) {
      heads.append(try TensorHead(&reader))
    }
    if !heads.isEmpty { try reader.align(to: alignment) }
    let data = ByteReader(file, range: reader.offset..<file.count)
    tensors = try heads.map { try $0.tensor(in: data, alignment: alignment) }
    places = try Self.places(of: tensors)
  }

  private static func readVersion(_ reader: inout ByteReader) throws -> UInt32 {
    guard reader.remaining >= 4, try reader.bytes(count: 4) == GGUFFormat.magic else {
      throw Fault.unsupported("not a GGUF file; it does not begin with \"GGUF\"")
    }
    let version = try reader.integer(UInt32.self)
    if GGUFFormat.versions.contains(version.byteSwapped) {
      throw Fault.unsupported("a GGUF file for big-endian machines; convert the model again")
    }
    guard GGUFFormat.versions.contains(version) else {
      throw Fault.unsupported(
        "GGUF version \(version); versions \(GGUFFormat.versions.lowerBound) and "
          + "\(GGUFFormat.versions.upperBound) can be read: convert the model again")
    }
    return version
  }

  private static func readMetadata(
    count: UInt64, _ reader: inout ByteReader
  ) throws -> (keys: [String], values: [String: GGUFValue]) {
    var keys: [String] = []
    var values: [String: GGUFValue] = [:]
    // A key without letters and a byte as its value.
    for _ in 0..<(try reader.count(count, ofAtLeast: 13)) {
      let key = try reader.text(count: reader.integer())
      let type = try readType(&reader, of: key)
      if type == .array {
        let element = try readType(&reader, of: key)
        guard element != .array else {
          throw Fault.unsupported("\(key) is an array of arrays, which cannot be read")
        }
        values[key] = try GGUFValue(arrayOf: element, count: reader.integer(), &reader)
      } else {
        values[key] = try GGUFValue(type, &reader)
      }
      keys.append(key)
      guard values.count == keys.count else { throw Fault.damaged("\(key) is there twice") }
    }
    return (keys, values)
  }

  private static func readType(
    _ reader: inout ByteReader, of key: String
  ) throws -> GGUFFormat.ValueType {
    let code = try reader.integer(UInt32.self)
    guard let type = GGUFFormat.ValueType(rawValue: code) else {
      throw Fault.damaged("\(key) has a value of the unknown type \(code)")
    }
    return type
  }

  private static func alignment(_ value: GGUFValue?) throws -> Int {
    guard let value else { return GGUFFormat.alignment }
    guard case .integer(let alignment) = value, alignment & (alignment - 1) == 0,
      GGUFFormat.alignments.contains(alignment)
    else {
      throw Fault.damaged("\(GGUFFormat.Key.alignment) is no power of two from 8 on")
    }
    return Int(alignment)
  }

  /// Tensors by name; no two share a name or a byte.
  private static func places(of tensors: [Tensor]) throws -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, tensor) in tensors.enumerated() {
      guard places.updateValue(place, forKey: tensor.name) == nil else {
        throw Fault.damaged("the tensor \(tensor.name) is there twice")
      }
    }
    let ordered = tensors.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }
    for (first, second) in zip(ordered, ordered.dropFirst())
    where first.bytes.upperBound > second.bytes.lowerBound {
      throw Fault.damaged("the tensors \(first.name) and \(second.name) overlap")
    }
    return places
  }

  /// What the head of a file says of a tensor.
  private struct TensorHead {
    let name: String
    /// The shortest distance first.
    let dimensions: [UInt64]
    let type: UInt32
    let offset: UInt64

    init(_ reader: inout ByteReader) throws {
      let length = try reader.integer(UInt64.self)
      guard length <= GGUFFormat.longestTensorName else {
        throw Fault.damaged("a tensor's name of \(length) bytes")
      }
      let name = try reader.text(count: length)
      let dimensionCount = try reader.integer(UInt32.self)
      guard (1...GGUFFormat.mostDimensions).contains(dimensionCount) else {
        throw Fault.damaged("the tensor \(name) has \(dimensionCount) dimensions")
      }
      var dimensions: [UInt64] = []
      for _ in 0..<dimensionCount { dimensions.append(try reader.integer()) }
      self.name = name
      self.dimensions = dimensions
      type = try reader.integer()
      offset = try reader.integer()
    }

    func tensor(in data: ByteReader, alignment: Int) throws -> Tensor {
      guard let format = TensorFormat(ggmlType: type) else {
        throw Fault.unsupported(
          "the tensor \(name) is of type \(GGUFFormat.typeName(type) ?? "number \(type)"), which "
            + "cannot be read: quantise the model to another of llama.cpp's types; known are "
            + TensorFormat.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", "))
      }
      let shape = dimensions.reversed()
      var count: UInt64 = 1
      for dimension in dimensions {
        let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
        // No format has less than two bits a value.
        guard !overflows, dimension > 0, product <= 4 * UInt64(data.end) else {
          throw Fault.damaged(
            "the tensor \(name) has the shape \(Array(shape)), which the file has no bytes for")
        }
        count = product
      }
      guard format.fits(columns: Int(dimensions[0])) else {
        throw Fault.damaged(
          "the tensor \(name) has rows of \(dimensions[0]) values, no blocks of "
            + "\(format.blockLength)")
      }
      let byteCount = UInt64(format.byteCount(values: Int(count)))
      let (end, overflows) = offset.addingReportingOverflow(byteCount)
      guard !overflows, end <= UInt64(data.remaining) else {
        throw Fault.damaged(
          "the tensor \(name) should have \(byteCount) bytes from byte \(offset) of the data on, "
            + "but there are \(data.remaining)")
      }
      guard offset % UInt64(alignment) == 0 else {
        throw Fault.damaged(
          "the tensor \(name) begins at byte \(offset) of the data, no multiple of \(alignment)")
      }
      let start = data.offset + Int(offset)
      return Tensor(
        name: name, shape: shape.map { Int($0) }, format: format,
        bytes: start..<start + Int(byteCount))
    }
  }
}
