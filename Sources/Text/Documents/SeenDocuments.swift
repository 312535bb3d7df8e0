// Which documents have been met before, by their hashes.

/// 64 bits that tell documents apart: among ten million, two different ones share them with a
/// probability of three in a million. Taken of a text as it comes.
package struct DocumentHash: Sendable, Equatable {
  private var hash: UInt64 = 0
  /// The bytes that do not fill a word yet.
  private var word: UInt64 = 0
  private var byteCount: UInt64 = 0

  package init() {}

  package mutating func append(_ text: ArraySlice<UInt8>) {
    for byte in text {
      word = word << 8 | UInt64(byte)
      byteCount += 1
      if byteCount & 7 == 0 {
        hash = SplitMix64.hash(hash, word)
        word = 0
      }
    }
  }

  /// Of all that was appended.
  package var value: UInt64 { SplitMix64.hash(SplitMix64.hash(hash, word), byteCount) }

  /// All of it, to be sent.
  package var words: [UInt64] {
    get { [hash, word, byteCount] }
    set {
      precondition(newValue.count == 3, "a hash of another form")
      (hash, word, byteCount) = (newValue[0], newValue[1], newValue[2])
    }
  }
}

/// Hashes of the documents of a segment, but for what earlier segments have of the first.
package struct SegmentHashes {
  /// What goes on from an earlier segment, and whether it ends here.
  private var head: ArraySlice<UInt8> = []
  private var endsHead = false
  /// Of the documents that begin and end here.
  private var inner: [UInt64] = []
  /// Of what goes on in the next segment, if it begins here.
  private var tail: DocumentHash?

  package init(_ segment: Segment) {
    for (index, range) in segment.documents.enumerated() {
      let isEnded = index < segment.documentEnds.count
      if index == 0 && segment.continues {
        head = segment.text[range]
        endsHead = isEnded
        continue
      }
      var hash = DocumentHash()
      hash.append(segment.text[range])
      if isEnded { inner.append(hash.value) } else { tail = hash }
    }
  }

  /// Hashes of the documents that end here, in order.
  /// - Parameter open: of what came before of the document that goes on, if one does; becomes that
  ///   of what goes on in the next segment.
  package func ended(_ open: inout DocumentHash) -> [UInt64] {
    open.append(head)
    let first = endsHead ? [open.value] : []
    if endsHead || !inner.isEmpty || tail != nil { open = tail ?? DocumentHash() }
    return first + inner
  }
}

/// A set of hashes: open addressing with linear probing, 8 bytes a slot, at most two thirds full.
package struct SeenDocuments: Sendable {
  private var slots = [UInt64](repeating: 0, count: 1 << 12)
  private var count = 0

  package init() {}

  /// Whether the hash is new; from now on it is not.
  package mutating func insert(_ hash: UInt64) -> Bool {
    // 0 marks a free slot.
    guard place(max(1, hash)) else { return false }
    count += 1
    if 3 * count > 2 * slots.count { grow() }
    return true
  }

  private mutating func place(_ hash: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      if slots[slot] == hash { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = hash
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: 0, count: 2 * old.count)
    for hash in old where hash != 0 { _ = place(hash) }
  }
}
