// A GPT-2 in a GGUF file, as this trainer runs it.
import ByteEncoding
import Models
import Tensors
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A model whose weights stay in the mapped file, in the formats that it stores them in.
package struct GGUFModel: Sendable {
  /// What the file calls the model.
  package let name: String?
  package let configuration: ModelConfiguration
  package let tokenizer: any Tokenizer
  private let file: GGUFFile

  /// Whether a file begins as GGUF files do.
  package static func isFile(_ path: String) -> Bool {
    let head = try? FileDescriptor(opening: path, O_RDONLY).prefix(GGUFFormat.magic.count)
    return head == GGUFFormat.magic
  }

  /// - Throws: `ModelFileError`
  package init(path: String) throws(ModelFileError) {
    try self.init(ModelFileError.mapping(path))
  }

  /// - Throws: `ModelFileError`
  package init(_ mapped: MappedFile) throws(ModelFileError) {
    let file = try GGUFFile(mapped)
    let architecture = try file.text(GGUFFormat.Key.architecture)
    guard architecture == GGUFFormat.architecture else {
      throw .unsupported(
        path: file.path,
        reason: "a model of the architecture \(architecture); only \(GGUFFormat.architecture) can "
          + "be run")
    }
    let tokenizer = try GGUFVocabulary.tokenizer(of: file)
    self.file = file
    self.tokenizer = tokenizer
    configuration = try Self.configuration(of: file, tokenizer)
    name = try? file.text(GGUFFormat.Key.name)
    try Self.check(file, configuration)
  }

  private static func configuration(
    of file: GGUFFile, _ tokenizer: any Tokenizer
  ) throws(ModelFileError) -> ModelConfiguration {
    let width = try file.integer(GGUFFormat.Key.embeddingLength, in: ModelLimits.width)
    let heads = try file.integer(GGUFFormat.Key.headCount, in: 1...width)
    guard width % heads == 0 else {
      throw .malformed(
        path: file.path, reason: "\(heads) heads do not divide a width of \(width)")
    }
    let hidden = try file.integer(
      GGUFFormat.Key.feedForwardLength, in: 1...4 * ModelLimits.width.upperBound)
    guard hidden == 4 * width else {
      throw .unsupported(
        path: file.path,
        reason: "a feed-forward layer of \(hidden) in a model of width \(width); only four times "
          + "the width can be run")
    }
    let epsilon = try file.number(GGUFFormat.Key.layerNormEpsilon)
    guard Float(epsilon) == ModelConfiguration.normEpsilon else {
      throw .unsupported(
        path: file.path,
        reason: "an epsilon of \(epsilon) in its norms; only \(ModelConfiguration.normEpsilon) can "
          + "be run")
    }
    // The file may have a row for a marker that the tokenizer does without.
    let rows = try file.texts(GGUFFormat.Key.tokens).count
    return ModelConfiguration(
      layerCount: try file.integer(GGUFFormat.Key.blockCount, in: ModelLimits.layers),
      headCount: heads, embeddingWidth: width,
      contextLength: try file.integer(GGUFFormat.Key.contextLength, in: ModelLimits.context),
      vocabularySize: rows, usedVocabularySize: tokenizer.vocabularySize,
      tiedEmbeddings: file.tensor("\(GGUFTensorNames.output).weight") == nil)
  }

  /// Every parameter is there in its shape, and nothing else.
  private static func check(
    _ file: GGUFFile, _ configuration: ModelConfiguration
  ) throws(ModelFileError) {
    func tensor(_ name: String) throws(ModelFileError) -> GGUFFile.Tensor {
      if let tensor = file.tensor(name) { return tensor }
      throw .missing(
        path: file.path, part: "the tensor \(name)", advice: "convert the model again")
    }
    // A layout of as many layers as a file claims would cost more than its bytes are worth.
    for layer in 0..<configuration.layerCount {
      _ = try tensor(GGUFTensorNames.name(of: "h.\(layer).ln_1.weight"))
    }
    let entries = ParameterLayout.gpt(configuration).entries
    for entry in entries {
      let name = GGUFTensorNames.name(of: entry.name)
      let tensor = try tensor(name)
      guard tensor.shape == entry.shape else {
        throw .malformed(
          path: file.path,
          reason: "the tensor \(name) has the shape \(tensor.shape), but the model's numbers ask "
            + "for \(entry.shape)")
      }
    }
    let names = Set(entries.map { GGUFTensorNames.name(of: $0.name) })
    if let other = file.tensors.first(where: { !names.contains($0.name) }) {
      throw .unsupported(
        path: file.path, reason: "the tensor \(other.name) is none of GPT-2's")
    }
  }

  private func tensor(_ parameter: String) -> GGUFFile.Tensor {
    guard let tensor = file.tensor(GGUFTensorNames.name(of: parameter)) else {
      preconditionFailure("\(parameter) was looked for when the file was opened")
    }
    return tensor
  }

  /// How a parameter is stored, by its name in `ParameterLayout.gpt`.
  package func format(of parameter: String) -> TensorFormat { tensor(parameter).format }

  /// The matrix of a parameter, in the file.
  package func matrix(_ parameter: String) -> WeightMatrix {
    let tensor = tensor(parameter)
    return unsafe file.file.withBytes(tensor.bytes) { bytes in
      unsafe WeightMatrix(
        format: tensor.format, rows: tensor.shape[0], columns: tensor.shape[1], bytes: bytes,
        owner: file.file)
    }
  }

  /// The values of a parameter of any shape.
  package func values(_ parameter: String) -> Vector {
    let values = Vector.zeros(tensor(parameter).shape.reduce(1, *))
    decode(parameter, into: values)
    return values
  }

  private func decode(_ parameter: String, into values: Vector) {
    let tensor = tensor(parameter)
    unsafe file.file.withBytes(tensor.bytes) { bytes in
      unsafe tensor.format.decode(bytes.bytes, into: values)
    }
  }

  /// Reads the weights as single numbers.
  /// - Precondition: `buffer` is one of `layout`, which is that of `configuration`.
  package func readParameters(into buffer: FloatBuffer, _ layout: ParameterLayout) {
    for entry in layout.entries { decode(entry.name, into: buffer.vector(entry)) }
  }

  /// What generation runs on.
  /// - Parameter vocabularySize: rows that stand for tokens, nil for all that the tokenizer has.
  package func weights(vocabularySize: Int? = nil) -> GPTWeights {
    var configuration = configuration
    configuration.usedVocabularySize = vocabularySize ?? configuration.usedVocabularySize
    let layout = ParameterLayout.gpt(configuration)
    return GPTWeights(
      configuration, matrix: matrix, vector: { layout[$0] == nil ? nil : values($0) })
  }
}
