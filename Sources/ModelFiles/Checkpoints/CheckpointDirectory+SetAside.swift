// An earlier run in the folder that a new one is to take.

extension CheckpointDirectory {
  /// Files that show a run even where it ended before its first checkpoint. Whose configuration it
  /// may be, it is not for a new run to replace.
  private static let signsOfARun = ["metrics.jsonl", "config.json"]

  /// Whether the folder holds a run, or what may be one.
  /// - Throws: `CheckpointError.cannotMakeFolder`
  package func holdsRun() throws(CheckpointError) -> Bool {
    if try !steps().isEmpty { return true }
    do {
      for name in Self.signsOfARun where try FileSystem.kind(of: "\(path)/\(name)") == .file {
        return true
      }
    } catch { throw .cannotMakeFolder(path: path, errorNumber: error.number) }
    return false
  }

  /// Moves a folder that holds a run out of the way, so that a new one overwrites nothing. Where `path` is
  /// a link, what it leads to moves, and an empty folder takes its place: the new run goes to the same disk.
  /// - Returns: where the earlier run is now; nil if there was none.
  /// - Throws: `CheckpointError.cannotMakeFolder`, `cannotSetAside`
  package func setAsideEarlierRun() throws(CheckpointError) -> String? {
    guard try holdsRun() else { return nil }
    do {
      var plain = path
      while plain.count > 1, plain.hasSuffix("/") { plain.removeLast() }
      let isLink = try FileSystem.kind(of: plain) == .link
      if isLink { plain = try FileSystem.realPath(plain) }
      var number = 1
      while try FileSystem.kind(of: "\(plain)-\(number)") != nil { number += 1 }
      try FileSystem.move(plain, to: "\(plain)-\(number)")
      if isLink { try FileSystem.makeFolder(plain) }
      return "\(plain)-\(number)"
    } catch {
      throw .cannotSetAside(path: path, errorNumber: error.number)
    }
  }
}
