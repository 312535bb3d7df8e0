// A disk that refuses more bytes at any moment of a save: the old file stays, the process goes on.
import Glibc
import ModelFiles
import Testing

@Suite struct CheckpointFailureTests {
  /// In a process of its own: the limit holds for the whole process, and HDF5 is known to crash at
  /// exit after a failed flush.
  @Test func aRefusedWriteLosesNothingAndEndsNothing() async {
    await #expect(processExitsWith: .success) {
      alarm(100)
      signal(SIGXFSZ, SIG_IGN)
      let folder = TemporaryFolder()
      let path = folder.file("a.h5")
      let (old, new) = (Sample.checkpoint(step: 1), Sample.checkpoint(step: 2))
      try CheckpointWriter.write(old, to: path)
      let before = contents(path)
      let descriptors = names(in: "/proc/self/fd").count
      let memory = residentByteCount()
      for limit in stride(from: 0, to: before.count, by: 61) {
        setFileSizeLimit(limit)
        do throws(CheckpointError) {
          try CheckpointWriter.write(new, to: path)
          preconditionFailure("\(limit) bytes hold no checkpoint of \(before.count)")
        } catch {
          precondition(
            error.description == """
              \(path): cannot be written: File too large; raise the limit (ulimit -f unlimited) \
              or choose another --out
              """, error.description)
        }
        precondition(contents(path) == before, "limit \(limit): the old file was touched")
        precondition(names(in: folder.path) == ["a.h5"], "limit \(limit): leftovers")
        precondition(names(in: "/proc/self/fd").count == descriptors, "limit \(limit): open files")
      }
      setFileSizeLimit(nil)
      let growth = residentByteCount() - memory
      precondition(growth < 8 << 20, "\(growth) bytes of HDF5's caches were left behind")
      try CheckpointWriter.write(new, to: path)
      let read = try CheckpointReader(path: path).checkpoint(Sample.layout)
      precondition(isIdentical(read, new), "a save after failures is as good as any")
    }
  }

}

/// - Parameter byteCount: nil for no limit.
private func setFileSizeLimit(_ byteCount: Int?) {
  var limit = rlimit()
  unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
  limit.rlim_cur = byteCount.map { rlim_t($0) } ?? limit.rlim_max
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}

private func residentByteCount() -> Int {
  let fields = String(decoding: contents("/proc/self/statm"), as: UTF8.self).split(separator: " ")
  return (Int(fields[1]) ?? 0) * Int(getpagesize())
}
