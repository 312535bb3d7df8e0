// Results of a command: aligned lines for people, one JSON object for programs.
import Reporting
import Training

/// Named values in a fixed order.
struct FieldReport {
  /// A value, as people and as programs read it.
  struct Field {
    let name: String
    let text: String
    let json: JSONValue

    static func text(_ name: String, _ value: String) -> Field {
      Field(name: name, text: value, json: .string(value))
    }

    static func count(_ name: String, _ value: Int) -> Field {
      Field(name: name, text: NumberText.grouped(value), json: .number(Double(value)))
    }

    static func number(_ name: String, _ value: Double, decimals: Int) -> Field {
      Field(name: name, text: NumberText.fixed(value, decimals), json: .number(value))
    }

    /// For programs only.
    static func list(_ name: String, _ value: JSONValue) -> Field {
      Field(name: name, text: "", json: value)
    }

    /// A number that may be unknown; people are not shown unknown ones.
    static func optional(_ name: String, _ value: Double?, decimals: Int) -> Field? {
      value.map { number(name, $0, decimals: decimals) }
    }
  }

  let fields: [Field]

  init(_ fields: [Field?]) { self.fields = fields.compactMap { $0 } }

  var json: JSONValue { .object(fields.map { .init(key: $0.name, value: $0.json) }) }

  func text(json: Bool) -> String {
    if json { return self.json.compact }
    let width = fields.map(\.name.columnCount).max() ?? 0
    return fields.map { $0.name.padded(toColumns: width + 2) + $0.text }.joined(separator: "\n")
  }
}
