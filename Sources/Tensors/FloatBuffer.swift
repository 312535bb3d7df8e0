// Memory for floats: one aligned block, its own or a part of somebody's.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An aligned block of `count` floats, zero at first.
///
/// Parameters, gradients, moments and activations each live in one such block; `Vector` and
/// `Matrix` are windows into it. Pages come from the kernel already zero and are only backed by
/// memory once touched.
///
/// `@unchecked Sendable`: the threads of a `ThreadTeam` write disjoint parts of a buffer, and
/// `ThreadTeam.run` returns only when all of them are done. Ranks that share a buffer wait for each
/// other at barriers.
@safe
package final class FloatBuffer: @unchecked Sendable {
  /// Number of floats.
  package let count: Int
  /// Start of the block, aligned to a page if the block is its own. Used at calls of C libraries
  /// only.
  package let base: UnsafeMutablePointer<Float>
  private let ownership: Ownership

  private enum Ownership {
    /// Bytes that were mapped for this buffer.
    case mapped(Int)
    /// Somebody else's memory, which lives as long as the object.
    case borrowed(AnyObject)
  }

  package init(count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let mapped = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      FloatBuffer.reportExhaustion(byteCount)
    }
    // Large pages halve the time of passes over big buffers; a refusal costs nothing.
    if byteCount >= 4 << 20 { _ = unsafe madvise(mapped, byteCount, MADV_HUGEPAGE) }
    unsafe base = mapped.bindMemory(to: Float.self, capacity: max(count, 1))
    ownership = .mapped(byteCount)
  }

  /// A buffer over zeroed memory that `owner` holds and that lives at least as long as it.
  package init(base: UnsafeMutablePointer<Float>, count: Int, owner: AnyObject) {
    unsafe self.base = unsafe base
    self.count = count
    ownership = .borrowed(owner)
  }

  /// A part of this buffer as a buffer of its own, over the same memory.
  package func part(_ range: Range<Int>) -> FloatBuffer {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "\(range) outside 0..<\(count)")
    return unsafe FloatBuffer(base: base + range.lowerBound, count: range.count, owner: self)
  }

  deinit {
    if case .mapped(let byteCount) = ownership { _ = unsafe munmap(base, byteCount) }
  }

  /// Sizes are checked before a run starts, so this is the machine refusing address space itself:
  /// nothing can be unwound from here.
  private static func reportExhaustion(_ byteCount: Int) -> Never {
    Exhaustion.report(
      "out of memory: \(byteCount >> 20) MiB more are needed; take a smaller model or fewer ranks, or "
        + "in training lower training.micro_batch_size or model.n_positions")
  }

  /// The whole block as a vector.
  package var vector: Vector { Vector(buffer: self, offset: 0, count: count) }
}
