// An earlier run in the folder that a new one is to take.

extension CheckpointDirectory {
  /// Moves a folder that holds checkpoints out of the way, so that a new run overwrites nothing.
  /// - Returns: where the earlier run is now; nil if there was none.
  /// - Throws: `CheckpointError.cannotMakeFolder`
  package func setAsideEarlierRun() throws(CheckpointError) -> String? {
    if try steps().isEmpty { return nil }
    do {
      var plain = path
      while plain.count > 1, plain.hasSuffix("/") { plain.removeLast() }
      var number = 1
      while try FileSystem.kind(of: "\(plain)-\(number)") != nil { number += 1 }
      try FileSystem.move(plain, to: "\(plain)-\(number)")
      return "\(plain)-\(number)"
    } catch {
      throw .cannotMakeFolder(path: path, errorNumber: error.number)
    }
  }
}
