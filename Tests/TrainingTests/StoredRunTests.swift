// What a checkpoint may say of its run; its checksums are right in all of these.
import ModelFiles
import Tensors
import TestSupport
import Testing
import Training

struct StoredRunTests {
  /// A checkpoint of a run, with its texts changed.
  private func fault(
    _ change: (_ configuration: inout String, _ tokenizer: inout String, _ provenance: inout String)
      -> Void
  ) throws -> String? {
    let run = try TinyRun()
    try run.train(["training.max_steps=1"])
    let path = "\(run.folder.path)/run/step-000001.h5"
    let reader = try CheckpointReader(path: path)
    var texts = (
      try reader.configuration(), try reader.tokenizer(), try reader.provenance()
    )
    change(&texts.0, &texts.1, &texts.2)
    var layout = ParameterLayout()
    for tensor in reader.tensors { layout.append(tensor.name, tensor.shape, .zeros) }
    var checkpoint = try reader.checkpoint(layout)
    (checkpoint.configuration, checkpoint.tokenizer, checkpoint.provenance) = texts
    try CheckpointWriter.write(checkpoint, to: path)
    do throws(CheckpointError) {
      _ = try StoredRun(CheckpointReader(path: path))
      return nil
    } catch {
      return "\(error)".replacing("\(path): ", with: "")
    }
  }

  @Test func whatATrainerWritesIsRead() throws {
    #expect(try fault { _, _, _ in } == nil)
  }

  @Test func textsThatMakeNoSenseAreDamage() throws {
    let way = "copy the file again or take another checkpoint"
    #expect(
      try fault { _, _, provenance in provenance = "{}" }
        == "/provenance is damaged: it is not the JSON that trainer writes; \(way)")
    let configuration = try fault { configuration, _, _ in
      configuration = configuration.replacing("\"n_layer\": 2", with: "\"n_layer\": 0")
    }
    #expect(configuration?.hasPrefix("/config is damaged: model.n_layer: 0") == true)
    let tokenizer = try fault { _, tokenizer, _ in tokenizer = "[]" }
    #expect(tokenizer?.hasPrefix("/tokenizer is damaged: ") == true)
  }

  @Test func aVocabularySmallerThanTheTokenizerIsDamage() throws {
    let fault = try fault { configuration, _, _ in
      let start = configuration.firstRange(of: "\"vocab_size\": ")!.upperBound
      let end = configuration[start...].firstIndex { !$0.isNumber }!
      configuration.replaceSubrange(start..<end, with: "7")
    }
    #expect(fault?.hasPrefix("/config is damaged: 7 rows of vocabulary do not hold the ") == true)
  }
}
