// GGUF files made by hand, right and wrong.
import ByteEncoding
import ModelFiles
import Tensors
import TestSupport

/// A file as its parts, each of which may lie.
struct GGUFSample {
  enum Value {
    case uint32(UInt32)
    case float32(Float)
    case text(String)
    case texts([String])
    case int32s([Int32])
    /// Bytes behind the number of a type.
    case raw(UInt32, [UInt8])
  }

  struct Tensor {
    var name: String
    /// The shortest distance first.
    var dimensions: [UInt64]
    var type: UInt32 = 0
    var bytes: [UInt8]
    /// Nil for where the tensor before it ends.
    var offset: UInt64?
  }

  var magic = "GGUF"
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var keyCount: UInt64?
  var keys: [(name: String, value: Value)] = []
  var tensors: [Tensor] = []
  var alignment = 32

  subscript(key: String) -> Value? {
    get { keys.first { $0.name == key }?.value }
    set {
      let place = keys.firstIndex { $0.name == key }
      if let place { keys.remove(at: place) }
      if let newValue { keys.insert((key, newValue), at: place ?? keys.count) }
    }
  }

  mutating func change(_ tensor: String, _ work: (inout Tensor) -> Void) {
    guard let place = tensors.firstIndex(where: { $0.name == tensor }) else {
      preconditionFailure("no \(tensor)")
    }
    work(&tensors[place])
  }

  var bytes: [UInt8] {
    var file = ByteWriter()
    file.append(magic)
    file.append(version)
    file.append(tensorCount ?? UInt64(tensors.count))
    file.append(keyCount ?? UInt64(keys.count))
    for key in keys {
      file.append(sized: key.name)
      append(key.value, to: &file)
    }
    var end: UInt64 = 0
    for tensor in tensors {
      file.append(sized: tensor.name)
      file.append(UInt32(tensor.dimensions.count))
      for dimension in tensor.dimensions { file.append(dimension) }
      file.append(tensor.type)
      file.append(tensor.offset ?? end)
      end += UInt64((tensor.bytes.count + alignment - 1) / alignment * alignment)
    }
    file.pad(to: alignment)
    for tensor in tensors {
      file.append(tensor.bytes)
      file.pad(to: alignment)
    }
    return file.bytes
  }

  private func append(_ value: Value, to file: inout ByteWriter) {
    switch value {
    case .uint32(let number):
      file.append(UInt32(4))
      file.append(number)
    case .float32(let number):
      file.append(UInt32(6))
      file.append(number)
    case .text(let text):
      file.append(UInt32(8))
      file.append(sized: text)
    case .texts(let texts):
      file.append(UInt32(9))
      file.append(UInt32(8))
      file.append(UInt64(texts.count))
      for text in texts { file.append(sized: text) }
    case .int32s(let numbers):
      file.append(UInt32(9))
      file.append(UInt32(5))
      file.append(UInt64(numbers.count))
      for number in numbers { file.append(number) }
    case .raw(let type, let bytes):
      file.append(type)
      file.append(bytes)
    }
  }

  /// A GPT-2 of one layer that knows the characters a, b, c and d.
  static let model = model(width: 8)

  /// ggml's number of a type of quantised tensors.
  typealias BlockType = (number: UInt32, format: TensorFormat)

  /// - Parameter types: of tensors by their names, which get random blocks.
  static func model(width: UInt64, types: [String: BlockType] = [:]) -> GGUFSample {
    var sample = GGUFSample()
    sample["general.architecture"] = .text("gpt2")
    sample["general.name"] = .text("Letters")
    sample["gpt2.context_length"] = .uint32(6)
    sample["gpt2.embedding_length"] = .uint32(UInt32(width))
    sample["gpt2.block_count"] = .uint32(1)
    sample["gpt2.feed_forward_length"] = .uint32(UInt32(4 * width))
    sample["gpt2.attention.head_count"] = .uint32(2)
    sample["gpt2.attention.layer_norm_epsilon"] = .float32(1e-5)
    sample["tokenizer.ggml.model"] = .text("gpt2")
    sample["tokenizer.ggml.pre"] = .text("gpt-2")
    sample["tokenizer.ggml.tokens"] = .texts(["a", "b", "c", "d", "<|endoftext|>"])
    sample["tokenizer.ggml.token_type"] = .int32s([1, 1, 1, 1, 3])
    sample["tokenizer.ggml.merges"] = .texts([])
    sample["tokenizer.ggml.eos_token_id"] = .uint32(4)
    func add(_ name: String, _ dimensions: UInt64...) {
      let count = Int(dimensions.reduce(1, *))
      if let type = types[name] {
        let bytes = randomBlocks(type.format, values: count, seed: 1)
        sample.tensors.append(
          Tensor(name: name, dimensions: dimensions, type: type.number, bytes: bytes))
        return
      }
      let bytes = (0..<count).flatMap { index -> [UInt8] in
        let bits = (Float(index % 7) * 0.1 - 0.3).bitPattern
        return (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) }
      }
      sample.tensors.append(Tensor(name: name, dimensions: dimensions, bytes: bytes))
    }
    add("token_embd.weight", width, 5)
    add("position_embd.weight", width, 6)
    for norm in ["attn_norm", "ffn_norm"] {
      add("blk.0.\(norm).weight", width)
      add("blk.0.\(norm).bias", width)
    }
    for (name, columns, rows) in [
      ("attn_qkv", width, 3 * width), ("attn_output", width, width),
      ("ffn_up", width, 4 * width), ("ffn_down", 4 * width, width),
    ] as [(String, UInt64, UInt64)] {
      add("blk.0.\(name).weight", columns, rows)
      add("blk.0.\(name).bias", rows)
    }
    add("output_norm.weight", width)
    add("output_norm.bias", width)
    return sample
  }
}

extension ByteWriter {
  fileprivate mutating func append(sized text: String) {
    append(UInt64(text.utf8.count))
    append(text)
  }
}

extension GGUFModel {
  init(_ bytes: [UInt8]) throws { try self.init(MappedFile(bytes: bytes, path: "test.gguf")) }
}
