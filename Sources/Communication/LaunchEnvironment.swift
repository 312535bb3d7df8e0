// How this process was started: alone, or as a rank by one of the launchers of MPI programs.
import FoundationEssentials

/// A program that starts the ranks of a parallel program.
package enum Launcher: Sendable, Equatable, CustomStringConvertible {
  case openMPI
  /// The process manager of MPICH and Intel MPI.
  case pmi
  case pmix
  case slurm

  package var description: String {
    switch self {
    case .openMPI: "Open MPI's mpirun"
    case .pmi: "the mpirun of MPICH or Intel MPI"
    case .pmix: "a PMIx launcher"
    case .slurm: "Slurm's srun"
    }
  }
}

/// What the environment variables say about the launcher. MPI is not asked, because starting Open
/// MPI without a launcher is slow and can fail.
package struct LaunchEnvironment: Sendable, Equatable {
  /// Nil when the process was started on its own.
  package let launcher: Launcher?
  /// Number of ranks that the launcher started; nil when it does not say.
  package let size: Int?
  /// Place among them; 0 when the launcher does not say. Where MPI itself cannot be used, only rank
  /// 0 should report why.
  package let rank: Int

  /// The environment of this process.
  package static var current: LaunchEnvironment {
    LaunchEnvironment(ProcessInfo.processInfo.environment)
  }

  package init(_ variables: [String: String]) {
    func number(_ name: String) -> Int? { variables[name].flatMap { Int($0) } }
    // Only srun sets the step's variables. SLURM_NTASKS and SLURM_PROCID are also set in a batch
    // script, where a program started without srun is alone.
    let stepSize = number("SLURM_STEP_NUM_TASKS")

    if let size = number("OMPI_COMM_WORLD_SIZE") {
      self.init(launcher: .openMPI, size: size, rank: number("OMPI_COMM_WORLD_RANK"))
    } else if let size = number("PMI_SIZE"), size != stepSize {
      self.init(launcher: .pmi, size: size, rank: number("PMI_RANK"))
    } else if let stepSize {
      self.init(launcher: .slurm, size: stepSize, rank: number("SLURM_PROCID"))
    } else if let rank = number("PMIX_RANK") {
      self.init(launcher: .pmix, size: nil, rank: rank)
    } else if let rank = number("PMI_RANK") {
      self.init(launcher: .pmi, size: nil, rank: rank)
    } else {
      self.init(launcher: nil, size: 1, rank: 0)
    }
  }

  private init(launcher: Launcher?, size: Int?, rank: Int?) {
    self.launcher = launcher
    self.size = size
    self.rank = rank ?? 0
  }

  /// The group that this process belongs to: itself alone, or the ranks of MPI_COMM_WORLD.
  ///
  /// - Throws: `MPIError` when MPI does not start, or sees fewer ranks than the launcher started:
  ///   going on would train as many unrelated models, all writing to the same files.
  package func openCommunicator() throws(MPIError) -> any Communicator {
    guard let launcher, size != 1 else { return SingleProcessCommunicator() }
    let communicator = try MPICommunicator()
    let launchedSize = max(size ?? 1, rank + 1)
    guard communicator.size >= launchedSize else {
      communicator.finalize()
      throw .launcherDiffers(
        launchedSize: launchedSize, mpiSize: communicator.size, launcher: launcher,
        library: MPICommunicator.libraryVersion)
    }
    return communicator
  }
}
