// The tensors of a safetensors file, and writing one.
import ByteEncoding
import Tensors
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A mapped file whose table has been checked.
package struct SafetensorsFile: Sendable {
  package typealias Tensor = SafetensorsHeader.Tensor

  package let header: SafetensorsHeader
  private let file: MappedFile

  package var path: String { file.path }

  /// - Throws: `ModelFileError`
  package init(path: String) throws(ModelFileError) {
    try self.init(ModelFileError.mapping(path))
  }

  /// - Throws: `ModelFileError.malformed`
  package init(_ file: MappedFile) throws(ModelFileError) {
    self.file = file
    header = try SafetensorsHeader(file)
  }

  /// Fills `values` with a tensor's.
  /// - Throws: `ModelFileError.unsupported` for values that are no floats.
  /// - Precondition: `values` has the tensor's count, and the tensor is this file's.
  package func read(_ tensor: Tensor, into values: Vector) throws(ModelFileError) {
    guard let format = tensor.format else {
      throw .unsupported(
        path: path,
        reason: "\(tensor.name) is of type \(tensor.typeName); weights can be read from "
          + FloatFormat.allCases.map(\.safetensorsName).joined(separator: ", "))
    }
    unsafe file.withBytes(tensor.range) { unsafe format.read($0, into: values) }
  }
}

extension SafetensorsFile {
  /// Whether a tensor has the shape and the values of another, which may be another file's.
  /// - Throws: `ModelFileError.unsupported` for values that are no floats.
  func holds(
    _ tensor: Tensor, asIn other: SafetensorsFile, _ otherTensor: Tensor
  ) throws(ModelFileError) -> Bool {
    guard tensor.shape == otherTensor.shape else { return false }
    let values = [Vector.zeros(tensor.count), Vector.zeros(tensor.count)]
    try read(tensor, into: values[0])
    try other.read(otherTensor, into: values[1])
    return (0..<tensor.count).allSatisfy { values[0][$0] == values[1][$0] }
  }
}

/// A tensor that is to be written.
struct SafetensorsEntry {
  let name: String
  let shape: [Int]
  /// Its values in order, made when they are written.
  let values: () -> Vector

  var count: Int { shape.reduce(1, *) }
}

enum SafetensorsWriter {
  /// The table with the length before it, as the safetensors library writes it: tensors in order of
  /// their names, the data aligned to 8 bytes.
  /// - Parameter entries: in order of their names.
  static func head(
    _ entries: [SafetensorsEntry], _ format: FloatFormat, metadata: [(key: String, value: String)]
  ) -> [UInt8] {
    var table = JSONDocumentWriter(isPretty: false)
    var offset = 0
    table.object { table in
      table.key("__metadata__")
      table.object { for (key, value) in metadata { $0.member(key, value) } }
      for entry in entries {
        let end = offset + entry.count * format.byteCount
        table.key(entry.name)
        table.object { table in
          table.member("dtype", format.safetensorsName)
          table.key("shape")
          table.array { for size in entry.shape { $0.integer(size) } }
          table.key("data_offsets")
          table.array {
            $0.integer(offset)
            $0.integer(end)
          }
        }
        offset = end
      }
    }
    var text = table.text
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var head = ByteWriter()
    head.append(UInt64(text.count))
    head.append(text)
    return head.bytes
  }

  /// Writes a file; the floats of one tensor at a time are in memory twice.
  /// - Throws: `SystemError`
  static func write(
    _ entries: [SafetensorsEntry], _ format: FloatFormat,
    metadata: [(key: String, value: String)], to path: String, team: ThreadTeam
  ) throws(SystemError) {
    let entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC)
    try file.append(head(entries, format, metadata: metadata))
    for entry in entries {
      let values = entry.values()
      precondition(values.count == entry.count, "\(entry.name) has \(values.count) values")
      let rows = entry.shape.count > 1 ? entry.shape[0] : 1
      let matrix = Matrix(values, rows: rows, columns: values.count / rows)
      try file.append(format.bytes(of: matrix, team: team))
    }
    try file.synchronize()
  }
}
