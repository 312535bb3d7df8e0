// One run at a time in a folder.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Holds a folder for as long as it lives; the system lets go of it however the process ends.
package final class RunFolderLock {
  /// What is locked in a run folder: of folders, network file systems keep locks for one machine only.
  private static let name = ".lock"
  /// More than runs come to their end while this one begins.
  private static let attemptCount = 100
  private let descriptor: FileDescriptor
  /// The file that goes with the lock.
  private var path: String?

  private init(_ descriptor: consuming FileDescriptor, path: String?) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit {
    // The folder may have been moved, and another run's may be in its place.
    if let path, descriptor.isFile(at: path) { try? FileSystem.remove(path) }
  }

  /// The lock of a folder; nil where there is no such folder, or one without locks.
  /// - Throws: `CheckpointError.folderInUse` when another run holds it.
  package static func take(_ folder: String) throws(CheckpointError) -> RunFolderLock? {
    let path = "\(folder)/\(name)"
    for _ in 0..<attemptCount {
      guard
        let descriptor = try lock(path, O_RDWR | O_CREAT | O_NOFOLLOW, of: folder)
      else { return nil }
      // Between the two calls another run may have come to its end with this file.
      if descriptor.isFile(at: path) { return RunFolderLock(descriptor, path: path) }
    }
    throw .folderInUse(path: folder)
  }

  /// Tells where the folder is now.
  package func move(to folder: String) { path = "\(folder)/\(Self.name)" }

  /// The lock of a folder that is to hold nothing of ours at any time.
  static func take(bare folder: String) throws(CheckpointError) -> RunFolderLock? {
    guard let descriptor = try lock(folder, O_RDONLY | O_DIRECTORY, of: folder) else { return nil }
    return RunFolderLock(descriptor, path: nil)
  }

  /// Another user's file can be locked, though not written.
  private static func open(_ path: String, _ flags: Int32) -> FileDescriptor? {
    do { return try FileDescriptor(opening: path, flags) } catch {
      guard error.number == EACCES else { return nil }
      return try? FileDescriptor(opening: path, O_RDONLY | O_NOFOLLOW)
    }
  }

  private static func lock(
    _ path: String, _ flags: Int32, of folder: String
  ) throws(CheckpointError) -> FileDescriptor? {
    guard let descriptor = open(path, flags) else { return nil }
    if flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    if errno == EWOULDBLOCK { throw .folderInUse(path: folder) }
    if flags & O_CREAT != 0 { try? FileSystem.remove(path) }
    return nil
  }
}
