// One preparation at a time in a folder.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Holds a folder for as long as it lives; the system lets go of it however the process ends. What
/// it made in order to lock goes with it: its file, and folders that stay empty.
package final class PreparedFolderLock {
  /// What is locked: of folders, network file systems keep locks for one machine only.
  private let path: String
  private let descriptor: Int32
  /// More than processes are waited for that remove their folder one after the other.
  private static let attemptCount = 100
  /// Folders that were not there before, outermost first.
  private let newFolders: [String]

  private init(path: String, descriptor: Int32, newFolders: [String]) {
    self.path = path
    self.descriptor = descriptor
    self.newFolders = newFolders
  }

  deinit {
    // Whoever waits for the file finds that it is gone and makes another.
    _ = unsafe unlink(path)
    _ = close(descriptor)
    Self.remove(newFolders)
  }

  /// Waits until no other process holds the folder, which is created where it is missing; nil for
  /// one that cannot be written.
  /// - Parameter whileWaiting: called once if another process holds it.
  package static func take(_ folder: String, whileWaiting: () -> Void) -> PreparedFolderLock? {
    let path = "\(folder)/.lock"
    var newFolders: [String] = []
    for _ in 0..<attemptCount {
      guard create(folder, &newFolders) else { break }
      if let descriptor = LockedFile.take(path, whileWaiting: whileWaiting) {
        return PreparedFolderLock(path: path, descriptor: descriptor, newFolders: newFolders)
      }
      // The process that was waited for may have removed its empty folder; or no file can be made
      // there, as in a folder that is gone but still somebody's working folder.
      guard errno == ENOENT else { break }
    }
    remove(newFolders)
    return nil
  }

  /// Whether the folder is there, with all above it; adds those that were not.
  private static func create(_ folder: String, _ newFolders: inout [String]) -> Bool {
    let ends = folder.indices.filter { folder[$0] == "/" } + [folder.endIndex]
    for path in ends.map({ String(folder[..<$0]) }) where !path.isEmpty && !InputFile.isFolder(path)
    {
      if unsafe mkdir(path, 0o777) == 0 { newFolders.append(path) }
    }
    return InputFile.isFolder(folder)
  }

  private static func remove(_ newFolders: [String]) {
    for folder in newFolders.reversed() { _ = unsafe rmdir(folder) }
  }
}
