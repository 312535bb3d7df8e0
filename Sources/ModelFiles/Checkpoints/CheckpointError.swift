// What can go wrong with checkpoints, and what the user can do about it.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A checkpoint that cannot be written or read. Nothing on disk was lost by it.
package indirect enum CheckpointError: Error, CustomStringConvertible {
  case noSpace(path: String, neededByteCount: Int, freeByteCount: Int)
  /// - Parameter errorNumber: the system's, where it is known.
  case cannotWrite(path: String, reason: String, errorNumber: Int32?)
  case cannotMakeFolder(path: String, errorNumber: Int32)
  /// The folder of an earlier run, which a new one may not write into.
  case cannotSetAside(path: String, errorNumber: Int32)
  /// The folder's file system has no symbolic links.
  case noLinks(path: String)
  /// Another run writes into the folder.
  case folderInUse(path: String)
  /// What lies there is not what was looked at: another run was there, or somebody moved it.
  case folderChanged(path: String)
  case cannotRead(path: String, errorNumber: Int32)
  /// A folder that is no run's, or of a run that has not saved yet.
  case noCheckpoint(folder: String)
  case empty(path: String)
  case notHDF5(path: String)
  case truncated(path: String, byteCount: Int, expectedByteCount: UInt64)
  /// An HDF5 file of something else.
  case foreign(path: String)
  case otherVersion(path: String, version: Int64)
  /// - Parameter part: what is damaged, such as `/model/wte.weight`.
  case damaged(path: String, part: String, reason: String)
  case missingTensor(path: String, name: String, shape: [Int])
  case extraTensor(path: String, name: String, shape: [Int])
  /// A model that was imported: it can be started from, but no run can go on from it.
  case noMoments(path: String)
  case otherShape(path: String, name: String, fileShape: [Int], modelShape: [Int])
  /// The checkpoint that a run would go on from cannot be used.
  /// - Parameter alternative: the newest older one that is intact.
  case newestUnusable(CheckpointError, alternative: String?)

  package var description: String {
    switch self {
    case .noSpace(let path, let needed, let free):
      "\(path): no space left on the device: \(megabytes(needed)) are needed, "
        + "\(megabytes(free)) are free in \(FileSystem.folder(of: path)); free some or choose "
        + "another --out"
    case .cannotWrite(let path, let reason, let number):
      "\(path): cannot be written: \(reason); \(remedy(for: number))"
    case .cannotMakeFolder(let path, let number):
      "\(path): cannot be used as a run folder: \(folderReason(number)); \(remedy(for: number))"
    case .cannotSetAside(let path, let number):
      "\(path): holds an earlier run, which cannot be moved away: \(SystemError(number: number)); go "
        + "on with it (--resume auto), or choose another --out"
    case .noLinks(let path):
      "\(path): cannot be used as a run folder: its file system has no symbolic links, as latest.h5 and "
        + "best.h5 are; choose another --out"
    case .folderInUse(let path):
      "\(path): another run writes into this folder; wait for its end or choose another --out"
    case .folderChanged(let path):
      "\(path): the run in this folder has changed since it was read; nothing was done; start again "
        + "(--resume auto goes on from what is there now)"
    case .cannotRead(let path, let number):
      "\(path): cannot be read: \(SystemError(number: number)); "
        + (number == ENOENT ? "check the path" : "check what it is and its permissions")
    case .noCheckpoint(let folder):
      "\(folder): holds no checkpoint; take the folder of a run that has saved, or a file like "
        + "step-000250.h5 of one"
    case .empty(let path): "\(path): the file is empty; take another checkpoint"
    case .notHDF5(let path):
      "\(path): not an HDF5 file; a checkpoint is a file like step-000250.h5 of a run folder"
    case .truncated(let path, let byteCount, let expected):
      "\(path): the file is truncated: it has \(byteCount) of \(expected) bytes; copy it again or "
        + "take another checkpoint"
    case .foreign(let path):
      "\(path): an HDF5 file, but no checkpoint of this trainer (its format is not "
        + "\"\(CheckpointFormat.name)\"); give one that `trainer` has saved"
    case .otherVersion(let path, let version):
      "\(path): format version \(version), but this trainer reads version "
        + "\(CheckpointFormat.version); "
        + (version > CheckpointFormat.version
          ? "take the newer trainer that wrote it" : "take another checkpoint")
    case .damaged(let path, let part, let reason):
      "\(path): \(part) is damaged: \(reason); copy the file again or take another checkpoint"
    case .missingTensor(let path, let name, let shape):
      "\(path): \(name) is not in the file but \(shape) in this model; \(Self.otherModel)"
    case .extraTensor(let path, let name, let shape):
      "\(path): \(name) is \(shape) in the file but not in this model; \(Self.otherModel)"
    case .noMoments(let path):
      "\(path): an imported model without an optimizer's state, so there is no run to go on with; "
        + "start one from it: --init-from \(path)"
    case .otherShape(let path, let name, let fileShape, let modelShape):
      "\(path): \(name) is \(fileShape) in the file but \(modelShape) in this model; "
        + Self.otherModel
    case .newestUnusable(let error, let alternative):
      if let alternative {
        "\(error); an older one is intact: --resume \(alternative)"
      } else {
        "\(error); there is no older one that is intact"
      }
    }
  }

  private static let otherModel = "take the model section of the run that saved it"

  private func folderReason(_ number: Int32) -> String {
    number == ENOTDIR || number == EEXIST
      ? "a file is in its place" : SystemError(number: number).description
  }

  private func remedy(for number: Int32?) -> String {
    switch number {
    case ENOSPC, EDQUOT: "free some space or choose another --out"
    case EFBIG: "raise the limit (ulimit -f unlimited) or choose another --out"
    case EACCES, EPERM: "make the folder writable or choose another --out"
    default: "choose another --out"
    }
  }

  private func megabytes(_ byteCount: Int) -> String {
    byteCount < 10_000_000
      ? "\((byteCount + 500) / 1000) kB" : "\((byteCount + 500_000) / 1_000_000) MB"
  }
}
