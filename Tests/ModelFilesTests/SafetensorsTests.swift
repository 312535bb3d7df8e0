// Safetensors files that are good, and files that lie.
import ByteEncoding
import ModelFiles
import Tensors
import TestSupport
import Testing

/// A file with this table and so many bytes of data, which count up.
private func file(
  _ table: String, dataCount: Int, length: UInt64? = nil
) -> MappedFile {
  var writer = ByteWriter()
  writer.append(length ?? UInt64(table.utf8.count))
  writer.append(table)
  writer.append((0..<dataCount).map { UInt8(truncatingIfNeeded: $0) })
  return MappedFile(bytes: writer.bytes, path: "x.safetensors")
}

@Suite struct SafetensorsTests {
  private static let good =
    #"{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"#
    + #""a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}}  "#

  @Test func theTableIsRead() throws {
    let header = try SafetensorsHeader(file(Self.good, dataCount: 12))
    #expect(header.metadata == ["format": "pt"])
    #expect(header.tensors.map(\.name) == ["a", "b"])
    #expect(header.tensors[0].shape == [1, 2])
    #expect(header.tensors[0].format == .bf16)
    #expect(header.tensors[1].range.count == 8)
  }

  @Test func valuesOfEveryFormatAreRead() throws {
    let table =
      #"{"f":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"h":{"dtype":"F16","shape":[3],"#
      + #""data_offsets":[4,10]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[10,12]}}"#
    var writer = ByteWriter()
    writer.append(UInt64(table.utf8.count))
    writer.append(table)
    writer.append(Float(-0.1))
    // 1/3 rounded, the largest, and the smallest above zero of IEEE 754 binary16.
    for bits: UInt16 in [0x3555, 0x7bff, 0x0001] { writer.append(bits) }
    writer.append(UInt16(0xc049))
    let tensors = try SafetensorsFile(MappedFile(bytes: writer.bytes, path: "x"))
    let values = try tensors.header.tensors.flatMap { tensor in
      let vector = Vector.zeros(tensor.count)
      try tensors.read(tensor, into: vector)
      return vector.array
    }
    #expect(values == [-0.1, 0.333_251_95, 65_504, 0x1p-24, -3.140_625])
  }

  static let lies: [(table: String, fault: String)] = [
    ("[]", "its header is no table of tensors: '{' expected"),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, "a has no dtype, shape and data_offsets"),
    (
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
      "a has 8 bytes, which are not [3] values of F32"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
      "a ends at byte 16 of the data, but there are 8"
    ),
    // 2³² × 2³² × 4 is 0 in 64 bits.
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
      "a has 0 bytes, which are not"
    ),
    (
      #"{"a":{"dtype":"Q7","shape":[8],"data_offsets":[0,8]}}"#, "a is of the unknown type Q7"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, "a is in it twice"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}}"#,
      "there is a gap or an overlap before b"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
      "there is a gap or an overlap before a"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
      "4 bytes at its end belong to no tensor"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,8],"data_offsets":[0,8]}}"#,
      "its header is no table of tensors: a shape of too many dimensions"
    ),
  ]

  @Test(arguments: lies)
  func aTableThatLiesIsRefused(_ table: String, _ fault: String) {
    #expect {
      try SafetensorsHeader(file(table, dataCount: 8))
    } throws: {
      "\($0)".hasPrefix("x.safetensors: \(fault)")
    }
  }

  @Test(arguments: [UInt64(1_000), 1 << 40, .max])
  func aTableLongerThanTheFileIsRefused(_ length: UInt64) {
    #expect {
      try SafetensorsHeader(file(Self.good, dataCount: 12, length: length))
    } throws: {
      "\($0)".contains("the header is incomplete: at byte 8")
    }
    #expect(throws: ModelFileError.self) {
      try SafetensorsHeader(MappedFile(bytes: [1, 2], path: "x"))
    }
  }

  @Test func integersAreNoWeights() throws {
    let table = #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#
    let tensors = try SafetensorsFile(file(table, dataCount: 8))
    #expect(throws: ModelFileError.self) {
      try tensors.read(tensors.header.tensors[0], into: .zeros(1))
    }
  }

  /// Ten minutes: TRAINER_FUZZ_SECONDS=600.
  @Test func damagedFilesNeverTrap() throws {
    let table = Array(Self.good.utf8)
    var writer = ByteWriter()
    writer.append(UInt64(table.count))
    writer.append(table + [UInt8](repeating: 7, count: 12))
    let fixture = contents(Fixture.folder("tied_tanh") + "/model.safetensors")
    let report = FuzzingReport(samples: [writer.bytes, Array(fixture.prefix(6_000))]) { bytes in
      let tensors = try SafetensorsFile(MappedFile(bytes: bytes, path: "x"))
      for tensor in tensors.header.tensors where tensor.format != nil {
        try tensors.read(tensor, into: .zeros(tensor.count))
      }
    }
    #expect(report.runCount > 100, "\(report)")
    #expect(report.longest < 5, "\(report)")
    #expect(report.memoryGrowth < 512 << 20, "\(report)")
  }
}
