// One run at a time in a folder.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Holds a run folder for as long as it lives; the system lets go of it however the process ends.
package final class RunFolderLock {
  private let descriptor: FileDescriptor

  private init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

  /// The lock of a folder; nil where there is no such folder, or its file system has no locks.
  /// - Throws: `CheckpointError.folderInUse` when another run holds it.
  package static func take(_ folder: String) throws(CheckpointError) -> RunFolderLock? {
    guard let descriptor = try? FileDescriptor(opening: folder, O_RDONLY | O_DIRECTORY) else {
      return nil
    }
    if flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 { return RunFolderLock(descriptor) }
    if errno == EWOULDBLOCK { throw .folderInUse(path: folder) }
    return nil
  }
}
