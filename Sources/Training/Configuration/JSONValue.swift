// JSON as a tree that keeps order, unknown keys and lines: what strict reading needs and Codable drops.

/// A JSON value.
package indirect enum JSONValue: Sendable, Equatable {
  case object([Member])
  case array([JSONValue])
  case string(String)
  case number(Double)
  case boolean(Bool)
  case null

  /// One entry of an object, and the line on which its key stands.
  package struct Member: Sendable, Equatable {
    package let key: String
    package let value: JSONValue
    package let line: Int

    package init(key: String, value: JSONValue, line: Int = 0) {
      self.key = key
      self.value = value
      self.line = line
    }
  }

  var text: String? { if case .string(let text) = self { text } else { nil } }
  var double: Double? { if case .number(let number) = self { number } else { nil } }
  var integer: Int? { double.flatMap { Int(exactly: $0) } }

  /// What a user would call it.
  var typeName: String {
    switch self {
    case .object: "an object"
    case .array: "a list"
    case .string: "a text"
    case .number: "a number"
    case .boolean: "true or false"
    case .null: "null"
    }
  }

  /// On one line, as a user would write it.
  package var compact: String {
    switch self {
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)): \($0.value.compact)" }.joined(separator: ", ")
        + "}"
    case .array(let values): "[" + values.map(\.compact).joined(separator: ", ") + "]"
    case .string(let text): Self.quoted(text)
    // JSON has no word for numbers that are not finite.
    case .number(let number): number.isFinite ? Self.text(of: number) : "null"
    case .boolean(let value): value ? "true" : "false"
    case .null: "null"
    }
  }

  /// Objects over several lines, two spaces deeper each; the same text for equal values.
  package func pretty(indentation: String = "") -> String {
    guard case .object(let members) = self, !members.isEmpty else { return compact }
    let inner = indentation + "  "
    let lines = members.map {
      "\(inner)\(Self.quoted($0.key)): \($0.value.pretty(indentation: inner))"
    }
    return "{\n" + lines.joined(separator: ",\n") + "\n\(indentation)}"
  }

  /// Whole numbers without a fraction; others as the shortest text that reads back as the same.
  static func text(of number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
