// Element-by-element comparison: the element that is furthest off, and where.

/// The largest difference between two equally long lists, in units of `scale`. A value that is not
/// a number on one side only, or lists of different lengths, count as infinitely far apart.
package struct WorstError: CustomStringConvertible {
  package let name: String
  package private(set) var error = 0.0
  private var index = -1
  private var actual = Double.nan
  private var expected = Double.nan

  package init(
    _ name: String, _ actual: [Double], _ expected: [Double], relativeTo scale: Double = 1
  ) {
    self.name = name
    guard actual.count == expected.count else {
      error = .infinity
      (self.actual, self.expected) = (Double(actual.count), Double(expected.count))
      return
    }
    for (index, (one, other)) in zip(actual, expected).enumerated() where !same(one, other) {
      let difference = abs(one - other) / scale
      // Written so that not-a-number is worse than anything.
      if !(difference <= error) {
        error = difference.isNaN ? .infinity : difference
        (self.index, self.actual, self.expected) = (index, one, other)
      }
    }
  }

  package init(
    _ name: String, _ actual: [Float], _ expected: [Double], relativeTo scale: Double = 1
  ) {
    self.init(name, actual.map(Double.init), expected, relativeTo: scale)
  }

  package var description: String {
    "\(name): worst error \(error) at index \(index): \(actual), expected \(expected)"
  }
}

private func same(_ one: Double, _ other: Double) -> Bool {
  one == other || (one.isNaN && other.isNaN)
}

/// √Σ x².
package func norm(_ values: [Double]) -> Double {
  values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}
