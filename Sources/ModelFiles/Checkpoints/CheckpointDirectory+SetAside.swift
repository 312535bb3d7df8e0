// An earlier run in the folder that a new one is to take.

extension CheckpointDirectory {
  /// Files that show a run even where it ended before its first checkpoint. Whose configuration it
  /// may be, it is not for a new run to replace.
  private static let signsOfARun = ["metrics.jsonl", "config.json"]

  /// Moves a folder that holds a run out of the way, so that a new one overwrites nothing.
  /// - Returns: where the earlier run is now; nil if there was none.
  /// - Throws: `CheckpointError.cannotMakeFolder`
  package func setAsideEarlierRun() throws(CheckpointError) -> String? {
    let hasCheckpoints = try !steps().isEmpty
    do {
      var plain = path
      while plain.count > 1, plain.hasSuffix("/") { plain.removeLast() }
      var hasRun = hasCheckpoints
      for name in Self.signsOfARun where !hasRun {
        hasRun = try FileSystem.kind(of: "\(plain)/\(name)") == .file
      }
      if !hasRun { return nil }
      var number = 1
      while try FileSystem.kind(of: "\(plain)-\(number)") != nil { number += 1 }
      try FileSystem.move(plain, to: "\(plain)-\(number)")
      return "\(plain)-\(number)"
    } catch {
      throw .cannotMakeFolder(path: path, errorNumber: error.number)
    }
  }
}
