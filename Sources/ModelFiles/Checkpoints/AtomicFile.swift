// A file is either the old one or the new one, whatever happens while it is written.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

enum AtomicFile {
  /// What a file that is being written is called.
  static let temporarySuffix = ".tmp"

  /// Lets `write` fill the file whose path it gets, brings it to the disk and renames it to `path`.
  /// A failure removes it and leaves what lies at `path` alone. What an interrupted process has left
  /// there goes. Of several processes that write the same file one does; the others fail with
  /// `EBUSY`.
  /// - Parameter locks: whether the first to begin is the one, rather than the last, where the file
  ///   system has locks. HDF5 has a lock of its own on the file.
  static func replace(
    _ path: String, locks: Bool = false, by write: (_ temporaryPath: String) throws -> Void
  ) throws {
    let temporaryPath = path + temporarySuffix
    // Held open from the start: a failed write-back is reported to those who had the file open.
    let descriptor = try locks ? lockedFile(temporaryPath) : newFile(temporaryPath)
    do {
      try write(temporaryPath)
      try descriptor.synchronize()
      guard descriptor.isFile(at: temporaryPath) else { throw SystemError(number: EBUSY) }
      try FileSystem.move(temporaryPath, to: path)
    } catch {
      // What lies there in its place is another process's, and so is the fault.
      let isOwn = descriptor.isFile(at: temporaryPath)
      if isOwn { try? FileSystem.remove(temporaryPath) }
      if try !isOwn && FileSystem.kind(of: temporaryPath) != nil {
        throw SystemError(number: EBUSY)
      }
      throw error
    }
    try synchronizeFolder(FileSystem.folder(of: path))
  }

  private static func newFile(_ path: String) throws(SystemError) -> FileDescriptor {
    try FileSystem.remove(path)
    return try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL)
  }

  /// A new file that is this process's alone.
  /// - Throws: `EBUSY` while another process has one there.
  private static func lockedFile(_ path: String) throws(SystemError) -> FileDescriptor {
    while true {
      // Where a link leads is none of ours.
      if try FileSystem.kind(of: path) == .link { try FileSystem.remove(path) }
      let descriptor = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW)
      guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else {
        if errno == EWOULDBLOCK { throw SystemError(number: EBUSY) }
        // A file system without locks.
        return try newFile(path)
      }
      // Between the two calls another process may have come to its end with this file.
      if descriptor.isFile(at: path) {
        if ftruncate(descriptor.number, 0) != 0 { throw .last }
        return descriptor
      }
    }
  }

  /// Lets a symbolic link at `path` say `target`; there is no moment without a link.
  static func replaceLink(_ path: String, target: String) throws(SystemError) {
    let temporaryPath = path + temporarySuffix
    try FileSystem.remove(temporaryPath)
    try FileSystem.makeLink(temporaryPath, to: target)
    do {
      try FileSystem.move(temporaryPath, to: path)
    } catch {
      try? FileSystem.remove(temporaryPath)
      throw error
    }
    try synchronizeFolder(FileSystem.folder(of: path))
  }

  /// Brings a rename to the disk.
  static func synchronizeFolder(_ path: String) throws(SystemError) {
    let folder = try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY)
    do {
      try folder.synchronize()
    } catch  where error.number == EINVAL || error.number == ENOTSUP {
      // Some file systems cannot do this for folders; there is nothing better to do there.
    }
  }
}
