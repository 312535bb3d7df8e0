// `trainer import huggingface`: a GPT-2 of transformers as a run folder.
import ArgumentParser
import ModelFiles
import Models
import Tensors
import Training

struct ImportHuggingFace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "huggingface",
    abstract: "Make a run folder of a GPT-2 that Hugging Face's transformers has saved.",
    discussion: "The folder holds config.json, model.safetensors (or its parts with their index) "
      + "and tokenizer.json, or vocab.json and merges.txt. Then: trainer evaluate --checkpoint OUT "
      + "--data TEXT, trainer generate --checkpoint OUT, trainer --init-from OUT/best.h5 …")

  @Argument(help: ArgumentHelp("Folder of the model.", valueName: "folder"))
  var folder: String
  @Option(help: ArgumentHelp("Run folder to write.", valueName: "folder"))
  var out: String
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard !out.isEmpty else { throw ValidationError("--out: name a folder") }
  }

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        try StandardOutput.printLine(try take(session.team).text(json: json))
        return []
      }
      return .done
    }
  }

  private func take(_ team: ThreadTeam) throws -> FieldReport {
    let model = try HuggingFaceModel(folder: folder)
    let imported = try ImportedModel(
      model.configuration, model.tokenizer, source: folder, version: Version.text)
    let parameters = FloatBuffer(count: model.layout.bufferCount)
    try model.readParameters(into: parameters)
    try model.checkFinite(parameters, team: team)
    let path = try imported.save(parameters, folder: out)
    let size = model.configuration
    return FieldReport([
      .text("checkpoint", path),
      .count("parameters", ModelSize(size).parameterCount),
      .count("layers", size.layerCount),
      .count("heads", size.headCount),
      .count("width", size.embeddingWidth),
      .count("context", size.contextLength),
      .text("tokenizer", model.tokenizer.kind.rawValue),
      .count("vocabulary", size.usedVocabularySize),
    ])
  }
}
