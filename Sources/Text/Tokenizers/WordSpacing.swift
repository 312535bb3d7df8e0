// Where a space stands between two words or marks.

/// What a word tokenizer puts between tokens, so that text reads as people write it. Two tokens
/// without a space between them must be two tokens again when the text is read.
struct WordSpacing: Sendable {
  /// How a token joins its neighbours.
  private enum Habit: UInt8 {
    case free
    /// Close to what comes before it, after it, or both.
    case closesBefore
    case closesAfter
    case closesBoth
    /// Close to others of its kind.
    case ideograph
  }

  private static let before = Set(
    Array(".,;:!?'\u{2019})]}%\u{2026}\u{201d}\u{bb}）」』》".unicodeScalars).map(\.value))
  private static let after = Set(
    Array("([{\u{bf}\u{a1}\u{201e}\u{ab}（「『《".unicodeScalars).map(\.value))
  private static let both = Set(Array("\n-\u{2010}，。、！？；：".unicodeScalars).map(\.value))

  /// By token.
  private let habits: [Habit]

  init(_ tokens: TokenTable) {
    habits = (0..<Int32(tokens.count)).map { Self.habit(of: tokens[$0]) }
  }

  private static func habit(of token: ArraySlice<UInt8>) -> Habit {
    let text = token.span
    guard text.count > 0, let step = UTF8Coding.scalar(in: text, at: 0),
      step.length == text.count, let scalar = Unicode.Scalar(step.value)
    else { return .free }
    if before.contains(step.value) { return .closesBefore }
    if after.contains(step.value) { return .closesAfter }
    if both.contains(step.value) { return .closesBoth }
    return scalar.properties.isIdeographic ? .ideograph : .free
  }

  /// Whether a space stands between two tokens.
  func isNeeded(between first: Int32, and second: Int32) -> Bool {
    switch (habits[Int(first)], habits[Int(second)]) {
    case (.closesAfter, _), (.closesBoth, _), (_, .closesBefore), (_, .closesBoth): false
    case (.ideograph, .ideograph): false
    default: true
    }
  }
}
