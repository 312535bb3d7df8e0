// A window of consecutive floats in a buffer.

/// `count` consecutive floats of a buffer. Copying a `Vector` copies the window, not the floats.
package struct Vector: Sendable {
  package let buffer: FloatBuffer
  package let offset: Int
  package let count: Int

  package init(buffer: FloatBuffer, offset: Int, count: Int) {
    precondition(
      offset >= 0 && count >= 0 && offset + count <= buffer.count,
      "window \(offset)..<\(offset + count) leaves a buffer of \(buffer.count) floats")
    self.buffer = buffer
    self.offset = offset
    self.count = count
  }

  /// A new buffer with these values.
  package init(_ values: [Float]) {
    self.init(buffer: FloatBuffer(count: values.count), offset: 0, count: values.count)
    for (index, value) in values.enumerated() { self[index] = value }
  }

  /// A new buffer of zeros.
  package static func zeros(_ count: Int) -> Vector { FloatBuffer(count: count).vector }

  /// First float, for calls of C libraries.
  package var pointer: UnsafeMutablePointer<Float> { unsafe buffer.base + offset }

  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) outside 0..<\(count)")
      return unsafe pointer[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index \(index) outside 0..<\(count)")
      unsafe pointer[index] = newValue
    }
  }

  /// The part `range` of this window.
  package subscript(range: Range<Int>) -> Vector {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "\(range) outside 0..<\(count)")
    return Vector(buffer: buffer, offset: offset + range.lowerBound, count: range.count)
  }

  package var array: [Float] {
    unsafe Array(UnsafeBufferPointer(start: UnsafePointer(pointer), count: count))
  }

  package func fill(_ value: Float) { unsafe pointer.update(repeating: value, count: count) }

  package func copy(from source: Vector) {
    precondition(source.count == count, "cannot copy \(source.count) floats into \(count)")
    unsafe pointer.update(from: source.pointer, count: count)
  }
}
