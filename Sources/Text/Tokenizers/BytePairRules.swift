// A byte-pair vocabulary and its merges, checked against each other while they are read.

/// Why a vocabulary or a merge cannot be used; the reader of the file adds the place.
package struct BytePairFault: Error {
  package let reason: String
  /// The token it is about, where the place is that of a token.
  var token: Int32?
}

/// How files write a token.
enum TokenSpelling: UInt8, Sendable {
  /// Its bytes in GPT-2's alphabet.
  case bytes
  /// As text: an added token, or one with characters that GPT-2's alphabet lacks.
  case literal
  /// There is no token with this id.
  case absent
}

struct BytePairRules: Sendable {
  let tokens: TokenTable
  let spellings: [TokenSpelling]
  /// In order of rank.
  private(set) var merges: [BytePairMerge] = []
  private(set) var table: MergeTable
  /// Token ids by byte.
  let byteTokens: [Int32]
  /// Finds the tokens that are spelled in bytes.
  let index: TokenIndex
  /// Whether a piece that is a token as a whole becomes that token whatever the merges say.
  var takesWholePieces = false
  /// Whether a token is one byte or made by a merge so far.
  private var isMade: [Bool]
  /// Whether the parts of each merge were made before it, as all trainers write merges.
  private(set) var isOrdered = true

  /// - Parameters:
  ///   - tokens: all tokens by id. Each that is spelled in bytes must be there once, and each byte
  ///     must be one.
  ///   - mergeCount: the number of merges that will be added.
  init(
    tokens: TokenTable, spellings: [TokenSpelling]? = nil, mergeCount: Int
  ) throws(BytePairFault) {
    let spellings = spellings ?? Array(repeating: .bytes, count: tokens.count)
    var index = TokenIndex(count: tokens.count)
    for token in 0..<Int32(tokens.count) where spellings[Int(token)] == .bytes {
      if let other = index.insert(token, of: tokens) {
        throw BytePairFault(
          reason: "\(Self.name(tokens[token])) is there twice, as \(other) and \(token)",
          token: token)
      }
    }
    var isMade = spellings.map { $0 != .bytes }
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
    self.spellings = spellings
    self.index = index
    self.isMade = isMade
    self.byteTokens = byteTokens
  }

  /// Adds the next merge, written as its two parts with a space between them.
  mutating func addMerge(_ line: ArraySlice<UInt8>) throws(BytePairFault) {
    let parts = line.split(
      separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw BytePairFault(reason: "a merge is two tokens with one space between them")
    }
    try addMerge(parts[0], parts[1])
  }

  /// Adds the next merge by the written forms of its parts, which must be tokens like what they
  /// make.
  mutating func addMerge(
    _ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>
  ) throws(BytePairFault) {
    guard !first.isEmpty, !second.isEmpty else {
      throw BytePairFault(reason: "a merge is two tokens with one space between them")
    }
    let left = try token(ByteAlphabet.bytes(of: first))
    let right = try token(ByteAlphabet.bytes(of: second))
    let bytes = tokens[left] + tokens[right]
    guard let merged = index.token(of: bytes, in: tokens) else {
      throw BytePairFault(reason: "this merge makes \(Self.name(bytes)), which is not a token")
    }
    try addMerge(BytePairMerge(left: left, right: right, merged: merged))
  }

  /// Adds the next merge by its tokens.
  mutating func addMerge(_ merge: BytePairMerge) throws(BytePairFault) {
    guard table.insert(merge, rank: merges.count) else {
      throw BytePairFault(reason: "this merge repeats an earlier one")
    }
    if !isMade[Int(merge.left)] || !isMade[Int(merge.right)] { isOrdered = false }
    isMade[Int(merge.merged)] = true
    merges.append(merge)
  }

  /// As `addMerge`, for lists in which both parts are bytes or made by earlier merges: a list that
  /// breaks this rule is damaged.
  mutating func addOrderedMerge(_ line: ArraySlice<UInt8>) throws(BytePairFault) {
    try addMerge(line)
    guard isOrdered, let merge = merges.last else {
      let part = line.split(separator: UInt8(ascii: " ")).first { part in
        guard let bytes = try? ByteAlphabet.bytes(of: part),
          let token = index.token(of: bytes[...], in: tokens)
        else { return true }
        return !isMade[Int(token)]
      }
      throw BytePairFault(
        reason: "\(Self.quoted(part ?? line)) is not made by any merge before this one")
    }
    guard !tokens[merge.merged].elementsEqual(SpecialTokenNames.endOfText) else {
      throw BytePairFault(reason: "this merge makes the marker between documents")
    }
  }

  private func token(_ bytes: [UInt8]) throws(BytePairFault) -> Int32 {
    guard let token = index.token(of: bytes[...], in: tokens) else {
      throw BytePairFault(reason: "\(Self.name(bytes)) is not a token of the vocabulary")
    }
    return token
  }

  /// The tokens that no merge makes, all of which must be special; call it after the last merge.
  ///
  /// Throws if one is not, as in a truncated list of merges.
  func unmadeTokens(
    allowing isSpecial: (ArraySlice<UInt8>) -> Bool
  ) throws(BytePairFault) -> [Int32] {
    let unmade = unmadeTokens
    for token in unmade where !isSpecial(tokens[token]) {
      throw BytePairFault(
        reason: "the merges end here, and none makes the token \(Self.name(tokens[token])), "
          + "id \(token); is the list truncated or from another model?")
    }
    return unmade
  }

  /// The tokens spelled in bytes that are neither a byte nor made by a merge, in order of ids.
  var unmadeTokens: [Int32] { (0..<Int32(tokens.count)).filter { !isMade[Int($0)] } }

  /// Whether a token is no byte, and no merge makes it.
  func isBesideMerges(_ token: Int32) -> Bool {
    switch spellings[Int(token)] {
    case .bytes: !isMade[Int(token)]
    case .literal: true
    case .absent: false
    }
  }

  /// How a file writes a token.
  func written(_ token: Int32) -> [UInt8] {
    spellings[Int(token)] == .bytes ? ByteAlphabet.text(of: tokens[token]) : Array(tokens[token])
  }

  /// A token as files write it.
  private static func name(_ bytes: some Collection<UInt8>) -> String {
    quoted(ByteAlphabet.text(of: bytes.prefix(40)), isCut: bytes.count > 40)
  }

  private static func quoted(_ text: some Collection<UInt8>, isCut: Bool = false) -> String {
    "'\(String(decoding: text, as: UTF8.self))\(isCut ? "…" : "")'"
  }
}
