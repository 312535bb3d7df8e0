// Names of special tokens that models agree on.

package enum SpecialTokenNames {
  /// GPT-2's marker between documents.
  package static let endOfText = Array("<|endoftext|>".utf8)

  /// Names of the marker between documents, the most telling first; a file of merges does not say
  /// which token it is.
  static let markers = [
    "<|endoftext|>", "<|end_of_text|>", "<|eos|>", "</s>", "<eos>", "[EOS]", "<s>",
  ]

  /// Whether a token that no merge makes is named as special tokens are.
  static func looksSpecial(_ name: some Collection<UInt8>) -> Bool {
    guard name.count > 2, let first = name.first else { return false }
    var last = first
    for byte in name { last = byte }
    return first == UInt8(ascii: "<") && last == UInt8(ascii: ">")
      || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
  }
}
