// A byte-pair vocabulary and its merges, checked against each other while they are read.

/// Why a vocabulary or a merge cannot be used; the reader of the file adds the place.
struct BytePairFault: Error {
  let reason: String
  /// The token it is about, where the place is that of a token.
  var token: Int32?
}

struct BytePairRules {
  /// GPT-2's marker between documents, the only token that no merge makes.
  private static let endOfTextBytes = Array("<|endoftext|>".utf8)

  let tokens: TokenTable
  /// In order of rank.
  private(set) var merges: [BytePairMerge] = []
  private(set) var table: MergeTable
  /// Token ids by byte.
  let byteTokens: [Int32]
  private let index: TokenIndex
  /// Whether a token is one byte or made by a merge so far.
  private var isMade: [Bool]

  /// - Parameters:
  ///   - tokens: all tokens by id. Each must be there once, and each byte must be one.
  ///   - mergeCount: the number of merges that will be added.
  init(tokens: TokenTable, mergeCount: Int) throws(BytePairFault) {
    var index = TokenIndex(count: tokens.count)
    for token in 0..<Int32(tokens.count) {
      if let other = index.insert(token, of: tokens) {
        throw BytePairFault(
          reason: "\(Self.name(tokens[token])) is there twice, as \(other) and \(token)",
          token: token)
      }
    }
    var isMade = [Bool](repeating: false, count: tokens.count)
    var byteTokens: [Int32] = []
    for byte in UInt8.min...UInt8.max {
      guard let token = index.token(of: [byte], in: tokens) else {
        throw BytePairFault(
          reason:
            "no token for the byte \(byte), written \(Self.name([byte])); every byte needs one")
      }
      byteTokens.append(token)
      isMade[Int(token)] = true
    }
    table = MergeTable(count: mergeCount)
    self.tokens = tokens
    self.index = index
    self.isMade = isMade
    self.byteTokens = byteTokens
  }

  /// Adds the next merge, written as its two parts with a space between them.
  ///
  /// Both parts must be bytes or made by earlier merges: then merging the pair of lowest rank
  /// first, one at a time, gives what GPT-2's own loop over all its places gives.
  mutating func addMerge(_ line: ArraySlice<UInt8>) throws(BytePairFault) {
    let parts = line.split(
      separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw BytePairFault(reason: "a merge is two tokens with one space between them")
    }
    let left = try madeToken(ByteAlphabet.bytes(of: parts[0]))
    let right = try madeToken(ByteAlphabet.bytes(of: parts[1]))
    let bytes = tokens[left] + tokens[right]
    guard let merged = index.token(of: bytes, in: tokens) else {
      throw BytePairFault(reason: "this merge makes \(Self.name(bytes)), which is not a token")
    }
    guard !bytes.elementsEqual(Self.endOfTextBytes) else {
      throw BytePairFault(reason: "this merge makes the marker between documents")
    }
    let merge = BytePairMerge(left: left, right: right, merged: merged)
    guard table.insert(merge, rank: merges.count) else {
      throw BytePairFault(reason: "this merge repeats an earlier one")
    }
    isMade[Int(merged)] = true
    merges.append(merge)
  }

  private func madeToken(_ bytes: [UInt8]) throws(BytePairFault) -> Int32 {
    guard let token = index.token(of: bytes[...], in: tokens) else {
      throw BytePairFault(reason: "\(Self.name(bytes)) is not a token of the vocabulary")
    }
    guard isMade[Int(token)] else {
      throw BytePairFault(reason: "\(Self.name(bytes)) is not made by any merge before this one")
    }
    return token
  }

  /// The marker between documents, if there is one; call it after the last merge.
  ///
  /// Throws if another token is out of reach of the merges, as in a truncated list of merges.
  func endOfText() throws(BytePairFault) -> Int32? {
    var marker: Int32?
    for token in 0..<Int32(tokens.count) where !isMade[Int(token)] {
      guard tokens[token].elementsEqual(Self.endOfTextBytes) else {
        throw BytePairFault(
          reason: "the merges end here, and none makes the token \(Self.name(tokens[token])), "
            + "id \(token); is the list truncated or from another model?")
      }
      marker = token
    }
    return marker
  }

  /// A token as files write it.
  private static func name(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: ByteAlphabet.text(of: bytes.prefix(40)), as: UTF8.self)
    return "'\(text)\(bytes.count > 40 ? "…" : "")'"
  }
}
