// How the files of a corpus are cut into units of work.

/// A corpus as a sequence of units that does not depend on who works on them: some megabytes of a
/// large file, or some small files together. A large compressed file cannot be entered in the
/// middle: everybody reads it from its start, and takes what falls to them.
package struct InputPlan: Sendable, Codable {
  enum Unit: Sendable, Codable, Equatable {
    /// Whole files.
    case files(Range<Int>)
    /// The segment of a file that starts at or after a place, up to where the next one starts.
    case part(file: Int, start: Int)
    /// A large compressed file.
    case stream(file: Int)
  }

  /// Bytes of a segment, about.
  package static let segmentLength = 4 << 20
  /// Small compressed files are read whole if they would still be small were they to grow by this:
  /// text grows less, and the most that gzip can hold, 16 times as much, does no harm either.
  private static let expansion = 64

  package let files: [InputFile]
  let segmentLength: Int
  private(set) var units: [Unit] = []

  package init(_ files: [InputFile], segmentLength: Int = Self.segmentLength) {
    self.files = files
    self.segmentLength = segmentLength
    var group = 0..<0
    var groupSize = 0
    func closeGroup(_ units: inout [Unit]) {
      if !group.isEmpty { units.append(.files(group)) }
      groupSize = 0
    }
    for (index, file) in files.enumerated() {
      let size = file.byteCount * (file.isCompressed ? Self.expansion : 1)
      if size <= segmentLength {
        if groupSize + size > segmentLength { closeGroup(&units) }
        group = groupSize == 0 ? index..<index + 1 : group.lowerBound..<index + 1
        // Also of files that are empty there is a limit.
        groupSize += max(1, size)
        continue
      }
      closeGroup(&units)
      group = index..<index
      if file.isCompressed {
        units.append(.stream(file: index))
      } else {
        for start in stride(from: 0, to: file.byteCount, by: segmentLength) {
          units.append(.part(file: index, start: start))
        }
      }
    }
    closeGroup(&units)
  }

  /// Bytes on the disk.
  package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
}
