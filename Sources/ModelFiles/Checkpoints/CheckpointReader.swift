// Reads a checkpoint and refuses one that is not what was saved, or not this model's.
import Tensors

/// An open checkpoint. Everything that it hands out was checked against its checksum.
package final class CheckpointReader {
  /// A parameter in the file.
  package struct StoredTensor: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
  }

  /// Whether the file has Adam's moments, without which no run can go on. Only an imported model,
  /// at step 0, may lack them.
  package let hasMoments: Bool
  /// The parameters, in the order of their names.
  package let tensors: [StoredTensor]
  private let file: CheckpointFile

  /// - Throws: `CheckpointError`, with a case of its own for a missing, empty, truncated, damaged,
  ///   foreign or newer file.
  package init(path: String) throws(CheckpointError) {
    let file = try CheckpointFile.open(path)
    tensors = try Self.list(CheckpointFormat.parameters, file)
    let hasOptimizer = try file.contains(CheckpointFormat.optimizer)
    let step = try hasOptimizer ? 0 : file.bits(CheckpointFormat.step, .int64)
    hasMoments = hasOptimizer || step > 0
    self.file = file
  }

  package var path: String { file.path }

  package func progress() throws(CheckpointError) -> TrainingProgress {
    var progress = TrainingProgress(
      step: try count(CheckpointFormat.step), tokens: try count(CheckpointFormat.tokens),
      seed: try file.bits(CheckpointFormat.seed, .uint64))
    if try file.contains(CheckpointFormat.bestLoss) {
      progress.best = .init(
        loss: try number(CheckpointFormat.bestLoss), step: try count(CheckpointFormat.bestStep))
    }
    if try file.contains(CheckpointFormat.unreportedLoss) {
      progress.unreported = .init(
        lossTotal: try number(CheckpointFormat.unreportedLoss),
        tokenCount: try count(CheckpointFormat.unreportedTokens))
    }
    if try file.contains(CheckpointFormat.owesEvaluation) {
      progress.owesEvaluation = try count(CheckpointFormat.owesEvaluation) != 0
    }
    return progress
  }

  /// JSON text of the resolved configuration.
  package func configuration() throws(CheckpointError) -> String {
    try file.text(CheckpointFormat.configuration)
  }

  /// JSON text of the tokenizer.
  package func tokenizer() throws(CheckpointError) -> String {
    try file.text(CheckpointFormat.tokenizer)
  }

  /// JSON text that says where the run comes from.
  package func provenance() throws(CheckpointError) -> String {
    try file.text(CheckpointFormat.provenance)
  }

  /// Fills a flat buffer of `layout.bufferCount` floats with the parameters; its gaps stay as they
  /// are.
  /// - Throws: `CheckpointError.missingTensor`, `extraTensor`, `otherShape` before anything is
  ///   read; `damaged` with the buffer filled in part.
  package func readParameters(
    _ layout: ParameterLayout, into buffer: FloatBuffer
  ) throws(CheckpointError) {
    try read(CheckpointFormat.parameters, layout, into: buffer)
  }

  /// Fills two flat buffers with Adam's moments; throws what `readParameters` throws, and `damaged`
  /// where there are none.
  package func readMoments(
    _ layout: ParameterLayout, first: FloatBuffer, second: FloatBuffer
  ) throws(CheckpointError) {
    try read(CheckpointFormat.firstMoments, layout, into: first)
    try read(CheckpointFormat.secondMoments, layout, into: second)
  }

  /// Everything, in new buffers.
  package func checkpoint(_ layout: ParameterLayout) throws(CheckpointError) -> Checkpoint {
    try check(CheckpointFormat.parameters, tensors, against: layout)
    let buffers = (0..<(hasMoments ? 3 : 1)).map { _ in FloatBuffer(count: layout.bufferCount) }
    try readParameters(layout, into: buffers[0])
    if hasMoments { try readMoments(layout, first: buffers[1], second: buffers[2]) }
    return Checkpoint(
      layout: layout, parameters: buffers[0], firstMoments: hasMoments ? buffers[1] : nil,
      secondMoments: hasMoments ? buffers[2] : nil,
      progress: try progress(), configuration: try configuration(), tokenizer: try tokenizer(),
      provenance: try provenance())
  }

  /// Reads every part once, and throws if one is missing or damaged.
  package func verify() throws(CheckpointError) {
    _ = try progress()
    _ = try (configuration(), tokenizer(), provenance())
    var layout = ParameterLayout()
    for tensor in tensors { layout.append(tensor.name, tensor.shape, .zeros) }
    let largest = layout.entries.map(\.count).max() ?? 0
    let scratch = FloatBuffer(count: largest)
    let moments = hasMoments ? [CheckpointFormat.firstMoments, CheckpointFormat.secondMoments] : []
    for group in [CheckpointFormat.parameters] + moments {
      try check(group, Self.list(group, file), against: layout)
      for entry in layout.entries {
        try read("\(group)/\(entry.name)", into: scratch.vector[0..<entry.count])
      }
    }
  }

  private static func list(
    _ group: String, _ file: borrowing CheckpointFile
  ) throws(CheckpointError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    var seen: Set<String> = []
    for name in try file.memberNames(of: group) {
      // Different bytes can be equal texts.
      if !seen.insert(name).inserted {
        throw .damaged(path: file.path, part: group, reason: "\(name) is in it twice")
      }
      tensors.append(StoredTensor(name: name, shape: try file.shape(of: "\(group)/\(name)")))
    }
    return tensors
  }

  private func read(
    _ group: String, _ layout: ParameterLayout, into buffer: FloatBuffer
  ) throws(CheckpointError) {
    precondition(buffer.count == layout.bufferCount, "the buffer belongs to another layout")
    try check(group, Self.list(group, file), against: layout)
    for entry in layout.entries {
      try read("\(group)/\(entry.name)", into: buffer.vector(entry))
    }
  }

  private func read(_ part: String, into values: Vector) throws(CheckpointError) {
    try unsafe file.readFloats(
      part, into: UnsafeMutableBufferPointer(start: values.pointer, count: values.count))
  }

  /// Compares a group of the file with a model's table.
  private func check(
    _ group: String, _ stored: [StoredTensor], against layout: ParameterLayout
  ) throws(CheckpointError) {
    let prefix = group == CheckpointFormat.parameters ? "" : "\(group.dropFirst())/"
    let shapes = Dictionary(uniqueKeysWithValues: stored.map { ($0.name, $0.shape) })
    for entry in layout.entries {
      let name = prefix + entry.name
      guard let shape = shapes[entry.name] else {
        throw .missingTensor(path: path, name: name, shape: entry.shape)
      }
      if shape != entry.shape {
        throw .otherShape(path: path, name: name, fileShape: shape, modelShape: entry.shape)
      }
    }
    let expected = Set(layout.entries.map(\.name))
    if let extra = stored.first(where: { !expected.contains($0.name) }) {
      throw .extraTensor(path: path, name: prefix + extra.name, shape: extra.shape)
    }
  }

  private func number(_ part: String) throws(CheckpointError) -> Double {
    let number = Double(bitPattern: try file.bits(part, .float64))
    if !number.isFinite { throw .damaged(path: path, part: part, reason: "it is not a number") }
    return number
  }

  /// A number of steps or tokens.
  private func count(_ part: String) throws(CheckpointError) -> Int {
    // Far above any run, and far below where adding to it would overflow.
    guard let count = Int(exactly: try file.bits(part, .int64)), count < 1 << 60 else {
      throw .damaged(path: path, part: part, reason: "it is negative or absurdly large")
    }
    return count
  }
}
