// Memory for floats: one aligned, zeroed allocation with one owner.
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
/// `ThreadTeam.run` returns only when all of them are done.
@safe
package final class FloatBuffer: @unchecked Sendable {
  /// Number of floats.
  package let count: Int
  /// Start of the block, aligned to a page. Used at calls of C libraries only.
  package let base: UnsafeMutablePointer<Float>
  private let byteCount: Int

  package init(count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let mapped = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      FloatBuffer.reportExhaustion(byteCount)
    }
    // Large pages halve the time of passes over big buffers; a refusal costs nothing.
    if byteCount >= 4 << 20 { _ = unsafe madvise(mapped, byteCount, MADV_HUGEPAGE) }
    unsafe base = mapped.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  deinit { _ = unsafe munmap(base, byteCount) }

  /// Sizes are checked before a run starts, so this is the machine refusing address space itself:
  /// nothing can be unwound from here.
  private static func reportExhaustion(_ byteCount: Int) -> Never {
    let message =
      "error: out of memory: \(byteCount >> 20) MiB more are needed; "
      + "take a smaller model, or lower training.micro_batch_size or model.n_positions\n"
    _ = unsafe message.withCString { unsafe write(STDERR_FILENO, $0, strlen($0)) }
    exit(2)
  }

  /// The whole block as a vector.
  package var vector: Vector { Vector(buffer: self, offset: 0, count: count) }
}
