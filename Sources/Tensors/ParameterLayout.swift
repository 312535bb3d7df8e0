// The one table of a model's parameters: where each lies in the flat buffers and how it starts.

/// Names, shapes and places of all parameters of a model in one flat buffer.
///
/// Parameters, gradients and both optimizer moments share it; reduction, norm, update, checkpoint
/// and export walk it. Tensors start at multiples of `alignment` floats; the gaps stay zero.
package struct ParameterLayout: Sendable, Equatable {
  /// How a parameter starts. The values depend on the seed, the name and the index only.
  package enum InitialValue: Sendable, Equatable {
    case zeros
    case ones
    case normal(standardDeviation: Float)
  }

  package struct Entry: Sendable, Equatable {
    /// GPT-2's name, for example `h.0.attn.c_attn.weight`.
    package let name: String
    /// Row-major; linear weights are [out, in].
    package let shape: [Int]
    /// First float in the flat buffer.
    package let offset: Int
    package let initialValue: InitialValue
    /// Whether weight decay applies: tensors with two or more dimensions.
    package var decays: Bool { shape.count >= 2 }
    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<offset + count }
  }

  /// Tensors start on cache lines, and whole AVX-512 registers.
  package static let alignment = 16

  package private(set) var entries: [Entry] = []
  /// Where each name stands in `entries`.
  private var places: [String: Int] = [:]
  /// Floats in a flat buffer, gaps included.
  package private(set) var bufferCount = 0

  package init() {}

  /// Number of parameters, gaps not included.
  package var parameterCount: Int { entries.reduce(0) { $0 + $1.count } }

  package mutating func append(_ name: String, _ shape: [Int], _ initialValue: InitialValue) {
    precondition(self[name] == nil, "\(name) stands in the table already")
    let entry = Entry(name: name, shape: shape, offset: bufferCount, initialValue: initialValue)
    places[name] = entries.count
    entries.append(entry)
    bufferCount += (entry.count + Self.alignment - 1) / Self.alignment * Self.alignment
  }

  package subscript(name: String) -> Entry? { places[name].map { entries[$0] } }
}

extension FloatBuffer {
  /// The part of this flat buffer that holds `entry`.
  package func vector(_ entry: ParameterLayout.Entry) -> Vector { vector[entry.range] }
}
