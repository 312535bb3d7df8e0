// JSON with comments, trailing commas, bare keys and single quotes: the part of JSON5 (json5.org)
// that people use in configuration files. Foundation's reader knows all of JSON5 but not the place
// of an error, nor duplicate keys, and a configuration's reader owes its user both.

/// Reads one JSON value.
package struct JSON5Parser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var line = 1
  private var lineStart = 0
  private let path: String

  /// Deeper files are mistakes, or attacks on the stack.
  private static let greatestDepth = 64

  /// - Throws: `ConfigurationError` with path, line and column.
  package static func parse(_ text: String, path: String) throws(ConfigurationError) -> JSONValue {
    var parser = JSON5Parser(text, path: path)
    let value = try parser.value(depth: 0)
    try parser.skipSpace()
    guard parser.current == nil else { throw parser.fault("text after the end of the value") }
    return value
  }

  private init(_ text: String, path: String) {
    scalars = Array(text.unicodeScalars)
    self.path = path
  }

  private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }
  private var next: Unicode.Scalar? { index + 1 < scalars.count ? scalars[index + 1] : nil }

  private func fault(_ reason: String) -> ConfigurationError {
    .syntax(path: path, line: line, column: index - lineStart + 1, reason: reason)
  }

  private func unexpected(_ wanted: String) -> ConfigurationError {
    fault(current.map { "'\($0)' where \(wanted) should be" } ?? "the file ends before \(wanted)")
  }

  private mutating func advance() {
    if current == "\n" {
      line += 1
      lineStart = index + 1
    }
    index += 1
  }

  private mutating func skipSpace() throws(ConfigurationError) {
    while let scalar = current {
      if scalar.properties.isWhitespace || scalar == "\u{feff}" {
        advance()
      } else if scalar == "/" && next == "/" {
        while current != nil && current != "\n" { advance() }
      } else if scalar == "/" && next == "*" {
        let start = fault("a comment that never ends")
        advance()
        advance()
        while !(current == "*" && next == "/") {
          if current == nil { throw start }
          advance()
        }
        advance()
        advance()
      } else {
        return
      }
    }
  }

  private mutating func value(depth: Int) throws(ConfigurationError) -> JSONValue {
    guard depth < Self.greatestDepth else { throw fault("nested too deeply") }
    try skipSpace()
    switch current {
    case "{": return try object(depth: depth)
    case "[": return try array(depth: depth)
    case "\"", "'": return .string(try string())
    case let scalar? where Self.isWordScalar(scalar) || "+-.".unicodeScalars.contains(scalar):
      return try wordOrNumber()
    default: throw unexpected("a value")
    }
  }

  private mutating func object(depth: Int) throws(ConfigurationError) -> JSONValue {
    advance()
    var members: [JSONValue.Member] = []
    while true {
      try skipSpace()
      if current == "}" { break }
      let line = self.line
      let repeated = fault("this key stands twice in its section")
      let key = current == "\"" || current == "'" ? try string() : word()
      if key.isEmpty { throw unexpected("a key or '}'") }
      if members.contains(where: { $0.key == key }) { throw repeated }
      try skipSpace()
      guard current == ":" else { throw unexpected("':'") }
      advance()
      members.append(.init(key: key, value: try value(depth: depth + 1), line: line))
      try skipSpace()
      if current == "," { advance() } else if current != "}" { throw unexpected("',' or '}'") }
    }
    advance()
    return .object(members)
  }

  private mutating func array(depth: Int) throws(ConfigurationError) -> JSONValue {
    advance()
    var values: [JSONValue] = []
    while true {
      try skipSpace()
      if current == "]" { break }
      values.append(try value(depth: depth + 1))
      try skipSpace()
      if current == "," { advance() } else if current != "]" { throw unexpected("',' or ']'") }
    }
    advance()
    return .array(values)
  }

  private mutating func string() throws(ConfigurationError) -> String {
    let quote = current
    let start = fault("a text that never ends")
    advance()
    var text = String.UnicodeScalarView()
    while current != quote {
      guard let scalar = current, scalar != "\n" else { throw start }
      if scalar == "\\" {
        advance()
        text.append(try escape())
      } else {
        text.append(scalar)
        advance()
      }
    }
    advance()
    return String(text)
  }

  private mutating func escape() throws(ConfigurationError) -> Unicode.Scalar {
    defer { advance() }
    switch current {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "u":
      var code: UInt32 = 0
      for _ in 0..<4 {
        guard let digit = next.flatMap({ Int(String($0), radix: 16) }) else {
          throw fault("\\u takes four hexadecimal digits")
        }
        code = code << 4 | UInt32(digit)
        advance()
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw fault("write characters beyond U+FFFF as they are")
      }
      return scalar
    case let scalar? where "\"'\\/".unicodeScalars.contains(scalar): return scalar
    default: throw unexpected("an escaped character")
    }
  }

  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar == "$" || scalar.properties.isAlphabetic
      || scalar.properties.numericType == .decimal
  }

  private mutating func word() -> String {
    var text = String.UnicodeScalarView()
    while let scalar = current, Self.isWordScalar(scalar) {
      text.append(scalar)
      advance()
    }
    return String(text)
  }

  private mutating func wordOrNumber() throws(ConfigurationError) -> JSONValue {
    let start = self
    var text = ""
    while let scalar = current,
      Self.isWordScalar(scalar) || "+-.".unicodeScalars.contains(scalar)
    {
      text.unicodeScalars.append(scalar)
      advance()
    }
    switch text {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "null": return .null
    default:
      guard let number = Double(text), number.isFinite else {
        throw start.fault("'\(text)' is not a value; texts stand in quotes")
      }
      return .number(number)
    }
  }
}
