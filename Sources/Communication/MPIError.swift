// What can go wrong between the ranks.

/// An error of MPI or of the way the ranks were started; exit code 6.
package enum MPIError: Error, Equatable, CustomStringConvertible {
  /// An MPI function returned an error; `message` is MPI_Error_string's.
  case callFailed(call: String, message: String, rank: Int?)
  /// The launcher promised more ranks than MPI sees: it belongs to another MPI.
  case launcherDiffers(launchedSize: Int, mpiSize: Int, launcher: Launcher, library: String)
  /// MPI cannot be called beside other threads.
  case threadsUnsupported(library: String)

  package var description: String {
    switch self {
    case .callFailed(let call, let message, let rank):
      let place = rank.map { "rank \($0): " } ?? ""
      return "\(place)\(call) failed: \(message)"
    case .launcherDiffers(let launchedSize, let mpiSize, let launcher, let library):
      let seen = mpiSize == 1 ? "only one" : "\(mpiSize)"
      return "started as one of \(launchedSize) ranks by \(launcher.description), but this build's "
        + "MPI (\(library)) sees \(seen); "
        + "start it \(launcher.wayOut(launchedSize: launchedSize))"
    case .threadsUnsupported(let library):
      return "this build's MPI (\(library)) was built without threads (MPI_THREAD_FUNNELED); "
        + "install one with threads, such as Debian's libopenmpi-dev"
    }
  }
}

extension Launcher {
  /// How to start the ranks so that Open MPI sees all of them.
  fileprivate func wayOut(launchedSize: Int) -> String {
    let mpirun = "with Open MPI's own mpirun, e.g. `mpirun.openmpi -np \(launchedSize) trainer …`"
    switch self {
    case .slurm: return "by `srun --mpi=pmix …` or, inside sbatch or salloc, \(mpirun)"
    case .openMPI, .pmi, .pmix: return mpirun
    }
  }
}
