// A small checkpoint, and folders that vanish after a test.
import FoundationEssentials
import Glibc
import ModelFiles
import Tensors

/// A folder of its own, removed with everything in it when the last user is gone.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/trainer-tests-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer {
      unsafe mkdtemp($0.baseAddress!) != nil
    }
    precondition(made, "no temporary folder can be made")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// The bytes of a file; empty if it cannot be read.
func contents(_ path: String) -> [UInt8] {
  FileManager.default.contents(atPath: path).map { Array($0) } ?? []
}

func overwrite(_ path: String, _ bytes: [UInt8]) {
  let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
  defer { _ = close(file) }
  precondition(unsafe write(file, bytes, bytes.count) == bytes.count, "\(path) not written")
}

/// Names in a folder, sorted.
func names(in folder: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
}

enum Sample {
  static let layout = {
    var layout = ParameterLayout()
    layout.append("wte.weight", [11, 6], .normal(standardDeviation: 0.02))
    layout.append("h.0.attn.c_attn.weight", [18, 6], .normal(standardDeviation: 0.02))
    layout.append("h.0.attn.c_attn.bias", [18], .zeros)
    layout.append("ln_f.weight", [6], .ones)
    return layout
  }()

  static func buffer(_ layout: ParameterLayout, _ name: String) -> FloatBuffer {
    let buffer = FloatBuffer(count: layout.bufferCount)
    for entry in layout.entries {
      let stream = RandomStream(seed: 7, name: name + entry.name)
      let vector = buffer.vector(entry)
      for index in 0..<entry.count { vector[index] = stream.normal(UInt64(index)) }
    }
    return buffer
  }

  static func checkpoint(step: Int = 250, layout: ParameterLayout = layout) -> Checkpoint {
    Checkpoint(
      layout: layout, parameters: buffer(layout, "parameters\(step)"),
      firstMoments: buffer(layout, "first"), secondMoments: buffer(layout, "second"),
      progress: TrainingProgress(
        step: step, tokens: step * 4096, seed: .max - 5,
        best: TrainingProgress.Best(loss: 1.0 / 3, step: 200)),
      configuration: #"{"model": {"n_layer": 1}}"#, tokenizer: #"{"vocab": "é🙂\u0000"}"#,
      provenance: "")
  }
}

/// Whether two checkpoints hold the same, bit for bit.
func isIdentical(_ one: Checkpoint, _ other: Checkpoint) -> Bool {
  func bits(_ buffer: FloatBuffer?) -> [UInt32]? { buffer?.vector.array.map(\.bitPattern) }
  return one.layout == other.layout && one.progress == other.progress
    && bits(one.parameters) == bits(other.parameters)
    && bits(one.firstMoments) == bits(other.firstMoments)
    && bits(one.secondMoments) == bits(other.secondMoments)
    && one.configuration == other.configuration && one.tokenizer == other.tokenizer
    && one.provenance == other.provenance
}
