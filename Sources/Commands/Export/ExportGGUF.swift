// `trainer export gguf`: a trained model for llama.cpp, LM Studio and Ollama.
import ArgumentParser
import FoundationEssentials
import ModelFiles
import Models
import Reporting
import Tensors
import Training

struct ExportGGUF: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gguf",
    abstract: "Write a model as a GGUF file for llama.cpp, LM Studio and Ollama.",
    discussion: """
      Matrices are stored in the format that --quantize names; what a format cannot hold gets the \
      nearest that can. The file is read back, run and compared with the model before it is kept: \
      the last line says what was found.
      """)

  @OptionGroup var source: CheckpointOptions
  @Option(
    help: ArgumentHelp(
      "File to write, with a name that ends in .gguf, or a folder for it; if left out, a name like "
        + "Nano-13M-F16.gguf.",
      valueName: "file"))
  var out: String?
  @Option(
    help: ArgumentHelp(
      "Fewer bits make smaller files and faster, coarser models.", valueName: "format"))
  var quantize = TensorFormat.f16
  @Option(help: "What the file calls the model; if left out, as the run folder is called.")
  var name: String?
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard out != "" else { throw ValidationError("--out: name a file or a folder") }
  }

  func run() throws {
    Session.run { session in
      // One process writes; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        try export(session)
        return []
      }
      return .done
    }
  }

  private func export(_ session: Session) throws {
    let trained = try TrainedModel(
      at: source.checkpoint, precision: .single, team: session.team)
    let name = name ?? trained.runName
    let export = try GGUFExport(
      trained.model, tokenizer: trained.tokenizer, name: name, format: quantize,
      team: session.team)
    for note in export.notes { session.announce(note) }
    let path = path(
      default: GGUFName.file(name, trained.model.configuration, quantize))
    let text = ProofText(of: trained)
    if let reason = text.reason { session.announce(reason) }
    var proof: ExportProof?
    try export.write(to: path) { temporaryPath in
      proof = try prove(export, temporaryPath, as: path, trained, text, session)
    }
    guard let proof else { preconditionFailure("nothing is kept without a proof") }
    session.warnOfRounding(proof, quantize, option: "--quantize")
    try report(export, proof, path)
  }

  private func path(default name: String) -> String {
    guard let out else { return name }
    // A folder that is not there yet is made with the file.
    if out.hasSuffix("/") { return out + name }
    var isDirectory = false
    let exists = FileManager.default.fileExists(atPath: out, isDirectory: &isDirectory)
    let isFolder = exists ? isDirectory : !out.lowercased().hasSuffix(".gguf")
    return isFolder ? "\(out)/\(name)" : out
  }

  /// - Throws: `ModelFileError.notTheSame`, `tooCoarse`
  private func prove(
    _ export: GGUFExport, _ temporaryPath: String, as path: String, _ trained: TrainedModel,
    _ text: ProofText, _ session: Session
  ) throws -> ExportProof {
    let copy = try GGUFModel(path: temporaryPath)
    guard try export.tokenizerDiffers || copy.tokenizer.encode(text.bytes) == text.tokens else {
      throw ModelFileError.notTheSame(
        path: path, faults: ["its tokenizer makes other tokens of the same text"])
    }
    var proof = ExportProof(
      original: GPTDecoding(trained.model, team: session.team),
      copy: GPTDecoding(
        copy.weights(vocabularySize: trained.tokenizer.vocabularySize), team: session.team),
      text: text.tokens)
    proof.compareParameters(of: trained.model, layout: .gpt(copy.configuration)) {
      (copy.values($0.name), copy.format(of: $0.name))
    }
    try proof.check(quantize, path: path, option: "--quantize")
    return proof
  }

  private func report(_ export: GGUFExport, _ proof: ExportProof, _ path: String) throws {
    if json {
      let formats = export.formats.map {
        JSONValue.Member(key: $0.format.rawValue, value: .number(Double($0.tensorCount)))
      }
      try StandardOutput.printLine(
        FieldReport([
          .text("file", path), .count("bytes", export.byteCount),
          .list("tensors", .object(formats)),
          .number(
            "largest_logit_difference", Double(proof.largestLogitDifference), decimals: 6),
          .count("greedy_tokens", proof.greedyCount),
          .count("greedy_tokens_equal", proof.greedyAgreement),
          .number("perplexity", proof.originalPerplexity, decimals: 4),
          .number("perplexity_exported", proof.copyPerplexity, decimals: 4),
          .count("proof_tokens", proof.tokenCount),
          .count("proof_parameters", proof.parameterCount),
        ]).text(json: true))
      return
    }
    let formats = export.formats.map { "\($0.tensorCount) \($0.format.rawValue)" }
    try StandardOutput.printLine(
      "\(path) | \(NumberText.grouped(export.byteCount)) bytes | tensors: "
        + formats.joined(separator: ", "))
    try StandardOutput.printLine(proof.summary)
  }
}

extension TensorFormat: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(rawValue: argument.lowercased())
    guard Self.encodable.contains(self) else { return nil }
  }

  public static var allValueStrings: [String] { encodable.map(\.rawValue) }
}
