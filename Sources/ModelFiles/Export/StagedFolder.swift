// A folder that is filled aside and comes to its name when everything in it is good.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files for a folder that may be there already, with other files in it. One export at a time
/// writes there.
package struct StagedFolder {
  /// Where to write.
  package let path: String
  private let target: String
  private let names: [String]
  /// Of what is written aside: two exports at once would mix.
  private let lock: RunFolderLock?

  private static let suffix = ".partial"

  /// Makes the folder to write into.
  /// - Parameters:
  ///   - target: the folder that is wanted.
  ///   - names: of the files that will be written.
  ///   - needed: bytes that they will take, about.
  ///   - mayReplace: whether files with these names in `target` are an earlier export's.
  /// - Throws: `ModelFileError.occupied`, `noSpace`; `cannotWrite` also while another export does.
  package init(
    _ target: String, names: [String], byteCount needed: Int, mayReplace: () -> Bool
  ) throws(ModelFileError) {
    var plain = target[...]
    while plain.count > 1, plain.last == "/" { plain.removeLast() }
    self.target = String(plain)
    self.names = names
    let present: [String]?
    do throws(SystemError) {
      present =
        try FileSystem.kind(of: self.target) == nil ? nil : FileSystem.names(in: self.target)
    } catch { throw .cannotWrite(path: self.target, reason: "\(error)") }
    // Within a folder that is there: it may be another file system than the one around it.
    path = present == nil ? self.target + Self.suffix : "\(self.target)/\(Self.suffix)"
    if let name = names.first(where: { present?.contains($0) == true }), !mayReplace() {
      throw .occupied(
        path: self.target, reason: "it holds a \(name) that trainer has not exported")
    }
    let isLink: Bool
    do throws(SystemError) {
      isLink = try FileSystem.kind(of: path) == .link
      if !isLink { try FileSystem.makeFolder(path) }
    } catch { throw .cannotWrite(path: path, reason: "\(error)") }
    if isLink {
      throw .occupied(
        path: path, reason: "it is a link, and the export is to be written there first")
    }
    do throws(CheckpointError) { lock = try RunFolderLock.take(bare: path) } catch {
      throw .cannotWrite(path: self.target, reason: "another export is being written there")
    }
    let foreign: String?
    do throws(SystemError) {
      foreign = try FileSystem.names(in: path).first { !([".", ".."] + names).contains($0) }
      // What an interrupted export has left.
      if foreign == nil { try removeFiles() }
    } catch { throw .cannotWrite(path: path, reason: "\(error)") }
    if let foreign {
      throw .occupied(
        path: path, reason: "it holds a \(foreign), and the export is to be written there first")
    }
    if let free = FileSystem.freeByteCount(in: path), free < needed {
      discard()
      throw .noSpace(path: self.target, neededByteCount: needed, freeByteCount: free)
    }
  }

  /// Removes what was written.
  package func discard() { try? clear() }

  private func removeFiles() throws(SystemError) {
    for name in names { try FileSystem.remove("\(path)/\(name)") }
  }

  private func clear() throws(SystemError) {
    try removeFiles()
    if unsafe rmdir(path) != 0, errno != ENOENT { throw .last }
  }

  /// Puts the files in their place: the folder as a whole where there was none, else one file after
  /// the other.
  /// - Throws: `ModelFileError.cannotWrite`
  package func publish() throws(ModelFileError) {
    do throws(SystemError) {
      if try FileSystem.kind(of: target) == nil {
        try AtomicFile.synchronizeFolder(path)
        try FileSystem.move(path, to: target)
        try AtomicFile.synchronizeFolder(FileSystem.folder(of: target))
        return
      }
      for name in names { try FileSystem.move("\(path)/\(name)", to: "\(target)/\(name)") }
      try AtomicFile.synchronizeFolder(target)
      try clear()
    } catch { throw .cannotWrite(path: target, reason: "\(error)") }
  }
}
