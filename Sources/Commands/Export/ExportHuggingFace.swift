// `trainer export huggingface`: a folder that transformers loads.
import ArgumentParser
import ModelFiles
import Models
import Reporting
import Tensors
import Text
import Training

extension FloatFormat: ExpressibleByArgument {}

struct ExportHuggingFace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "huggingface",
    abstract: "Write a folder that Hugging Face's transformers loads as GPT2LMHeadModel.",
    discussion: "What was written is read back and compared with the model; the last line says how "
      + "far they agree, and a model that does not is not kept. A character vocabulary becomes "
      + "merges of bytes: the same ids for all text of its characters, ids beyond the model's for "
      + "all other.")

  @OptionGroup var source: CheckpointOptions
  @Option(help: ArgumentHelp("Folder to write.", valueName: "folder"))
  var out: String
  @Option(help: "How weights are stored: f32, f16 or bf16.")
  var dtype = FloatFormat.f32
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard !out.isEmpty else { throw ValidationError("--out: name a folder") }
  }

  func run() throws {
    Session.run { session in
      // One process writes; under mpirun the others have nothing to do.
      _ = try session.communicator.coordinate {
        try StandardOutput.printLine(try export(session).text(json: json))
        return []
      }
      return .done
    }
  }

  private func export(_ session: Session) throws -> FieldReport {
    let team = session.team
    let trained = try TrainedModel(at: source.checkpoint, precision: .single, team: team)
    let export = try HuggingFaceExport(
      trained.model, trained.tokenizer, format: dtype, team: team)
    let staged = try StagedFolder(
      out, names: export.fileNames, byteCount: export.byteCount,
      mayReplace: { HuggingFaceExport.isExport(folder: out) })
    do {
      try export.write(into: staged.path)
      let text = ProofText(of: trained)
      if let reason = text.reason { session.announce(reason) }
      let proof = try prove(trained, text, staged.path, team)
      try staged.publish()
      session.warnOfRounding(proof, dtype.tensorFormat, option: "--dtype")
      return FieldReport([
        .text("checkpoint", trained.path),
        .text("folder", out),
        .count("parameters", ModelSize(trained.model.configuration).parameterCount),
        .text("dtype", dtype.rawValue),
        json
          ? .number("largest_logit_difference", Double(proof.largestLogitDifference), decimals: 6)
          : nil,
        json ? .count("greedy_tokens_equal", proof.greedyAgreement) : nil,
        json ? .number("perplexity_change", proof.perplexityChange, decimals: 6) : nil,
        json ? .count("proof_parameters", proof.parameterCount) : nil,
        .text("read back", proof.summary),
      ])
    } catch {
      staged.discard()
      throw error
    }
  }

  /// Reads what was written as if it were anybody's, and compares.
  /// - Throws: `ModelFileError`
  private func prove(
    _ trained: TrainedModel, _ text: ProofText, _ folder: String, _ team: ThreadTeam
  ) throws -> ExportProof {
    let written = try HuggingFaceModel(folder: folder)
    guard written.tokenizer.json == trained.tokenizer.json,
      try written.tokenizer.encode(text.bytes) == text.tokens
    else {
      throw ModelFileError.notTheSame(path: out, faults: ["the tokenizer differs"])
    }
    let copy = GPT(written.configuration, trainable: false, team: team)
    try written.readParameters(into: copy.parameters)
    copy.parametersDidChange()
    var proof = ExportProof(
      original: GPTDecoding(trained.model, team: team), copy: GPTDecoding(copy, team: team),
      text: text.tokens)
    proof.compareParameters(of: trained.model, layout: copy.layout) {
      (copy.parameters.vector($0), dtype.tensorFormat)
    }
    try proof.check(dtype.tensorFormat, path: out, option: "--dtype")
    return proof
  }
}
