// Writes a checkpoint so that a failure at any moment leaves the files before it alone.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

package enum CheckpointWriter {
  /// Writes `checkpoint` aside, brings it to the disk and renames it to `path`.
  ///
  /// Equal checkpoints give equal bytes. The floats go from the buffers to the file without a copy.
  /// - Throws: `CheckpointError.noSpace` before anything is written, and for a disk that fills up
  ///   meanwhile; `cannotWrite` for everything else.
  package static func write(_ checkpoint: Checkpoint, to path: String) throws(CheckpointError) {
    let needed = byteCount(
      checkpoint.layout, copies: checkpoint.firstMoments == nil ? 1 : 3,
      texts: [checkpoint.configuration, checkpoint.tokenizer, checkpoint.provenance])
    let free = { FileSystem.freeByteCount(in: FileSystem.folder(of: path)) }
    if let free = free(), free < needed {
      throw .noSpace(path: path, neededByteCount: needed, freeByteCount: free)
    }
    do {
      try AtomicFile.replace(path) { temporaryPath throws in
        try writeFile(checkpoint, temporaryPath)
      }
    } catch {
      let number = (error as? SystemError)?.number ?? (error as? HDF5Error)?.systemErrorNumber
      if number == ENOSPC, let free = free() {
        throw .noSpace(path: path, neededByteCount: needed, freeByteCount: free)
      }
      let reason = number.map { SystemError(number: $0).description } ?? "\(error)"
      throw .cannotWrite(path: path, reason: reason, errorNumber: number)
    }
  }

  /// An upper bound of a file's size.
  /// - Parameter copies: 3 with an optimizer's moments, else 1.
  static func byteCount(_ layout: ParameterLayout, copies: Int, texts: [String]) -> Int {
    // Object header, link and checksum of a dataset take about 500 bytes.
    let metadata = 64 << 10 + layout.entries.count * 3 * 1024
    return layout.parameterCount * copies * MemoryLayout<Float>.size
      + texts.reduce(metadata) { $0 + $1.utf8.count }
  }

  private static func writeFile(_ checkpoint: Checkpoint, _ path: String) throws(HDF5Error) {
    let file = try HDF5File(creating: path)
    try file.writeRoot(CheckpointFormat.nameAttribute, text: CheckpointFormat.name)
    try file.writeRoot(CheckpointFormat.versionAttribute, CheckpointFormat.version, .int64)
    try file.write(CheckpointFormat.configuration, text: checkpoint.configuration)
    try file.write(CheckpointFormat.tokenizer, text: checkpoint.tokenizer)
    try file.write(CheckpointFormat.provenance, text: checkpoint.provenance)
    try write(checkpoint.progress, to: file)
    if checkpoint.firstMoments != nil { try file.makeGroup(CheckpointFormat.optimizer) }
    for (group, buffer) in [
      (CheckpointFormat.parameters, checkpoint.parameters),
      (CheckpointFormat.firstMoments, checkpoint.firstMoments),
      (CheckpointFormat.secondMoments, checkpoint.secondMoments),
    ] {
      guard let buffer else { continue }
      try file.makeGroup(group)
      for entry in checkpoint.layout.entries {
        try file.write("\(group)/\(entry.name)", shape: entry.shape, buffer.vector(entry))
      }
    }
    try file.flush()
    try file.close()
  }

  private static func write(
    _ progress: TrainingProgress, to file: borrowing HDF5File
  ) throws(HDF5Error) {
    try file.makeGroup(CheckpointFormat.training)
    try file.write(CheckpointFormat.step, Int64(progress.step), .int64)
    try file.write(CheckpointFormat.tokens, Int64(progress.tokens), .int64)
    try file.write(CheckpointFormat.seed, progress.seed, .uint64)
    if let best = progress.best {
      try file.write(CheckpointFormat.bestLoss, best.loss, .float64)
      try file.write(CheckpointFormat.bestStep, Int64(best.step), .int64)
    }
    let unreported = progress.unreported
    if unreported.tokenCount > 0 {
      try file.write(CheckpointFormat.unreportedLoss, unreported.lossTotal, .float64)
      try file.write(CheckpointFormat.unreportedTokens, Int64(unreported.tokenCount), .int64)
    }
    if progress.owesEvaluation { try file.write(CheckpointFormat.owesEvaluation, 1, .int64) }
  }
}

extension HDF5File {
  fileprivate func writeRoot(_ name: String, text: String) throws(HDF5Error) {
    let bytes = Array(text.utf8)
    try unsafe HDF5Attribute.write(name, of: id, .text(byteCount: bytes.count), bytes.span.bytes)
  }

  fileprivate func writeRoot<Value: BitwiseCopyable>(
    _ name: String, _ value: Value, _ type: HDF5Type
  ) throws(HDF5Error) {
    let values = [value]
    try unsafe HDF5Attribute.write(name, of: id, type, values.span.bytes)
  }

  fileprivate func write(_ path: String, text: String) throws(HDF5Error) {
    // HDF5 has no text of zero bytes: an empty one is a single zero.
    let bytes = text.isEmpty ? [0] : Array(text.utf8)
    try unsafe write(path, .text(byteCount: bytes.count), shape: [], bytes.span.bytes)
  }

  fileprivate func write<Value: BitwiseCopyable>(
    _ path: String, _ value: Value, _ type: HDF5Type
  ) throws(HDF5Error) {
    let values = [value]
    try unsafe write(path, type, shape: [], values.span.bytes)
  }

  fileprivate func write(_ path: String, shape: [Int], _ values: Vector) throws(HDF5Error) {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: values.pointer, count: values.count * MemoryLayout<Float>.stride)
    try unsafe write(path, .float32, shape: shape, bytes.bytes)
  }
}
