// Whether a value fits a key, and how to read one from a flag or a variable.

extension ConfigurationKey {
  /// What is wrong with a value, or nil.
  func fault(of value: JSONValue) -> String? {
    if kind.allows(value) { return nil }
    if kind.hasType(of: value) { return "\(value.compact) is out of range; \(kind.allowed)" }
    return "\(value.typeName) (\(value.compact)) is not allowed; \(kind.allowed)"
  }
}

extension ConfigurationKey.Kind {
  /// For messages: what the key takes.
  package var allowed: String { "it takes \(allowedValues)" }

  /// The values that the key takes, for people.
  package var allowedValues: String {
    func orNull(_ optional: Bool) -> String { optional ? " or null" : "" }
    switch self {
    case .integer(let range, let optional):
      return "a whole number from \(range.lowerBound) to \(range.upperBound)"
        + orNull(optional)
    case .number(let range, let lowerIsOpen, let upperIsOpen, let optional):
      let lower = JSONValue.text(of: range.lowerBound)
      let upper = JSONValue.text(of: range.upperBound)
      return "a number \(lowerIsOpen ? "above" : "from") \(lower) "
        + "\(upperIsOpen ? "to below" : "to") \(upper)" + orNull(optional)
    case .boolean: return "true or false"
    case .text(let optional): return "a text" + orNull(optional)
    case .choice(let choices):
      return choices.map(JSONValue.quoted).joined(separator: " or ")
    case .fractionOrPath: return "a number above 0 to below 1, the path of a file, or null"
    }
  }

  func allows(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.integer(_, true), .null), (.number(_, _, _, true), .null), (.text(true), .null),
      (.fractionOrPath, .null):
      return true
    case (.integer(let range, _), .number): return value.integer.map(range.contains) ?? false
    case (.number(let range, let lowerIsOpen, let upperIsOpen, _), .number(let number)):
      return range.contains(number) && !(lowerIsOpen && number == range.lowerBound)
        && !(upperIsOpen && number == range.upperBound)
    case (.boolean, .boolean): return true
    case (.text, .string(let text)): return !text.isEmpty
    case (.choice(let choices), .string(let text)): return choices.contains(text)
    case (.fractionOrPath, .number(let fraction)): return fraction > 0 && fraction < 1
    case (.fractionOrPath, .string(let text)): return !text.isEmpty
    default: return false
    }
  }

  fileprivate func hasType(of value: JSONValue) -> Bool {
    switch (self, value) {
    case (.integer, .number), (.number, .number), (.fractionOrPath, .number): true
    case (.choice, .string), (.text, .string): true
    default: false
    }
  }

  /// A flag's text as a value: texts stand without quotes there.
  func value(ofText text: String) -> JSONValue {
    switch self {
    case .text(true) where text == "null", .fractionOrPath where text == "null": return .null
    case .text, .choice: return .string(text)
    case .fractionOrPath: return Self.number(ofText: text) ?? .string(text)
    case .integer, .number, .boolean:
      switch text {
      case "null": return .null
      case "true": return .boolean(true)
      case "false": return .boolean(false)
      default: return Self.number(ofText: text) ?? .string(text)
      }
    }
  }

  private static func number(ofText text: String) -> JSONValue? {
    guard let number = Double(text), number.isFinite else { return nil }
    return .number(number)
  }
}
