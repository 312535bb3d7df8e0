// Files that are no intact checkpoint: each is refused for its own reason, and none ends the process.
import FoundationEssentials
import Glibc
import ModelFiles
import Testing

@Suite struct CheckpointDamageTests {
  let folder = TemporaryFolder()

  private func refusal(_ bytes: [UInt8]) -> String? {
    let path = folder.file("a.h5")
    overwrite(path, bytes)
    let error = #expect(throws: CheckpointError.self) {
      try CheckpointReader(path: path).verify()
    }
    return error.map { String($0.description.dropFirst(path.utf8.count)) }
  }

  private func saved(_ checkpoint: Checkpoint = Sample.checkpoint()) throws -> [UInt8] {
    try CheckpointWriter.write(checkpoint, to: folder.file("saved.h5"))
    return contents(folder.file("saved.h5"))
  }

  @Test func eachKindOfFileHasItsMessage() throws {
    let bytes = try saved()
    #expect(refusal([]) == ": the file is empty; take another checkpoint")
    #expect(refusal(Array("{}".utf8))?.hasPrefix(": not an HDF5 file;") == true)
    #expect(
      refusal(Array(bytes.dropLast()))?.hasPrefix(
        ": the file is truncated: it has \(bytes.count - 1) of \(bytes.count) bytes;") == true)
    let missing = #expect(throws: CheckpointError.self) {
      _ = try CheckpointReader(path: folder.file("b.h5"))
    }
    #expect(
      missing?.description
        == "\(folder.file("b.h5")): cannot be read: No such file or directory; check the path")
    let notAFile = #expect(throws: CheckpointError.self) {
      _ = try CheckpointReader(path: folder.path)
    }
    #expect(
      notAFile?.description.hasPrefix("\(folder.path): cannot be read: Is a directory;") == true)
  }

  @Test func anHDF5FileOfSomethingElseAndANewerCheckpoint() {
    #expect(
      refusal(decode(Self.foreign)) == """
        : an HDF5 file, but no checkpoint of this trainer (its format is not "trainer \
        checkpoint"); give one that `trainer` has saved
        """)
    #expect(
      refusal(decode(Self.newer)) == """
        : format version 2, but this trainer reads version 1; take the newer trainer that wrote it
        """)
  }

  private func decode(_ base64: String) -> [UInt8] {
    Data(base64Encoded: base64).map { Array($0) } ?? []
  }

  @Test func aFlippedBitNamesTheDataset() throws {
    let checkpoint = Sample.checkpoint()
    var bytes = try saved(checkpoint)
    let value = checkpoint.parameters.vector(Sample.layout.entries[2])[3].bitPattern
    let pattern = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    let offset = try #require(bytes.indices.first { bytes[$0...].starts(with: pattern) })
    bytes[offset] ^= 0x10
    #expect(
      refusal(bytes) == """
        : /model/h.0.attn.c_attn.bias is damaged: its checksum differs; copy the file again or \
        take another checkpoint
        """)
  }

  /// In a process of its own, which must end by itself: HDF5 reads the damaged metadata.
  @Test func everyDamageIsRefusedOrHarmless() async {
    await #expect(processExitsWith: .success) {
      alarm(100)
      let folder = TemporaryFolder()
      let path = folder.file("a.h5")
      let saved = Sample.checkpoint()
      try CheckpointWriter.write(saved, to: path)
      let bytes = contents(path)
      func check(_ damaged: [UInt8], _ what: String) {
        overwrite(path, damaged)
        do throws(CheckpointError) {
          let reader = try CheckpointReader(path: path)
          let read = try reader.checkpoint(Sample.layout)
          precondition(isIdentical(read, saved), "\(what): other content was taken")
        } catch {
          precondition(!error.description.isEmpty)
        }
      }
      for offset in stride(from: 0, to: bytes.count, by: 31) {
        var damaged = bytes
        damaged[offset] ^= UInt8(truncatingIfNeeded: 1 << (offset % 8))
        check(damaged, "bit flipped in byte \(offset)")
        damaged[offset] = 0xff
        check(damaged, "byte \(offset) set")
      }
      for count in stride(from: 0, to: bytes.count, by: 151) {
        check(Array(bytes[..<count]), "cut to \(count) bytes")
      }
    }
  }

  /// What h5py 3.16 writes: `h5py.File("a.h5", "w", libver="v110")`.
  private static let foreign = """
    iUhERg0KGgoDCAgAAAAAAAAAAAD//////////7MAAAAAAAAAMAAAAAAAAACVVVaLT0hEUgIAeAISAAAAAP//////////\
    //////////8KAgABAAAAWAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMW5yKw=
    """

  /// The same with the attributes format = "trainer checkpoint" (fixed-length UTF-8) and
  /// format_version = 2, and an empty group model.
  private static let newer = """
    iUhERg0KGgoDCAgAAAAAAAAAAAD//////////4gBAAAAAAAAMAAAAAAAAAACX+LaT0hEUgIAmBAQAABWAQAAAAAAADIA\
    AAAAAAAACgIAAQAAFRIABAAA/////////////////////wwuAAADAAcACAAEAABmb3JtYXQAExEAABIAAAACAAAAdHJh\
    aW5lciBjaGVja3BvaW50DDAAAAMADwAMAAQAAGZvcm1hdF92ZXJzaW9uABAIAAAIAAAAAABAAAIAAAACAAAAAAAAAAAA\
    4hXGnk9IRFICAHgCEgAAAAD/////////////////////CgIAAQAAAFgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADFucisT0NI\
    SwISAAAAAP////////////////////8GEAAAAQAFbW9kZWzTAAAAAAAAAHHMz+Y=
    """
}
