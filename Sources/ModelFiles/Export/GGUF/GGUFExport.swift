// A trained model as a GGUF file for llama.cpp, LM Studio and Ollama.
import ByteEncoding
import Models
import Tensors
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An export that has been found possible.
package struct GGUFExport {
  private let writer: GGUFWriter
  /// Where the tensors' values come from, in the order of `writer.tensors`.
  private let sources: [Source]
  private let parameters: FloatBuffer
  private let team: ThreadTeam
  /// What the user should know of the file, a line each.
  package let notes: [String]
  /// Whether the same text may become other tokens there.
  package let tokenizerDiffers: Bool

  private enum Source {
    case parameter(ParameterLayout.Entry)
    /// The rows of used tokens, and a row more for a marker that the model does not know.
    case tokenRows(ParameterLayout.Entry, markers: Int)
    case zeros
  }

  /// - Parameters:
  ///   - model: its parameters are read until `write` returns.
  ///   - name: what the file calls the model.
  ///   - format: of matrices, as far as their shapes allow.
  /// - Throws: `ModelFileError.notExpressible`
  package init(
    _ model: some LanguageModel, tokenizer: any Tokenizer, name: String, format: TensorFormat,
    team: ThreadTeam
  ) throws(ModelFileError) {
    try Self.checkExpressible(model.configuration)
    let vocabulary = try GGUFVocabulary(tokenizer)
    var configuration = model.configuration
    configuration.vocabularySize = vocabulary.tokenCount
    // llama.cpp asks for all biases.
    configuration.bias = true
    let plan = GGUFFormatPlan(requested: format, configuration: configuration)
    var writer = GGUFWriter()
    writer.set(configuration, vocabulary, name: name, format: format)
    var sources: [Source] = []
    let entries = ParameterLayout.gpt(configuration).entries
    for entry in entries {
      writer.add(
        GGUFWriter.Tensor(
          name: GGUFTensorNames.name(of: entry.name), shape: entry.shape,
          format: plan.format(of: entry.name, shape: entry.shape)))
      sources.append(
        model.layout[entry.name].map { own in
          own.shape == entry.shape
            ? .parameter(own) : .tokenRows(own, markers: vocabulary.addsMarker ? 1 : 0)
        } ?? .zeros)
    }
    self.writer = writer
    self.sources = sources
    self.team = team
    parameters = model.parameters
    tokenizerDiffers = !vocabulary.differences.isEmpty
    notes = vocabulary.differences + plan.notes(entries)
  }

  private static func checkExpressible(
    _ configuration: ModelConfiguration
  ) throws(ModelFileError) {
    func refusal(_ reason: String) -> ModelFileError {
      .notExpressible(format: "GGUF", reason: reason)
    }
    switch configuration.activation {
    case .geluTanh: break
    case .geluErf:
      throw refusal(
        "its activation is gelu_erf, and llama.cpp's GPT-2 always takes the tanh form of GELU; "
          + "train with model.activation gelu_tanh")
    case .relu:
      throw refusal(
        "its activation is relu, and llama.cpp's GPT-2 always takes GELU; train with "
          + "model.activation gelu_tanh")
    }
    if configuration.headBias && !configuration.tiedEmbeddings {
      throw refusal(
        "its head has a bias, which llama.cpp's GPT-2 does not know; train with model.head_bias "
          + "false")
    }
  }

  /// Bytes of the file.
  package var byteCount: Int { writer.byteCount }

  /// Number of tensors in each format, most bytes first.
  package var formats: [(format: TensorFormat, tensorCount: Int)] {
    TensorFormat.allCases.map { format in
      (format, writer.tensors.filter { $0.format == format }.count)
    }
    .filter { $0.1 > 0 }
  }

  /// Writes the file aside, lets `prove` look at it, and renames it to `path`, whose folder is made
  /// where missing. Another GGUF file that lies there is replaced; anything else is not. One export
  /// at a time writes there.
  /// - Parameter prove: gets the path of the finished file; if it throws, nothing is kept.
  /// - Throws: `ModelFileError`, or what `prove` throws.
  package func write(to path: String, prove: (String) throws -> Void) throws {
    let folder = FileSystem.folder(of: path)
    do throws(SystemError) { try FileSystem.makeFolder(folder) } catch {
      throw ModelFileError.cannotWrite(path: folder, reason: "\(error)")
    }
    try checkPlace(path)
    let free = FileSystem.freeByteCount(in: folder)
    func noSpace(_ free: Int) -> ModelFileError {
      .noSpace(path: path, neededByteCount: byteCount, freeByteCount: free)
    }
    if let free, free < byteCount { throw noSpace(free) }
    do {
      try AtomicFile.replace(path, locks: true) { temporaryPath in
        try writer.write(to: temporaryPath) { try bytes(of: $0) }
        try prove(temporaryPath)
      }
    } catch let error as SystemError {
      if error.isNoSpace { throw noSpace(FileSystem.freeByteCount(in: folder) ?? 0) }
      if error.number == EBUSY {
        throw ModelFileError.cannotWrite(
          path: path, reason: "another export is being written there")
      }
      throw ModelFileError.cannotWrite(path: path, reason: "\(error)")
    }
  }

  private func checkPlace(_ path: String) throws {
    do {
      guard let kind = try FileSystem.kind(of: path) else { return }
      guard kind != .folder else {
        throw ModelFileError.occupied(path: path, reason: "a folder is in its place")
      }
      // A pipe would wait for somebody to write.
      guard (try? FileSystem.size(of: path)) != nil else {
        throw ModelFileError.occupied(path: path, reason: "no regular file is in its place")
      }
      let head = try FileDescriptor(opening: path, O_RDONLY).prefix(GGUFFormat.magic.count)
      guard head == GGUFFormat.magic else {
        throw ModelFileError.occupied(path: path, reason: "a file that is no GGUF is in its place")
      }
    } catch let error as SystemError {
      throw ModelFileError.cannotWrite(path: path, reason: "\(error)")
    }
  }

  private func bytes(of place: Int) throws(ModelFileError) -> [UInt8] {
    let tensor = writer.tensors[place]
    let columns = tensor.shape.last ?? 0
    let rows = tensor.shape.dropLast().reduce(1, *)
    let values: Vector
    switch sources[place] {
    case .zeros: values = .zeros(rows * columns)
    case .parameter(let entry): values = parameters.vector(entry)
    case .tokenRows(let entry, let markers):
      values = .zeros(rows * columns)
      let used = parameters.vector(entry)[0..<(rows - markers) * columns]
      values[0..<used.count].copy(from: used)
      if markers > 0 {
        Self.fillMarker(values[used.count..<values.count], used, count: rows - markers)
      }
    }
    try ModelFileError.checkFinite(values, name: tensor.name, format: "GGUF", team: team)
    return tensor.format.encode(Matrix(values, rows: rows, columns: columns), team: team)
  }

  /// The marker's row is the mean of all others, so that its logit is the mean of theirs: it is
  /// never the likeliest token, and hardly ever drawn.
  private static func fillMarker(_ row: Vector, _ used: Vector, count: Int) {
    let rows = Matrix(used, rows: count, columns: row.count)
    for column in 0..<row.count {
      var sum = 0.0
      for index in 0..<count { sum += Double(rows[index, column]) }
      row[column] = Float(sum / Double(count))
    }
  }
}

extension GGUFWriter {
  fileprivate mutating func set(
    _ configuration: ModelConfiguration, _ vocabulary: GGUFVocabulary, name: String,
    format: TensorFormat
  ) {
    typealias Key = GGUFFormat.Key
    set(Key.architecture, GGUFFormat.architecture)
    set(Key.type, "model")
    set(Key.name, name)
    set(Key.sizeLabel, GGUFName.sizeLabel(configuration))
    set(Key.alignment, UInt32(GGUFFormat.alignment))
    set(Key.fileType, format.ggufFileType)
    if format.isQuantized { set(Key.quantizationVersion, GGUFFormat.quantizationVersion) }
    set(Key.contextLength, UInt32(configuration.contextLength))
    set(Key.embeddingLength, UInt32(configuration.embeddingWidth))
    set(Key.blockCount, UInt32(configuration.layerCount))
    set(Key.feedForwardLength, UInt32(configuration.hiddenWidth))
    set(Key.headCount, UInt32(configuration.headCount))
    set(Key.layerNormEpsilon, ModelConfiguration.normEpsilon)
    set(Key.tokenizerModel, "gpt2")
    set(Key.preTokenizer, vocabulary.patternName)
    set(Key.tokens, vocabulary.written.tokens)
    set(Key.tokenTypes, vocabulary.tokenTypes)
    set(Key.merges, vocabulary.written.merges)
    set(Key.beginOfText, UInt32(vocabulary.endOfText))
    set(Key.endOfText, UInt32(vocabulary.endOfText))
    set(Key.addsBeginOfText, false)
  }
}
