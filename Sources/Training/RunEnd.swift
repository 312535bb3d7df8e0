// When a run is over.

/// The last step of a run, and why it is the last.
package struct RunEnd: Sendable, Equatable {
  /// The setting that ends a run; the raw value is its name in configurations.
  package enum Limit: String, Sendable, Codable {
    case steps = "max_steps"
    case epochs
    case tokens = "max_tokens"
    case time = "max_time"
  }

  package var step: Int
  package var limit: Limit

  package init(step: Int, limit: Limit) {
    self.step = step
    self.limit = limit
  }
}

/// A length of time as users write it: `90s`, `30m`, `2h`, `1h30m`.
package enum TimeText {
  private static let units: [(name: Character, seconds: Double)] = [
    ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
  ]

  /// Seconds; nil for what is no length of time.
  package static func seconds(_ text: String) -> Double? {
    var rest = text[...]
    var sum = 0.0
    var left = units[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard let value = Double(digits), let unit = rest.dropFirst(digits.count).first,
        let place = left.firstIndex(where: { $0.name == unit })
      else { return nil }
      sum += value * left[place].seconds
      left = left[(place + 1)...]
      rest = rest.dropFirst(digits.count + 1)
    }
    return sum > 0 && sum < 1e9 ? sum : nil
  }
}
