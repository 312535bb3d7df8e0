// What is measured at a step, and who takes note of it.

/// Named numbers of one step, in a fixed order.
package struct MetricRecord: Sendable, Equatable {
  package struct Metric: Sendable, Equatable {
    /// For example `train/loss`.
    package let name: String
    package let value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Number of updates made so far.
  package let step: Int
  /// Number of target tokens trained on so far.
  package let tokens: Int
  package let metrics: [Metric]

  package init(step: Int, tokens: Int, metrics: [Metric]) {
    self.step = step
    self.tokens = tokens
    self.metrics = metrics
  }

  /// One JSON object without line breaks: `step`, `tokens`, then the metrics in their order.
  ///
  /// JSON has no word for numbers that are not finite; they become `null`, which plotting tools
  /// read as a gap. Numbers are the shortest text that reads back as the same `Double`.
  package var jsonLine: String {
    let fields = metrics.map { metric in
      "\(Self.quoted(metric.name)):\(metric.value.isFinite ? "\(metric.value)" : "null")"
    }
    return "{" + (["\"step\":\(step)", "\"tokens\":\(tokens)"] + fields).joined(separator: ",")
      + "}"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        let hexadecimal = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Takes note of records: a file, or a view of them.
package protocol MetricSink: AnyObject {
  func record(_ record: MetricRecord) throws
  /// Everything recorded is safe; no call may follow.
  func close() throws
}
