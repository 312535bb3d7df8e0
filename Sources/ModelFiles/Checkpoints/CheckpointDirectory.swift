// A run folder: numbered checkpoints, links to the latest and the best, and what a run resumes from.
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The checkpoints `step-000250.h5` … of one run, with `latest.h5` and `best.h5` as relative links.
package struct CheckpointDirectory: Sendable {
  package static let latestName = "latest.h5"
  package static let bestName = "best.h5"
  private static let linkTrialName = ".link"
  private static let stepPrefix = "step-"
  private static let stepSuffix = ".h5"

  package let path: String

  /// The run folder at `path`; nothing is looked at yet.
  package init(path: String) { self.path = path }

  /// What a run goes on from. Whoever looks again sees whether another run was here meanwhile.
  package struct State: Sendable, Equatable {
    fileprivate let steps: [Int]
    fileprivate let latest: String?
    /// Of the checkpoint behind the latest's name: another run's may have the same step.
    fileprivate let identity: FileIdentity?
  }

  /// - Throws: `CheckpointError`
  package func state() throws(CheckpointError) -> State {
    let newest = try newestName()
    return State(
      steps: try steps(), latest: newest,
      identity: newest.flatMap { try? FileIdentity(of: file($0)) })
  }

  /// Makes the folder where missing.
  /// - Throws: `CheckpointError.cannotMakeFolder`.
  package func make() throws(CheckpointError) {
    do {
      try FileSystem.makeFolder(path)
      try FileSystem.checkWritable(path)
    } catch { throw .cannotMakeFolder(path: path, errorNumber: error.number) }
  }

  /// Makes the folder where missing, checks that it can take checkpoints, and removes what an
  /// interrupted save left behind. No other run may write there.
  /// - Throws: `CheckpointError.cannotMakeFolder`, `noLinks`.
  package func prepare() throws(CheckpointError) {
    try make()
    do {
      try checkLinks()
      for name in try FileSystem.names(in: path) where Self.isLeftover(name) {
        try FileSystem.remove(file(name))
      }
    } catch {
      if error.number == ENOTSUP { throw .noLinks(path: path) }
      throw .cannotMakeFolder(path: path, errorNumber: error.number)
    }
  }

  /// - Throws: `ENOTSUP` where there are no symbolic links.
  private func checkLinks() throws(SystemError) {
    let name = file(Self.linkTrialName)
    do {
      try AtomicFile.replaceLink(name, target: Self.latestName)
    } catch  where [EPERM, ENOTSUP, ENOSYS].contains(error.number) {
      throw SystemError(number: ENOTSUP)
    }
    try FileSystem.remove(name)
  }

  /// Looks whether a checkpoint would fit, so that this does not come out after hours.
  /// - Throws: `CheckpointError.noSpace`
  package func checkSpace(
    _ layout: ParameterLayout, texts: [String]
  ) throws(CheckpointError) {
    let needed = CheckpointWriter.byteCount(layout, copies: 3, texts: texts)
    if let free = FileSystem.freeByteCount(in: path), free < needed {
      throw .noSpace(
        path: file(Self.latestName), neededByteCount: needed, freeByteCount: free)
    }
  }

  /// Saves `checkpoint` under its step, lets `latest.h5` (and before that `best.h5`: what the latest says
  /// of the best must be true) point to it, then removes all but the `keep` newest and those that a
  /// link points to.
  /// - Returns: the path of the new file.
  /// - Throws: `CheckpointError`; whatever fails, the links point to complete files.
  @discardableResult
  package func save(
    _ checkpoint: Checkpoint, isBest: Bool, keep: Int
  ) throws(CheckpointError) -> String {
    precondition(keep >= 1, "at least one checkpoint must be kept")
    let name = Self.fileName(step: checkpoint.progress.step)
    // Written once more, the latest would speak of the best before the other link is there.
    if isBest, try target(ofLink: Self.latestName) == name { try link(Self.bestName, to: name) }
    try CheckpointWriter.write(checkpoint, to: file(name))
    if isBest { try link(Self.bestName, to: name) }
    try link(Self.latestName, to: name)
    try prune(keep)
    return file(name)
  }

  /// Steps of all checkpoints in the folder, ascending; none if there is no such folder.
  package func steps() throws(CheckpointError) -> [Int] {
    do {
      return try FileSystem.names(in: path).compactMap(Self.step(ofName:)).sorted()
    } catch  where error.number == ENOENT {
      return []
    } catch {
      throw Self.cannotList(path, error)
    }
  }

  package static func fileName(step: Int) -> String {
    let digits = String(step)
    return stepPrefix + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
      + stepSuffix
  }

  /// The checkpoint to go on from: what `latest.h5` points to, or the newest step without it. It
  /// has been read and checked as a whole.
  /// - Returns: its path, or nil if the folder holds none.
  /// - Throws: `CheckpointError.newestUnusable`, which names the newest older one that is intact:
  ///   taking it is the user's decision.
  package func resolve() throws(CheckpointError) -> String? {
    guard let newest = try newestName() else { return nil }
    do {
      try CheckpointReader(path: file(newest)).verify()
      return file(newest)
    } catch {
      let limit = Self.step(ofName: newest) ?? .max
      for step in try steps().reversed() where step < limit {
        let candidate = file(Self.fileName(step: step))
        if (try? CheckpointReader(path: candidate).verify()) != nil {
          throw .newestUnusable(error, alternative: candidate)
        }
      }
      throw .newestUnusable(error, alternative: nil)
    }
  }

  private func newestName() throws(CheckpointError) -> String? {
    if let name = try target(ofLink: Self.latestName) { return name }
    return try steps().last.map(Self.fileName(step:))
  }

  /// What a link points to. A copy that some tool has put in its place stands for itself.
  private func target(ofLink name: String) throws(CheckpointError) -> String? {
    do {
      switch try FileSystem.kind(of: file(name)) {
      case .link: return try FileSystem.target(ofLink: file(name))
      case .file: return name
      case .folder, nil: return nil
      }
    } catch  where error.number == ENOTDIR {
      throw Self.cannotList(path, error)
    } catch {
      throw .cannotRead(path: file(name), errorNumber: error.number)
    }
  }

  /// A file in the folder's place is not the fault of what is in it.
  private static func cannotList(_ path: String, _ error: SystemError) -> CheckpointError {
    error.number == ENOTDIR
      ? .cannotMakeFolder(path: path, errorNumber: error.number)
      : .cannotRead(path: path, errorNumber: error.number)
  }

  private func link(_ name: String, to target: String) throws(CheckpointError) {
    do {
      try AtomicFile.replaceLink(file(name), target: target)
    } catch {
      throw .cannotWrite(path: file(name), reason: "\(error)", errorNumber: error.number)
    }
  }

  private func prune(_ keep: Int) throws(CheckpointError) {
    var linked: [String] = []
    for link in [Self.latestName, Self.bestName] {
      if let name = try target(ofLink: link) { linked.append(name) }
    }
    for name in try steps().dropLast(keep).map(Self.fileName(step:)) where !linked.contains(name) {
      do {
        try FileSystem.remove(file(name))
      } catch {
        throw .cannotWrite(path: file(name), reason: "\(error)", errorNumber: error.number)
      }
    }
  }

  private func file(_ name: String) -> String {
    name.hasPrefix("/") ? name : path.hasSuffix("/") ? path + name : "\(path)/\(name)"
  }

  /// Nil for names that are no checkpoint's.
  private static func step(ofName name: String) -> Int? {
    guard name.hasPrefix(stepPrefix), name.hasSuffix(stepSuffix) else { return nil }
    guard let step = Int(name.dropFirst(stepPrefix.count).dropLast(stepSuffix.count)) else {
      return nil
    }
    return step >= 0 && fileName(step: step) == name ? step : nil
  }

  private static func isLeftover(_ name: String) -> Bool {
    guard name.hasSuffix(AtomicFile.temporarySuffix) else { return false }
    return isCheckpoint(String(name.dropLast(AtomicFile.temporarySuffix.count)))
  }

  /// Whether `name` is what a checkpoint in a run folder is called, or a link to one.
  package static func isCheckpoint(_ name: String) -> Bool {
    name == latestName || name == bestName || step(ofName: name) != nil
  }
}
