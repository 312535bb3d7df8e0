// A GPT-2 in a folder as Hugging Face's transformers saves it, to be read.
import ByteEncoding
import Models
import Tensors
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A model whose files fit together: every parameter is there and has the shape that config.json
/// says, so that what is allocated for it is no more than the files hold.
package struct HuggingFaceModel: Sendable {
  package static let weightsName = "model.safetensors"
  static let indexName = "model.safetensors.index.json"
  private static let pickledName = "pytorch_model.bin"

  package let folder: String
  package let configuration: ModelConfiguration
  package let tokenizer: any Tokenizer
  /// Where each parameter is, by the names of the layout.
  private let places: [String: Place]

  private struct Place: Sendable {
    let file: SafetensorsFile
    let tensor: SafetensorsFile.Tensor
    let isTransposed: Bool
  }

  /// Reads everything but the weights.
  /// - Throws: `ModelFileError`
  package init(folder: String) throws(ModelFileError) {
    self.folder = folder
    try Self.checkFolder(folder)
    let file = try ModelFileError.mapping("\(folder)/\(HuggingFaceConfiguration.fileName)")
    let read = try HuggingFaceConfiguration(file)
    var configuration = read.model
    places = try Self.places(Self.files(in: folder), configuration, folder)
    tokenizer = try HuggingFaceTokenizer.load(
      folder: folder, rows: configuration.vocabularySize, endOfText: read.endOfText)
    configuration.usedVocabularySize = tokenizer.vocabularySize
    self.configuration = configuration
  }

  private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  private static func checkFolder(_ folder: String) throws(ModelFileError) {
    let isFolder: Bool
    do throws(SystemError) { isFolder = try FileSystem.isFolder(folder) } catch {
      throw .cannotRead(path: folder, reason: "\(error)")
    }
    guard isFolder else {
      throw .unsupported(path: folder, reason: "is a file; name the folder that it is in")
    }
    guard exists("\(folder)/\(HuggingFaceConfiguration.fileName)") else {
      throw .missing(
        path: folder, part: HuggingFaceConfiguration.fileName,
        advice: "name a folder as save_pretrained writes it")
    }
  }

  private static func files(in folder: String) throws(ModelFileError) -> [SafetensorsFile] {
    if exists("\(folder)/\(weightsName)") {
      return [try SafetensorsFile(path: "\(folder)/\(weightsName)")]
    }
    if exists("\(folder)/\(indexName)") {
      return try HuggingFaceIndex(path: "\(folder)/\(indexName)").fileNames
        .map { (name) throws(ModelFileError) in try SafetensorsFile(path: "\(folder)/\(name)") }
    }
    if exists("\(folder)/\(pickledName)") {
      throw .unsupported(
        path: "\(folder)/\(pickledName)",
        reason: "pickled weights cannot be read; load the model in transformers and save it with "
          + "save_pretrained(folder, safe_serialization=True)")
    }
    throw .missing(
      path: folder, part: weightsName, advice: "name a folder as save_pretrained writes it")
  }

  /// Finds every parameter, and nothing else, in the files.
  private static func places(
    _ files: [SafetensorsFile], _ configuration: ModelConfiguration, _ folder: String
  ) throws(ModelFileError) -> [String: Place] {
    var found: [String: Stored] = [:]
    for file in files {
      for tensor in file.header.tensors {
        guard found.updateValue((file, tensor), forKey: tensor.name) == nil else {
          throw .malformed(path: file.path, reason: "\(tensor.name) is in two files")
        }
      }
    }
    if configuration.tiedEmbeddings { try useTiedHead(&found) }
    var places: [String: Place] = [:]
    var used: Set<String> = []
    for tensor in HuggingFaceTensor.all(configuration) {
      let name = found[tensor.name] == nil ? tensor.shortName : tensor.name
      guard let match = found[name] else {
        throw .missing(
          path: files.first?.path ?? folder, part: tensor.name,
          advice: "are weights and config.json of the same model?")
      }
      guard match.tensor.shape == tensor.shape else {
        throw .unsupported(
          path: match.file.path,
          reason: "\(match.tensor.name) is \(match.tensor.shape), but config.json says "
            + "\(tensor.shape); are they of the same model?")
      }
      used.insert(name)
      places[tensor.parameter] = Place(
        file: match.file, tensor: match.tensor, isTransposed: tensor.isTransposed)
    }
    let others = found.filter { !used.contains($0.key) && !HuggingFaceTensor.isMask($0.key) }
    if let (name, other) = others.min(by: { $0.key < $1.key }) {
      throw .unsupported(
        path: other.file.path, reason: "\(name) is no part of a GPT-2 language model")
    }
    return places
  }

  private typealias Stored = (file: SafetensorsFile, tensor: SafetensorsFile.Tensor)

  /// A head that is the token embedding may lie beside it, or in its place.
  /// - Throws: `ModelFileError.unsupported` for a head of its own, which config.json denies.
  private static func useTiedHead(_ found: inout [String: Stored]) throws(ModelFileError) {
    let long = HuggingFaceTensor.prefix + HuggingFaceTensor.embedding
    guard let head = found.removeValue(forKey: HuggingFaceTensor.head) else { return }
    guard let embedding = found[long] ?? found[HuggingFaceTensor.embedding] else {
      found[long] = head
      return
    }
    guard try head.file.holds(head.tensor, asIn: embedding.file, embedding.tensor) else {
      throw .unsupported(
        path: head.file.path,
        reason: "\(head.tensor.name) differs from \(embedding.tensor.name), but config.json says "
          + "that they are one; set tie_word_embeddings to false there, or leave one of them out")
    }
  }

  /// The layout that the model has here.
  package var layout: ParameterLayout { .gpt(configuration) }

  /// - Throws: `ModelFileError.unsupported` for weights that make no model.
  /// - Precondition: `buffer` has been read, and is one of `layout`.
  package func checkFinite(
    _ buffer: FloatBuffer, team: ThreadTeam
  ) throws(ModelFileError) {
    for entry in layout.entries
    where !VectorMath.sumOfSquares(buffer.vector(entry), team: team).isFinite {
      throw .unsupported(
        path: folder,
        reason: "\(entry.name) holds numbers that are infinite or none; take another model")
    }
  }

  /// Reads the weights.
  /// - Throws: `ModelFileError`; the buffer is filled in part then.
  /// - Precondition: `buffer` is one of `layout`.
  package func readParameters(into buffer: FloatBuffer) throws(ModelFileError) {
    for entry in layout.entries {
      guard let place = places[entry.name] else {
        preconditionFailure("\(entry.name) was not looked for")
      }
      let target = buffer.vector(entry)
      if place.isTransposed {
        let turned = Matrix.zeros(place.tensor.shape[0], place.tensor.shape[1])
        try place.file.read(place.tensor, into: turned.vector)
        turned.transpose(
          into: Matrix(target, rows: turned.columns, columns: turned.rows))
      } else {
        try place.file.read(place.tensor, into: target)
      }
    }
  }
}

/// Which files the weights of a large model are in.
struct HuggingFaceIndex {
  /// Without repetition, in order.
  let fileNames: [String]

  /// - Throws: `ModelFileError`
  init(path: String) throws(ModelFileError) {
    let file = try ModelFileError.mapping(path)
    func fault(_ reason: String) -> ModelFileError { .malformed(path: path, reason: reason) }
    guard case .object(let members)? = try file.json()["weight_map"] else {
      throw fault("there is no weight_map")
    }
    var names: Set<String> = []
    for member in members {
      guard let name = member.value.text, name.hasSuffix(".safetensors"), !name.contains("/")
      else { throw fault("\(member.key) is in no file of this folder") }
      names.insert(name)
    }
    guard !names.isEmpty else { throw fault("the weight_map is empty") }
    fileNames = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
