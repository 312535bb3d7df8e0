// A model as a folder that Hugging Face's transformers loads.
import Models
import Tensors
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is to be written: a `GPT2LMHeadModel` with its tokenizer.
package struct HuggingFaceExport {
  private let configuration: ModelConfiguration
  private let layout: ParameterLayout
  private let parameters: FloatBuffer
  private let tokenizer: HuggingFaceTokenizer
  private let format: FloatFormat
  private let team: ThreadTeam

  /// Where the file says who wrote it.
  private static let producer = (key: "producer", value: "trainer")

  private static let formatName = "a Hugging Face model"

  /// - Throws: `ModelFileError.notExpressible`
  package init(
    _ model: any LanguageModel, _ tokenizer: any Tokenizer, format: FloatFormat = .f32,
    team: ThreadTeam
  ) throws(ModelFileError) {
    configuration = model.configuration
    layout = model.layout
    parameters = model.parameters
    self.format = format
    self.team = team
    guard !configuration.headBias else {
      throw .notExpressible(
        format: Self.formatName,
        reason: "its head has a bias, which a GPT2LMHeadModel has not; train with model.head_bias "
          + "false")
    }
    for entry in layout.entries {
      try ModelFileError.checkFinite(
        parameters.vector(entry), name: entry.name, format: Self.formatName, team: team)
    }
    self.tokenizer = try HuggingFaceTokenizer(
      tokenizer, contextLength: configuration.contextLength)
  }

  /// Names of all files that are written.
  package var fileNames: [String] { [HuggingFaceModel.weightsName] + texts.map(\.name) }

  private var texts: [(name: String, text: [UInt8])] {
    [
      (
        HuggingFaceConfiguration.fileName,
        HuggingFaceConfiguration.file(configuration, format, endOfText: tokenizer.endOfText)
      ),
      (
        "generation_config.json",
        HuggingFaceConfiguration.generationFile(endOfText: tokenizer.endOfText)
      ),
    ] + tokenizer.files
  }

  /// Bytes of the weights' file, about.
  package var byteCount: Int {
    HuggingFaceTensor.all(configuration).reduce(1 << 16) { $0 + $1.count * format.byteCount }
  }

  /// Writes the files into a folder that is there.
  /// - Throws: `ModelFileError`
  package func write(into folder: String) throws(ModelFileError) {
    let entries = HuggingFaceTensor.all(configuration).map { tensor in
      SafetensorsEntry(name: tensor.name, shape: tensor.shape) {
        tensor.values(of: layout, parameters)
      }
    }
    var path = "\(folder)/\(HuggingFaceModel.weightsName)"
    do throws(SystemError) {
      // transformers loads no file without its format.
      try SafetensorsWriter.write(
        entries, format, metadata: [("format", "pt"), Self.producer], to: path, team: team)
      for (name, text) in texts {
        path = "\(folder)/\(name)"
        let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC)
        try file.append(text)
        try file.synchronize()
      }
    } catch { throw .cannotWrite(path: path, reason: "\(error)") }
  }

  /// Whether the weights in a folder are an export's, which may be replaced.
  package static func isExport(folder: String) -> Bool {
    let path = "\(folder)/\(HuggingFaceModel.weightsName)"
    return (try? SafetensorsFile(path: path))?.header.metadata[producer.key] == producer.value
  }
}
