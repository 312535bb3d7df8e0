// One run at a time in a folder.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Holds a run folder for as long as it lives; the system lets go of it however the process ends.
package final class RunFolderLock {
  /// What is locked in a run folder: of folders, network file systems keep locks for one machine only.
  private static let name = ".lock"
  private let descriptor: FileDescriptor

  private init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

  /// The lock of a folder; nil where there is no such folder, or one without locks.
  /// - Throws: `CheckpointError.folderInUse` when another run holds it.
  package static func take(_ folder: String) throws(CheckpointError) -> RunFolderLock? {
    try lock("\(folder)/\(name)", O_RDWR | O_CREAT | O_NOFOLLOW, of: folder)
  }

  /// The same of a folder that is to hold nothing of ours in the end.
  package static func take(bare folder: String) throws(CheckpointError) -> RunFolderLock? {
    try lock(folder, O_RDONLY | O_DIRECTORY, of: folder)
  }

  private static func lock(
    _ path: String, _ flags: Int32, of folder: String
  ) throws(CheckpointError) -> RunFolderLock? {
    guard let descriptor = try? FileDescriptor(opening: path, flags) else { return nil }
    if flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 { return RunFolderLock(descriptor) }
    if errno == EWOULDBLOCK { throw .folderInUse(path: folder) }
    return nil
  }
}
