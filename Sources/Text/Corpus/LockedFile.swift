// Files that one process at a time holds.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

enum LockedFile {
  /// Opens a file, created where it is missing, for this process alone; whoever has it renames or
  /// removes it before it is closed, or leaves it. Some network file systems have no locks: then
  /// there is nobody to wait for.
  /// - Parameter whileWaiting: called once if another process has it.
  /// - Returns: its descriptor; nil, with the reason in `errno`, where it cannot be written.
  static func take(_ path: String, whileWaiting: () -> Void = {}) -> Int32? {
    var hasWaited = false
    while true {
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      if descriptor < 0 { return nil }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        if !hasWaited { whileWaiting() }
        hasWaited = true
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
      }
      // Whoever was waited for may have renamed or removed it.
      if isInPlace(descriptor, path) { return descriptor }
      _ = close(descriptor)
    }
  }

  private static func isInPlace(_ descriptor: Int32, _ path: String) -> Bool {
    var own = stat()
    var present = stat()
    return unsafe fstat(descriptor, &own) == 0 && stat(path, &present) == 0
      && own.st_dev == present.st_dev && own.st_ino == present.st_ino
  }
}
